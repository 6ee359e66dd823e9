"""Who the visitor of the demonstration may sign in as."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Staff
from casetrack.language import Text
from casetrack.organisation.staff import find, set_password

PASSWORD = "bienvenue-a-rivemont"
"""Of every account of the demonstration, and of no other town."""


class Account(NamedTuple):
    """An account worth trying, and what it shows."""

    login: str
    role: Text
    shows: Text


ACCOUNTS = (
    Account(
        "a.rakotoarisoa",
        Text("Accueil", "Front desk"),
        Text("Enregistrer un courrier, qualifier, expédier", "Register a letter, triage, send"),
    ),
    Account(
        "a.tenedor",
        Text("Agent, Voirie", "Case officer, Roads"),
        Text(
            "Une liste, des retards, une collègue à remplacer", "A list, late letters, a colleague to replace"
        ),
    ),
    Account(
        "n.benhaddou-colin",
        Text("Cheffe de service, Voirie", "Head of service, Roads"),
        Text("Des réponses à viser et à signer", "Answers to endorse and to sign"),
    ),
    Account(
        "m.santucci-roche",
        Text("Adjointe, signataire", "Deputy mayor, signatory"),
        Text("Les réponses à signer de trois services", "The answers of three services to sign"),
    ),
    Account(
        "s.morvan-abdallah",
        Text("Directrice, Cadre de vie", "Director, Public space"),
        Text("Les services qui tiennent la promesse", "The services that keep the promise"),
    ),
    Account(
        "b.lanoe-diakite",
        Text("Directrice générale des services", "Chief executive"),
        Text("Tout ce qui est en retard de plus de cinq jours", "Everything more than five days late"),
    ),
    Account(
        "n.delacourtie",
        Text("Juriste", "Lawyer"),
        Text("Une demande de document à son 29e jour", "A request for a document on its 29th day"),
    ),
    Account(
        "h.abadie-nkoulou",
        Text("Médiatrice", "Mediator"),
        Text(
            "Les dysfonctionnements, les questions aux services et les recommandations",
            "The dysfunctions, the questions to the services and the recommendations",
        ),
    ),
    Account(
        "s.couvreur",
        Text("Évaluation", "Evaluation"),
        Text("Des dysfonctionnements à qualifier et à vérifier", "Dysfunctions to qualify and to verify"),
    ),
    Account(
        "m.valderrabano",
        Text("Administratrice", "Administrator"),
        Text("Services, agents, circuits", "Services, people, workflows"),
    ),
)


def open_accounts(session: Session) -> None:
    """Give everybody the password of the demonstration, hashed cheaply: it is no secret."""
    for staff in session.scalars(select(Staff).order_by(Staff.id)):
        set_password(staff, PASSWORD, cheap=True)


def shown(session: Session) -> list[dict[str, str]]:
    """Return the accounts as the login page and the command line show them."""
    people = [(account, find(session, account.login)) for account in ACCOUNTS]
    return [
        {
            "login": account.login,
            "name": staff.name,
            "role": account.role.fr,
            "role_en": account.role.en,
            "shows": account.shows.fr,
            "shows_en": account.shows.en,
        }
        for account, staff in people
    ]
