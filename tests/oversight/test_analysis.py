"""Why a dysfunction happened and whether it is mended, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from casetrack.database.tables import CaseLink
from casetrack.engine import act, open_case
from casetrack.engine import town as settings
from casetrack.errors import NotFound
from casetrack.organisation import wording
from casetrack.oversight import cases
from casetrack.oversight.analysis import analysis, facts
from casetrack.workflow import published
from tests.town import MONDAY, NINE

TODAY = date(2027, 1, 25)


def days(count: int):
    return NINE + timedelta(days=count)


def dysfunction(
    session, town, title="Retard", *, about=None, service="VOI", cause="answer_late", on=MONDAY, **given
):
    found = open_case(
        session, "dysfunction", by=town.eva, at=NINE, title=title, cause=cause, received_on=on,
        service=town.services[service], **given,
    )  # fmt: skip
    if about:
        session.add(CaseLink(case_id=found.id, other_id=about.id, kind="about"))
    session.flush()
    return found


def letter(session, town, title="Trou dans la chaussée", **given):
    return open_case(
        session, "letter", by=town.marc, at=NINE, title=title, citizen=town.citizen, received_on=MONDAY,
        subject=town.subjects["voirie"], **given,
    )  # fmt: skip


def qualified(session, town, case, cause="answer_late"):
    act(session, case, "qualify", by=town.eva, at=days(1), severity="major", cause=cause, service=town.services["VOI"].id)  # fmt: skip


def analysed(session, town, case, *, today=TODAY):
    calendar = settings.place(session).calendar
    return analysis(cases.page(session, case.reference, town.eva, today=today, calendar=calendar))


def found(session, actor, case):
    calendar = settings.place(session).calendar
    return facts(session, actor, case.reference, calendar=calendar, today=TODAY)


def steps(why) -> dict[str, str]:
    return {step.label.fr: step.status for step in why.steps}


# ---- What its page says -----------------------------------------------------------------------------


def test_what_was_just_reported_says_that_nothing_is_known_yet(session, town):
    why = analysed(session, town, dysfunction(session, town))

    assert steps(why)["Signalé"] == "now"
    assert set(list(steps(why).values())[1:]) == {""}
    assert (why.severity, why.root_cause, why.whys, why.plan, why.correction) == (None, None, "", "", None)
    assert why.cause.fr == "Réponse en retard"


def test_each_step_says_what_was_last_said(session, town):
    case = dysfunction(session, town)
    qualified(session, town, case, cause="lost_item")
    act(session, case, "begin_analysis", by=town.denis, at=days(2))
    act(session, case, "record_analysis", by=town.denis, at=days(3), whys="Parce que.")
    act(session, case, "propose_plan", by=town.denis, at=days(4), root_cause="tool", plan="Un premier plan.")
    act(session, case, "send_back_plan", by=town.eva, at=days(5), reason="Qui ?")
    act(session, case, "propose_plan", by=town.denis, at=days(6), root_cause="organisation", plan="Un plan.")
    act(session, case, "approve_plan", by=town.eva, at=days(7), correct_by=days(20).date())
    act(session, case, "declare_fixed", by=town.denis, at=days(25), evidence="C'est fait.", verify_on=days(70).date())  # fmt: skip

    why = analysed(session, town, case)

    assert (why.severity.fr, why.cause.fr, why.root_cause.fr) == ("Majeur", "Pièce perdue", "Organisation")
    assert (why.whys, why.plan, why.evidence) == ("Parce que.", "Un plan.", "C'est fait.")
    assert (why.correction.tone, why.verification.tone) == ("late", "calm")
    assert steps(why)["Vérification d'efficacité"] == "now"
    assert steps(why)["Correction en cours"] == "done"
    assert not why.recurs
    act(session, case, "mark_recurring", by=town.eva, at=days(40), reason="Encore.")
    assert analysed(session, town, case).recurs


def test_what_was_dismissed_ended_right_there(session, town):
    case = dysfunction(session, town)
    act(session, case, "dismiss", by=town.eva, at=days(1), outcome="no_effect", reasons="Un jour.")

    assert steps(analysed(session, town, case)) == {"Signalé": "done", "Non retenu": "done"}


def test_a_letter_has_no_analysis(session, town):
    assert analysed(session, town, letter(session, town)) is None


# ---- What happened ---------------------------------------------------------------------------------


def test_the_letters_of_those_that_joined_it_are_its_own(session, town):
    first, second = letter(session, town), letter(session, town, "Lampe éteinte")
    main, other = dysfunction(session, town, about=first), dysfunction(session, town, "Retard", about=second)
    act(session, other, "group", by=town.eva, at=days(1), original=main.id, outcome="same_cause")

    seen = found(session, town.eva, main)

    assert [one.title for one in seen.letters] == ["Trou dans la chaussée", "Lampe éteinte"]
    assert seen.letters[0].answered.tone == "late"
    assert [(line.who.fr, line.what.fr) for line in seen.letters[0].journal] == [
        ("Marc Morel", "Enregistrement")
    ]
    assert seen.more_letters == 0


def test_only_some_letters_are_shown_and_the_rest_is_counted(session, town, monkeypatch):
    monkeypatch.setattr("casetrack.oversight.analysis.LETTERS", 2)
    main = dysfunction(session, town)
    for number in range(5):
        session.add(CaseLink(case_id=main.id, other_id=letter(session, town, f"Lettre {number}").id, kind="about"))  # fmt: skip
    session.flush()

    seen = found(session, town.eva, main)

    assert ([one.title for one in seen.letters], seen.more_letters) == (["Lettre 0", "Lettre 1"], 3)


def test_a_letter_that_one_may_not_read_is_neither_shown_nor_counted(session, town):
    sealed = letter(session, town, "Scellée", confidentiality=2, readers=[town.lea.id])
    main = dysfunction(session, town, about=sealed)

    assert (found(session, town.eva, main).letters, found(session, town.eva, main).more_letters) == ((), 0)
    (seen,) = found(session, town.mila, main).letters
    assert (seen.title, seen.confidential, seen.journal) == (
        "Scellée",
        True,
        (),
    )  # read in its own page, noted


def test_those_alike_are_of_the_same_service_and_cause_within_a_year(session, town):
    main = dysfunction(session, town)
    same, closed, old = (dysfunction(session, town, title) for title in ("Semblable", "Clos", "Ancien"))
    dysfunction(session, town, "Autre cause", cause="tool")
    dysfunction(session, town, "Autre service", service="PRO")
    requalified = dysfunction(session, town, "Requalifié", cause="tool")
    qualified(session, town, requalified, cause="answer_late")
    dysfunction(session, town, "Scellé", confidentiality=2, readers=[town.lea.id])
    act(session, closed, "dismiss", by=town.eva, at=days(1), outcome="no_effect", reasons="Un jour.")
    act(session, old, "dismiss", by=town.eva, at=days(1), outcome="no_effect", reasons="Un jour.")
    old.closed_on = MONDAY - timedelta(days=400)
    session.flush()

    seen = found(session, town.eva, main)

    assert {one.title for one in seen.alike} == {same.title, "Clos", "Requalifié"}
    assert (seen.alike_count, seen.alike_open, seen.cause.fr) == (3, 2, "Réponse en retard")


def test_those_alike_are_read_by_the_causes_of_today(session, town):
    main = dysfunction(session, town, cause="tool")
    qualified(session, town, main, cause="tool")
    number, _definition = published(session, "dysfunction")
    added = {"fr_new1": "Canicule", "en_new1": "Heat wave"}
    wording.publish_choices(session, number, "causes", added, by=town.aline, at=days(1))
    _number, definition = published(session, "dysfunction")
    [heat] = (code for code, label in definition.lists["causes"].items() if label.fr == "Canicule")
    other = dysfunction(session, town, "Autre", cause="tool")
    qualified(session, town, other, cause=heat)

    assert found(session, town.eva, main).alike_count == 0


def test_the_list_of_those_alike_is_bounded_and_counted(session, town, monkeypatch):
    monkeypatch.setattr("casetrack.oversight.analysis.LIKE", 2)
    main = dysfunction(session, town, on=MONDAY - timedelta(days=30))
    for number in range(4):
        dysfunction(session, town, f"Fait {number}", on=MONDAY - timedelta(days=number))

    seen = found(session, town.eva, main)

    assert ([one.title for one in seen.alike], seen.alike_count) == (["Fait 0", "Fait 1"], 4)


@pytest.mark.parametrize("login", ["gilles", "marc", "aline", "denis", "anne", "lea"])
def test_others_have_no_such_page(session, town, login):
    main = dysfunction(session, town)

    with pytest.raises(NotFound):
        found(session, getattr(town, login), main)


def test_a_sealed_dysfunction_and_a_letter_are_no_page_of_facts(session, town):
    sealed = dysfunction(session, town, confidentiality=2, readers=[town.lea.id])

    for case in (sealed, letter(session, town)):
        with pytest.raises(NotFound):
            found(session, town.eva, case)
    assert found(session, town.mila, sealed).alike == ()


def test_the_facts_are_three_queries(session, town):
    main = dysfunction(session, town, about=letter(session, town))
    for number in range(4):
        dysfunction(session, town, f"Fait {number}")
    found(session, town.eva, main)
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    session.expunge_all()
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        found(session, town.eva, main)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sent) <= 4, "\n".join(sent)
