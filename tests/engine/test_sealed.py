"""A sealed letter: those whom it names bring it to its answer, and nobody else comes in by a side door."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from casetrack.database.tables import Absence, Case, Notification, Staff
from casetrack.engine import act, allowed_actions, may_read, open_case, readable, refused_actions, sweep
from casetrack.engine.permission import standing
from casetrack.errors import ActionNotAllowed, InvalidFields, NeedsMissing
from casetrack.organisation import staff as people
from tests.town import MONDAY, NINE

TUESDAY = MONDAY + timedelta(days=1)


def sealed(session, town, *readers: str, workflow: str = "letter", **more: object) -> Case:
    """Register a sealed envelope at the desk, for these people."""
    given = {"citizen": town.citizen, "subject": town.subjects["voirie"], "title": "Pli fermé"} | more
    return open_case(
        session, workflow, by=town.marc, at=NINE, confidentiality=2,
        readers=[town.staff[login].id for login in readers], **given,
    )  # fmt: skip


def told(session, login, town) -> list[str]:
    mine = select(Notification.kind).where(Notification.staff_id == town.staff[login].id)
    return list(session.scalars(mine.order_by(Notification.id)))


def offered(session, case, actor) -> set[str]:
    return {action.name for action in allowed_actions(session, case, actor)}


def test_whoever_a_sealed_letter_names_has_it_in_their_hands_and_is_told(session, town):
    case = sealed(session, town, "anne", "rose")

    assert case.officer_id == town.anne.id
    assert told(session, "anne", town) == told(session, "rose", town) == ["named"]
    assert told(session, "denis", town) == []


def test_a_named_head_goes_before_a_named_officer_of_no_service(session, town):
    case = sealed(session, town, "simone", "denis")  # Simone signs; she treats no letter

    assert case.officer_id == town.denis.id


def test_a_named_officer_brings_a_sealed_letter_to_its_answer(session, town):
    case = sealed(session, town, "anne")
    steps = iter(range(1, 20))

    def do(action, by, **fields):
        act(session, case, action, by=by, at=NINE + timedelta(hours=next(steps)), **fields)

    do("triage", town.anne, subject=town.subjects["voirie"])
    do("take_charge", town.anne)
    do("draft_answer", town.anne, answer="Nous avons lu votre lettre.", outcome="information")
    do("name_reader", town.anne, reader=town.staff["denis"])
    do("submit_for_endorsement", town.anne)
    do("name_reader", town.denis, reader=town.staff["simone"])
    do("endorse", town.denis)
    do("sign", town.simone)
    do("send_answer", town.anne)
    do("close", town.anne, outcome="information")

    assert case.state == "closed"
    assert told(session, "denis", town) == told(session, "simone", town) == ["named"]


def test_a_sealed_draft_goes_only_to_a_head_or_a_signatory_who_may_read_it(session, town):
    case = sealed(session, town, "anne")
    act(session, case, "triage", by=town.anne, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Bonjour.", outcome="information")

    for action in ("submit_for_endorsement", "submit_for_signature"):
        with pytest.raises(NeedsMissing) as refusal:
            act(session, case, action, by=town.anne, at=NINE)
        assert list(refusal.value.needs) == ["reader"]
    assert "name_reader" in offered(session, case, town.anne)


def test_another_person_named_can_take_it_over_when_the_first_is_away(session, town):
    case = sealed(session, town, "anne", "rose")
    act(session, case, "triage", by=town.rose, at=NINE, subject=town.subjects["voirie"])

    act(session, case, "take_charge", by=town.rose, at=NINE)

    assert case.officer_id == town.rose.id


def test_the_mediator_opens_a_sealed_letter_to_somebody_else(session, town):
    case = sealed(session, town, "anne")

    act(session, case, "name_reader", by=town.mila, at=NINE, reader=town.staff["rose"])

    assert may_read(session, case, town.rose)
    assert told(session, "rose", town) == ["named"]


def test_nobody_is_named_to_an_ordinary_letter(session, town):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen,
        subject=town.subjects["voirie"], officer=town.staff["anne"],
    )  # fmt: skip

    assert "name_reader" not in offered(session, case, town.anne)
    assert "name_reader" not in {action.name for action in refused_actions(session, case, town.anne)}
    with pytest.raises(ActionNotAllowed):
        act(session, case, "name_reader", by=town.anne, at=NINE, reader=town.staff["rose"])


def test_a_sealed_letter_stays_with_its_officer_whatever_service_it_goes_to(session, town):
    case = sealed(session, town, "anne")

    act(session, case, "triage", by=town.anne, at=NINE, subject=town.subjects["cada"])

    assert case.service_id == town.services["JUR"].id
    assert case.officer_id == town.anne.id


def test_a_sealed_letter_declined_goes_to_the_next_person_named(session, town):
    case = sealed(session, town, "anne", "rose")
    act(session, case, "triage", by=town.anne, at=NINE, subject=town.subjects["voirie"])

    act(session, case, "decline_assignment", by=town.anne, at=NINE, reason="Je connais la personne.")

    assert (case.state, case.officer_id) == ("registered", town.rose.id)


def test_the_only_person_named_cannot_decline_a_sealed_letter(session, town):
    case = sealed(session, town, "anne")
    act(session, case, "triage", by=town.anne, at=NINE, subject=town.subjects["voirie"])

    with pytest.raises(NeedsMissing) as refusal:
        act(session, case, "decline_assignment", by=town.anne, at=NINE, reason="Non.")

    assert list(refusal.value.needs) == ["reader"]


@pytest.mark.parametrize("action", ["copy_service", "ask_opinion"])
def test_no_service_is_let_into_a_sealed_letter(session, town, action):
    case = sealed(session, town, "anne")
    act(session, case, "triage", by=town.anne, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    more = {"question": "Votre avis ?", "opinion_by": TUESDAY} if action == "ask_opinion" else {}

    with pytest.raises(InvalidFields) as refusal:
        act(session, case, action, by=town.anne, at=NINE, service=town.services["PRO"], **more)

    assert list(refusal.value.faults) == ["service"]


def test_a_sealed_piece_of_routine_mail_is_answered_by_whom_it_names(session, town):
    case = sealed(session, town, "anne", "rose", workflow="light")

    act(session, case, "answer_and_close", by=town.rose, at=NINE, answer="Voici la copie.", outcome="done")

    assert case.state == "closed"


@pytest.mark.parametrize(
    ("login", "role"),
    [("simone", "signs, but treats no letter"), ("mila", "reads it anyway"), ("robin", "holds no role")],
)
def test_a_sealed_letter_names_somebody_who_can_treat_it(session, town, login, role):
    town.staff["robin"] = Staff(login="robin", given_name="Robin", family_name="Roy")
    session.add(town.staff["robin"])
    session.flush()

    with pytest.raises(InvalidFields) as refusal:
        sealed(session, town, login)

    assert list(refusal.value.faults) == ["readers"]


def test_somebody_who_left_is_not_named(session, town):
    town.staff["anne"].is_active = False
    session.flush()

    with pytest.raises(InvalidFields) as refusal:
        sealed(session, town, "anne")

    assert list(refusal.value.faults) == ["readers"]


def test_the_mediator_has_a_sealed_dysfunction_analysed_and_its_plan_approved(session, town):
    case = open_case(
        session, "dysfunction", by=town.mila, at=NINE, title="Fuite", channel="internal", confidentiality=2,
        service=town.services["VOI"], readers=[town.denis.id], cause="organisation",
    )  # fmt: skip

    def do(action, **fields):
        act(session, case, action, by=town.mila, at=NINE, **fields)

    do("qualify", severity="major", cause="organisation", service=town.services["VOI"])
    do("begin_analysis")
    do("propose_plan", root_cause="organisation", plan="Fermer à clé.")
    do("approve_plan", correct_by=TUESDAY)

    assert case.state == "plan_approved"


# ---- Side doors ----------------------------------------------------------------------------------


@pytest.fixture
def false_absence(session, town) -> Case:
    """A sealed letter for Anne, whom her head declares absent, with himself in her place."""
    case = sealed(session, town, "anne")
    session.add(
        Absence(staff_id=town.anne.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=town.denis.id)
    )
    session.flush()
    return case


def test_a_replacement_does_not_read_what_was_sealed_for_the_absent(session, town, false_absence):
    denis = people.actor(session, town.staff["denis"], on=MONDAY)

    assert [absent.id for absent in denis.replaces] == [town.anne.id]
    assert not may_read(session, false_absence, denis)
    assert not standing(session, false_absence, denis, ["officer", "named"])[0]
    assert session.scalar(select(func.count()).select_from(Case).where(readable(denis))) == 0
    assert allowed_actions(session, false_absence, denis) == []


def test_a_replacement_still_reads_the_restricted_letters_of_the_absent(session, town, false_absence):
    restricted = open_case(
        session, "letter", by=town.marc, at=NINE, title="Une aide", citizen=town.citizen,
        subject=town.subjects["social"], service=town.services["PRO"], officer=town.staff["anne"],
    )  # fmt: skip
    denis = people.actor(session, town.staff["denis"], on=MONDAY)

    assert may_read(session, restricted, denis)
    assert session.scalars(select(Case.id).where(readable(denis))).all() == [restricted.id]


def test_the_replacement_of_the_mediator_reads_nothing_sealed(session, town):
    case = sealed(session, town, "anne")
    session.add(Absence(staff_id=town.mila.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=town.eva.id))
    session.flush()

    assert not may_read(session, case, people.actor(session, town.staff["eva"], on=MONDAY))


def test_warnings_of_a_sealed_letter_wait_for_the_absent_and_reach_another_who_may_read_it(database):
    from tests.town import settle

    with database.session() as session:
        town = settle(session)
        case = sealed(session, town, "anne", "rose")
        far = case.due_on + timedelta(days=60)
        session.add(
            Absence(staff_id=town.anne.id, starts_on=MONDAY, ends_on=far, replaced_by_id=town.paul.id)
        )
        session.commit()
    late = NINE + timedelta(days=15)
    sweep(database.session, at=late)

    with database.session() as session:
        kinds = select(Staff.login).join(Notification, Notification.staff_id == Staff.id)
        warned = set(session.scalars(kinds.where(Notification.kind.like("answer:%"))))
        assert warned == set()
    sweep(database.session, at=NINE + timedelta(days=20))
    with database.session() as session:
        warned = set(session.scalars(kinds.where(Notification.kind.like("answer:%"))))
    assert warned == {"anne", "rose"}
