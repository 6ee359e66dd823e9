"""One box, the same letters found on both databases, and nobody finds what they may not read."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from casetrack.correspondence import citizens
from casetrack.database.tables import Case, Citizen, SearchDocument, SearchStale
from casetrack.engine import act, may_read, open_case
from casetrack.errors import InvalidInput
from casetrack.oversight import search as searching
from casetrack.oversight.search import Filters, search
from casetrack.oversight.search_index import forget_all, index_case, index_stale
from tests.town import MONDAY, NINE

LETTERS = [  # title, family name, given name, telephone, received on
    ("Réclamations sur l'éclairage de l’école", "Petit", "Nadia", "01 99 00 10 00", "2026-11-02"),
    ("Trottoir dégradé rue du Petit-Pont", "Rakotoarisoa", "Anaëlle", "+33 1 99 00 20 00", "2026-11-03"),
    ("Œuvres d'art volées", "Benhaddou-Colin", "Noël", "", "2026-11-04"),
    ("Trou dans la chaussée", "Petit", "Paul", "", "2026-11-05"),
    ("Demande de rendez-vous n° 12", "Martin", "Zoé", "", "2026-11-06"),
]


@pytest.fixture
def letters(session, town):
    """Five letters, all indexed; their references by position."""
    references = []
    for title, family, given_name, telephone, received_on in LETTERS:
        citizen = citizens.find_or_create(
            session, family_name=family, given_name=given_name, telephone=telephone, street="1 rue Basse",
            email=f"{given_name}.{family}@exemple.fr".lower(),
        )  # fmt: skip
        case = open_case(session, "letter", by=town.marc, at=NINE, title=title, citizen=citizen,
                         received_on=date.fromisoformat(received_on), subject=town.subjects["voirie"])  # fmt: skip
        references.append(case.reference)
    index_stale(session)
    return references


def found(session, actor, question: str, filters: Filters | None = None, **options) -> list[str]:
    page = search(session, actor, question, filters or Filters(), today=MONDAY, **options)
    return [hit.reference for hit in page.hits]


@pytest.mark.parametrize(
    ("question", "positions"),
    [
        ("reclamation", [0]),  # no accent, no plural
        ("l'éclairage", [0]),
        ("ÉCOLES éclairage", [0]),
        ("oeuvre d’art", [2]),
        ("petit", [3, 0, 1]),  # of that name first, then the rest, the latest first
        ("Nadia Petit", [0]),  # a name in either order
        ("petit nadia", [0]),
        ("colin benhaddou", [2]),
        ("Anaelle", [1]),
        ("01.99.00.10.00", [0]),
        ("0199002000", [1]),
        ("nadia.petit@exemple.fr", [0]),
        ("2026-A-000002", [1]),
        ("2026-a-2", [1]),
        ("A2", [1]),
        ("1", [0, 4, 3, 2, 1]),  # that number before the letters in which it stands
        ("rendez vous 12", [4]),
        ("trottoir ecole", []),  # every word must be there
        ("trott", []),
        ("la", []),
        ('"trou" AND chaussée OR *', []),  # no language of its own: these are words
        ('"trou" (chaussée*)', [3]),
    ],
)
def test_letters_are_found_as_people_type(session, town, letters, question, positions):
    assert found(session, town.marc, question) == [letters[position] for position in positions]


HOSTILE = ["", " ", "'", '"', '"""', "\\", "'; DROP TABLE cases; --", "a & | ! <-> b", "NEAR(", "stems:", "-", "^",
           "\0", "\ud800", "%", "_", "*", "🙈", "ﬁ", "²½", "Ⅻ", "à" * 5_000, "mot " * 500, "2026-", "A0", "0" * 80]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE)
def test_whatever_is_typed_gets_an_answer(session, town, letters, question):
    search(session, town.marc, question, Filters(), today=MONDAY, after=question)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_whatever_is_written_can_be_found_again(session, town, text):
    with session.begin_nested() as attempt:
        case = open_case(session, "letter", by=town.marc, at=NINE, title=f"{text} vu".replace("\0", "")[:300],
                         received_on=MONDAY, subject=town.subjects["voirie"])  # fmt: skip
        index_case(session, case)
        assert case.reference in found(session, town.marc, f"{text} vu")
        attempt.rollback()
    session.expunge_all()


def test_a_letter_is_found_as_soon_as_it_is_registered(session, town):
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Nid de guêpes", received_on=MONDAY,
                     subject=town.subjects["voirie"])  # fmt: skip
    assert found(session, town.marc, "guêpe") == []

    index_case(session, case)

    assert found(session, town.marc, "guêpe") == [case.reference]
    assert session.scalars(select(SearchStale)).all() == []


def test_a_number_is_found_even_before_the_worker_has_read_the_case(session, town):
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Nid", received_on=MONDAY,
                     subject=town.subjects["voirie"])  # fmt: skip
    session.flush()

    assert found(session, town.marc, "2026-A-1") == [case.reference]
    assert found(session, town.lea, "2026-A-1") == []


def test_what_an_act_writes_is_found_too(session, town, letters):
    case = session.scalars(select(Case).where(Case.reference == letters[3])).one()
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, case, "take_charge", by=town.anne, at=NINE)
    act(
        session,
        case,
        "draft_answer",
        by=town.anne,
        at=NINE,
        answer="L'enrobé sera refait.",
        outcome="refusal",
    )
    assert index_stale(session) == 1

    assert found(session, town.anne, "enrobés") == [case.reference]


def test_a_corrected_name_is_found_and_the_wrong_one_no_longer(session, town, letters):
    nadia = session.scalars(select(Citizen).where(Citizen.given_name == "Nadia")).one()
    nadia.family_name, nadia.email = "Lepetit", ""
    citizens.save(session, nadia)
    index_stale(session)

    assert found(session, town.marc, "lepetit") == [letters[0]]
    assert letters[0] not in found(session, town.marc, "petit")


def test_an_import_leaves_its_letters_to_the_worker_who_takes_the_newest_first(session, town, letters):
    session.execute(update(Case).values(last_seq=Case.last_seq))

    assert index_stale(session, limit=2) == 2
    assert len(session.scalars(select(SearchStale)).all()) == 3
    assert index_stale(session) == 3
    assert index_stale(session) == 0


def test_everything_can_be_read_again(session, town, letters):
    session.execute(update(SearchDocument).values(stems="", exact=""))
    assert found(session, town.marc, "trottoir") == []

    assert forget_all(session) == 5
    index_stale(session)

    assert found(session, town.marc, "trottoir") == [letters[1]]


def test_pages_follow_one_another_without_a_gap(session, town, letters):
    seen, after = [], None
    while True:
        page = search(session, town.marc, "petit", Filters(), today=MONDAY, after=after, limit=1)
        seen += [hit.reference for hit in page.hits]
        if (after := page.after) is None:
            break

    assert seen == [letters[3], letters[0], letters[1]]
    everything = searching.every(session, town.marc, "petit", Filters(), today=MONDAY)
    assert [hit.reference for hit in everything] == seen


def ids(town) -> dict[str, Filters]:
    return {
        "service": Filters(service=town.services["VOI"].id),
        "another service": Filters(service=town.services["PRO"].id),
        "officer": Filters(officer=town.staff["anne"].id),
        "subject": Filters(subject=town.subjects["voirie"].id),
        "state": Filters(state="assigned"),
        "channel": Filters(channel="post"),
        "another channel": Filters(channel="email"),
        "from": Filters(received_from=date(2026, 11, 5)),
        "until": Filters(received_to=date(2026, 11, 3)),
        "between": Filters(received_from=date(2026, 11, 3), received_to=date(2026, 11, 4)),
        "open": Filters(openness="open"),
        "closed": Filters(openness="closed"),
        "late": Filters(late=True),
    }


@pytest.mark.parametrize(
    ("narrowed", "positions"),
    [
        ("service", [4, 3, 2, 1, 0]),
        ("another service", []),
        ("officer", [1]),
        ("subject", [4, 3, 2, 1, 0]),
        ("channel", [4, 3, 2, 1, 0]),
        ("another channel", []),
        ("from", [4, 3]),
        ("until", [1, 0]),
        ("between", [2, 1]),
        ("open", [4, 3, 2, 1, 0]),
        ("closed", []),
        ("late", []),
    ],
)
def test_filters_narrow_with_or_without_a_question(session, town, letters, narrowed, positions):
    session.execute(update(Case).where(Case.reference == letters[1]).values(officer_id=town.staff["anne"].id))

    assert found(session, town.marc, "", ids(town)[narrowed]) == [letters[p] for p in positions]


def test_late_is_a_date_and_today(session, town, letters):
    page = search(session, town.marc, "", Filters(late=True), today=MONDAY + timedelta(days=400))

    assert len(page.hits) == 5
    assert {hit.due.tone for hit in page.hits} == {"late"}


@pytest.mark.parametrize("level", [0, 1, 2])
def test_everybody_finds_what_they_may_read_and_nothing_else(session, town, level):
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Signalement délicat", received_on=MONDAY,
                     citizen=town.citizen, subject=town.subjects["voirie"], confidentiality=level,
                     readers=[town.lea.id] if level else [])  # fmt: skip
    index_case(session, case)
    questions = ["signalement", "2026-A-1", "A000001"]

    for login, person in town.actors.items():
        mine = [case.reference] if may_read(session, case, person) else []
        assert [found(session, person, question) for question in questions] == [mine] * 3, login
        assert found(session, person, "", Filters(channel="post")) == mine, login
    assert found(session, town.stranger, "signalement") == []


def test_a_page_is_two_selects_however_it_is_found(session, town, letters, walking, monkeypatch):
    search(session, town.marc, "petit", Filters(), today=MONDAY)  # the workflows are read once
    sent = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]), named=False
    )
    for holds in (lambda: None, lambda: monkeypatch.setattr(searching, "FEW", 0), lambda: walking(2)):
        holds()
        sent.clear()

        search(session, town.marc, "petit", Filters(openness="open"), today=MONDAY)

        assert len([one for one in sent if "FROM cases" in one]) == 2
        assert len(sent) <= 3  # and the list of the workflows


def pages(session, actor, question: str, filters: Filters | None = None) -> list[searching.Found]:
    """Every page of a search, the next one by the key of the one before."""
    found = [search(session, actor, question, filters or Filters(), today=MONDAY)]
    while found[-1].after is not None:
        found.append(
            search(session, actor, question, filters or Filters(), today=MONDAY, after=found[-1].after)
        )
    return found


def references(found: list[searching.Found]) -> list[str]:
    return [hit.reference for page in found for hit in page.hits]


@pytest.fixture
def walking(monkeypatch):
    """Let each search walk through the cases as where very many hold what is asked, so many at a time."""

    def walk(reach: int) -> None:
        monkeypatch.setattr(searching, "FEW", 0)
        monkeypatch.setattr(searching, "MANY", 0)
        monkeypatch.setattr(searching, "REACH", reach)

    return walk


def test_in_a_large_town_frequent_words_are_met_on_a_walk_that_says_how_far_it_went(
    session, town, letters, walking
):
    walking(3)

    first, second = pages(session, town.marc, "petit")

    assert references([first]) == [letters[3]]
    assert (first.reached, first.by_arrival) == (date(2026, 11, 4), True)
    assert references([second]) == [letters[1], letters[0]]  # by arrival: the name does not come first
    assert (second.reached, second.after) == (None, None)


@pytest.mark.parametrize(
    "question",
    ["reclamation", "petit", "Nadia Petit", "l'éclairage", "01.99.00.10.00", "2026-A-000002", "A2", "rendez vous 12",
     "trottoir ecole", "trott", "pet", "rue", "exemple", "oeuvre d’art", "%", "_", "la"],
)  # fmt: skip
@pytest.mark.parametrize("holding", ["many", "very many"])
def test_however_many_hold_it_the_same_is_found(
    session, town, letters, question, holding, walking, monkeypatch
):
    ranked = pages(session, town.marc, question)

    if holding == "very many":
        walking(2)
    monkeypatch.setattr(searching, "FEW", 0)

    found = pages(session, town.marc, question)
    assert sorted(references(found)) == sorted(references(ranked))
    assert references(found) == sorted(
        references(found), reverse=True
    )  # they came in the order of their numbers
    assert {page.by_arrival for page in ranked} == {False}
    assert {page.by_arrival for page in found if page.hits} <= {True}


@pytest.mark.parametrize("size", [1, 2, 50])
def test_a_walk_leaves_no_gap_and_an_export_follows_it_to_its_end(
    session, town, letters, walking, monkeypatch, size
):
    walking(2)
    monkeypatch.setattr(searching, "EXPORTED", size)
    narrowed = Filters(received_from=date(2026, 11, 3), received_to=date(2026, 11, 5))

    for question, filters, positions in [("petit", Filters(), [3, 1, 0]), ("", narrowed, [3, 2, 1])]:
        everything = searching.every(session, town.marc, question, filters, today=MONDAY)
        assert [hit.reference for hit in everything] == [letters[position] for position in positions]


def test_the_pages_of_a_search_are_found_as_its_first_one_was(session, town, letters, walking, monkeypatch):
    looked_up = search(session, town.marc, "petit", Filters(), today=MONDAY, limit=1)
    walking(2)
    walked = search(session, town.marc, "petit", Filters(), today=MONDAY)
    goes_on = search(session, town.marc, "petit", Filters(), today=MONDAY, after=looked_up.after)
    monkeypatch.undo()
    walks_on = search(session, town.marc, "petit", Filters(), today=MONDAY, after=walked.after)

    assert references([looked_up, goes_on]) == [letters[3], letters[0], letters[1]]
    assert references([walked, walks_on]) == [letters[3], letters[1], letters[0]]


@pytest.mark.parametrize("holding", ["many", "very many"])
def test_however_many_hold_it_nobody_sees_what_they_may_not_read(
    session, town, letters, holding, walking, monkeypatch
):
    if holding == "very many":
        walking(2)
    monkeypatch.setattr(searching, "FEW", 0)
    session.execute(update(Case).where(Case.reference == letters[3]).values(confidentiality=2))

    assert references(pages(session, town.marc, "petit")) == [letters[1], letters[0]]
    assert references(pages(session, town.stranger, "petit")) == []


def test_a_search_is_kept_found_replaced_and_forgotten(session, town):
    searching.save(session, town.anne, "  Mes  trous ", "q=trou", at=NINE)
    searching.save(session, town.anne, "Mes trous", "q=trous", at=NINE)
    searching.save(session, town.paul, "À Paul", "q=paul", at=NINE)

    assert [(row.name, row.asked) for row in searching.saved(session, town.anne)] == [
        ("Mes trous", "q=trous")
    ]
    [pauls] = searching.saved(session, town.paul)
    searching.forget(session, town.anne, pauls.id)
    assert searching.saved(session, town.paul) == [pauls]
    searching.forget(session, town.paul, pauls.id)
    assert searching.saved(session, town.paul) == []


@pytest.mark.parametrize(("name", "asked"), [("", "q=a"), (" \0 ", "q=a"), ("x" * 61, "q=a"), ("Bien", "")])
def test_a_search_without_a_name_or_a_question_is_not_kept(session, town, name, asked):
    with pytest.raises(InvalidInput):
        searching.save(session, town.anne, name, asked, at=NINE)


def test_a_search_too_long_to_be_kept_whole_is_refused_and_not_cut(session, town):
    with pytest.raises(InvalidInput) as refused:
        searching.save(session, town.anne, "Longue", "q=" + "%C3%A9" * 110 + "&service=1", at=NINE)

    assert refused.value.code == "too_long"
    assert searching.saved(session, town.anne) == []
