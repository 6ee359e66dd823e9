"""Every route and every person: open or closed, as the two tables say. A new route without a line here is refused.

Then every number in an address, replaced by that of somebody else's case, of a sealed one, of none: the same answer,
word for word, for the same number of questions to the database. And a sealed letter changes no page of those who may
not read it: no count, no search, no suggestion, no export.
"""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from casetrack.correspondence import documents
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import Case, Message
from tests.town import MONDAY, PEOPLE
from tests.web.test_closed_doors import NONSENSE
from tests.web.test_hostile_forms import Again, encoded, send, written
from tests.web.visitors import words
from tests.web.whole_town import GIF, LATER, Form, addresses, fill, posts, visitor_of
from web import documents as received_documents

EVERYBODY = {login for login, *_ in PEOPLE}
NOBODY: set[str] = set()
DESK, ADMINISTRATOR, MEDIATOR, EVALUATION = {"marc"}, {"aline"}, {"mila"}, {"eva"}
OFFICERS = {"anne", "paul", "lea", "jeanne", "eva"}
HEADS = {"denis", "diane", "gilles", "rose", "jeanne"}
HEADS_OF_ROADS = {"denis", "diane", "gilles"}
"""Of the service that has the case, or of one above it."""
READERS = DESK | ADMINISTRATOR | MEDIATOR | EVALUATION | HEADS_OF_ROADS | {"anne", "paul", "simone"}
"""Of an ordinary case of the roads: everybody but the other services."""
SENDERS = DESK | ADMINISTRATOR | HEADS_OF_ROADS | {"anne", "paul"}
"""Who may send the letters of that case; the others only read."""
WATCHERS = MEDIATOR | EVALUATION
REGISTER = DESK | ADMINISTRATOR | OFFICERS
"""As the definition of a letter says."""

SHOWN = {  # endpoint: to whom the page is shown, the rest being told that there is no such page
    "worklist.show": EVERYBODY - {"simone"},  # to whom a letter to sign waits in the parapheur
    "notifications.show": EVERYBODY,
    "help.show": EVERYBODY,
    "account.show": EVERYBODY,
    "account.code": {"denis"},  # who has just asked for it
    "absences.show": EVERYBODY,
    "resuming.show": {"anne"},  # who typed it
    "search.show": EVERYBODY,
    "search.export": EVERYBODY,
    "case.show": READERS,
    "case.prepare": DESK | HEADS_OF_ROADS,  # triage; the others are led to the case
    "case.message": READERS,
    "case.answer": READERS,
    "case.readers": MEDIATOR,
    "case.document": READERS,
    "senders.show": READERS - ADMINISTRATOR - WATCHERS,
    "openings.prepare": WATCHERS,
    "registration.show": REGISTER,
    "registration.pieces": REGISTER,
    "print_run.show": EVERYBODY,  # each sees the letters that they may send
    "print_run.letters": EVERYBODY,
    "pile.show": DESK | ADMINISTRATOR,
    "pile.document": DESK | ADMINISTRATOR,
    "service_desk.show": HEADS,
    "reassignment.choose": HEADS,
    "reassignment.check": HEADS,
    "parapheur.show": EVERYBODY,  # empty for who signs nothing
    "parapheur.read": HEADS_OF_ROADS,
    "dysfunctions.show": WATCHERS,
    "dysfunctions.check": WATCHERS,
    "dysfunctions.facts": WATCHERS,
    "follow_up.show": WATCHERS,
}
LED, TOLD, CLOSED = 302, 403, 404
LEADS = {"worklist.show": LED, "case.prepare": LED, "account.code": LED, "parapheur.read": LED}
"""Pages that lead back to where one was while there is nothing to do on them."""
REGISTERING = {"registration.show", "registration.pieces"}
"""Everybody knows that letters are registered: the page says who does it."""
ELSEWHERE = {  # endpoint: why it is not walked here
    "static": "open to all",
    "bootstrap.static": "open to all",
    "health.show": "open to all",
    "signing_in.show": "for whoever is not signed in",
    "signing_in.ask_code": "for whoever is not signed in",
    "registration.receipt": "leads to case.message",
    "documents.waiting": "its number is signed: see test_documents.py",
    "documents.waiting_picture": "its number is signed: see test_pictures.py",
    "documents.picture": "see test_pictures.py",
    "pile.picture": "see test_pile.py",
}
DONE = {  # endpoint: who may send the form; the rest change nothing
    "signing_in.enter": EVERYBODY,
    "signing_in.enter_code": EVERYBODY,
    "signing_in.leave": EVERYBODY,
    "signing_in.choose_language": EVERYBODY,
    "help.choose": EVERYBODY,
    "notifications.put_away": EVERYBODY,  # their own
    "search.keep": EVERYBODY,
    "search.forget": EVERYBODY,  # their own
    "absences.add": HEADS_OF_ROADS | ADMINISTRATOR | {"paul"},  # of Paul: himself, and who heads him
    "absences.replace": HEADS_OF_ROADS | ADMINISTRATOR | {"paul"},
    "absences.cancel": HEADS_OF_ROADS | ADMINISTRATOR | {"paul"},
    "account.change_password": EVERYBODY,
    "account.end_sign_ins": {"anne"},  # whose sign-in is named
    "account.change_language": EVERYBODY,
    "account.prepare_code": EVERYBODY,
    "account.confirm_code": {"denis", "aline"},  # who has one is led back to the account
    "account.remove_code": {"aline", "denis"},
    "case.do": HEADS_OF_ROADS | {"anne"},  # the draft of Anne's case
    "case.add_note": READERS - ADMINISTRATOR,
    "case.link": READERS - ADMINISTRATOR - WATCHERS,
    "case.add_document": READERS - ADMINISTRATOR - WATCHERS,
    "documents.keep": EVERYBODY,  # under a claim of their own
    "senders.save": READERS - ADMINISTRATOR - WATCHERS,
    "openings.do": WATCHERS,
    "parapheur.decide": HEADS_OF_ROADS,
    "registration.save": REGISTER,
    "pile.add": DESK | ADMINISTRATOR,
    "pile.go_on": DESK | ADMINISTRATOR,
    "pile.take": DESK | ADMINISTRATOR,
    "pile.decide": DESK | ADMINISTRATOR,
    "dysfunctions.do": WATCHERS,
    "print_run.mark_posted": EVERYBODY,  # of the letters that they may send
    "print_run.undo": EVERYBODY,
    "print_run.resolve": SENDERS,
    "reassignment.do": HEADS,
}
READERS_OF = {
    "other service": READERS,
    "restricted": HEADS_OF_ROADS | MEDIATOR | {"simone"},
    "sealed": {"lea", "mila"},
}
"""Who may read each letter put in the place of another."""
LETTER = {"other service": "late", "restricted": "restricted", "sealed": "sealed"}


@pytest.fixture
def places(hall):
    """A busy town hall, where only the rights keep the doors."""
    hall.app.config["WTF_CSRF_ENABLED"] = False  # test_closed_doors.py asks for the token
    return fill(hall)


def shown(endpoint: str) -> set[str]:
    """Return to whom a page is shown; all the administration is for administrators."""
    return ADMINISTRATOR if endpoint.startswith("administration.") else SHOWN[endpoint]


def done(endpoint: str) -> set[str]:
    """Return who may send a form."""
    return ADMINISTRATOR if endpoint.startswith("administration.") else DONE[endpoint]


def test_every_route_has_its_line(hall):
    rules = [
        rule for rule in hall.app.url_map.iter_rules() if not rule.endpoint.startswith("administration.")
    ]

    assert {rule.endpoint for rule in rules if "GET" in rule.methods} == set(SHOWN) | set(ELSEWHERE)
    assert {rule.endpoint for rule in rules if "POST" in rule.methods} == set(DONE)
    assert all(ELSEWHERE.values())


def test_each_page_is_shown_to_whom_the_table_says(hall, places):
    taken, numbers = places.letters["taken"], places.numbers
    found = {}
    paths = {
        "case.document": f"/dossiers/{taken}/documents/{numbers['document']}",
        "registration.pieces": "/courriers/usagers?q=petit",
        "search.export": "/recherche/export.csv?q=trou",
        "pile.document": f"/courriers/lot/{numbers['scan']}/document",
    }
    adapter = hall.app.url_map.bind("localhost")
    for page in addresses(hall, places):
        path = page.path.partition("?")[0]
        if not page.sent_to and page.login and path != "/nulle-part":
            paths.setdefault(adapter.match(path)[0], page.path)
    for login in EVERYBODY:
        visitor = hall.visitor(login)
        for endpoint in paths.keys() - ELSEWHERE.keys():
            answer = visitor.client.get(paths[endpoint], buffered=True)
            if answer.status_code == 200:
                found.setdefault(endpoint, set()).add(login)
            else:
                known = {TOLD} if endpoint in REGISTERING else {CLOSED, LEADS.get(endpoint)}
                assert answer.status_code in known, (endpoint, login)
                # Nothing says that somebody else finds a page here; a kept form says, of any key, that it keeps none.
                if answer.status_code == CLOSED and endpoint != "resuming.show":
                    assert words(answer) == words(visitor.get("/nulle-part")), (endpoint, login)

    assert {endpoint: found.get(endpoint, NOBODY) ^ shown(endpoint) for endpoint in paths.keys() - ELSEWHERE.keys()
            if found.get(endpoint, NOBODY) != shown(endpoint)} == {}  # fmt: skip
    assert SHOWN.keys() <= paths.keys()


def test_each_form_is_taken_from_whom_the_table_says(hall, places, folder):
    again, wrong = Again(hall, folder), {}
    for name, form in posts(hall, places).items():
        endpoint, _, variant = name.partition(" ")
        if variant and variant != "draft_answer":
            continue  # one act is enough here: who may do each is for the tests of the engine
        takes = set()
        for login in EVERYBODY:
            answer = send(hall, Form(login, form.page, form.sent_to, form.typed), encoded(form.typed.items()))
            if answer.status_code not in (403, 404):
                takes.add(login)
            if answer.status_code < 400:
                again.begin()
        if takes != done(endpoint):
            wrong[name] = takes ^ done(endpoint)

    assert wrong == {}


def masked(answer, reference: str) -> tuple:
    """Return all that an answer tells: status, words, where it leads, how long it is."""
    location = (answer.location or "").replace(reference, "*")
    told = words(answer).replace(reference, "*")
    size = len(answer.get_data().replace(reference.encode(), b"*"))
    return answer.status_code, told, location, size, sorted(answer.headers.keys())


def about_a_case(hall, method: str) -> list[str]:
    """Return the addresses that name a case, with its number left open."""
    found = []
    for rule in hall.app.url_map.iter_rules():
        if method not in rule.methods or "<reference>" not in rule.rule:
            continue
        for name in ("draft_answer", "question"):
            blanks = NONSENSE | {"name": name, "document_id": "1", "message_id": "1", "reference": "{}"}
            found.append(
                re.sub(r"<(?:\w+:)?(\w+)>", lambda match, blanks=blanks: blanks[match[1]], rule.rule)
            )
    return sorted(set(found))


@pytest.mark.parametrize("which", LETTER)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_somebody_elses_case_and_no_case_are_the_same_answer(hall, places, counter, which, method):
    letter, nonsense = places.letters[LETTER[which]], NONSENSE["reference"]
    typed = {"version": "1", "answer": "x", "outcome": "refusal", "note": "x", "other": "x", "title": "x"}
    for login in sorted(EVERYBODY - READERS_OF[which]):
        visitor = hall.visitor(login)
        visitor.get("/aide")  # the first page of a session gives its cookie
        for path in about_a_case(hall, method):
            told, asked = [], []
            for reference in (nonsense, letter):
                options = {"data": typed} if method == "POST" else {}
                with counter() as sent:
                    answer = visitor.client.open(path.format(reference), method=method, **options)
                told.append(masked(answer, reference))
                asked.append(sent)
            assert told[0][0] == 404, (login, path)
            assert told[0] == told[1], (login, path)
            # The same work: nothing can be learnt from a clock either.
            assert asked[0] == asked[1], (login, path)


@pytest.mark.parametrize("login", ["anne", "marc", "aline", "rose", "gilles", "eva"])
def test_a_number_typed_into_a_form_says_nothing_of_a_sealed_case(hall, places, login):
    sealed, nonsense = places.letters["sealed"], NONSENSE["reference"]
    visitor = hall.visitor(login)
    visitor.get("/aide")
    taken, new = places.letters["taken"], places.letters["new again"]
    asked = [
        ("get", "/recherche?q={}&liste=1"), ("get", "/recherche?q={}"), ("get", "/recherche/export.csv?q={}"),
        ("get", "/courriers/nouveau?apres={}"), ("get", "/courriers/usagers?q={}&title={}"),
        ("get", "/service/reaffectation/apercu?vers=10&dossier={}"), ("get", "/dysfonctionnements/regrouper?dossier={}&dossier={}"),
        ("get", "/parapheur?apres={}"), ("get", "/?vue=all&apres=2026-12-28.{}"),
        ("post", f"/dossiers/{taken}/liens", {"other": "{}"}),
        ("post", f"/dossiers/{new}/actions/attach_duplicate", {"version": "1", "original": "{}"}),
        ("post", "/courriers/nouveau", {"attach": "{}", "title": "x"}),
        ("post", "/service/reaffectation", {"vers": "10", "dossier": "{}", "version": "1"}),
    ]  # fmt: skip
    for method, path, *rest in asked:
        told = []
        for reference in (nonsense, sealed):
            typed = {name: value.format(reference) for name, value in rest[0].items()} if rest else {}
            options = {"data": typed} if method == "post" else {}
            answer = visitor.client.open(path.replace("{}", reference), method=method.upper(), **options)
            told.append(masked(answer, reference))
        assert told[0] == told[1], path


def test_what_is_somebody_elses_is_nothing(hall, places, folder):
    """Absences, notices, kept searches, devices, kept forms: another's number does what no number does."""
    again = Again(hall, folder)
    forms = posts(hall, places)
    for name, login in (("absences.cancel", "lea"), ("search.forget", "lea"), ("notifications.put_away", "lea"),
                        ("account.end_sign_ins", "lea"), ("print_run.mark_posted", "lea"), ("print_run.undo", "lea")):  # fmt: skip
        form = forms[name]
        theirs = send(hall, Form(login, form.page, form.sent_to, form.typed), encoded(form.typed.items()))
        again.begin()
        number = dict.fromkeys(form.typed, "999999")
        path = re.sub(r"/\d+/", "/999999/", form.sent_to)
        none = send(hall, Form(login, form.page, path, number), encoded(number.items()))
        again.begin()
        if (
            name == "absences.cancel"
        ):  # everybody of a service sees its absences: it may be said that they are not one's own
            assert (theirs.status_code, none.status_code) == (403, 404)
            continue
        assert masked(theirs, "-") == masked(none, "-"), name


NAMED = {  # (endpoint, its address with a number left open): what of somebody else's is put there
    ("case.document", "/dossiers/{taken}/documents/{}"): "document",
    ("documents.picture", "/dossiers/{taken}/documents/{}/vignette"): "document",
    ("case.message", "/dossiers/{taken}/messages/{}"): "message",
    ("print_run.resolve", "/tirage/doutes/{}"): "message",
    ("pile.document", "/courriers/lot/{}/document"): "scan",
    ("pile.picture", "/courriers/lot/{}/vignette"): "scan",
    ("pile.take", "/courriers/lot/{}/ouvrir"): "scan",
    ("pile.decide", "/courriers/lot/{}/ecarter"): "scan",
    ("documents.waiting", "/documents/{}"): "claim",
    ("documents.waiting_picture", "/documents/{}/vignette"): "claim",
    ("resuming.show", "/reprendre/{}"): "kept",
    ("administration.circuit", "/administration/circuits/{}"): "circuit",
    ("administration.message", "/administration/circuits/{}/messages/receipt"): "circuit",
    ("administration.text", "/administration/circuits/{}/messages/receipt/closing"): "circuit",
    ("administration.choices", "/administration/circuits/{}/listes/answers"): "circuit",
    ("administration.answer_model", "/administration/modeles/{}"): "model",
    ("administration.account", "/administration/personnes/{}"): "person",
    ("administration.remove_code", "/administration/personnes/{}/code/retirer"): "person",
    ("administration.end_sign_ins", "/administration/personnes/{}/connexions"): "person",
    ("administration.give_password", "/administration/personnes/{}/mot-de-passe"): "person",
    ("administration.open_account", "/administration/personnes/{}/ouverture"): "person",
    ("administration.service", "/administration/services/{}"): "service",
    ("administration.open_service", "/administration/services/{}/ouverture"): "service",
    ("administration.subject", "/administration/sujets/{}"): "subject",
    ("administration.remove_closure", "/administration/fermetures/{}/retirer"): "closure",
}
NAMED_ELSEWHERE = {
    "static": "open to all",
    "bootstrap.static": "open to all",
    "search.export": "the name is a kind of file",
    "follow_up.show": "the name is one of two words",
    "absences.cancel": "everybody of a service sees its absences: see test_what_is_somebody_elses_is_nothing",
    "absences.replace": "the same",
}
WHOSE = {
    "document": {"lea", "mila"},
    "message": {"lea", "mila"},
    "scan": DESK | ADMINISTRATOR,
    "claim": DESK,
    "kept": {"anne"},
}
"""Who may be shown the thing itself; what is of the administration, administrators."""


def test_every_blank_of_an_address_is_filled_in_here(hall):
    about_a_case = {rule.endpoint for rule in hall.app.url_map.iter_rules()
                    if rule.arguments and rule.arguments <= {"reference", "name"} and "reference" in rule.arguments}  # fmt: skip
    blanks = {rule.endpoint for rule in hall.app.url_map.iter_rules() if rule.arguments}

    assert blanks - about_a_case == {endpoint for endpoint, _ in NAMED} | set(NAMED_ELSEWHERE)


@pytest.fixture
def theirs(hall, places) -> dict[str, str]:
    """One of everything that has a number and is not for everybody: of a sealed letter, of the desk, of the administration."""
    with hall.database.session() as session:
        sealed = session.scalars(select(Case).where(Case.reference == places.letters["sealed"])).one()
        kept = documents.keep(hall.settings.documents_dir, BytesIO(GIF), name="sceau.gif", largest=1_000_000)
        document = documents.attach(session, sealed, kept, by=hall.town.lea, at=LATER)
        message = session.scalars(select(Message).where(Message.case_id == sealed.id)).first()
        message.status, message.channel = "in_doubt", "email"
        session.commit()
        mine = Kept(kept.sha256, "à marc.gif", kept.type, kept.size)
        with hall.app.test_request_context():
            claim = received_documents._claim(hall.town.marc.id, mine)
        return {
            "document": str(document.id), "message": str(message.id), "scan": str(places.numbers["scan"]), "claim": claim,
            "kept": places.kept, "circuit": str(places.numbers["letter circuit"]), "model": str(places.numbers["model"]),
            "person": str(hall.town.paul.id), "service": str(hall.town.services["PRO"].id),
            "subject": str(hall.town.subjects["voirie"].id), "closure": "2027-05-07",
        }  # fmt: skip


@pytest.mark.parametrize("login", sorted(EVERYBODY))
def test_a_number_of_somebody_elses_thing_is_no_number(hall, places, theirs, counter, login):
    visitor = hall.visitor(login)
    visitor.get("/aide")
    before = written(hall)
    for (endpoint, path), thing in NAMED.items():
        if login in WHOSE.get(thing, ADMINISTRATOR):
            continue
        rules = [rule.methods for rule in hall.app.url_map.iter_rules() if rule.endpoint == endpoint]
        for method in sorted({"GET", "POST"} & set().union(*rules)):
            told, asked = [], []
            for number in (
                {"closure": "2027-05-08", "kept": "nowhere to be found"}.get(thing, "999999"),
                theirs[thing],
            ):
                address = path.replace("{taken}", places.letters["taken"]).replace("{}", number)
                with counter() as sent:
                    answer = visitor.client.open(address, method=method, buffered=True)
                told.append(masked(answer, number if len(number) > 8 else "999999"))
                asked.append(sent)
            assert told[0][0] in (403, 404), (method, path)
            assert told[0] == told[1], (method, path)
            assert asked[0] == asked[1], (method, path)
    assert written(hall) == before


def pages_of(hall, places, login: str) -> dict[str, str]:
    """Return every page that shows more than one case, as this person sees it."""
    lists = {
        page.path
        for page in addresses(hall, places)
        if not re.search(r"/dossiers/|/administration/|/reprendre/", page.path)
    }
    lists |= {
        "/recherche?q=scell%C3%A9s&liste=1", "/recherche?q=petit&liste=1", "/recherche?q=tr%C3%A9sor&liste=1", "/recherche?q=lilas&liste=1",
        "/recherche/export.csv?q=petit", "/recherche/export.csv", "/courriers/usagers?q=petit", "/courriers/usagers?q=nadia&title=Tr%C3%A9sor+cach%C3%A9",
        "/courriers/usagers?q=petit&title=Lampadaire", "/absences", "/administration", "/administration/circuits",
        f"/administration/personnes/{hall.town.lea.id}",
    }  # fmt: skip
    visitor = visitor_of(hall, login)
    return {
        path: words(visitor.client.get(path, buffered=True))
        for path in sorted(lists)
        if path not in ("/health", "/compte")
    }


@pytest.mark.slow
@pytest.mark.parametrize("login", sorted(EVERYBODY - READERS_OF["sealed"]))
def test_a_sealed_letter_changes_no_page_of_who_may_not_read_it(hall, places, login):
    from casetrack.oversight import search_index

    before = pages_of(hall, places, login)
    hall.letter(confidentiality=2, readers=[hall.town.lea.id], officer=hall.town.lea.id, title="Trésor caché", at=LATER,
                received_on=MONDAY)  # fmt: skip
    with hall.database.session() as session:
        while search_index.index_stale(session):
            pass
        session.commit()

    after = pages_of(hall, places, login)

    assert {path: (before[path], after[path]) for path in before if before[path] != after[path]} == {}


def test_the_walk_would_see_a_leak(hall, places):
    """An ordinary letter does change pages: the proof above can fail."""
    before = pages_of(hall, places, "marc")
    hall.letter(title="Trésor montré", at=LATER, received_on=MONDAY)

    after = pages_of(hall, places, "marc")

    assert [path for path in before if before[path] != after[path]]
