"""The demonstration: a town that the engine made, the same each time, with something on every desk."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.cli.demo import demo
from casetrack.correspondence import documents
from casetrack.database import Database
from casetrack.database.migrate import upgrade
from casetrack.database.tables import (
    Case,
    CaseLink,
    Citizen,
    Document,
    Event,
    Message,
    PileLine,
    Staff,
    StaffRole,
    Subject,
)  # fmt: skip
from casetrack.demo import ACCOUNTS, FEWEST, PASSWORD, Parameters, fill, made_as, papers
from casetrack.demo.people import LONGEST_NAME
from casetrack.engine import journal, town
from casetrack.organisation import answer_models
from casetrack.organisation.staff import actor, find, sign_in
from casetrack.oversight import worklists
from casetrack.workflow import by_id, published

NOW = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # a Tuesday, half past five in Paris
MAIL = ("letter", "light")
SMALL = Parameters(letters=120)
SMALLER = Parameters(letters=60)


def made(folder: Path, made_of: Parameters, now: datetime = NOW, store: Path | None = None) -> Database:
    database = Database(f"sqlite:///{folder / 'demo.db'}", synchronous="OFF")
    upgrade(database.engine)
    fill(database, made_of, now=now, store=store)
    return database


def lines(database: Database) -> list[tuple]:
    with database.reader() as session:
        rows = session.execute(
            select(Event.case_id, Event.seq, Event.hash).order_by(Event.case_id, Event.seq)
        )
        return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def rivemont(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A demonstration of 120 letters."""
    return made(tmp_path_factory.mktemp("rivemont"), SMALL)


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    """The journal of a demonstration of 60 letters."""
    return lines(made(tmp_path_factory.mktemp("smaller"), SMALLER))


@pytest.fixture
def session(rivemont: Database):
    with rivemont.session() as session:
        yield session


def test_two_letters_are_sealed_and_one_of_them_is_being_treated(session):
    sealed = session.scalars(
        select(Case).where(Case.confidentiality == 2, Case.workflow.in_(MAIL)).order_by(Case.received_on)
    ).all()

    assert [(case.state, case.officer_id) for case in sealed] == [
        ("to_sign", find(session, "n.benhaddou-colin").id),
        ("registered", find(session, "b.lanoe-diakite").id),
    ]
    signatory = actor(session, find(session, "m.santucci-roche"), on=NOW.date())
    shown = worklists.worklist(session, signatory, "sign", today=NOW.date(), size=200).lines
    assert sealed[0].reference in {line.reference for line in shown}


def test_officers_begin_from_the_models_of_the_town(session: Session):
    case = session.scalars(select(Case).join(Subject).where(Subject.code == "voirie").limit(1)).one()
    officer = actor(session, find(session, "a.tenedor"), on=NOW.date())

    models = answer_models.offered(session, case)

    assert [model.label for model in models] == [
        "Voirie : réparation programmée",
        "Merci de votre suggestion",
    ]
    text = answer_models.begin(session, case, models[0].id, "draft_answer", by=officer, at=NOW)
    assert f"« {case.title} »" in text


def story(session: Session, number: int) -> Case:
    """The letter of a story, by its number in docs/demo.md."""
    reference = made_as(session)["stories"][number - 1]["reference"]
    return session.scalars(select(Case).where(Case.reference == reference)).one()


def acts(session: Session, case: Case) -> list[Event]:
    """What people did to a case, in order."""
    query = select(Event).where(Event.case_id == case.id, Event.actor_kind == "staff").order_by(Event.seq)
    return list(session.scalars(query))


def day_of(session: Session, case: Case, action: str) -> int:
    """On which day after its receipt something was done to a case for the first time."""
    event = next(event for event in acts(session, case) if event.action == action)
    return (town.place(session).calendar.day_of(event.at) - case.received_on).days


def breaches(session: Session, case: Case) -> dict[str, Case]:
    """The dysfunctions about a case, by cause."""
    about = select(CaseLink.case_id).where(CaseLink.other_id == case.id, CaseLink.kind == "about")
    return {
        breach.fields["cause"]: breach for breach in session.scalars(select(Case).where(Case.id.in_(about)))
    }


# ---- The same town each time -----------------------------------------------------------------


def test_the_same_seed_and_instant_make_the_same_journal(rivemont, tmp_path):
    assert lines(made(tmp_path, SMALL)) == lines(rivemont)


def test_another_seed_makes_another_year(smaller, tmp_path):
    assert lines(made(tmp_path, SMALLER._replace(seed=2))) != smaller


def test_the_town_is_the_same_on_both_databases(smaller, postgresql_database):
    fill(postgresql_database, SMALLER, now=NOW)

    assert lines(postgresql_database) == smaller


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "now"),
    [
        (3, datetime(2027, 1, 1, 9, 0, tzinfo=UTC)),  # a holiday: nobody works on the last day
        (4, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # the night of the clock change, a Sunday
        (5, datetime(2028, 2, 29, 6, 45, tzinfo=UTC)),  # a leap day, before the town hall opens
        (6, datetime(2027, 8, 16, 22, 30, tzinfo=UTC)),  # already the 17th in Paris
        (7, datetime(2026, 12, 28, 12, 0, tzinfo=UTC)),  # while the town's file has somebody away
    ],
)
def test_any_year_can_end_on_any_day(seed, now, tmp_path):
    database = made(tmp_path, SMALL._replace(seed=seed), now)

    with database.session() as session:
        assert not list(journal.verify(session))
        assert len(made_as(session)["stories"]) == 10
        latest = session.scalars(select(Event.at).order_by(Event.at.desc()).limit(1)).one()
        assert latest <= now


# ---- Made by the engine ----------------------------------------------------------------------


def test_nothing_is_wrong_in_the_journal(session):
    assert list(journal.verify(session)) == []


def test_every_case_is_in_the_state_that_its_journal_says(session):
    cases = session.scalars(select(Case)).all()

    assert [case.reference for case in cases if journal.replay(session, case) != case.state] == []


def test_there_are_as_many_letters_as_asked_for(session):
    letters = session.scalars(select(Case.id).where(Case.workflow.in_(MAIL))).all()

    assert len(letters) == SMALL.letters


@pytest.mark.parametrize("workflow", [*MAIL, "dysfunction", "question", "recommendation"])
def test_some_case_stands_in_every_state(session, workflow):
    _, definition = published(session, workflow)
    states = set(session.scalars(select(Case.state).where(Case.workflow == workflow)))

    assert definition.states.keys() - states == set()


def test_every_letter_that_came_with_an_address_has_its_receipt(session):
    told = set(session.scalars(select(Message.case_id).where(Message.template == "receipt")))
    letters = session.scalars(select(Case).where(Case.workflow.in_(MAIL), Case.citizen_id.is_not(None)))

    assert [case.reference for case in letters if case.id not in told] == []


def test_nothing_was_done_while_the_town_hall_was_closed(session):
    calendar = town.place(session).calendar
    days = {
        calendar.day_of(at) for at in session.scalars(select(Event.at).where(Event.actor_kind == "staff"))
    }

    assert [day for day in days if not calendar.is_working_day(day, closures=True)] == []


def test_somebody_acted_for_a_colleague_who_was_away(session):
    assert session.scalars(select(Event.on_behalf_of_id).where(Event.on_behalf_of_id.is_not(None))).first()


# ---- What the visitor finds --------------------------------------------------------------------


def test_only_the_mail_of_the_last_days_still_waits(session):
    waiting = session.scalars(select(Message).where(Message.status.in_(("waiting", "to_print")))).all()

    day_of = town.place(session).calendar.day_of
    days = {(message.channel, day_of(message.created_at)) for message in waiting}
    assert days <= {
        ("email", date(2026, 11, 24)),
        ("post", date(2026, 11, 23)),
        ("post", date(2026, 11, 24)),
    }
    assert {channel for channel, _ in days} == {"email", "post"}


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.login)
def test_every_account_opens_with_the_password_shown(session, account):
    assert sign_in(session, account.login, PASSWORD) is not None


def test_the_accounts_cover_every_role(session):
    logins = [account.login for account in ACCOUNTS]
    roles = session.scalars(
        select(StaffRole.role).join(Staff, Staff.id == StaffRole.staff_id).where(Staff.login.in_(logins))
    )

    assert set(roles) == {"desk", "officer", "head", "signatory", "mediator", "evaluation", "administrator"}


@pytest.mark.parametrize(
    ("login", "view", "groups"),
    [
        ("a.rakotoarisoa", "triage", {"later"}),
        ("a.tenedor", "mine", {"late", "week", "later", "waiting", "answered"}),
        ("n.benhaddou-colin", "endorse", {"late", "later"}),
        ("n.benhaddou-colin", "sign", {"week", "later"}),
        ("m.santucci-roche", "sign", {"week", "later"}),
        ("s.morvan-abdallah", "all", {"late", "week", "later", "waiting"}),
        ("b.lanoe-diakite", "all", {"late", "week", "later", "waiting"}),
        ("n.delacourtie", "mine", {"week"}),
        ("h.abadie-nkoulou", "all", {"late", "later"}),
        ("s.couvreur", "all", {"late", "later"}),
    ],
)
def test_every_desk_has_something_to_do(session, login, view, groups):
    today = date(2026, 11, 24)
    who = actor(session, find(session, login), on=today)

    page = worklists.worklist(session, who, view, today=today, size=500)

    assert groups <= {line.group for line in page.lines}


def test_nobody_exists(session):
    for citizen in session.scalars(select(Citizen)):
        assert re.search(r"(@exemple\.fr|\.test)$", citizen.email) or not citizen.email
        assert re.match(r"01 99 00|06 39 98", citizen.telephone) or not citizen.telephone


def test_somebody_has_a_name_of_eighty_letters(session):
    names = set(session.scalars(select(Citizen.family_name)))

    assert LONGEST_NAME in names
    assert len(LONGEST_NAME) == 80


def test_people_write_about_many_things(session):
    titles = set(session.scalars(select(Case.title).where(Case.workflow.in_(MAIL))))

    assert len(titles) >= 90


@pytest.mark.parametrize(
    "login",
    [
        "a.tenedor",
        "n.benhaddou-colin",
        "s.morvan-abdallah",
        "b.lanoe-diakite",
        "h.abadie-nkoulou",
        "s.couvreur",
    ],
)
def test_whoever_may_take_a_case_has_one(session, login):
    number = find(session, login).id
    mine = session.scalars(select(Case.id).where(Case.officer_id == number, Case.closed_seq.is_(None)))

    assert mine.first()


# ---- The ten stories ---------------------------------------------------------------------------


def test_an_email_of_sunday_has_its_receipt_when_monday_opens(session):
    case = story(session, 1)

    assert case.received_on.weekday() == 6
    receipt = session.scalars(select(Message).where(Message.case_id == case.id)).first()
    assert receipt.template == "receipt"
    assert receipt.created_at.astimezone(UTC) == datetime(2026, 11, 16, 7, 5, tzinfo=UTC)
    assert case.state == "in_progress"


def test_a_letter_is_answered_on_its_28th_day(session):
    case = story(session, 2)

    assert day_of(session, case, "send_answer") == 28
    assert case.answered_on < case.due_on
    assert not breaches(session, case)


def test_a_late_answer_was_announced_and_is_counted(session):
    case = story(session, 3)

    assert (day_of(session, case, "send_milestone"), day_of(session, case, "send_answer")) == (24, 41)
    assert breaches(session, case).keys() == {"answer_late"}


def test_a_missing_document_suspends_the_promise_which_is_then_kept(session):
    case = story(session, 4)

    assert case.answered_on > case.received_on + timedelta(days=31)
    assert case.answered_on < case.due_on
    assert not breaches(session, case)


def test_what_is_not_the_towns_business_is_passed_on(session):
    case = story(session, 5)

    assert (case.state, case.outcome) == ("closed", "referred")
    bodies = session.scalars(
        select(Message.body).where(Message.case_id == case.id, Message.template == "referral")
    )
    assert "Agglomération du Val de Rive" in bodies.one()


def test_a_request_for_a_document_is_one_day_from_refusal(session):
    case = story(session, 6)

    assert case.received_on == date(2026, 10, 26)
    assert case.implicit_on == date(2026, 11, 26)
    assert case.state == "in_endorsement"


def test_an_appeal_was_posted_on_the_last_of_the_two_months(session):
    case = story(session, 7)
    link = session.scalars(
        select(CaseLink).where(CaseLink.other_id == case.id, CaseLink.kind == "follows")
    ).one()
    appeal = session.get_one(Case, link.case_id)

    assert case.outcome == "refusal"
    assert appeal.fields["nature"] == "informal_appeal"
    assert (appeal.citizen_id, appeal.state) == (case.citizen_id, "assigned")
    posted = date.fromisoformat(appeal.fields["postmark_on"])
    assert (posted.day, (posted.month - case.answered_on.month) % 12) == (case.answered_on.day, 2)


def test_a_missed_month_ends_in_a_correction_that_was_verified(session):
    case = story(session, 8)
    found = breaches(session, case)

    assert found.keys() == {"answer_late", "milestone_missed"}
    assert (found["answer_late"].state, found["answer_late"].outcome) == ("closed", "effective")
    mediator = find(session, "h.abadie-nkoulou").id
    by = {event.action: event.actor_id for event in acts(session, found["answer_late"])}
    assert (by["qualify"], by["close"]) == (mediator, mediator)


def test_a_silence_became_a_refusal_and_was_answered_with_apologies(session):
    case = story(session, 9)

    assert case.implicit_born_on == case.implicit_on < case.answered_on
    assert breaches(session, case).keys() == {"answer_late", "milestone_missed", "silence"}
    letters = {
        message.template: message.body
        for message in session.scalars(select(Message).where(Message.case_id == case.id))
    }
    assert "réputée rejetée" not in letters["receipt"]
    assert "excuser ce retard" in letters["answer"]
    assert "décision implicite de rejet" in letters["answer"]


def test_a_colleague_wrote_for_the_officer_who_is_away(session):
    case = story(session, 10)
    away, instead = find(session, "s.harizi"), find(session, "a.tenedor")
    draft = next(event for event in acts(session, case) if event.action == "draft_answer")

    assert (draft.actor_id, draft.on_behalf_of_id) == (instead.id, away.id)
    signed = next(event for event in acts(session, case) if event.action == "sign")
    assert signed.actor_id == find(session, "n.benhaddou-colin").id
    assert case.state == "to_send"
    assert by_id(session, case.workflow_id).states["to_send"].owner == "desk"


def test_the_guide_tells_the_stories_in_their_order(session):
    guide = (Path(__file__).parent.parent / "docs" / "demo.md").read_text(encoding="utf-8")
    places = [
        guide.find(f"{number}. **{told['title']}**")
        for number, told in enumerate(made_as(session)["stories"], 1)
    ]

    assert -1 not in places
    assert places == sorted(places)


def test_the_guide_names_every_account():
    guide = (Path(__file__).parent.parent / "docs" / "demo.md").read_text(encoding="utf-8")

    assert [account.login for account in ACCOUNTS if f"`{account.login}`" not in guide] == []


# ---- Their papers ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers_too(tmp_path_factory) -> tuple[Database, Path]:
    """A demonstration of 60 letters with their papers, and where these are kept."""
    folder = tmp_path_factory.mktemp("papers")
    return made(folder, SMALLER, store=folder / "documents"), folder / "documents"


def test_what_came_with_each_story_and_the_last_letters_is_there_to_be_read(papers_too):
    database, store = papers_too
    with database.session() as session:
        told = [story(session, number) for number in range(1, 11)]
        joined = session.scalars(select(Document)).all()
        late = session.scalars(
            select(Case).where(
                Case.workflow.in_(MAIL), Case.received_on > date(2026, 10, 20), Case.channel != "internal"
            )
        ).all()
        assert list(journal.verify(session)) == []
        with_paper = {document.case_id for document in joined}
        assert [case.reference for case in [*told, *late] if case.id not in with_paper] == []
        assert all(documents.path_of(store, document.sha256).exists() for document in joined)
        assert {document.type for document in joined} == {documents.PNG, documents.PDF}
        assert session.scalars(select(PileLine.status)).all() == ["waiting"] * 3


def test_a_paper_says_what_the_letter_is_about(papers_too):
    database, store = papers_too
    with database.session() as session:
        case = story(session, 1)
        paper = session.scalars(select(Document).where(Document.case_id == case.id)).one()
        sender = session.get_one(Citizen, case.citizen_id)

    with pypdfium2.PdfDocument(documents.path_of(store, paper.sha256)) as opened:
        text = " ".join(opened[0].get_textpage().get_text_range().split())
    assert "Nid-de-poule rue des Tanneurs, chute à vélo" in text
    assert sender.email in text
    assert "Madame la Maire" in text


def test_the_same_papers_are_drawn_each_time(papers_too, tmp_path):
    again = made(tmp_path, SMALLER, store=tmp_path / "documents")

    assert lines(again) == lines(papers_too[0])


def test_without_a_store_there_is_no_paper(session):
    assert session.scalars(select(Document)).all() == []
    assert session.scalars(select(PileLine)).all() == []


def test_a_name_that_an_old_encoding_lacks_is_written_without_its_accent():
    drawn = papers.draw(["Nguyễn Yıldız (Šimić) \\ œuvre €"], stamp=None)

    assert "Nguyen Yildiz \\(Šimic\\) \\\\ œuvre €".encode("cp1252") in drawn


# ---- The command -------------------------------------------------------------------------------


def run(folder: Path, *arguments: str) -> Result:
    environment = {"CASETRACK_DATA_DIR": str(folder), "CASETRACK_DATABASE_URL": ""}
    return CliRunner().invoke(demo, ["--no-serve", "--letters", str(FEWEST), *arguments], env=environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A folder in which the command has run once, and what it said."""
    folder = tmp_path_factory.mktemp("installed")
    return folder, run(folder)


@pytest.fixture
def folder_of_a_demo(installed, tmp_path) -> Path:
    """A folder in which the demonstration is made already."""
    shutil.copy(installed[0] / "demo.db", tmp_path)
    return tmp_path


def test_the_command_shows_the_stories_and_the_accounts(installed):
    _, answer = installed

    assert answer.exit_code == 0, answer.output
    assert PASSWORD in answer.stdout
    assert answer.stdout.count("-A-0") == 10
    for account in ACCOUNTS:
        assert account.login in answer.stdout


def test_a_second_time_the_town_is_served_as_it_is(folder_of_a_demo):
    before = lines(Database(f"sqlite:///{folder_of_a_demo / 'demo.db'}"))

    answer = run(folder_of_a_demo)

    assert "telle que faite" in answer.stdout
    assert lines(Database(f"sqlite:///{folder_of_a_demo / 'demo.db'}")) == before


@pytest.mark.parametrize("asked", [("--seed", "2"), ("--fresh",)])
def test_the_town_is_made_again_when_asked_otherwise(folder_of_a_demo, asked):
    assert "telle que faite" not in run(folder_of_a_demo, *asked).stdout


def test_a_town_that_was_left_half_made_is_made_again(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    upgrade(database.engine)
    days = iter(range(40))
    with pytest.raises(StopIteration):
        fill(database, SMALLER, now=NOW, progress=lambda _day: next(days))
    database.dispose()

    answer = run(tmp_path)

    assert "telle que faite" not in answer.stdout
    assert answer.stdout.count("-A-0") == 10
