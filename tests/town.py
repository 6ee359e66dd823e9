"""A small town hall with the same people in every test.

Mairie (DGS: Gilles)
├── ACC Accueil          Marc at the desk, Aline the administrator
├── JUR Juridique        Jeanne
├── PEV Évaluation       Eva
└── CDV Cadre de vie     Diane its director
    ├── VOI Voirie       Denis its head, Simone who signs, Anne and Paul officers
    └── PRO Propreté     Rose its head, Léa officer
Mila, mediator, outside the tree
"""

from datetime import UTC, date, datetime
from types import SimpleNamespace

from sqlalchemy.orm import Session

from casetrack.database.tables import Citizen, Service, Staff, StaffRole, Subject, Town
from casetrack.engine import Actor
from casetrack.organisation import staff as people
from casetrack.settings import shipped_workflows
from casetrack.workflow import publish, read_folder

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # nine in Paris

SERVICES = [
    ("DGS", "Direction générale", None),
    ("ACC", "Accueil", "DGS"),
    ("JUR", "Affaires juridiques", "DGS"),
    ("PEV", "Pôle évaluation", "DGS"),
    ("CDV", "Cadre de vie", "DGS"),
    ("VOI", "Voirie", "CDV"),
    ("PRO", "Propreté", "CDV"),
]
PEOPLE = [
    ("gilles", "Gilles", "Géraud", "DGS", [("head", "DGS")]),
    ("marc", "Marc", "Morel", "ACC", [("desk", None)]),
    ("aline", "Aline", "Aubert", "ACC", [("administrator", None)]),
    ("jeanne", "Jeanne", "Jolivet", "JUR", [("officer", "JUR"), ("head", "JUR")]),
    ("eva", "Eva", "Esteve", "PEV", [("evaluation", None), ("officer", "PEV")]),
    ("diane", "Diane", "Dupuis", "CDV", [("head", "CDV")]),
    ("denis", "Denis", "Delmas", "VOI", [("head", "VOI")]),
    ("simone", "Simone", "Sabatier", "CDV", [("signatory", "CDV")]),
    ("anne", "Anne", "Arnaud", "VOI", [("officer", "VOI")]),
    ("paul", "Paul", "Perrin", "VOI", [("officer", "VOI")]),
    ("rose", "Rose", "Rolland", "PRO", [("head", "PRO")]),
    ("lea", "Léa", "Lambert", "PRO", [("officer", "PRO")]),
    ("mila", "Mila", "Maurin", None, [("mediator", None)]),
]
DETAILS = {
    "address": "1 place de la Mairie, 99000 Valmy", "telephone": "01 99 00 10 00", "email": "mairie@valmy.test",
    "website": "https://valmy.test", "legal_service": "JUR",
    "court": {"name": "tribunal administratif de Valmy", "address": "2 rue du Palais", "website": "https://www.telerecours.fr"},
    "mediator": {"name": "Mila Maurin", "contact": "mediateur@valmy.test"},
    "dpo": {"email": "dpo@valmy.test", "address": "1 place de la Mairie"},
    "desk": {"address": "1 place de la Mairie", "telephone": "01 99 00 10 01"},
    "mayor": {"name": "Maud Mayer", "title_fr": "la maire", "title_en": "the Mayor"},
}  # fmt: skip


def settle(session: Session) -> SimpleNamespace:
    """Build the town and return its people as actors, its services, subjects and a citizen, by name."""
    session.add(Town(id=1, name="Ville de Valmy", details=DETAILS))
    services: dict[str, Service] = {}
    for code, name, above in SERVICES:
        parent = services[above].id if above else None
        services[code] = Service(
            code=code, name=name, parent_id=parent, address="1 place de la Mairie, 99000 Valmy",
            telephone="01 99 00 10 02", email=f"{code.lower()}@valmy.test",
        )  # fmt: skip
        session.add(services[code])
        session.flush()
    staff: dict[str, Staff] = {}
    for login, given, family, service, roles in PEOPLE:
        home = services[service].id if service else None
        staff[login] = Staff(
            login=login, given_name=given, family_name=family, title="agent", service_id=home
        )
        session.add(staff[login])
        session.flush()
        for role, of in roles:
            session.add(
                StaffRole(staff_id=staff[login].id, role=role, service_id=services[of].id if of else None)
            )
    subjects = {
        "voirie": Subject(code="voirie", label="Voirie, trottoirs", service_id=services["VOI"].id),
        "buvette": Subject(
            code="buvette", label="Buvette", service_id=services["VOI"].id, silence_mode="acceptance"
        ),
        "merci": Subject(
            code="merci", label="Remerciements", service_id=services["VOI"].id, silence_mode="none"
        ),
        "cada": Subject(
            code="cada", label="Accès aux documents", service_id=services["JUR"].id, silence_delay="1 month"
        ),
        "social": Subject(
            code="social", label="Aide sociale", service_id=services["VOI"].id, confidentiality=1
        ),
    }
    session.add_all(subjects.values())
    citizen = Citizen(
        civility="Mme", given_name="Nadia", family_name="Petit", email="nadia.petit@exemple.fr", street="12 rue des Lilas",
        postcode="99000", town="Valmy",
    )  # fmt: skip
    session.add(citizen)
    session.flush()
    for definition in read_folder(shipped_workflows()):
        publish(session, definition, at=NINE, by=None)
    actors = {login: people.actor(session, person, on=MONDAY) for login, person in staff.items()}
    session.flush()
    return SimpleNamespace(
        **actors, staff=staff, services=services, subjects=subjects, citizen=citizen, actors=actors,
        stranger=Actor(kind="staff", id=None, name="Nobody"),
    )  # fmt: skip
