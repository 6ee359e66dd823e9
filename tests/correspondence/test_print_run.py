"""Letters wait until somebody says that they were posted, and not a second more than once."""

from datetime import timedelta

import pytest

from casetrack.correspondence.print_run import dated, mark_posted, print_sheet, undo_posted, waiting
from casetrack.database.tables import Case, Citizen, Message
from casetrack.engine import Actor
from tests.correspondence.outgoing import ANNE, LEA, MONDAY, PAUL_HOME, add_message, build_town

NOON = MONDAY + timedelta(hours=3)
ENVELOPE = "Paul Martin\n3 rue des Lilas\n78990 Élancourt"
OFFICER = Actor(kind="staff", id=2, name="Léa Petit", roles=frozenset({"officer"}), officer_of=frozenset({7}))


@pytest.fixture
def letter(session):
    """A letter to print, with a full address."""
    build_town(session)
    return add_letter(session)


def add_letter(session, number: int = 1, recipient: str = ENVELOPE, **columns) -> Message:
    columns = {
        "channel": "post",
        "status": "to_print",
        "next_attempt_at": None,
        "recipient": recipient,
    } | columns
    return add_message(session, number, **columns)


def test_the_print_run_lists_the_letters_that_wait_oldest_first(session, letter):
    add_letter(session, 2)
    add_message(session, 3)  # an e-mail

    assert [(row.message.id, row.reference) for row in waiting(session, by=ANNE)] == [
        (letter.id, "2026-A-000001"),
        (letter.id + 1, "2026-A-000002"),
    ]


def test_a_sheet_holds_all_that_the_page_prints(session, letter):
    letter.body = "Bonjour,\n\nBien reçu.\nÀ bientôt.\n"

    (sheet,) = print_sheet(waiting(session, by=ANNE))

    assert sheet.address == ("Paul Martin", "3 rue des Lilas", "78990 Élancourt")
    assert sheet.missing is None
    assert (sheet.reference, sheet.date) == ("2026-A-000001", "lundi 5 janvier 2026")
    assert sheet.paragraphs == (("", "Bonjour,"), ("", "Bien reçu.\nÀ bientôt."))


LONG = "Vous recevrez une réponse écrite au plus tard le lundi 28 décembre 2026."


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        (f"Notre engagement\n{LONG}", "Notre engagement"),
        (
            f"Ce que prévoit la loi\n{LONG}\n1° demander à la Ville de la revoir\u00a0;",
            "Ce que prévoit la loi",
        ),
        (f"Bonjour,\n{LONG}", ""),
        (f"Service\u00a0: Voirie\n{LONG}", ""),
        (f"12 rue des Lilas\n{LONG}", ""),
        (f"et voici la suite\n{LONG}", ""),
        ("Maud Mayer\nMaire de Valmy", ""),
        ("Notre engagement", ""),
        (LONG, ""),
    ],
)
def test_the_line_that_announces_a_text_is_told_from_the_text(session, letter, part, heading):
    letter.body = f"Madame,\n\n{part}\n"

    (sheet,) = print_sheet(waiting(session, by=ANNE))

    assert sheet.paragraphs[1].heading == heading
    assert "\n".join(filter(None, sheet.paragraphs[1])) == part


def test_what_is_printed_is_typeset_in_its_own_language(session, letter):
    letter.subject, letter.body = "[2026-A-000001] Réponse à l'appel", "L'adresse : n° 3 ; « oui » ?"

    (french,) = print_sheet(waiting(session, by=ANNE))
    letter.language, letter.body = "en", "It's « so » : yes"
    (english,) = print_sheet(waiting(session, by=ANNE))

    assert french.subject == "Réponse à l’appel"
    assert french.paragraphs[0].text == "L’adresse\u00a0: n°\u00a03\u00a0; «\u00a0oui\u00a0»\u00a0?"
    assert english.paragraphs[0].text == "It’s « so » : yes"


@pytest.mark.parametrize(
    ("town", "line"),
    [
        ("Ville de Rivemont", "Rivemont, le lundi 5 janvier 2026"),
        ("Ville d'Orléans", "Orléans, le lundi 5 janvier 2026"),
        ("Mairie du Mans", "Le Mans, le lundi 5 janvier 2026"),
        ("Commune des Ulis", "Les Ulis, le lundi 5 janvier 2026"),
        ("Rivemont", "Rivemont, le lundi 5 janvier 2026"),
    ],
)
def test_a_letter_says_where_and_when_it_was_written(session, letter, town, line):
    (sheet,) = print_sheet(waiting(session, by=ANNE))

    assert dated(sheet, town) == line


def test_a_letter_written_in_english_is_dated_in_english(session, letter):
    letter.language = "en"

    assert print_sheet(waiting(session, by=ANNE))[0].date == "Monday 5 January 2026"


@pytest.mark.parametrize("recipient", ["", "Paul Martin", "Paul Martin\nÉlancourt"])
def test_a_letter_without_an_address_says_that_one_must_be_found(session, letter, recipient):
    letter.recipient = recipient

    (sheet,) = print_sheet(waiting(session, by=ANNE))

    assert sheet.missing.fr == "Adresse à trouver"


def test_an_address_found_since_is_used(session, letter):
    letter.recipient = "Paul Martin"
    citizen = session.query(Citizen).one()
    citizen.street, citizen.postcode, citizen.town = PAUL_HOME.values()
    session.flush()

    (sheet,) = print_sheet(waiting(session, by=ANNE))

    assert "\n".join(sheet.address) == ENVELOPE
    assert sheet.missing is None


def test_a_posted_letter_leaves_the_print_run_with_a_name_and_an_instant(session, letter):
    posted = mark_posted(session, [letter.id], by=ANNE, at=NOON)

    session.refresh(letter)
    assert posted == 1
    assert waiting(session, by=ANNE) == []
    assert (letter.status, letter.sent_at, letter.posted_by_id) == ("posted", NOON, ANNE.id)


def test_a_letter_is_posted_only_once(session, letter):
    mark_posted(session, [letter.id], by=ANNE, at=NOON)

    again = mark_posted(session, [letter.id], by=LEA, at=NOON + timedelta(hours=1))

    session.refresh(letter)
    assert again == 0
    assert letter.posted_by_id == ANNE.id


def test_an_email_cannot_be_marked_as_posted(session, letter):
    email = add_message(session, 2)

    assert mark_posted(session, [email.id], by=ANNE, at=NOON) == 0


@pytest.mark.parametrize(
    ("by", "at", "taken_back"),
    [
        (ANNE, NOON + timedelta(hours=6), 1),
        (ANNE, NOON + timedelta(hours=11), 0),  # past midnight in Paris
        (LEA, NOON, 0),  # somebody else posted it
    ],
)
def test_a_posting_can_be_taken_back_the_same_day_by_the_same_person(session, letter, by, at, taken_back):
    mark_posted(session, [letter.id], by=ANNE, at=NOON)

    undone = undo_posted(session, [letter.id], by=by, at=at)

    assert undone == taken_back
    assert len(waiting(session, by=ANNE)) == taken_back


def test_a_letter_of_a_confidential_case_is_not_shown_nor_posted_by_those_who_may_not_read_it(
    session, letter
):
    session.query(Case).one().confidentiality = 1
    session.flush()

    assert waiting(session, by=ANNE) == []
    assert mark_posted(session, [letter.id], by=ANNE, at=NOON) == 0


def test_an_officer_sees_the_letters_of_the_cases_they_may_read_only(session, letter):
    assert waiting(session, by=OFFICER) == []
