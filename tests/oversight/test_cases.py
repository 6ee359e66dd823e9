"""What the page of a case shows."""

from datetime import UTC, date, datetime, timedelta

import pytest

from casetrack.database.tables import Case, CaseCopy
from casetrack.deadlines import Calendar
from casetrack.engine import act, open_case, sweep, town
from casetrack.errors import NotFound
from casetrack.organisation import notes
from casetrack.oversight import cases
from tests.town import MONDAY, NINE


@pytest.fixture
def case(session, town) -> Case:
    """A letter that Anne has taken charge of."""
    letter = open_case(session, "letter", by=town.marc, at=NINE, title="Trou", received_on=MONDAY, channel="email",
                       citizen=town.citizen, subject=town.subjects["voirie"], nature="complaint")  # fmt: skip
    act(session, letter, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, letter, "take_charge", by=town.anne, at=NINE)
    session.flush()
    return letter


@pytest.fixture
def show(session, case):
    """Show the case to somebody, on a day."""

    def shown(actor, today: date = MONDAY, reference: str = case.reference) -> cases.CasePage:
        session.expire_all()
        return cases.page(session, reference, actor, today=today, calendar=town.place(session).calendar)

    return shown


def plain(text) -> str:
    return text.fr.replace("\u00a0", " ")


def test_a_case_that_one_may_not_read_and_one_that_does_not_exist_are_the_same(session, town, case):
    refusals = []
    for reference in (case.reference, "2026-A-999999"):
        with pytest.raises(NotFound) as refused:
            cases.find(session, reference, town.lea)
        refusals.append((refused.value.code, refused.value.sentence))

    assert refusals[0] == refusals[1]


def test_the_history_says_who_did_what_and_where_it_led(town, show):
    history = show(town.anne).history

    assert [(plain(entry.who), plain(entry.what)) for entry in history] == [
        ("Vous", "Prendre en charge"),
        ("Marc Morel", "Qualifier"),
        ("Marc Morel", "Enregistrement"),
    ]
    assert plain(history[0].moved) == "Affecté au service → En instruction"
    assert [(plain(label), plain(value)) for label, value in history[2].details] == [
        ("Nature", "Réclamation"),
        ("Service", "Voirie"),
        ("Sujet", "Voirie, trottoirs"),
    ]


def test_what_was_typed_is_in_the_history_and_the_draft_beside_it(session, town, case, show):
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Bientôt.", outcome="favourable")

    page = show(town.denis)

    assert page.draft == "Bientôt."
    assert [(plain(label), body) for label, body in page.history[0].texts] == [
        ("Texte de la réponse", "Bientôt.")
    ]
    assert [(plain(label), plain(value)) for label, value in page.history[0].details] == [
        ("Sens de la réponse", "Réponse favorable")
    ]


def test_the_clock_says_what_it_noted_and_never_that_it_acted(database, session, town, case, show):
    session.commit()
    sweep(database.session, at=NINE + timedelta(days=70))

    history = [entry for entry in show(town.anne, date(2027, 2, 1)).history if entry.kind == "clock"]

    said = [plain(entry.what) for entry in history]
    assert "Une décision implicite est née ; le dossier reste ouvert" in said
    assert "Réponse écrite : échéance dépassée" in said
    assert all(entry.moved is None for entry in history)


def test_every_clock_is_explained_in_both_languages(town, show):
    page = show(town.anne)

    promised, legal = page.clocks[0], page.clocks[1]
    assert (promised.key, legal.key) == ("answer", "implicit")
    assert plain(promised.why[0]) == (
        "Reçu le lundi 23 novembre 2026 ; un mois de quantième à quantième"
        " (code de procédure civile, art. 641) : mercredi 23 décembre 2026."
    )
    assert promised.why[0].en.startswith("Received on Monday 23 November 2026")
    assert len(legal.why) == 1  # no working target for a legal date
    assert legal.basis == "CRPA, art. L231-1, L231-4 et L114-5"


def test_a_suspended_clock_says_so_and_why_its_date_moved(session, town, case, show):
    act(session, case, "request_items", by=town.anne, at=NINE, items="Plan", items_by="2026-12-07")

    page = show(town.anne)

    assert (page.promise.tone, plain(page.promise.words)) == ("wait", "délai suspendu")
    assert any("Suspendu du lundi 23 novembre 2026" in plain(line) for line in page.clocks[0].why)
    assert any(plain(one.why[0]) == "Date fixée par la personne qui a agi." for one in page.clocks)


def test_a_reopened_case_counts_from_its_reopening(session, town, case, show):
    act(session, case, "refer_out", by=town.anne, at=NINE, authority="Agglomération", contact="1 place")
    act(session, case, "reopen", by=town.anne, at=datetime(2026, 12, 1, 9, tzinfo=UTC), reason="Refus")

    page = show(town.anne)

    assert plain(page.clocks[0].why[0]).startswith("À compter du mardi 1er décembre 2026 ; un mois")


def test_the_proposed_action_comes_first_and_the_rest_follows(town, show):
    page = show(town.anne)

    assert page.first.name == "draft_answer"
    assert [action.name for action in page.actions][:3] == ["request_items", "ask_opinion", "send_milestone"]
    assert page.waits_for is None


def test_who_has_nothing_to_do_is_told_whom_the_case_waits_for(town, show):
    page = show(town.paul)

    assert page.first is None
    assert plain(page.waits_for) == "attend l'agent en charge"
    assert [refusal.name for refusal in page.refused_first] == ["draft_answer"]


def test_why_it_cannot_be_closed_is_said_first_with_the_ways_that_lead_there(town, show):
    page = show(town.anne)

    (closure,) = page.refused_first
    assert plain(closure.heading) == "Clôturer : pas encore possible"
    assert plain(closure.reasons[0]).startswith("Aucune réponse n'est partie.")
    assert [way.name for way in closure.ways] == ["draft_answer", "refer_out"]


def test_what_lacks_something_leads_to_the_action_that_brings_it(session, town, case, show):
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Bientôt.", outcome="favourable")
    case.facts = {}
    session.flush()

    refused = {refusal.name: [way.name for way in refusal.ways] for refusal in show(town.anne).refused_first}

    assert refused["submit_for_endorsement"] == ["draft_answer"]


def test_who_will_never_close_it_is_not_told_why(town, show):
    assert "close" not in [refusal.name for refusal in show(town.mila).refused_first]


def test_messages_say_what_became_of_them(town, show):
    receipt = show(town.anne).messages[0]

    assert (plain(receipt.channel), plain(receipt.status)) == ("courriel", "en attente d'envoi")
    assert "2026-A-000001" in receipt.body


def test_links_and_copies_are_named(session, town, case, show):
    other = open_case(session, "letter", by=town.marc, at=NINE, title="Encore le trou", received_on=MONDAY,
                      citizen=town.citizen, subject=town.subjects["voirie"])  # fmt: skip
    act(session, other, "attach_duplicate", by=town.marc, at=NINE, original=case.id)
    act(session, case, "copy_service", by=town.anne, at=NINE, service=town.services["PRO"].id)
    act(session, case, "ask_opinion", by=town.anne, at=NINE, service=town.services["JUR"].id, question="?",
        opinion_by="2026-12-01")  # fmt: skip

    page = show(town.anne)

    assert [(plain(one.relation), one.title, one.reference) for one in page.linked] == [
        ("A pour doublon", "Encore le trou", other.reference)
    ]
    assert page.copied == ("Propreté",)
    assert [
        (one.service, plain(one.asked), plain(one.expected), one.is_awaited) for one in page.opinions
    ] == [("Affaires juridiques", "lun. 23 novembre", "mar. 1er décembre", True)]


def test_two_services_of_one_name_are_both_asked(session, town, case, show):
    town.services["PRO"].name = town.services["JUR"].name
    for code in ("JUR", "PRO"):
        session.add(CaseCopy(case_id=case.id, service_id=town.services[code].id, asked_opinion=True))
    session.flush()

    for person in (town.jeanne, town.lea):
        assert "give_opinion" in [action.name for action in show(person).actions]


def test_an_opinion_that_was_given_says_by_whom_and_when(session, town, case, show):
    jurists = town.services["JUR"].id
    ask = {"service": jurists, "question": "?", "opinion_by": "2026-12-01"}
    act(session, case, "ask_opinion", by=town.anne, at=NINE, **ask)
    act(session, case, "give_opinion", by=town.jeanne, at=NINE + timedelta(days=2), opinion="Favorable")
    act(session, case, "ask_opinion", by=town.anne, at=NINE + timedelta(days=3), **ask)
    act(session, case, "go_on_without_opinion", by=town.anne, at=NINE + timedelta(days=9), reason="Urgent")

    first, second = show(town.anne, date(2026, 12, 2)).opinions

    assert (plain(first.given), first.is_awaited) == ("Jeanne Jolivet, mer. 25 novembre", False)
    assert (second.given, second.is_awaited) == (None, False)
    assert show(town.anne).copied == ()


def test_a_pause_is_said_with_its_days(session, town, case, show):
    act(session, case, "request_items", by=town.anne, at=NINE, items="Plan", items_by="2026-12-07")
    waiting = show(town.anne).clocks[0].paused
    act(session, case, "record_items", by=town.anne, at=NINE + timedelta(days=5), received="2026-11-27")

    assert [plain(one) for one in waiting] == [
        "depuis le lun. 23 novembre ; reprend le lun. 7 décembre au plus tard"
    ]
    assert [plain(one) for one in show(town.anne, date(2026, 11, 30)).clocks[0].paused] == [
        "4 jours, du lun. 23 novembre au ven. 27 novembre"
    ]


def test_the_history_is_narrowed_to_messages_or_notes(session, town, case, show):
    notes.add(session, case, "Vu sur place.", by=town.paul, at=NINE, on=MONDAY)
    act(session, case, "ask_citizen", by=town.anne, at=NINE, question="Quelle rue ?")

    page = show(town.anne)

    assert [plain(entry.what) for entry in page.about("message")] == [
        "Poser une question à l'usager",
        "Enregistrement",
    ]
    assert [entry.written["note"] for entry in page.about("note")] == ["Vu sur place."]
    assert len(page.about("anything")) == len(page.history)


def test_the_cases_before_and_after_are_those_of_the_officer_s_list(session, town, case, show):
    mine = []
    for title, day, officer in (("Avant", 20, "anne"), ("Après", 25, "anne"), ("Loin", 26, "anne"),
                                ("À Paul", 24, "paul")):  # fmt: skip
        mine.append(
            open_case(
                session,
                "letter",
                by=town.marc,
                at=NINE + timedelta(days=9),
                title=title,
                received_on=date(2026, 11, day),
                citizen=town.citizen,
                subject=town.subjects["voirie"],
                officer=town.staff[officer],
            )  # fmt: skip
        )
    before, after, _far, paul_s = (one.reference for one in mine)

    assert show(town.anne).beside == {"before": before, "after": after}
    assert show(town.denis).beside == {}
    assert show(town.anne, reference=before).beside == {"after": case.reference}
    assert show(town.anne, reference=paul_s).beside == {}


def test_only_the_last_of_several_announcements_is_a_date_of_the_case(session, town, case, show):
    for day in (1, 8, 15):
        act(session, case, "send_milestone", by=town.anne, at=NINE, done="a", remaining="b", why="c",
            next_news_on=f"2026-12-{day:02}")  # fmt: skip

    announced = [clock for clock in show(town.anne).clocks if clock.key == "next_news"]

    assert [clock.due_on for clock in announced] == [date(2026, 12, 15)]


def test_a_message_of_another_case_is_not_found(session, town, case):
    other = open_case(session, "letter", by=town.marc, at=NINE, title="Autre", received_on=MONDAY,
                      citizen=town.citizen, subject=town.subjects["voirie"])  # fmt: skip
    receipt = cases.receipt_of(session, other)

    with pytest.raises(NotFound):
        cases.message(session, case, receipt.id)


def test_a_form_begins_with_what_is_known(session, town, case, show):
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Bientôt.", outcome="refusal")
    fields = show(town.anne).definition.actions["draft_answer"].fields

    begun = cases.beginning(session, case, fields, today=NINE.date(), calendar=Calendar())

    assert begun == {"answer": "Bientôt.", "outcome": "refusal"}
