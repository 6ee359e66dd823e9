"""What a list shows and what a page opens are the same: `readable` in SQL against `may_read` in Python."""

from datetime import date

import pytest
from sqlalchemy import func, select

from casetrack.database.tables import Absence, Case, CaseCopy, CaseReader, Reading
from casetrack.engine import CLOCK, act, may_read, open_case, readable, record_readings
from casetrack.engine.permission import READERS, RELATION, SENDERS, sendable
from casetrack.errors import ActionNotAllowed, InvalidFields
from casetrack.organisation import staff as people
from tests.town import MONDAY, NINE


@pytest.fixture
def cases(session, town) -> list[Case]:
    """Letters of every level, service, officer, copy and named reader."""
    made = []
    for level in (0, 1, 2):
        for service in ("VOI", "PRO", "JUR", None):
            for officer in ("anne", "lea", None):
                for copied in (False, True):
                    case = open_case(
                        session, "letter", by=town.marc, at=NINE, title="Un trou", received_on=MONDAY, citizen=town.citizen,
                        subject=town.subjects["voirie"], service=town.services[service] if service else None,
                        officer=town.staff[officer] if officer else None, confidentiality=level, readers=[town.rose.id],
                    )  # fmt: skip
                    if service is None:
                        case.service_id = None
                    if copied:
                        session.add(
                            CaseCopy(
                                case_id=case.id, service_id=town.services["PRO"].id, asked_opinion=level == 1
                            )
                        )
                    made.append(case)
    session.flush()
    return made


def test_lists_and_pages_agree_for_everybody_at_every_level(session, town, cases):
    session.add(
        Absence(staff_id=town.anne.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=town.jeanne.id)
    )
    session.flush()
    for login, staff in town.staff.items():
        actor = people.actor(session, staff, on=MONDAY)
        listed = set(session.scalars(select(Case.id).where(readable(actor))))
        opened = {case.id for case in cases if may_read(session, case, actor)}
        assert listed == opened, login


def test_whoever_may_send_is_found_alike_in_a_list_and_by_their_relations_and_always_reads(
    session, town, cases
):
    assert all(set(SENDERS[level]) <= set(READERS[level]) for level in READERS)
    for login, staff in town.staff.items():
        actor = people.actor(session, staff, on=MONDAY)
        listed = set(session.scalars(select(Case.id).where(sendable(actor))))
        related = {
            case.id
            for case in cases
            if any(RELATION[name](session, case, actor) for name in SENDERS[case.confidentiality])
        }
        assert listed == related, login


@pytest.mark.parametrize(
    ("login", "level", "reads"),
    [
        ("marc", 0, True),  # any desk informs on any ordinary case
        ("marc", 1, False),  # but sees no restricted one
        ("paul", 0, True),
        ("paul", 1, False),  # a colleague of the service, not the officer
        ("anne", 1, True),
        ("denis", 1, True),
        ("denis", 2, False),  # even the head, unless named
        ("rose", 2, True),  # named
        ("mila", 2, True),  # the mediator reads everything
        ("aline", 1, False),
        ("eva", 1, False),
    ],
)
def test_who_reads_a_letter_of_voirie_given_to_anne(session, town, login, level, reads):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen, subject=town.subjects["voirie"],
        officer=town.staff["anne"], confidentiality=level, readers=[town.rose.id],
    )  # fmt: skip

    assert may_read(session, case, town.actors[login]) is reads


def test_a_stranger_and_a_role_without_relation_see_nothing(session, town, cases):
    assert session.scalar(select(func.count()).select_from(Case).where(readable(town.stranger))) == 0


def test_who_may_not_read_may_not_act_either(session, town):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Une aide", citizen=town.citizen, subject=town.subjects["social"],
    )  # fmt: skip
    assert case.confidentiality == 1  # the subject asks for it

    with pytest.raises(ActionNotAllowed) as refusal:
        act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])

    assert refusal.value.code == "permission"


def test_a_named_reader_keeps_the_powers_of_their_role_on_a_sealed_case(session, town):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Pli fermé", citizen=town.citizen, subject=town.subjects["voirie"],
        confidentiality=2, readers=[town.denis.id],
    )  # fmt: skip

    act(session, case, "triage", by=town.denis, at=NINE, subject=town.subjects["voirie"])

    assert case.state == "assigned"


def test_a_sealed_case_names_somebody(session, town):
    with pytest.raises(InvalidFields) as refusal:
        open_case(
            session, "letter", by=town.marc, at=NINE, title="Pli", citizen=town.citizen, subject=town.subjects["voirie"], confidentiality=2
        )  # fmt: skip

    assert list(refusal.value.faults) == ["readers"]


def test_reading_confidential_cases_leaves_a_trace_of_each_and_the_clock_leaves_none(session, town):
    read = [
        open_case(
            session, "letter", by=town.marc, at=NINE, title="Un trou", received_on=date(2026, 11, 20), citizen=town.citizen,
            subject=town.subjects["voirie"], officer=town.staff["anne"], confidentiality=level,
        ).id
        for level in (1, 2)
    ]  # fmt: skip

    record_readings(session, read, town.anne, at=NINE)
    record_readings(session, read, CLOCK, at=NINE)

    traces = session.execute(select(Reading.case_id, Reading.staff_id).order_by(Reading.id)).all()
    assert traces == [(case_id, town.anne.id) for case_id in read]
    assert session.scalar(select(func.count()).select_from(CaseReader)) == 0
