"""What a hurried, mistaken or cunning person may try: each is refused in words, or leaves the promise whole."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from casetrack.database.tables import (
    Absence,
    Case,
    CaseLink,
    CaseText,
    Event,
    Message,
    Notification,
    RungFired,
    Subject,
    Suspension,
    Table,
    Timer,
    WorkflowVersion,
)
from casetrack.engine import CLOCK, Actor, act, allowed_actions, facts, journal, may_read, open_case, sweep
from casetrack.errors import ActionNotAllowed, ActionRefused, CaseChanged, InvalidFields, NeedsMissing
from casetrack.organisation import staff as people
from casetrack.workflow import publish
from casetrack.workflow.reading import from_text, hash_of
from tests.town import MONDAY, NINE, settle

PARIS = ZoneInfo("Europe/Paris")
LATER = NINE + timedelta(days=1)


def register(session, town, **details) -> Case:
    given = {
        "title": "Un trou",
        "received_on": MONDAY,
        "channel": "post",
        "citizen": town.citizen,
        "subject": town.subjects["voirie"],
        **details,
    }
    return open_case(session, "letter", by=town.marc, at=details.pop("at", NINE), **given)


def in_progress(session, town, **details) -> Case:
    case = register(session, town, **details)
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    return case


def answer(session, town, case, at) -> None:
    """Bring a letter to its answer in one go."""
    if case.state == "registered":
        act(session, case, "triage", by=town.marc, at=at, subject=town.subjects["voirie"])
    if case.state == "assigned":
        act(session, case, "take_charge", by=town.anne, at=at)
    act(session, case, "draft_answer", by=town.anne, at=at, answer="C'est fait.", outcome="favourable")
    act(session, case, "submit_for_signature", by=town.denis, at=at)
    act(session, case, "sign", by=town.simone, at=at)
    act(session, case, "send_answer", by=town.marc, at=at)


def on(day: date) -> datetime:
    """Six in the morning in Paris, in winter."""
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def rows(session) -> dict[str, list]:
    """Every row of every table."""
    return {table.name: session.execute(select(table)).all() for table in Table.metadata.sorted_tables}


# ---- What is typed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"received_on": date(26, 11, 23)}, "received_on"),  # the year typed as 0026
        ({"received_on": date(2027, 11, 23)}, "received_on"),
        ({"title": "x" * 301}, "title"),
        ({"title": "\x00 \n"}, "title"),
        ({"service": 999}, "service"),
        ({"officer": 999}, "officer"),
        ({"subject": 999}, "subject"),
        ({"readers": [999]}, "readers"),
        ({"external": ("s" * 61, "1")}, "external"),
        ({"external": ("s", "1" * 201)}, "external"),
        ({"nature": ["request"]}, "nature"),
        ({"registered_mail": "1A 234\r\nBcc: everybody"}, "registered_mail"),
        ({"registered_mail": "1A\u2028234"}, "registered_mail"),
        ({"postmark_on": "0026-11-20"}, "postmark_on"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_what_no_column_could_hold_is_refused_with_a_sentence(session, town, given, fault):
    with pytest.raises(InvalidFields) as refusal:
        register(session, town, **given)

    assert list(refusal.value.faults) == [fault]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Un\x00 trou", "Un trou"),
        ("Un trou\r\nrue des Lilas\t", "Un trou rue des Lilas"),  # pasted from a letter
        ("Trou \ud83d", "Trou ?"),  # half of a sign
        ("Ποιήμα 🕳️ שלום", "Ποιήμα 🕳️ שלום"),
        ("x" * 300, "x" * 300),
    ],
)
def test_an_unusual_title_is_kept_readable(session, town, typed, kept):
    case = register(session, town, title=typed)

    session.commit()
    assert session.scalar(select(Case.title).where(Case.id == case.id)) == kept


@pytest.mark.parametrize("typed", ["Oui.\x00", "Oui. \ud83d", "é" * 100_000, "Ligne\u2028autre"])
def test_an_unusual_answer_reaches_the_citizen(session, town, typed):
    case = in_progress(session, town)
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer=typed, outcome="favourable")
    act(session, case, "submit_for_signature", by=town.denis, at=NINE)
    act(session, case, "sign", by=town.simone, at=NINE)

    act(session, case, "send_answer", by=town.marc, at=NINE)

    sent = session.scalars(select(Message.body).where(Message.template == "answer")).one()
    assert typed.replace("\x00", "").replace("\ud83d", "?") in sent


@pytest.mark.parametrize("answer", ["\x00", " \r\n\t ", "x" * 100_001])
def test_an_answer_that_says_nothing_or_too_much_is_refused(session, town, answer):
    case = in_progress(session, town)

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "draft_answer", by=town.anne, at=NINE, answer=answer, outcome="favourable")

    assert list(refusal.value.faults) == ["answer"]


@pytest.mark.parametrize(
    "items_by", ["9999-12-31", "3000-01-01", "0026-12-01", "2026-02-30", "2026-11-22", ""]
)
def test_nobody_suspends_a_promise_for_a_thousand_years(session, town, items_by):
    case = in_progress(session, town)

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "request_items", by=town.anne, at=NINE, items="Un plan.", items_by=items_by)

    assert list(refusal.value.faults) == ["items_by"]


def test_the_longest_name_and_address_still_get_their_receipt(session, town):
    for name, length in (("organisation", 200), ("given_name", 200), ("family_name", 200), ("street", 300)):
        setattr(town.citizen, name, "x" * length)

    register(session, town)

    recipient = session.scalars(select(Message.recipient)).one()
    assert len(recipient) <= Message.recipient.type.length
    assert recipient.endswith("\n99000 Valmy")


@pytest.mark.parametrize("name", ["version", "by", "action", "effective_on", "confidentiality"])
def test_a_name_of_the_engine_is_not_a_field_of_a_form(session, town, name):
    case = in_progress(session, town)

    with pytest.raises((TypeError, InvalidFields, CaseChanged)):
        act(session, case, "refer_out", by=town.anne, at=NINE, authority="Département", contact="…", **{name: date(2020, 1, 1)})  # fmt: skip


# ---- When it happened -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effective_on", "sentence"),
    [
        (date(2026, 11, 22), "au plus tôt le 23/11/2026."),
        (date(2026, 11, 25), "cela n'est pas encore arrivé."),
    ],
)
def test_an_act_happened_neither_before_the_letter_nor_tomorrow(session, town, effective_on, sentence):
    case = in_progress(session, town)

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "refer_out", by=town.anne, at=LATER, authority="a", contact="b", effective_on=effective_on)  # fmt: skip

    assert refusal.value.faults["effective_on"].fr == sentence


def test_an_answer_recorded_after_a_reopening_cannot_date_from_before_it(session, town):
    case = in_progress(session, town)
    answer(session, town, case, NINE)
    act(session, case, "reopen", by=town.marc, at=on(date(2027, 1, 11)), reason="Le trou est revenu.")
    act(session, case, "decline_assignment", by=town.anne, at=on(date(2027, 1, 12)), reason="Pas nous.")

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "record_past_answer", by=town.aline, at=on(date(2027, 3, 1)), answered_on="2027-01-10", outcome="information")  # fmt: skip

    assert refusal.value.faults["answered_on"].fr == "au plus tôt le 11/01/2027."


@pytest.mark.parametrize(
    ("instant", "reference", "received_on"),
    [
        (datetime(2026, 12, 31, 22, 30, tzinfo=UTC), "2026-A-000001", date(2026, 12, 31)),  # 23:30 in Paris
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-A-000001", date(2027, 1, 1)),  # 0:30 in Paris
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "2026-A-000001", date(2026, 7, 1)),  # 0:30, in summer
    ],
)
def test_the_year_of_a_number_turns_at_midnight_in_the_town(session, town, instant, reference, received_on):
    case = open_case(session, "letter", by=town.marc, at=instant, title="Vœux", citizen=town.citizen, subject=town.subjects["voirie"])  # fmt: skip

    assert (case.reference, case.received_on) == (reference, received_on)


def test_numbers_begin_again_with_the_year_and_the_old_ones_go_on_where_they_were(session, town):
    for instant in (
        on(date(2026, 12, 31)),
        on(date(2027, 1, 1)),
        on(date(2026, 12, 31)),
        on(date(2027, 1, 2)),
    ):
        open_case(session, "letter", by=town.marc, at=instant, title="Vœux", citizen=town.citizen, subject=town.subjects["voirie"])  # fmt: skip

    assert session.scalars(select(Case.reference).order_by(Case.id)).all() == [
        "2026-A-000001", "2027-A-000001", "2026-A-000002", "2027-A-000002",
    ]  # fmt: skip


# ---- Whole or not at all ----------------------------------------------------------------------


def test_a_refused_triage_leaves_the_clocks_alone(session, town):
    homeless = Subject(code="divers", label="Divers", silence_delay="1 month")
    session.add(homeless)
    session.flush()
    case = register(session, town)
    before = rows(session)

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "triage", by=town.marc, at=NINE, subject=homeless)

    assert list(refusal.value.faults) == ["service"]
    assert rows(session) == before


def test_a_number_given_back_may_be_taken_again_while_the_first_try_is_still_held(session, town):
    session.commit()
    with session.begin_nested() as try_of_it:
        first = register(session, town)
        try_of_it.rollback()

    second = register(session, town)

    assert (second.reference, second.state) == ("2026-A-000001", "registered")
    assert second is not first


def test_whoever_comes_too_late_to_a_case_opened_by_the_clock_is_told(session, town):
    case = open_case(
        session, "dysfunction", by=CLOCK, at=NINE, title="Retard", channel="internal", cause="answer_late"
    )

    with pytest.raises(CaseChanged) as conflict:
        act(session, case, "dismiss", by=town.eva, at=NINE, version=7, outcome="no_effect", reasons="…")

    assert conflict.value.sentence.fr == "Ce dossier n'est plus celui qui était affiché."


def test_a_case_read_yesterday_is_not_acted_on_today(database, session, town):
    case = in_progress(session, town)
    session.commit()
    session.expunge(case)
    with database.session() as other:
        act(other, other.get_one(Case, case.id), "ask_citizen", by=town.anne, at=NINE, question="Où ?")
        other.commit()
    before = rows(session)

    with pytest.raises(CaseChanged):
        act(session, case, "ask_citizen", by=town.anne, at=NINE, question="Quand ?")

    assert rows(session) == before


def test_after_a_conflict_the_same_session_reads_again_and_goes_on(database, session, town):
    case = in_progress(session, town)
    session.commit()
    with database.session() as other:
        act(other, other.get_one(Case, case.id), "ask_citizen", by=town.anne, at=NINE, question="Où ?")
        other.commit()
    with pytest.raises(CaseChanged):
        act(session, case, "ask_citizen", by=town.anne, at=NINE, question="Quand ?")
    session.rollback()

    act(session, case, "ask_citizen", by=town.anne, at=NINE, question="Quand ?")
    session.commit()

    assert case.version == 5
    assert list(journal.verify(session)) == []


def test_rows_read_before_a_sweep_do_not_wind_the_ladder_back(database, session, town):
    case = in_progress(session, town)
    held = session.scalars(select(Timer)).all()
    session.commit()
    sweep(database.session, at=on(date(2026, 12, 9)))  # the first rung of the answer

    act(session, case, "request_items", by=town.anne, at=on(date(2026, 12, 9)), items="Un plan.", items_by="2026-12-20")  # fmt: skip
    act(session, case, "record_items", by=town.marc, at=on(date(2026, 12, 9)), received="2026-12-09")

    timer = next(timer for timer in held if timer.key == "answer")
    assert (timer.rung, timer.next_rung_at) == (1, on(date(2026, 12, 16)) - timedelta(hours=6))


# ---- The clock --------------------------------------------------------------------------------


def test_missed_rungs_fire_in_order_however_small_the_batches(database, session, town):
    for _ in range(3):
        register(session, town)
    session.commit()

    while sweep(database.session, at=on(date(2027, 3, 1)), limit=1).fired:
        pass

    for case_id in session.scalars(select(Case.id).where(Case.workflow == "letter")):
        kinds = select(Event.payload, Event.seq).join(RungFired, (RungFired.case_id == Event.case_id) & (RungFired.seq == Event.seq))  # fmt: skip
        rungs = [
            payload
            for payload, _ in session.execute(kinds.where(Event.case_id == case_id).order_by(Event.seq))
        ]
        names = [tuple(part.split('"')[1] for part in payload.replace('":"', ":").split(",") if "deadline" in part or "rung" in part) for payload in rungs]  # fmt: skip
        assert names == [
            (f"deadline:{deadline}", f"rung:{rung}") for deadline, rung in (
                ("answer", "-10 working days"), ("milestone", "-3 working days"), ("answer", "-5 working days"),
                ("milestone", "breach"), ("answer", "-2 working days"), ("answer", "breach"),
                ("answer", "+3 working days"), ("answer", "+5 working days"), ("implicit", "-10 days"),
                ("answer", "+20 working days"), ("implicit", "breach"),
            )
        ]  # fmt: skip


@pytest.mark.parametrize(("level", "reader"), [(1, None), (2, "rose"), (2, "denis")])
def test_a_confidential_breach_opens_a_dysfunction_that_only_its_readers_see(
    database, session, town, level, reader
):
    named = [town.actors[reader].id] if reader else []
    case = register(session, town, confidentiality=level, readers=named)
    session.commit()

    result = sweep(database.session, at=on(date(2027, 2, 1)))

    assert result.skipped == 0
    found = session.scalars(select(Case).where(Case.workflow == "dysfunction")).all()
    assert len(found) == 3
    assert {one.confidentiality for one in found} == {level}
    told = set(session.scalars(select(Notification.staff_id)))
    assert told
    for one in (case, *found):
        may = {actor.id for actor in town.actors.values() if may_read(session, one, actor)}
        assert told <= may


def test_an_implicit_decision_of_a_past_cycle_is_not_one_of_the_present(database, session, town):
    case = in_progress(session, town)
    answer(session, town, case, on(date(2027, 2, 1)))  # a week too late, and the worker was stopped
    act(session, case, "reopen", by=town.marc, at=on(date(2027, 2, 2)), reason="Le trou est revenu.")
    session.commit()

    sweep(database.session, at=on(date(2027, 2, 3)))

    session.refresh(case)
    assert case.implicit_born_on is None
    noted = select(func.count()).where(Event.case_id == case.id, Event.action == "implicit_decision")
    assert session.scalar(noted) == 1  # the fact itself stays


def test_a_breach_set_aside_for_an_hour_survives_an_answer_of_the_same_day(database, session, town):
    case = in_progress(session, town)
    session.commit()
    sweep(database.session, at=on(date(2026, 12, 23)))
    breach = session.scalars(select(Timer).where(Timer.key == "answer")).one()
    breach.next_rung_at = on(date(2026, 12, 24)) + timedelta(hours=1)  # as the sweep does with what failed
    session.flush()

    answer(session, town, case, on(date(2026, 12, 24)) + timedelta(minutes=30))
    session.commit()
    sweep(database.session, at=on(date(2026, 12, 25)))

    causes = session.scalars(
        select(Case.fields["cause"].as_string()).where(Case.workflow == "dysfunction")
    ).all()
    assert "answer_late" in causes


def test_two_suspensions_push_the_promise_back_by_both_and_the_overlap_once(session, town):
    case = in_progress(session, town)
    for asked, until, came in (
        (date(2026, 12, 1), "2026-12-11", date(2026, 12, 5)),
        (date(2026, 12, 5), "2026-12-15", date(2026, 12, 12)),
    ):
        act(session, case, "request_items", by=town.anne, at=on(asked), items="Un plan.", items_by=until)
        act(session, case, "record_items", by=town.marc, at=on(came), received=came)

    assert case.due_on == date(2027, 1, 3)  # 23 December, four days and seven days
    assert session.scalar(select(func.count()).where(Suspension.ends_on.is_(None))) == 0


def test_a_suspension_after_the_breach_gives_no_day_back(session, town):
    case = in_progress(session, town)

    act(session, case, "request_items", by=town.anne, at=on(date(2026, 12, 24)), items="Un plan.", items_by="2027-01-24")  # fmt: skip

    assert case.due_on == date(2026, 12, 23)


def test_a_reopened_letter_that_gets_another_subject_counts_from_its_reopening(session, town):
    case = register(session, town, subject=town.subjects["merci"])  # thanks: silence decides nothing
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["merci"])
    answer(session, town, case, NINE)
    act(session, case, "reopen", by=town.marc, at=on(date(2027, 6, 1)), reason="C'était une demande.")
    act(session, case, "decline_assignment", by=town.anne, at=on(date(2027, 6, 1)), reason="À qualifier.")

    act(session, case, "triage", by=town.marc, at=on(date(2027, 6, 2)), subject=town.subjects["voirie"])

    assert case.implicit_on == date(2027, 8, 1)


def test_what_the_first_cycle_promised_and_did_never_changes(session, town):
    case = in_progress(session, town)
    answer(session, town, case, on(date(2026, 12, 1)))
    first = (case.first_due_on, case.first_answered_on)

    act(session, case, "reopen", by=town.marc, at=on(date(2027, 1, 4)), reason="Encore.")
    act(session, case, "take_charge", by=town.anne, at=on(date(2027, 1, 4)))
    act(session, case, "request_items", by=town.anne, at=on(date(2027, 1, 5)), items="Un plan.", items_by="2027-01-25")  # fmt: skip
    act(session, case, "record_items", by=town.marc, at=on(date(2027, 1, 9)), received="2027-01-09")
    answer(session, town, case, on(date(2027, 3, 1)))

    assert first == (case.first_due_on, case.first_answered_on) == (date(2026, 12, 23), date(2026, 12, 1))


# ---- Who may see and do -----------------------------------------------------------------------


def test_nobody_in_particular_is_not_the_sender_of_an_anonymous_letter(session, town):
    case = register(session, town, citizen=None)

    assert not may_read(session, case, Actor(kind="citizen", id=None, name="?"))


def test_two_letters_cannot_be_closed_as_copies_of_each_other(session, town):
    first, second, third = (in_progress(session, town) for _ in range(3))
    act(session, first, "attach_duplicate", by=town.anne, at=NINE, original=second)
    act(session, second, "attach_duplicate", by=town.anne, at=NINE, original=third)

    with pytest.raises(InvalidFields) as refusal:
        act(session, third, "attach_duplicate", by=town.anne, at=NINE, original=first)

    assert "personne ne répondrait" in refusal.value.faults["original"].fr


def test_a_letter_is_no_copy_of_a_dysfunction(session, town):
    case = in_progress(session, town)
    other = open_case(session, "dysfunction", by=town.marc, at=NINE, title="Retard", channel="internal", cause="tool", service=town.services["VOI"])  # fmt: skip

    with pytest.raises(InvalidFields):
        act(session, case, "attach_duplicate", by=town.anne, at=NINE, original=other)

    assert session.scalar(select(func.count()).select_from(CaseLink)) == 0


def test_an_original_that_one_may_not_read_does_not_exist(session, town):
    case = in_progress(session, town)
    sealed = register(session, town, confidentiality=2, readers=[town.rose.id])
    nothing = sealed.id + 1

    said = []
    for original in (sealed.id, nothing):
        with pytest.raises(InvalidFields) as refusal:
            act(session, case, "attach_duplicate", by=town.anne, at=NINE, original=original)
        said.append(refusal.value.faults)

    assert said[0] == said[1]


def test_a_restricted_letter_that_its_officer_declines_goes_back_to_a_head_who_can_read_it(session, town):
    case = register(session, town, subject=town.subjects["social"])
    act(session, case, "assign", by=town.denis, at=NINE, officer=town.staff["anne"])

    act(session, case, "decline_assignment", by=town.anne, at=NINE, reason="Je connais la famille.")

    assert "assign" in {action.name for action in allowed_actions(session, case, town.denis)}
    assert allowed_actions(session, case, town.marc) == []


def test_a_restricted_letter_of_no_service_names_who_reads_it(session, town):
    town.subjects["social"].service_id = None
    session.flush()

    with pytest.raises(InvalidFields) as refusal:
        register(session, town, subject=town.subjects["social"])

    assert list(refusal.value.faults) == ["readers"]


def test_a_subject_that_seals_asks_for_a_reader_too(session, town):
    town.subjects["social"].confidentiality = 2
    session.flush()

    with pytest.raises(InvalidFields) as refusal:
        register(session, town, subject=town.subjects["social"])

    assert list(refusal.value.faults) == ["readers"]


def test_a_sealed_letter_is_never_left_without_a_reader(session, town):
    case = register(session, town, confidentiality=2, readers=[town.denis.id])
    act(session, case, "assign", by=town.denis, at=NINE, officer=town.staff["anne"])
    session.execute(text("DELETE FROM case_reader"))

    with pytest.raises(NeedsMissing) as declined:
        act(session, case, "decline_assignment", by=town.anne, at=NINE, reason="Pas moi.")
    act(session, case, "transfer", by=town.anne, at=NINE, service=town.services["PRO"], reason="Pas nous.")

    assert list(declined.value.needs) == ["reader"]
    assert case.officer_id == town.anne.id


def test_another_service_by_its_subject_empties_the_officer_s_place_too(session, town):
    case = register(session, town, officer=town.staff["anne"])

    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["cada"])

    assert (case.service_id, case.officer_id) == (town.services["JUR"].id, None)


# ---- The journal ------------------------------------------------------------------------------


def test_a_case_closed_in_the_table_alone_is_found(session, town):
    case = register(session, town)
    session.execute(
        text("UPDATE cases SET closed_seq = 1, closed_by_id = 1, closed_on = '2026-12-01', outcome = 'x'")
    )

    assert [(fault.reference, fault.code) for fault in journal.verify(session)] == [
        (case.reference, "closed")
    ]


def test_a_case_that_grows_while_the_day_is_sealed_waits_for_the_next_seal(postgresql_database):
    with postgresql_database.session() as session:
        town = settle(session)
        register(session, town)
        session.commit()
        late = []

        @event.listens_for(session, "before_flush")
        def somebody_registers_meanwhile(*_: object) -> None:
            if late:
                return
            with postgresql_database.session() as other:
                late.append(None)
                late[0] = register(other, town, citizen=None, subject=town.subjects["voirie"].id).id
                other.commit()

        journal.seal(session, at=NINE)
        session.commit()

    with postgresql_database.session() as session:
        unsealed = select(Case.id).where(Case.last_seq > Case.sealed_seq)
        assert session.scalars(unsealed).all() == late


@pytest.mark.parametrize("action", ["open", "__class__", "close; DROP TABLE cases", "", "Close"])
def test_an_action_that_the_definition_does_not_name_is_unknown(session, town, action):
    case = register(session, town)

    with pytest.raises(ActionNotAllowed) as refusal:
        act(session, case, action, by=town.marc, at=NINE)

    assert refusal.value.code == "unknown_action"


def test_a_naive_instant_is_refused(session, town):
    case = register(session, town)

    with pytest.raises(Exception, match="time zone|naive"):
        act(
            session,
            case,
            "triage",
            by=town.marc,
            at=NINE.replace(tzinfo=None),
            subject=town.subjects["voirie"],
        )
    with pytest.raises(ActionRefused):
        act(session, case, "assign", by=town.marc, at=NINE)


def test_an_error_of_the_database_comes_in_one_family_and_quotes_nobody(session, town):
    case = register(session, town)
    session.execute(text("DROP TABLE case_text"))

    with pytest.raises(DBAPIError) as failure:
        act(session, case, "refer_out", by=town.marc, at=NINE, authority="Monsieur Untel", contact="…")

    assert "Untel" not in str(failure.value)


def test_the_hour_that_comes_twice_is_two_hours(session, town):
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)  # summer time; equal, for Python, to the second
    second = first.replace(fold=1)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TIME ZONE 'Europe/Paris'"))

    for instant in (first, second):
        open_case(
            session, "letter", by=town.marc, at=instant, title="Un trou", subject=town.subjects["voirie"]
        )
    session.commit()
    session.expunge_all()

    kept = session.scalars(select(Event.at).order_by(Event.case_id)).all()
    assert [instant.hour for instant in kept] == [0, 1]
    assert [case.registered_at.hour for case in session.scalars(select(Case).order_by(Case.id))] == [0, 1]
    assert list(journal.verify(session)) == []


def test_a_document_joined_by_a_colleague_is_not_said_to_be_the_conflict(session, town):
    case = in_progress(session, town)
    act(session, case, "ask_citizen", by=town.anne, at=NINE, question="Où ?")
    facts.record(session, case.id, "document_added", by=town.marc, at=LATER)

    with pytest.raises(CaseChanged) as conflict:
        act(session, case, "ask_citizen", by=town.anne, at=LATER, version=3, question="Quand ?")

    assert conflict.value.sentence.fr.startswith("Anne Arnaud a ")


def test_an_embedded_database_that_stays_locked_says_so_in_one_family(sqlite_database):
    @event.listens_for(sqlite_database.engine, "connect")
    def waits_for_nobody(connection: object, _entry: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")  # type: ignore[attr-defined]

    try:
        with sqlite_database.session() as writer, sqlite_database.session() as other:
            writer.execute(text("SELECT 1"))
            with pytest.raises(OperationalError, match="locked"):
                other.execute(text("SELECT 1"))
            writer.rollback()
            assert other.scalar(text("SELECT 1")) == 1
    finally:
        event.remove(sqlite_database.engine, "connect", waits_for_nobody)


@pytest.mark.parametrize(
    ("away", "told"),
    [
        ({"anne": "paul"}, "paul"),
        ({"anne": "paul", "paul": "lea"}, "lea"),  # the replacement is replaced
        ({"anne": "paul", "paul": None}, "anne"),  # nobody in the end: it waits for her
        ({"anne": "paul", "paul": "anne"}, "anne"),
        ({"anne": None}, "anne"),
    ],
)
def test_a_warning_reaches_whoever_may_act_in_her_name(database, session, town, away, told):
    case = register(session, town, officer=town.staff["anne"])
    for login, other in away.items():
        session.add(Absence(staff_id=town.staff[login].id, starts_on=MONDAY, ends_on=date(2027, 1, 1), replaced_by_id=town.staff[other].id if other else None))  # fmt: skip
    session.commit()

    sweep(database.session, at=on(date(2026, 12, 9)))

    assert session.scalars(select(Notification.staff_id)).all() == [town.staff[told].id]
    who = people.actor(session, town.staff[told], on=date(2026, 12, 9))
    assert "refer_out" in {action.name for action in allowed_actions(session, case, who)}


@pytest.mark.parametrize(("kind", "name"), [("citizen", "withdraw"), ("clock", "close_without_answer")])
def test_even_a_definition_slipped_past_the_checker_ends_nothing_without_a_named_person(
    session, town, kind, name
):
    shipped = session.scalars(select(WorkflowVersion).where(WorkflowVersion.key == "letter")).one()
    before, _, rest = shipped.source.partition(f"[actions.{name}]")
    rest = re.sub(r"\nby +=.*", f'\nby = ["{kind}"]', rest, count=1)
    source = f"{before}[actions.{name}]{rest}".replace("version      = 2", "version = 3")
    session.add(WorkflowVersion(key="letter", version=3, sha256=hash_of(source, shipped.messages), source=source, messages=shipped.messages, published_at=NINE))  # fmt: skip
    session.flush()
    case = register(session, town)
    robot = CLOCK if kind == "clock" else Actor(kind="citizen", id=town.citizen.id, name="Nadia Petit")
    typed = {
        "withdraw": {"withdrawn_on": MONDAY},
        "close_without_answer": {"outcome": "anonymous", "reasons": "…"},
    }

    assert allowed_actions(session, case, robot) == []
    with pytest.raises(ActionNotAllowed) as refusal:
        act(session, case, name, by=robot, at=NINE, **typed[name])

    assert refusal.value.code == "closed_only_by_a_person"


def test_what_is_typed_on_one_line_stays_out_of_the_journal_like_a_long_text(session, town):
    case = register(session, town, registered_mail="1A 234 de Mme Petit")
    act(
        session,
        case,
        "refer_out",
        by=town.marc,
        at=NINE,
        authority="Mme Untel, préfecture",
        contact="06 12 34 56 78",
    )

    lines = " ".join(session.scalars(select(Event.payload)))
    assert not any(said in lines for said in ("Petit", "Untel", "06 12", "Un trou"))
    assert sorted(session.scalars(select(CaseText.field))) == ["authority", "contact", "registered_mail"]


def test_an_act_while_the_journal_is_verified_is_not_taken_for_tampering(postgresql_database):
    with postgresql_database.session() as session:
        town = settle(session)
        case_id = register(session, town).id
        session.commit()

    acted = []

    @event.listens_for(postgresql_database.engine, "before_cursor_execute")
    def somebody_acts_meanwhile(_connection, _cursor, statement, *_rest) -> None:
        if acted or "closed_by_id" not in statement or "event" in statement:
            return
        acted.append(True)
        with postgresql_database.session() as other:
            act(other, other.get_one(Case, case_id), "assign", by=town.marc, at=NINE, officer=town.anne.id)
            other.commit()

    with postgresql_database.session() as session:
        found = list(journal.verify(session))
    event.remove(postgresql_database.engine, "before_cursor_execute", somebody_acts_meanwhile)

    assert (acted, found) == ([True], [])


@pytest.mark.parametrize(
    ("channel", "email", "street", "prefers_post", "way"),
    [
        ("email", "n@exemple.fr", "12 rue des Lilas", False, "email"),
        ("email", "n@exemple.fr", "12 rue des Lilas", True, "post"),  # asked for paper
        ("email", "n@exemple.fr", "", True, "email"),  # asked for paper, but where to?
        ("post", "n@exemple.fr", "12 rue des Lilas", False, "post"),
        ("post", "n@exemple.fr", "", False, "email"),
        ("email", "", "12 rue des Lilas", False, "post"),
        ("telephone", "", "", False, "post"),  # the desk will see the envelope without an address
    ],
)
def test_a_letter_takes_the_way_that_reaches_the_person(
    session, town, channel, email, street, prefers_post, way
):
    town.citizen.email, town.citizen.street, town.citizen.prefers_post = email, street, prefers_post

    register(session, town, channel=channel)

    assert session.scalars(select(Message.channel)).all() == [way]


def second_version(session, change) -> None:
    """Publish version 2 of the letter, its text changed."""
    shipped = session.scalars(select(WorkflowVersion).where(WorkflowVersion.key == "letter")).one()
    source = change(shipped.source.replace("version      = 2", "version = 3"))
    assert source.count("\n") >= shipped.source.count("\n")
    publish(session, from_text(source, shipped.messages), at=NINE, by=None)


def test_a_case_keeps_the_version_that_it_began_with(session, town):
    old = register(session, town)
    triage = '[actions.triage]\nlabel   = { fr = "Qualifier", en = "Triage" }'
    second_version(session, lambda text: text.replace(triage, triage.replace("Qualifier", "Orienter")).replace('by      = ["desk", "service_head", "officer", "named"]\neffects = ["set_subject"', 'by      = ["administrator"]\neffects = ["set_subject"'))  # fmt: skip
    new = register(session, town)

    assert "triage" in {action.name for action in allowed_actions(session, old, town.marc)}
    act(session, old, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    with pytest.raises(ActionNotAllowed):
        act(session, new, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, new, "triage", by=town.aline, at=NINE, subject=town.subjects["voirie"])


def test_a_date_left_empty_does_not_stop_the_clock_that_it_could_have_moved(session, town):
    officer = 'fields  = { officer = { type = "staff", required = true, label = { fr = "Agent", en = "Officer" } } }'
    moved = (
        officer.removesuffix(" }")
        + ', items_by = { type = "date", label = { fr = "Au plus tard", en = "By" } } }'
    )
    second_version(session, lambda text: text.replace(officer, moved).replace('armed_by     = ["request_items"]', 'armed_by     = ["request_items", "reassign"]'))  # fmt: skip
    case = in_progress(session, town)
    act(session, case, "request_items", by=town.anne, at=NINE, items="Un plan.", items_by="2026-12-10")
    running = select(Timer.due_on).where(Timer.key == "items", Timer.status == "running")

    act(session, case, "reassign", by=town.denis, at=NINE, officer=town.staff["paul"])
    assert session.scalars(running).all() == [date(2026, 12, 10)]

    act(session, case, "reassign", by=town.denis, at=NINE, officer=town.staff["anne"], items_by="2026-12-17")
    assert session.scalars(running).all() == [date(2026, 12, 17)]


def test_a_breach_fires_even_where_the_service_was_closed_and_the_reader_has_left(database, session, town):
    register(session, town, confidentiality=2, readers=[town.rose.id])
    town.services["VOI"].is_active = town.staff["rose"].is_active = False
    session.commit()

    result = sweep(database.session, at=on(date(2027, 2, 1)))

    assert (result.skipped, result.opened) == (0, 3)


@pytest.mark.parametrize("login", ["anne", "denis", "rose", "lea", "mila", "marc"])
def test_the_buttons_of_a_restricted_letter_cost_few_questions(sqlite_database, login):
    with sqlite_database.session() as session:
        town = settle(session)
        case = register(session, town, confidentiality=1, readers=[town.rose.id], officer=town.staff["anne"])
        asked = []
        event.listen(sqlite_database.engine, "before_cursor_execute", count := lambda *_: asked.append(1))

        allowed_actions(session, case, town.actors[login])

    event.remove(sqlite_database.engine, "before_cursor_execute", count)
    assert len(asked) <= 3  # a copy, an opinion, a name: never one an action


def test_a_subject_and_a_line_pasted_from_a_word_processor_are_kept_as_they_would_be_typed(session, town):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Voirie\u00a0: répa\u00adration\u202e", received_on=MONDAY,
        citizen=town.citizen, subject=town.subjects["voirie"], registered_mail="RAR\u00a01A\u202f234\u200b",
    )  # fmt: skip

    assert case.title == "Voirie : réparation"
    assert session.scalar(select(CaseText.body).where(CaseText.field == "registered_mail")) == "RAR 1A 234"
