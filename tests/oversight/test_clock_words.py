"""Each clock of a case in its own words, and the header of its page about the next date that counts."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from casetrack.database.tables import CaseLink, Message
from casetrack.engine import act, open_case
from casetrack.engine import town as places
from casetrack.oversight import cases
from tests.town import MONDAY, NINE

TUESDAY = MONDAY + timedelta(days=1)


def days(number):
    return NINE + timedelta(days=number)


def letter(session, town, **more):
    given = {"citizen": town.citizen, "channel": "email", "received_on": MONDAY} | more
    return open_case(
        session, "letter", by=town.marc, at=more.pop("at", NINE), title="Un trou",
        subject=town.subjects["voirie"], officer=town.staff["anne"], **given,
    )  # fmt: skip


def page(session, case, actor, today=MONDAY):
    session.flush()
    session.expire_all()
    return cases.page(session, case.reference, actor, today=today, calendar=places.place(session).calendar)


def clock(shown, key) -> tuple[str, str, str]:
    (found,) = (one for one in shown.clocks if one.key == key)
    return (
        found.due.tone,
        found.due.words.fr.replace("\u00a0", " "),
        found.due.day.fr.replace("\u00a0", " "),
    )


@pytest.mark.parametrize(
    ("status", "sent_on", "tone", "words"),
    [
        ("waiting", None, "soon", "en attente d'envoi"),
        ("sent", MONDAY, "done", "envoyé"),
        ("sent", date(2026, 11, 26), "late", "envoyé avec 2 jours de retard"),
        ("to_print", None, "soon", "à poster (tirage)"),
        ("posted", MONDAY, "done", "posté"),
        ("in_doubt", None, "late", "envoi incertain : à vérifier"),
    ],
)
def test_the_receipt_says_what_became_of_it(session, town, status, sent_on, tone, words):
    case = letter(session, town)
    at = None if sent_on is None else NINE + (sent_on - MONDAY)
    session.execute(update(Message).where(Message.case_id == case.id).values(status=status, sent_at=at))

    said = clock(page(session, case, town.anne), "receipt")

    assert said[:2] == (tone, words)


def test_a_receipt_to_post_is_late_once_its_day_is_past(session, town):
    case = letter(session, town)
    session.execute(update(Message).where(Message.case_id == case.id).values(status="to_print"))

    shown = page(session, case, town.anne, today=MONDAY + timedelta(days=3))

    assert clock(shown, "receipt") == ("late", "à poster (tirage), en retard de 2 jours", "mar. 24 novembre")


def test_of_a_sender_who_is_unknown_no_receipt_is_said_to_have_left(session, town):
    case = letter(session, town, citizen=None, channel="post")

    assert clock(page(session, case, town.anne), "receipt")[:2] == (
        "calm",
        "sans objet : expéditeur inconnu",
    )


def answered(session, town, case, *, after: int):
    steps = [
        ("triage", town.marc, {"subject": town.subjects["voirie"]}), ("take_charge", town.anne, {}),
        ("send_milestone", town.anne, {"done": "a", "remaining": "b", "why": "c", "next_news_on": date(2027, 6, 1)}),
        ("draft_answer", town.anne, {"answer": "Oui.", "outcome": "favourable"}),
        ("submit_for_signature", town.denis, {}), ("sign", town.simone, {}), ("send_answer", town.anne, {}),
        ("close", town.anne, {"outcome": "favourable"}),
    ]  # fmt: skip
    for name, by, fields in steps:
        act(session, case, name, by=by, at=days(after), **fields)


def test_each_clock_that_was_met_has_its_own_word(session, town):
    case = letter(session, town)
    answered(session, town, case, after=1)
    shown = page(session, case, town.anne, today=TUESDAY)

    assert {one.key: clock(shown, one.key)[1] for one in shown.clocks if one.key != "receipt"} == {
        "answer": "répondu",
        "implicit": "évitée : répondu",
        "milestone": "nouvelles données",
        "next_news": "nouvelles données",
        "closing": "dossier clos",
    }


def test_an_implicit_decision_that_was_born_is_not_said_to_be_averted(session, town):
    case = letter(session, town)
    answered(session, town, case, after=70)

    shown = page(session, case, town.anne, today=date(2027, 2, 2))

    assert clock(shown, "implicit")[:2] == ("late", "répondu avec 9 jours de retard")


def test_a_withdrawal_averts_an_implicit_decision_without_an_answer(session, town):
    case = letter(session, town)
    act(session, case, "withdraw", by=town.anne, at=NINE, withdrawn_on=MONDAY)

    shown = page(session, case, town.anne)
    assert clock(shown, "implicit")[1] == "évitée : usager informé"
    assert clock(shown, "answer")[1] == shown.promise.words.fr == "usager informé"


def test_a_letter_closed_by_a_decision_is_not_said_to_be_answered(session, town):
    case = letter(session, town)
    act(
        session,
        case,
        "close_without_answer",
        by=town.denis,
        at=NINE,
        outcome="anonymous",
        reasons="Sans nom.",
    )

    shown = page(session, case, town.anne)
    assert shown.promise.words.fr == "décision nominative"
    assert clock(shown, "implicit")[1] == "évitée : décision nominative"


def test_the_header_of_a_dysfunction_speaks_of_the_next_date_that_counts(session, town):
    case = open_case(
        session, "dysfunction", by=town.eva, at=NINE, title="Panne", channel="internal", received_on=MONDAY,
        service=town.services["VOI"], officer=town.staff["anne"], cause="tool",
    )  # fmt: skip
    shown = page(session, case, town.eva)
    assert (shown.promise.on, shown.promised.fr) == (date(2026, 11, 30), "Qualification")
    assert shown.clocks[0].due == shown.promise

    act(session, case, "qualify", by=town.eva, at=NINE, severity="minor", cause="tool", service=town.services["VOI"])  # fmt: skip
    act(session, case, "dismiss", by=town.eva, at=NINE, outcome="no_effect", reasons="Rien.")
    shown = page(session, case, town.eva)
    assert shown.promise.tone == "done"


def test_the_header_of_a_letter_speaks_of_the_promise_and_explains_it(session, town):
    case = letter(session, town)
    shown = page(session, case, town.anne)

    assert (shown.promise.on, shown.promised) == (case.due_on, None)
    assert shown.clocks[0].key == "answer"


def test_a_grouping_is_not_called_a_duplicate(session, town):
    one, other = (
        open_case(
            session, "dysfunction", by=town.eva, at=NINE, title=title, channel="internal",
            service=town.services["VOI"], cause="tool",
        )
        for title in ("Panne", "Encore la panne")
    )  # fmt: skip
    act(session, other, "group", by=town.eva, at=NINE, original=one.id, outcome="same_cause")
    assert session.query(CaseLink).count() == 1

    def relations(case):
        return [link.relation.fr for link in page(session, case, town.eva).linked]

    assert (relations(one), relations(other)) == (["Regroupe"], ["Regroupé avec"])
