"""The people who write: found while the desk types, and kept once."""

import pytest
from sqlalchemy import select

from casetrack.correspondence import citizens
from casetrack.database.tables import Citizen
from casetrack.engine import open_case
from casetrack.errors import InvalidInput
from tests.town import NINE, settle

BENOIT = {
    "given_name": "Jean-Noël",
    "family_name": "Benoît",
    "email": "jn.benoit@exemple.fr",
    "telephone": "06 39 98 12 34",
    "street": "3 rue du Port",
    "postcode": "99340",
    "town": "Rivemont",
}


@pytest.mark.parametrize(
    "typed",
    [
        "benoit", "BENOÎT", "benoît jean", "jean noel benoit", "jean-noël", "jn.benoit@exemple.fr", "JN.Benoit@",
        "0639981234", "06 39 98", "12 34", "ben jea", "+33 6 39 98 12 34", "+33639981234", "0033 6 39981234",
        "06.39.98.12.34", "06-39-98-12-34", "06/39/98/12/34", "(0)6 39 98", "+33 (0)6 39 98 12 34", "06\u00a039\u202f98",
        "benoît 06 39 98 12", "+33 6 39 98 benoît", "rue du port", "port benoit", "3 port rivemont", "99340 benoît",
        "RIVEMONT jean", "benoit 3 rue du Port",
    ],
)  # fmt: skip
def test_the_desk_finds_a_person_however_they_are_typed(session, typed):
    benoit = citizens.find_or_create(session, **BENOIT)
    citizens.find_or_create(session, given_name="Œdipe", family_name="L'Hôpital", email="oe@exemple.fr")

    assert citizens.find(session, typed) == [benoit]


def test_a_person_pasted_from_a_word_processor_is_the_same_person(session):
    typed = citizens.find_or_create(
        session, given_name="Jean-Noël", family_name="Le Goff", street="3 rue du Port"
    )
    pasted = citizens.find_or_create(
        session,
        given_name="Jean\u2011Noe\u0308l\u200b",
        family_name="Le\u00a0Go\u00adff",
        street="3\u202frue du\u00a0Port\u202e",
    )

    assert pasted is typed
    assert citizens.find(session, "le\u00a0go\u00adff") == [typed]


def test_what_was_not_known_is_completed_as_it_would_be_typed(session):
    typed = citizens.find_or_create(session, family_name="Le Goff", email="lg@exemple.fr")
    citizens.find_or_create(session, family_name="Le Goff", email="lg@exemple.fr", town="Le\u00a0Havre\x00")

    assert typed.town == "Le Havre"


@pytest.mark.parametrize("typed", ["oedipe", "œdipe", "l'hopital", "L’HÔPITAL", "hopital"])
def test_ligatures_and_apostrophes_do_not_count(session, typed):
    hopital = citizens.find_or_create(
        session, given_name="Œdipe", family_name="L'Hôpital", email="oe@exemple.fr"
    )

    assert citizens.find(session, typed) == [hopital]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "'",
        "%",
        "_",
        "benoit paul",
        "dupont",
        "rue du fort",
        "+33 6 39 98 12 35",
        "06 12 34",
        "benoit halage",
    ],
)
def test_what_matches_nobody_finds_nobody(session, typed):
    citizens.find_or_create(session, **BENOIT)

    assert citizens.find(session, typed) == []


def test_family_names_that_begin_as_typed_come_first(session):
    citizens.find_or_create(session, given_name="Martin", family_name="Abadie", email="a@exemple.fr")
    citizens.find_or_create(session, given_name="Zoé", family_name="Martin", email="z@exemple.fr")

    found = citizens.find(session, "martin")

    assert [person.family_name for person in found] == ["Martin", "Abadie"]


def test_somebody_called_so_comes_before_those_who_live_in_their_street(session):
    live = [
        citizens.find_or_create(session, family_name=name, email=f"{name}@exemple.fr", street="2 rue Pasteur")
        for name in ("Abadie", "Weiss")
    ]
    louis = citizens.find_or_create(session, given_name="Pasteur", family_name="Zola", email="p@exemple.fr")
    pasteur = citizens.find_or_create(session, family_name="Pasteur", email="l@exemple.fr")

    assert citizens.find(session, "pasteur") == [pasteur, louis, *live]
    assert citizens.find(session, "pasteur weiss") == live[1:]


def test_a_move_is_found_at_the_new_address(session):
    benoit = citizens.find_or_create(session, **BENOIT)

    benoit.street = "8 quai Saint-Jean"
    citizens.save(session, benoit)

    assert citizens.find(session, "quai st jean") == []
    assert citizens.find(session, "saint jean") == [benoit]
    assert citizens.find(session, "port") == []


@pytest.mark.parametrize(
    ("typed", "guessed"),
    [
        ("Awa Marchand", {"given_name": "Awa", "family_name": "Marchand"}),
        ("awa marchand", {"given_name": "Awa", "family_name": "Marchand"}),
        ("MARCHAND Awa", {"given_name": "Awa", "family_name": "Marchand"}),
        ("jean-noël O'CONNELL", {"given_name": "Jean-Noël", "family_name": "O'Connell"}),
        ("Jean de La Fontaine", {"given_name": "Jean", "family_name": "de La Fontaine"}),
        ("Mme Le Bihan", {"civility": "Mme", "family_name": "Le Bihan"}),
        ("monsieur dupont", {"civility": "M.", "family_name": "Dupont"}),
        ("le goff", {"family_name": "Le Goff"}),
        ("marchand", {"family_name": "Marchand"}),
        ("AWA MARCHAND", {"given_name": "Awa", "family_name": "Marchand"}),
        ("a.marchand@Exemple.fr", {"email": "a.marchand@exemple.fr"}),
        ("marchand awa@exemple.fr", {"family_name": "Marchand", "email": "awa@exemple.fr"}),
        ("+33 6 39 98 01 35", {"telephone": "+33 6 39 98 01 35"}),
        ("Marchand 06 39 98 01 35", {"family_name": "Marchand", "telephone": "06 39 98 01 35"}),
        ("marchand 12 rue des Lilas", {"family_name": "Marchand"}),
        ("Toitures Morel SARL", {"organisation": "Toitures Morel SARL"}),
        ("Collège Jean-Moulin", {"organisation": "Collège Jean-Moulin"}),
        ("", {}),
        ("  %  ", {"family_name": "%"}),
        ("3 rue du Port", {}),
    ],
)
def test_a_form_about_somebody_new_begins_with_what_was_typed(typed, guessed):
    assert citizens.guess(typed) == guessed


@pytest.mark.parametrize(
    ("details", "named"),
    [
        ({"email": "awa@exemple.fr", "family_name": "x" * 200}, []),
        ({"email": ""}, ["family_name"]),
        ({"email": "pas un courriel"}, ["email"]),
        ({"email": "awa@exemple"}, ["email"]),
        ({"email": "awa@exemple.fr, bea@exemple.fr"}, ["email"]),
        ({"email": f"{'x' * 200}@exemple.fr"}, ["email"]),
        (
            {"family_name": "x" * 201, "telephone": "0" * 41, "email": "non"},
            ["email", "family_name", "telephone"],
        ),
    ],
)
def test_what_could_not_be_kept_of_somebody_is_said_field_by_field(details, named):
    assert sorted(citizens.faults(details)) == named


@pytest.mark.parametrize(
    ("details", "same", "why"),
    [
        (
            {"given_name": "Jean-Noël", "family_name": "Benoît", "email": "JN.Benoit@exemple.fr "},
            True,
            "name and e-mail",
        ),
        (
            {"given_name": "jean noel", "family_name": "BENOÎT", "telephone": "+33 6 39 98 12 34"},
            True,
            "name and telephone",
        ),
        (
            {
                "given_name": "Jean-Noël",
                "family_name": "Benoît",
                "street": "3, Rue du Port",
                "postcode": "99340",
            },
            True,
            "name and address",
        ),
        ({"email": "jn.benoit@exemple.fr"}, True, "a message that says no name"),
        ({"given_name": "Jean-Noël", "family_name": "Benoît"}, False, "a name alone: it may be a namesake"),
        (
            {"given_name": "Lise", "family_name": "Benoît", "email": "jn.benoit@exemple.fr"},
            False,
            "a family's address",
        ),
        (
            {"given_name": "Jean-Noël", "family_name": "Benoît", "street": "8 rue Foch", "postcode": "99340"},
            False,
            "a namesake",
        ),
        ({"organisation": "Benoît SARL", "email": "jn.benoit@exemple.fr"}, False, "his company"),
    ],
)
def test_the_same_person_is_kept_once(session, details, same, why):
    benoit = citizens.find_or_create(session, **BENOIT)

    assert (citizens.find_or_create(session, **details) is benoit) is same, why


def test_what_was_not_known_is_filled_in_and_what_was_known_stays(session):
    known = citizens.find_or_create(
        session, family_name="Diallo", given_name="Awa", email="awa@exemple.fr", street="1 rue A"
    )

    citizens.find_or_create(
        session,
        family_name="Diallo",
        given_name="Awa",
        email="awa@exemple.fr",
        street="2 rue B",
        telephone="06 39 98 00 01",
    )

    assert (known.street, known.telephone) == ("1 rue A", "06 39 98 00 01")
    assert citizens.find(session, "0639980001") == [known]


def test_a_wish_said_now_holds_and_what_nobody_said_changes_none(session):
    luc = {"family_name": "Durand", "given_name": "Luc", "email": "luc@exemple.fr"}
    known = citizens.find_or_create(session, **luc)

    citizens.find_or_create(session, **luc, prefers_post=True, language="en")
    assert (known.prefers_post, known.language) == (True, "en")

    citizens.find_or_create(session, **luc, prefers_post=False, language="fr")  # as a form begins
    assert (known.prefers_post, known.language) == (True, "en")


def test_an_organisation_is_found_again_by_its_name_and_telephone(session):
    club = {"organisation": "Club d'échecs", "telephone": "01 99 00 55 55"}

    first = citizens.find_or_create(session, **club)

    assert first.kind == "organisation"
    assert citizens.find_or_create(session, **club) is first


def test_a_person_who_gives_nothing_is_nobody(session):
    with pytest.raises(InvalidInput, match="nobody"):
        citizens.find_or_create(session, town="Rivemont")


def test_what_is_too_long_is_refused_alike_on_both_databases(session):
    with pytest.raises(InvalidInput, match="too_long"):
        citizens.find_or_create(session, family_name="x" * 201)


def test_a_change_of_name_is_found_under_the_new_one(session):
    benoit = citizens.find_or_create(session, **BENOIT)

    benoit.family_name = "Étienne"
    citizens.save(session, benoit)

    assert citizens.find(session, "etienne") == [benoit]
    assert session.query(Citizen).count() == 1


@pytest.mark.parametrize("typed", ["mot " * 4_000, "x" * 100_000, "benoit " * 2_000])
def test_a_question_of_any_length_is_read_as_a_short_one(session, typed):
    benoit = citizens.find_or_create(session, **BENOIT)

    assert citizens.find(session, typed) == ([benoit] if "benoit" in typed else [])


@pytest.mark.parametrize(
    "name", ["family_name", "given_name", "street", "email", "telephone", "organisation"]
)
def test_a_name_is_one_line_that_any_database_holds(database, name):
    with database.session() as session:
        citizens.find_or_create(session, **{**BENOIT, name: "A\0b\r\nBcc: c\ud800"})
        session.commit()

    with database.reader() as session:
        kept = getattr(session.scalars(select(Citizen)).one(), name)
    assert kept.lower() == "ab bcc: c"


def test_nobody_is_written_to_in_a_language_that_nobody_writes(session):
    with pytest.raises(InvalidInput) as refusal:
        citizens.find_or_create(session, **BENOIT, language="zz")

    assert refusal.value.code == "language"


def test_that_somebody_wrote_a_sealed_letter_is_known_to_its_readers_alone(session):
    town = settle(session)
    benoit = citizens.find_or_create(session, **BENOIT)
    about = {
        "by": town.marc,
        "at": NINE,
        "title": "Pli",
        "citizen": benoit,
        "subject": town.subjects["voirie"],
    }
    open_case(session, "letter", confidentiality=2, readers=[town.lea.id], **about)

    def finds(login: str) -> bool:
        by = town.actors[login]
        return (
            benoit in citizens.find(session, "benoit", by=by)
            and citizens.known(session, benoit.id, by) == benoit
        )

    assert [login for login in ("marc", "aline", "anne", "lea", "mila") if finds(login)] == ["lea", "mila"]
    assert citizens.find_or_create(session, **BENOIT) is benoit

    open_case(session, "letter", **about)
    assert finds("marc")
