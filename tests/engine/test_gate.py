"""The gate refuses whole, says everything at once, and lets only one of two people win."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from casetrack.database.tables import Case, CaseLink, Event, Message, Timer, Town
from casetrack.engine import act, open_case, refused_actions, sweep
from casetrack.errors import ActionNotAllowed, CaseChanged, InvalidFields, NeedsMissing
from casetrack.workflow import MAXIMAL, Rendered
from tests.town import MONDAY, NINE


def register(session, town, **details) -> Case:
    given = {
        "title": "Un trou",
        "received_on": MONDAY,
        "channel": "post",
        "citizen": town.citizen,
        "subject": town.subjects["voirie"],
        **details,
    }
    return open_case(session, "letter", by=town.marc, at=NINE, **given)


def test_every_fault_of_a_registration_is_said_at_once(session, town):
    with pytest.raises(InvalidFields) as refusal:
        register(
            session, town, title=" ", received_on=date(2026, 11, 24), channel="pigeon", subject=None, nature="poem", registered_mail="x" * 301,
            postmark_on="2026-02-30", colour="red", confidentiality=7,
        )  # fmt: skip

    assert set(refusal.value.faults) == {
        "title", "received_on", "channel", "subject", "nature", "registered_mail", "postmark_on", "colour", "confidentiality",
    }  # fmt: skip
    assert refusal.value.faults["received_on"].fr == "un courrier ne peut pas être reçu à une date à venir."
    assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_every_fault_of_an_action_is_said_at_once(session, town):
    case = in_progress(session, town)

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, "request_items", by=town.anne, at=NINE, items="  ", items_by="2026-11-22")

    assert set(refusal.value.faults) == {"items", "items_by"}
    assert "23/11/2026" in refusal.value.faults["items_by"].fr
    assert case.state == "in_progress"


def in_progress(session, town, **details) -> Case:
    case = register(session, town, **details)
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    return case


def test_a_letter_is_not_opened_by_somebody_without_a_role(session, town):
    with pytest.raises(ActionNotAllowed):
        open_case(session, "letter", by=town.mila, at=NINE, title="Un trou", subject=town.subjects["voirie"])


def test_the_second_of_two_forms_is_told_who_changed_what(session, town):
    case = in_progress(session, town)
    seen = case.version
    act(
        session,
        case,
        "draft_answer",
        by=town.anne,
        at=NINE,
        version=seen,
        answer="Oui.",
        outcome="favourable",
    )

    with pytest.raises(CaseChanged) as conflict:
        act(
            session,
            case,
            "send_milestone",
            by=town.denis,
            at=NINE,
            version=seen,
            done="a",
            remaining="b",
            why="c",
            next_news_on="2026-12-01",
        )

    assert conflict.value.sentence.fr == (
        "Anne Arnaud a rédigé un projet de réponse le 23/11/2026 à 09\u00a0h\u00a000."
    )


def test_a_warning_of_the_clock_disturbs_nobody_s_form(database, session, town):
    case = in_progress(session, town)
    session.commit()
    sweep(database.session, at=NINE + timedelta(days=40))

    line = act(
        session,
        case,
        "draft_answer",
        by=town.anne,
        at=NINE + timedelta(days=40),
        version=case.version,
        answer="Oui.",
        outcome="favourable",
    )

    assert line.seq > 4  # the clock's lines came in between


def test_an_anonymous_letter_cannot_be_answered_but_a_head_may_close_it_by_name(session, town):
    case = in_progress(session, town, citizen=None)
    assert session.scalar(select(func.count()).select_from(Message)) == 0

    with pytest.raises(NeedsMissing) as refusal:
        act(session, case, "refer_out", by=town.anne, at=NINE, authority="Département", contact="…")
    assert list(refusal.value.needs) == ["recipient"]
    with pytest.raises(ActionNotAllowed):
        act(
            session,
            case,
            "close_without_answer",
            by=town.anne,
            at=NINE,
            outcome="anonymous",
            reasons="Aucune adresse.",
        )
    act(
        session,
        case,
        "close_without_answer",
        by=town.denis,
        at=NINE,
        outcome="anonymous",
        reasons="Aucune adresse.",
    )

    assert (case.outcome, case.closed_by_id) == ("anonymous", town.denis.id)


@pytest.mark.parametrize("outcome", ["", "silence", "elapsed", "favourable"])
def test_silence_is_never_a_reason(session, town, outcome):
    case = in_progress(session, town)

    with pytest.raises(InvalidFields):
        act(
            session,
            case,
            "close_without_answer",
            by=town.denis,
            at=NINE,
            outcome=outcome,
            reasons="Pas de réponse de l'usager.",
        )


def test_a_refused_action_says_why_and_what_to_do(session, town):
    case = in_progress(session, town)

    refused = {refusal.name: refusal for refusal in refused_actions(session, case, town.paul)}

    assert refused["draft_answer"].code == "permission"
    assert "Anne Arnaud (agent en charge)" in refused["draft_answer"].reasons[0].fr


def test_a_duplicate_is_linked_told_and_never_its_own(session, town):
    first, second = in_progress(session, town), in_progress(session, town)

    with pytest.raises(InvalidFields):
        act(session, second, "attach_duplicate", by=town.anne, at=NINE, original=second)
    act(session, second, "attach_duplicate", by=town.anne, at=NINE, original=first)

    assert session.execute(select(CaseLink.case_id, CaseLink.other_id, CaseLink.kind)).all() == [
        (second.id, first.id, "duplicate_of")
    ]
    told = session.scalars(select(Message.body).where(Message.template == "duplicate")).one()
    assert first.reference in told


def test_a_subject_with_a_shorter_delay_supersedes_the_legal_date_and_keeps_the_old_one(session, town):
    case = register(session, town)

    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["cada"])

    assert case.implicit_on == date(2026, 12, 23)  # CRPA, art. R*311-12: one month
    rows = session.execute(
        select(Timer.status, Timer.due_on).where(Timer.key == "implicit").order_by(Timer.id)
    ).all()
    assert rows == [("superseded", date(2027, 1, 23)), ("running", date(2026, 12, 23))]


def test_a_subject_without_decision_has_no_legal_date(session, town):
    case = register(session, town, subject=town.subjects["merci"])

    assert case.implicit_on is None
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    assert case.implicit_on == date(2027, 1, 23)


def test_complete_items_restart_the_legal_period_where_silence_accepts(session, town):
    case = register(session, town, subject=town.subjects["buvette"])
    act(session, case, "assign", by=town.marc, at=NINE, officer=town.staff["anne"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    act(session, case, "request_items", by=town.anne, at=NINE, items="Un plan.", items_by="2026-12-15")

    act(session, case, "record_items", by=town.marc, at=NINE + timedelta(days=10), received="2026-12-03")

    assert case.implicit_on == date(2027, 2, 3)  # two months from completeness (CRPA, art. L114-5)
    assert case.due_on == date(2027, 1, 2)  # the promise was only stopped, for ten days


def test_a_past_answer_counts_from_its_own_day_and_is_closed_by_who_recorded_it(session, town):
    case = register(session, town, received_on=date(2026, 9, 1))

    line = act(
        session,
        case,
        "record_past_answer",
        by=town.aline,
        at=NINE,
        answered_on="2026-09-20",
        outcome="information",
    )

    assert (case.answered_on, case.first_answered_on, case.closed_by_id) == (
        date(2026, 9, 20),
        date(2026, 9, 20),
        town.aline.id,
    )
    assert (line.effective_on, line.at) == (date(2026, 9, 20), NINE)


def test_numbers_follow_each_other_by_kind_and_year_and_a_rollback_gives_its_number_back(session, town):
    first = register(session, town)
    session.commit()
    register(session, town)
    session.rollback()
    second = register(session, town)

    assert (first.reference, second.reference) == ("2026-A-000001", "2026-A-000002")


def test_a_transfer_empties_the_officer_s_place_and_stops_no_clock(session, town):
    case = in_progress(session, town)

    act(
        session,
        case,
        "transfer",
        by=town.anne,
        at=NINE,
        service=town.services["PRO"],
        reason="Dépôt sauvage.",
    )

    assert (case.service_id, case.officer_id, case.state) == (town.services["PRO"].id, None, "assigned")
    assert session.scalar(select(Timer.status).where(Timer.key == "answer")) == "running"


def test_the_answer_of_a_paper_letter_waits_in_the_print_run(session, town):
    register(session, town, channel="post")

    receipt = session.scalars(select(Message)).one()

    assert (receipt.channel, receipt.status) == ("post", "to_print")
    assert receipt.recipient.splitlines() == ["Mme Nadia Petit", "12 rue des Lilas", "99000 Valmy"]


def test_an_act_leaves_exactly_one_line(session, town):
    case = register(session, town)
    before = session.scalar(select(func.count()).select_from(Event))

    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])

    assert session.scalar(select(func.count()).select_from(Event)) == before + 1


def test_a_town_that_says_nothing_of_itself_still_sends_its_receipts(session, town):
    session.execute(update(Town.__table__).values(details={}))

    register(session, town)

    assert "Ville de Valmy" in session.scalars(select(Message.body)).one()


def test_a_letter_is_given_everything_that_a_template_may_name(session, town, monkeypatch):
    given = []
    monkeypatch.setattr(
        "casetrack.engine.sending.render", lambda _m, _n, _l, data: given.append(data) or Rendered("x", "y")
    )

    register(session, town)

    def shape(value):
        return {name: shape(item) for name, item in value.items()} if isinstance(value, Mapping) else None

    for part in ("town", "case", "citizen", "service"):
        assert shape(given[0][part]).items() >= shape(MAXIMAL[part]).items(), part
    assert given[0].keys() == MAXIMAL.keys()


@pytest.mark.parametrize(
    ("login", "action", "said"),
    [
        ("marc", "reassign", "«\u00a0Changer d'agent\u00a0» revient à\u00a0: Denis Delmas (responsable du service) ou un responsable au-dessus."),
        ("paul", "draft_answer", "«\u00a0Rédiger la réponse\u00a0» revient à\u00a0: Anne Arnaud (agent en charge), Denis Delmas (responsable du service) ou un responsable au-dessus."),
    ],
)  # fmt: skip
def test_a_refusal_says_each_person_once_and_by_name(session, town, login, action, said):
    case = register(session, town)
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)

    refused = {one.name: one.reasons[0].fr for one in refused_actions(session, case, town.actors[login])}

    assert refused[action] == said


def test_a_refusal_about_a_sealed_case_names_no_head_who_cannot_read_it(session, town):
    case = register(session, town, confidentiality=2, readers=[town.anne.id])

    refused = {one.name: one.reasons[0].fr for one in refused_actions(session, case, town.mila)}

    assert "Denis" not in refused["reassign"]
    assert refused["reassign"].count("responsable") == 1


def test_an_old_day_of_receipt_is_confirmed_by_whoever_types_it(session, town):
    old = MONDAY - timedelta(days=61)
    with pytest.raises(InvalidFields) as refusal:
        register(session, town, received_on=old, old_date_confirmed=False)
    assert list(refusal.value.faults) == ["old_date_confirmed"]

    assert register(session, town, received_on=old, old_date_confirmed=True).received_on == old
    assert register(session, town, received_on=old).received_on == old  # an import asks nobody
    recent = MONDAY - timedelta(days=60)
    assert register(session, town, received_on=recent, old_date_confirmed=False).received_on == recent
