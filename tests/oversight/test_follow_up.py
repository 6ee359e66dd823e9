"""The questions and recommendations that were made, with every day promised, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from casetrack.engine import act, open_about, open_case
from casetrack.errors import NotFound
from casetrack.oversight import follow_up as lists
from casetrack.oversight.follow_up import CLOSED, READ, WAITED, follow_up
from tests.town import MONDAY, NINE

TODAY = MONDAY + timedelta(days=30)


def days(count: int):
    return NINE + timedelta(days=count)


@pytest.fixture
def letter(session, town):
    return open_case(
        session, "letter", by=town.marc, at=NINE, title="Trou dans la chaussée", citizen=town.citizen,
        subject=town.subjects["voirie"], received_on=MONDAY,
    )  # fmt: skip


def ask(session, town, letter, title, *, after=10, service="VOI", **given):
    return open_about(
        session, letter, "question", by=town.mila, at=NINE, title=title, question="Pourquoi ?",
        answer_by=days(after).date(), service=town.services[service], **given,
    )  # fmt: skip


@pytest.fixture
def asked(session, town, letter):
    """Five questions: one late, one not yet due, one answered late, one answered and closed, one withdrawn late."""
    found = [
        ask(session, town, letter, "En retard"),
        ask(session, town, letter, "Plus tard", after=40, service="PRO"),
        ask(session, town, letter, "Répondue tard"),
        ask(session, town, letter, "Close"),
        ask(session, town, letter, "Retirée"),
    ]
    act(session, found[2], "answer", by=town.anne, at=days(14), answer="Voici.")
    act(session, found[3], "answer", by=town.anne, at=days(5), answer="Voilà.")
    act(session, found[3], "close", by=town.mila, at=days(6), outcome="answered")
    act(session, found[4], "withdraw", by=town.mila, at=days(20), outcome="no_answer")
    session.flush()
    return found


def shown(session, actor, kind="question", **chosen):
    return follow_up(session, actor, kind, today=TODAY, **chosen)


def titles(page) -> list[str]:
    return [row.title for row in page.rows]


def test_what_is_to_be_read_comes_first(session, town, asked):
    page = shown(session, town.mila)

    assert page.tab == READ
    assert page.tabs == {READ: 1, WAITED: 2, CLOSED: 2}
    assert titles(page) == ["Répondue tard"]
    assert page.late == 1


def test_a_late_answer_says_by_how_much(session, town, asked):
    (row,) = shown(session, town.mila).rows

    assert (row.due.tone, row.due.words.fr) == ("late", "répondu avec 4\u00a0jours de retard")


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"tab": WAITED}, ["En retard", "Plus tard"]),
        ({"tab": WAITED, "service": "nonsense"}, []),
        ({"tab": WAITED, "service": "9" * 40}, []),
        ({"tab": CLOSED}, ["Retirée", "Close"]),
        ({"tab": CLOSED, "state": "withdrawn"}, ["Retirée"]),
        ({"tab": WAITED, "state": "withdrawn"}, []),
        ({"tab": WAITED, "after": "nonsense"}, ["En retard", "Plus tard"]),
        ({"tab": "nonsense"}, ["Répondue tard"]),
    ],
)
def test_each_link_keeps_what_it_says(session, town, asked, chosen, kept):
    assert titles(shown(session, town.mila, **chosen)) == kept


def test_a_filter_says_how_many_it_keeps(session, town, asked):
    for tab in (READ, WAITED, CLOSED):
        page = shown(session, town.mila, tab=tab)
        for name, options in (("service", page.services), ("state", page.states)):
            for option in options:
                assert len(titles(shown(session, town.mila, tab=tab, **{name: option.code}))) == option.count


def test_what_was_withdrawn_unanswered_says_so(session, town, asked):
    row = shown(session, town.mila, tab=CLOSED).rows[0]

    assert (row.due.tone, row.due.words.fr) == ("late", "sans réponse")
    assert [step.words.fr for step in row.past] == ["promis pour le jeu. 3\u00a0décembre, jamais fait"]


def test_a_question_asked_again_keeps_its_first_lateness(session, town, asked):
    act(session, asked[2], "ask_again", by=town.mila, at=days(15), question="Encore ?", answer_by=days(50).date())  # fmt: skip

    row = next(row for row in shown(session, town.mila, tab=WAITED).rows if row.title == "Répondue tard")

    assert row.due.tone == "calm"
    (first,) = row.past
    assert (first.tone, first.words.fr) == ("late", "fait avec 4\u00a0jours de retard, lun. 7\u00a0décembre")


def test_a_recommendation_shows_what_was_promised_revised_and_done(session, town, letter):
    advice = open_about(
        session, letter, "recommendation", by=town.eva, at=NINE, title="Prévenir", recommendation="Prévenir.",
        answer_by=days(10).date(), service=town.services["VOI"],
    )  # fmt: skip
    act(session, advice, "accept", by=town.denis, at=days(4), plan="Oui.", done_by=days(12).date())
    act(session, advice, "postpone", by=town.denis, at=days(14), reason="Devis.", done_by=days(26).date())
    act(session, advice, "declare_done", by=town.denis, at=days(27), evidence="Fait.")

    (row,) = shown(session, town.mila, "recommendation").rows

    assert row.due.words.fr == "fait avec 1\u00a0jour de retard"
    assert [(step.label.fr, step.tone, step.words.fr) for step in row.past] == [
        ("Position du service", "done", "fait, ven. 27\u00a0novembre"),
        ("Réalisation", "late", "promis pour le sam. 5\u00a0décembre, date revue après coup"),
    ]


def test_pages_follow_one_another_without_a_gap(session, town, letter, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    for number in range(5):
        one = ask(session, town, letter, f"Question {number}", after=10 + number // 2)
        act(session, one, "withdraw", by=town.mila, at=days(1 + number // 3), outcome="no_object")
        ask(session, town, letter, f"Question {number}", after=10 + number // 2)

    for tab, expected in ((WAITED, [0, 1, 2, 3, 4]), (CLOSED, [4, 3, 2, 1, 0])):
        seen, after = [], None
        while True:
            page = shown(session, town.mila, tab=tab, after=after)
            seen += titles(page)
            if (after := page.after) is None:
                break
        assert seen == [f"Question {number}" for number in expected]


# ---- Who may see what ------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["gilles", "marc", "aline", "jeanne", "diane", "denis", "anne", "simone"])
def test_others_have_no_such_page(session, town, login):
    for kind in ("question", "recommendation"):
        with pytest.raises(NotFound):
            shown(session, getattr(town, login), kind)


def test_a_sealed_question_is_in_no_list_nor_count_of_those_who_may_not_read_it(session, town):
    sealed = open_case(
        session, "letter", by=town.marc, at=NINE, title="Scellé", citizen=town.citizen, received_on=MONDAY,
        subject=town.subjects["voirie"], confidentiality=2, readers=[town.lea.id],
    )  # fmt: skip
    ask(session, town, sealed, "Question scellée", officer=town.staff["paul"])

    page = shown(session, town.eva, tab=WAITED)

    assert (page.tabs, titles(page), page.services, page.late) == ({READ: 0, WAITED: 0, CLOSED: 0}, [], (), 0)
    assert titles(shown(session, town.mila)) == ["Question scellée"]


def test_the_case_that_it_is_about_is_named_to_its_readers_alone(session, town, letter):
    """A question goes to Eva, who reads it as evaluation; the letter becomes confidential afterwards."""
    ask(session, town, letter, "Question")
    assert [row.about for row in shown(session, town.eva).rows] == [(letter.reference, letter.title)]

    letter.confidentiality = 1
    session.flush()

    assert [row.about for row in shown(session, town.eva).rows] == [None]
    assert [row.about for row in shown(session, town.mila).rows] == [(letter.reference, letter.title)]


def test_a_page_is_three_queries_whatever_is_in_it(session, town, asked):
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    shown(session, town.mila)
    session.expunge_all()
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        shown(session, town.mila, tab=WAITED)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sent) == 3, "\n".join(sent)
