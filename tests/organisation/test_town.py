"""The file of a town: read with every fault at once, applied once or again."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from casetrack.database.tables import Absence, LocalClosure, Service, Staff, StaffRole, Subject, Town
from casetrack.deadlines import Period
from casetrack.engine.town import place
from casetrack.errors import InvalidInput
from casetrack.organisation import RIVEMONT, apply_town, read_town, services, staff, subjects
from casetrack.workflow import MAXIMAL

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)

VALMOREL = """
[town]
name = "Ville de Valmorel"
address = "1 place de l'Hôtel-de-Ville, 99100 Valmorel"
telephone = "01 99 00 00 00"
email = "mairie@valmorel.test"
legal_service = "JUR"
court = { name = "tribunal administratif", address = "2 rue du Palais" }
dpo = { email = "dpo@valmorel.test", address = "mairie" }
desk = { address = "mairie", telephone = "01 99 00 00 01" }
mayor = { name = "Mme Rivière", title_fr = "la maire", title_en = "the Mayor" }

[[closure]]
day = 2026-05-15
label = "pont"

[[service]]
code = "JUR"
name = "Affaires juridiques"
parent = "DGS"
staff = [
  { login = "a.petit", given_name = "Anne", family_name = "Petit", title = "Juriste", roles = ["officer", "desk"] },
  { login = "p.durand", given_name = "Paul", family_name = "Durand", title = "Juriste", roles = ["officer"], signs_for = ["DGS"] },
]

[[service]]
code = "DGS"
name = "Direction générale"
telephone = "01 99 00 00 09"
staff = [{ login = "l.roy", given_name = "Léa", family_name = "Roy", title = "Directrice", roles = ["head"] }]

[[subject]]
code = "documents"
label = "Accès aux documents"
label_en = "Access to documents"
service = "JUR"
silence_delay = "1 month"
keywords = ["CADA", "copie"]

[[absence]]
login = "a.petit"
starts_on = 2026-12-21
ends_on = 2026-12-31
replaced_by = "p.durand"
"""


@pytest.fixture
def read(tmp_path):
    """Read a text as a town's file."""

    def read(text=VALMOREL):
        file = tmp_path / "valmorel.toml"
        file.write_text(text, encoding="utf-8")
        return read_town(file)

    return read


@pytest.fixture
def valmorel(session, read):
    apply_town(session, read(), at=AT)


def rows(session):
    """Return everything that the file makes, without the numbers of the rows."""
    tables = (Town, LocalClosure, Service, Staff, StaffRole, Subject, Absence)
    return {
        t: [tuple(row) for row in session.execute(select(t.__table__).order_by(*t.__table__.primary_key))]
        for t in tables
    }


def test_a_town_is_set_up_from_its_file(session, valmorel):
    legal = services.find(session, "JUR")
    anne, lea = staff.find(session, "a.petit"), staff.find(session, "l.roy")

    assert place(session).name == "Ville de Valmorel"
    assert place(session).calendar.closures == {date(2026, 5, 15): "pont"}
    assert services.path(session, legal.id) == "Direction générale › Affaires juridiques"
    assert staff.actor(session, anne, on=AT.date()).roles == {"officer", "desk"}
    assert staff.actor(session, lea, on=AT.date()).heads == {legal.id, legal.parent_id}
    assert session.scalars(select(Subject.silence_delay)).all() == ["1 month"]


def test_a_service_without_a_telephone_or_an_address_gives_the_towns(session, valmorel):
    legal, general = services.find(session, "JUR"), services.find(session, "DGS")

    assert (legal.telephone, general.telephone) == ("01 99 00 00 00", "01 99 00 00 09")
    assert legal.address == general.address == "1 place de l'Hôtel-de-Ville, 99100 Valmorel"


def test_a_message_finds_everything_that_it_may_name_of_the_town(session, valmorel):
    details = place(session).details

    assert MAXIMAL["town"].keys() <= {"name", *details}
    for key, part in MAXIMAL["town"].items():
        if isinstance(part, dict):
            assert part.keys() <= details[key].keys()


def test_the_same_file_again_changes_nothing(session, read, valmorel):
    before = rows(session)

    changes = apply_town(session, read(), at=AT)

    assert changes.sentences == []
    assert rows(session) == before


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "Ville de Valmorel"', 'name = "Valmorel"', "Valmorel\u00a0: modifié (name)"),
        ('title = "Directrice"', 'title = "DGS"', "Compte l.roy\u00a0: modifié (title)"),
        ('roles = ["head"]', 'roles = ["head", "signatory"]', "l.roy\u00a0: rôle signatory (DGS) donné"),
        ('parent = "DGS"', "", "Service JUR\u00a0: sous —"),
        ('silence_delay = "1 month"', "", "Sujet documents\u00a0: modifié (silence_delay)"),
        ('label = "pont"', 'label = "fête"', "Fermeture du 2026-05-15\u00a0: modifié (label)"),
        ('replaced_by = "p.durand"', "", "Absence de a.petit notée"),
    ],
)
def test_one_change_in_the_file_is_one_change_in_the_town(session, read, valmorel, old, new, sentence):
    changes = apply_town(session, read(VALMOREL.replace(old, new)), at=AT)

    assert [change.fr for change in changes.sentences] == [sentence]


def test_what_left_the_file_stays_unless_it_is_asked_to_go(session, read, valmorel):
    staff.add_administrator(session, "chef")
    shorter = VALMOREL.replace(', roles = ["head"]', "").replace(
        '  { login = "p.durand"', '  #{ login = "p.durand"'
    )
    shorter = shorter.replace('replaced_by = "p.durand"', "").replace("2026-05-15", "2027-05-07")

    kept = apply_town(session, read(shorter), at=AT)
    assert len(kept.sentences) == 2  # the absence, which is no longer replaced, and the new closure

    pruned = apply_town(session, read(shorter), at=AT, prune=True)
    assert {change.fr for change in pruned.sentences} == {
        "Compte p.durand\u00a0: fermé",
        "l.roy\u00a0: rôle head retiré",
        "Fermeture du 2026-05-15\u00a0: retirée",
    }
    assert session.scalar(select(func.count()).select_from(Staff)) == 4  # nobody is deleted
    assert staff.find(session, "chef").is_active  # an administrator is in no file


def test_somebody_who_comes_back_into_the_file_comes_back_to_work(session, read, valmorel):
    staff.find(session, "l.roy").is_active = False
    session.flush()

    apply_town(session, read(), at=AT)

    assert staff.find(session, "l.roy").is_active


def test_passwords_are_never_touched_by_the_file(session, read, valmorel):
    staff.set_password(staff.find(session, "l.roy"), "une phrase facile", cheap=True)
    session.flush()

    apply_town(session, read(VALMOREL.replace("Directrice", "DGS")), at=AT)

    assert [person.login for person in staff.without_password(session)] == ["a.petit", "p.durand"]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('name = "Ville de Valmorel"', "", 2, "il manque «\u00a0name\u00a0»."),
        ('name = "Ville de Valmorel"', 'name = ""', 3, "«\u00a0name\u00a0» ne peut pas être vide."),
        ('email = "mairie', 'courriel = "x"\nemail = "mairie', 6, "rien ici ne s'appelle «\u00a0courriel\u00a0»."),
        ('email = "mairie', 'e_mail = "x"\nemail = "mairie', 6, "rien ici ne s'appelle «\u00a0e_mail\u00a0». Vouliez-vous écrire «\u00a0email\u00a0»\u00a0?"),
        ('name = "Ville de Valmorel"', "name = 3", 3, "«\u00a0name\u00a0» attend un texte entre guillemets."),
        ('name = "Ville de Valmorel"', 'name = "Ville', 3, "cette ligne ne peut pas être lue"),
        ("day = 2026-05-15", 'day = "le 15 mai"', 14, "«\u00a0day\u00a0» attend une date telle que 2026-12-24."),
        ('code = "JUR"', 'code = "jur"', 18, "«\u00a0code\u00a0» ne peut pas être «\u00a0jur\u00a0»\u00a0: ni accent ni espace"),
        ("[[subject]]", '[[service]]\ncode = "DGS"\nname = "x"\n[[subject]]', 32, "«\u00a0DGS\u00a0» est écrit deux fois."),
        ('parent = "DGS"', 'parent = "DG"', 20, "aucun service n'a le code «\u00a0DG\u00a0». Vouliez-vous écrire «\u00a0DGS\u00a0»\u00a0?"),
        ('name = "Direction générale"', 'name = "D"\nparent = "JUR"', 20, "le service «\u00a0JUR\u00a0» finit par dépendre de lui-même."),
        ('"a.petit", given', '"p.durand", given', 23, "«\u00a0p.durand\u00a0» est écrit deux fois."),
        ('"officer", "desk"', '"officer", "accueil"', 22, "«\u00a0roles\u00a0» ne peut pas contenir «\u00a0accueil\u00a0»\u00a0; valeurs possibles\u00a0: officer, head"),
        ('signs_for = ["DGS"]', 'signs_for = "DGS"', 23, "«\u00a0signs_for\u00a0» attend une liste entre crochets"),
        ('signs_for = ["DGS"]', 'signs_for = ["ZZZ"]', 23, "aucun service n'a le code «\u00a0ZZZ\u00a0»."),
        ('silence_delay = "1 month"', 'silence_delay = "un mois"', 37, "«\u00a0un mois\u00a0» n'est pas un délai"),
        ('silence_delay = "1 month"', 'confidentiality = 3', 37, "«\u00a0confidentiality\u00a0» va de 0 à 2."),
        ('silence_delay = "1 month"', 'per_year = "x"', 37, "«\u00a0per_year\u00a0» attend un nombre entier."),
        ('keywords = ["CADA", "copie"]', f'keywords = ["{"x" * 199}", "{"y" * 200}"]', 38, "les mots-clés dépassent 400 caractères"),
        ("ends_on = 2026-12-31", "ends_on = 2026-12-01", 40, "l'absence finit avant de commencer."),
        ('replaced_by = "p.durand"', 'replaced_by = "p.durant"', 44, "personne n'a l'identifiant «\u00a0p.durant\u00a0»."),
        ('legal_service = "JUR"', 'legal_service = "LAW"', 7, "aucun service n'a le code «\u00a0LAW\u00a0»."),
        ('legal_service = "JUR"', 'zone = "mars"', 7, "mars"),
        ("[[closure]]", "[closure]", 13, "«\u00a0closure\u00a0» attend une liste"),
        ('label = "pont"', 'label = "pont"\n[[closure]]\nday = 2026-05-15\nlabel = "x"', 16, "est écrit deux fois."),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line_and_its_remedy(read, old, new, line, sentence):
    assert VALMOREL.count(old) >= 1

    with pytest.raises(InvalidInput) as refused:
        read(VALMOREL.replace(old, new, 1))

    findings = refused.value.findings
    assert [finding.line for finding in findings][0] == line
    assert findings[0].sentence.fr.startswith(sentence) or sentence in findings[0].sentence.fr
    assert refused.value.sentence.fr.startswith(f"valmorel.toml, ligne {line}\u00a0: ")
    assert refused.value.sentence.en.startswith(f"valmorel.toml, line {line}: ")


def test_every_fault_is_said_at_once_from_the_top_down(read):
    text = VALMOREL.replace('roles = ["head"]', 'roles = ["chef"]').replace(
        'telephone = "01 99 00 00 00"', ""
    )
    text = text.replace("2026-05-15", '"mai"')

    with pytest.raises(InvalidInput) as refused:
        read(text)

    assert [finding.code for finding in refused.value.findings] == [
        "missing",
        "date_from_datetime_parsing",
        "literal_error",
    ]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist"):
        read_town(tmp_path / "nowhere.toml")


def test_a_file_from_another_editor_reads_the_same(tmp_path, read):
    file = tmp_path / "windows.toml"
    file.write_bytes(b"\xef\xbb\xbf" + VALMOREL.replace("\n", "\r\n").encode())

    assert read_town(file) == read()


def test_rivemont_is_a_whole_town(session):
    town = read_town(RIVEMONT)
    apply_town(session, town, at=AT)

    assert len(town.subjects) == 26
    assert sum(subject.per_year for subject in town.subjects) == 18_600
    assert apply_town(session, town, at=AT).sentences == []


def test_in_rivemont_every_letter_has_somebody_to_answer_sign_and_be_told(session):
    town = read_town(RIVEMONT)
    apply_town(session, town, at=AT)
    people = [staff.actor(session, person, on=AT.date()) for person in session.scalars(select(Staff))]

    for subject in session.scalars(select(Subject)):
        assert any(subject.service_id in person.officer_of for person in people), subject.code
        assert any(subject.service_id in person.signs_for for person in people), subject.code
    for service in session.scalars(select(Service)):
        assert any(service.id in person.heads_directly for person in people), service.code
    held = {role for person in people for role in person.roles}
    assert held == {"desk", "officer", "head", "signatory", "mediator", "evaluation", "administrator"}


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Nid-de-poule rue des Forges", "voirie"),
        ("Demande de logement social en attente depuis trois ans", "logement-social"),
        ("Copie d'un acte de naissance", "etat-civil"),
        ("Encombrants et dépôts sauvages au pied de l'immeuble", "proprete"),
        ("Attribution d'une place en crèche", "creche"),
        ("Recours gracieux contre le permis du 12 rue du Port", "recours-urbanisme"),
        ("Communication de documents administratifs (CADA)", "acces-documents"),
        ("Bruits de voisinage la nuit", "tranquillite"),
        ("Facture de cantine : quotient familial non pris en compte", "restauration"),
        ("Exercice du droit d'accès (RGPD)", "rgpd"),
    ],
)
def test_in_rivemont_a_plain_title_finds_its_subject(session, title, code):
    apply_town(session, read_town(RIVEMONT), at=AT)

    assert subjects.propose(session, title)[0].subject.code == code


def test_in_rivemont_everything_written_fits_and_reads_well():
    town = read_town(RIVEMONT)
    names = [f"{person.given_name} {person.family_name}" for _, person in town.staff]

    assert len(set(names)) == len(names)
    assert max(map(len, names)) == 80  # screens must bear it
    assert all(Period.parse(subject.silence_delay) for subject in town.subjects)
    assert all(number.startswith(("01 99 00 ", "06 39 98 ")) for number in telephones(town))
    assert all(entry.email.endswith(".test") for entry in town.services)


def telephones(town):
    """Return every telephone number that the file gives."""
    given = [town.town.telephone, town.town.desk.telephone]
    given += [entry.telephone for entry in (*town.services, *town.partners)]
    return [number for number in given if number]
