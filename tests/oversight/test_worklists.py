"""What there is to do, for whom, in which order; on both databases."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from casetrack.database.tables import Case
from casetrack.engine import act, open_case
from casetrack.oversight.worklists import VIEWS, views, worklist
from tests.town import MONDAY, NINE

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 12, 15)  # a Tuesday


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, datetime.min.time(), PARIS) + timedelta(hours=hour)


@pytest.fixture
def register(session, town):
    """Register letters by the day they came, taken by Anne unless told."""

    def one(received_on: date, *, taken: bool = True, **given) -> Case:
        fields = {
            "title": f"Courrier du {received_on}",
            "citizen": town.citizen,
            "subject": town.subjects["voirie"],
        }
        case = open_case(
            session, "letter", by=town.marc, at=at(received_on), received_on=received_on, **fields | given
        )
        if taken:
            act(
                session,
                case,
                "triage",
                by=town.marc,
                at=at(received_on, 10),
                subject=town.subjects["voirie"].id,
            )
            act(session, case, "take_charge", by=town.anne, at=at(received_on, 11))
        return case

    return one


def test_the_most_urgent_comes_first_and_each_group_has_its_own(session, town, register):
    later, late, soon, today = (
        register(day)
        for day in (date(2026, 12, 10), date(2026, 11, 3), date(2026, 11, 20), date(2026, 11, 15))
    )
    waiting = register(date(2026, 12, 1))
    act(
        session,
        waiting,
        "request_items",
        by=town.anne,
        at=at(date(2026, 12, 10)),
        items="Plan",
        items_by="2026-12-21",
    )

    page = worklist(session, town.anne, "mine", today=TODAY)

    assert [line.reference for line in page.lines] == [
        case.reference
        for case in (late, today, soon, later, waiting)  # the pause moved the last one to 12 January
    ]
    assert {group: [line.reference for line in lines] for group, lines in page.groups} == {
        "late": [late.reference],
        "week": [today.reference, soon.reference],
        "later": [later.reference],
        "waiting": [waiting.reference],
    }
    assert page.after is None


def test_a_suspension_that_has_run_out_is_no_longer_an_excuse(session, town, register):
    case = register(date(2026, 11, 20))
    act(
        session,
        case,
        "request_items",
        by=town.anne,
        at=at(date(2026, 11, 25)),
        items="Plan",
        items_by="2026-11-30",
    )

    line = worklist(session, town.anne, "mine", today=TODAY + timedelta(days=30)).lines[0]

    assert line.group == "late"


def test_an_answered_letter_is_not_late_but_is_still_to_close(session, town, register):
    case = register(date(2026, 11, 3))
    for who, action, fields in [
        (town.anne, "draft_answer", {"answer": "Oui", "outcome": "favourable"}),
        (town.anne, "submit_for_endorsement", {}),
        (town.denis, "endorse", {}),
        (town.simone, "sign", {}),
        (town.marc, "send_answer", {}),
    ]:
        act(session, case, action, by=who, at=at(date(2026, 12, 1)), **fields)
    open_one = register(date(2026, 12, 10))

    lines = worklist(session, town.anne, "mine", today=TODAY).lines

    assert [(line.reference, line.group) for line in lines] == [
        (open_one.reference, "later"),
        (case.reference, "answered"),
    ]
    assert lines[1].next_step.fr == "Clôturer"


def test_the_next_step_is_named_for_whom_it_is(session, town, register):
    case = register(date(2026, 12, 1))
    act(
        session, case, "draft_answer", by=town.anne, at=at(date(2026, 12, 2)), answer="Oui", outcome="refusal"
    )
    act(session, case, "submit_for_endorsement", by=town.anne, at=at(date(2026, 12, 2)))

    for_anne = worklist(session, town.anne, "mine", today=TODAY).lines[0]
    for_denis = worklist(session, town.denis, "endorse", today=TODAY).lines[0]

    assert (for_anne.next_step, for_anne.waits_for.fr) == (None, "attend le responsable du service")
    assert (for_denis.next_step.fr, for_denis.waits_for) == ("Viser", None)


def test_an_opinion_asked_is_the_next_step_of_whoever_is_asked(session, town, register):
    case = register(date(2026, 12, 1))
    act(session, case, "ask_opinion", by=town.anne, at=at(date(2026, 12, 2)), service=town.services["PRO"].id,
        question="D'accord ?", opinion_by="2026-12-20")  # fmt: skip

    assert worklist(session, town.lea, "all", today=TODAY).lines[0].next_step.fr == "Rendre un avis"
    waiting = worklist(session, town.anne, "mine", today=TODAY).lines[0]
    assert (waiting.next_step, waiting.waits_for.fr) == (None, "attend l'avis demandé")


@pytest.mark.parametrize(
    ("login", "shown"),
    [
        ("marc", ["triage", "all"]),  # the desk
        ("anne", ["mine", "service", "all"]),  # an officer
        ("denis", ["mine", "service", "endorse", "all"]),  # a head
        ("simone", ["sign", "all"]),  # who signs
        ("mila", ["all"]),  # the mediator
    ],
)
def test_each_person_is_offered_the_lists_that_concern_them(town, login, shown):
    assert views(town.actors[login]) == shown


def test_each_state_is_in_the_list_of_who_must_act(session, town, register):
    to_triage = register(date(2026, 12, 1), taken=False)
    to_sign = register(date(2026, 12, 2))
    act(
        session,
        to_sign,
        "draft_answer",
        by=town.denis,
        at=at(date(2026, 12, 3)),
        answer="Oui",
        outcome="refusal",
    )
    act(session, to_sign, "submit_for_signature", by=town.denis, at=at(date(2026, 12, 3)))

    found = {
        view: [line.reference for line in worklist(session, town.actors[login], view, today=TODAY).lines]
        for login, view in [
            ("marc", "triage"),
            ("simone", "sign"),
            ("denis", "endorse"),
            ("denis", "service"),
        ]
    }

    assert found == {
        "triage": [to_triage.reference],
        "sign": [to_sign.reference],
        "endorse": [],
        "service": [to_triage.reference, to_sign.reference],
    }


def test_a_list_that_does_not_exist_is_empty(session, town, register):
    register(date(2026, 12, 1))

    assert worklist(session, town.anne, "everything", today=TODAY).lines == ()


def test_what_one_may_not_read_is_in_none_of_the_lists(session, town, register):
    register(date(2026, 12, 1), taken=False, confidentiality=2, readers=[town.lea.id])

    for login, person in town.actors.items():
        seen = any(worklist(session, person, view, today=TODAY).lines for view in VIEWS)
        assert seen is (login in ("lea", "mila")), login


def test_a_long_list_is_read_whole_page_by_page_each_letter_once(session, town, register):
    references = [register(date(2026, 11, 1 + number % 20), taken=False).reference for number in range(25)]
    undated = session.scalars(select(Case).where(Case.reference == references[3])).one()
    undated.due_on = undated.act_by = None  # a kind of case without a promise
    session.flush()

    seen, after, pages = [], None, 0
    while True:
        page = worklist(session, town.denis, "service", today=TODAY, after=after, size=7)
        seen += page.lines
        pages += 1
        if (after := page.after) is None:
            break

    assert sorted(line.reference for line in seen) == sorted(references)
    assert (pages, seen[-1].reference, seen[-1].group) == (4, references[3], "undated")
    assert all(one.due.on <= other.due.on for one, other in pairwise(seen[:-1]))


@pytest.mark.parametrize("after", ["", "x", "2026-13-40.1", "2026-12-01", ".", "2026-12-01.x"])
def test_a_key_that_means_nothing_gives_the_first_page(session, town, register, after):
    case = register(date(2026, 12, 1))

    assert [
        line.reference for line in worklist(session, town.anne, "mine", today=TODAY, after=after).lines
    ] == [case.reference]


def test_a_full_page_is_one_select_whatever_is_in_it(session, town, register):
    for number in range(8):
        register(date(2026, 11, 1 + number))
    session.expunge_all()
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        for size in (2, 6):
            sent.clear()
            worklist(session, town.denis, "service", today=TODAY, size=size)
            # The definitions once, and the page.
            assert len([one for one in sent if one.startswith("SELECT")]) <= 2
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)


def test_a_list_of_sealed_letters_asks_no_question_a_row(session, town):
    def asked_with(number: int) -> int:
        for _letter in range(number):
            case = open_case(session, "letter", by=town.marc, at=NINE, title="Pli", received_on=MONDAY,
                             subject=town.subjects["voirie"], citizen=town.citizen, confidentiality=2,
                             readers=[town.lea.id])  # fmt: skip
            case.officer_id, case.state = town.lea.id, "drafting"
            case.facts = {"draft": True}
        session.flush()
        session.expire_all()
        sent = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]))
        worklist(session, town.lea, "mine", today=MONDAY)
        return len(sent)

    assert asked_with(2) == asked_with(6)
