"""What the desk is told of somebody while it registers their next letter."""

from datetime import timedelta

import pytest

from casetrack.engine import open_case
from casetrack.oversight import earlier
from tests.town import MONDAY, NINE, settle


@pytest.fixture
def hall(session):
    """The town hall."""
    return settle(session)


@pytest.fixture
def register(session, hall):
    """Register a letter of Nadia Petit."""

    def registered(title: str, **given):
        return open_case(session, "letter", by=hall.marc, at=NINE, citizen=hall.citizen,
                         subject=hall.subjects["voirie"], title=title, **{"received_on": MONDAY, **given})  # fmt: skip

    return registered


def alike(session, hall, title: str, reader: str = "marc") -> list[tuple[str, tuple[str, ...]]]:
    letters = earlier.letters_of(session, [hall.citizen.id], getattr(hall, reader))
    found = earlier.alike(letters, hall.citizen.id, title, today=MONDAY)
    return [(one.case.title, one.shared) for one in found]


@pytest.mark.parametrize(
    ("first", "then", "shared"),
    [
        ("Trottoir cassé devant le 12", "Trottoirs cassés", ("trottoirs", "cassés")),
        ("Stationnement gênant rue des Lilas", "Relance : stationnement GÊNANT", ("stationnement", "gênant")),
        ("L'éclairage de l'impasse", "Éclairage", ("éclairage",)),
    ],
)
def test_a_letter_that_repeats_another_says_by_which_words(session, hall, register, first, then, shared):
    register(first)

    assert alike(session, hall, then) == [(first, shared)]


@pytest.mark.parametrize(
    "title", ["Caniveau bouché devant le 8 rue du Lavoir", "Demande pour la mairie", "", "« » ?!"]
)
def test_words_that_any_letter_holds_make_no_double(session, hall, register, title):
    register("Arbre tombé devant la mairie, rue des Lilas : demande")

    assert alike(session, hall, title) == []


def test_the_likest_comes_first_and_three_are_enough(session, hall, register):
    for title in ("Trottoir", "Trottoir dangereux", "Trottoir dangereux, portail", "Portail", "Trottoir bas"):
        register(title)

    titles = [title for title, _shared in alike(session, hall, "Trottoir dangereux devant le portail")]

    assert titles[0] == "Trottoir dangereux, portail"
    assert len(titles) == 3


def test_a_sealed_letter_makes_no_double_for_those_who_may_not_read_it(session, hall, register):
    register("Signalement trottoir", confidentiality=2, readers=[hall.lea.id])

    assert alike(session, hall, "Signalement trottoir") == []
    assert alike(session, hall, "Signalement trottoir", "lea") != []


def test_when_somebody_last_wrote_and_what_is_open(session, hall, register):
    register("Trottoir", received_on=MONDAY - timedelta(days=30))
    register("Lampadaire", received_on=MONDAY - timedelta(days=3))

    letters = earlier.letters_of(session, [hall.citizen.id], hall.marc)
    said = earlier.already_wrote(letters, today=MONDAY)

    assert (
        said[hall.citizen.id].fr.replace("\u00a0", " ")
        == "a déjà écrit le ven. 20 novembre, 2 dossiers ouverts"
    )
