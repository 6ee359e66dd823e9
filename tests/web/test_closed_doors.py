"""Every route, every role: what is open, what is closed, and that nothing leaks."""

import re

import pytest

from tests.town import PEOPLE
from tests.web.visitors import words
from web.security import OPEN

READERS = ("mila", "lea")
# Open, but only to whoever gave the right password a moment ago.
HALF_WAY = {"signing_in.ask_code", "signing_in.enter_code"}
EVERYBODY = [login for login, *_ in PEOPLE]
NONSENSE = {
    "part": "nothing",
    "reference": "2026-A-999999",
    "name": "triage",
    "message_id": "1",
    "document_id": "1",
    "claim": "forged",
    "number": "999999",
    "key": "nowhere",
    "filename": "theme.css",
}


def routes(hall, method: str, blanks=NONSENSE) -> list[tuple[str, str]]:
    """Return every (endpoint, path) that answers to this method, its blanks filled in, with nonsense if not said."""
    found = []
    for rule in hall.app.url_map.iter_rules():
        if method in rule.methods:
            filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: blanks[match[1]], rule.rule)
            found.append((rule.endpoint, filled))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_page_asks_for_a_login_unless_it_says_why(hall, method):
    hall.app.config["WTF_CSRF_ENABLED"] = False  # the login alone must keep the door
    client = hall.app.test_client()

    for endpoint, path in routes(hall, method):
        answer = client.open(path, method=method, buffered=True)
        is_sent_away = answer.status_code == 302 and answer.location.startswith("/connexion")
        assert is_sent_away is (endpoint not in OPEN or endpoint in HALF_WAY), endpoint


def test_a_number_longer_than_any_number_is_an_address_that_does_not_exist(hall):
    aline = hall.visitor("aline")
    reference = hall.letter()
    aline.get(f"/dossiers/{reference}")

    for rule in hall.app.url_map.iter_rules():
        if "<int:" in rule.rule:
            path = re.sub(r"<int:\w+>", "9" * 30, rule.rule.replace("<reference>", reference))
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: NONSENSE[match[1]], path)
            answer = aline.post(path) if "POST" in rule.methods else aline.get(path)
            assert answer.status_code == 404, path


def test_what_is_open_exists_and_says_why(hall):
    endpoints = {rule.endpoint for rule in hall.app.url_map.iter_rules()}

    assert set(OPEN) <= endpoints
    assert all(OPEN.values())


@pytest.fixture
def sealed(hall) -> str:
    """A letter that only the mediator and Léa, who is named, may read."""
    return hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés")


@pytest.mark.parametrize("login", EVERYBODY)
def test_a_case_one_may_not_read_is_a_case_that_does_not_exist(hall, sealed, login):
    visitor = hall.visitor(login)
    may_read = login in READERS

    for endpoint, path in routes(hall, "GET"):
        if "/dossiers/" not in path:
            continue
        nonsense = visitor.get(path)
        closed = visitor.get(path.replace(NONSENSE["reference"], sealed))
        assert nonsense.status_code == 404, endpoint
        if not may_read:
            assert (closed.status_code, words(closed)) == (404, words(nonsense)), endpoint


@pytest.mark.parametrize("login", EVERYBODY)
def test_a_case_one_may_not_read_takes_no_action(hall, sealed, login):
    visitor = hall.visitor(login)
    visitor.get("/aide")
    path = f"/dossiers/{sealed}/actions/send_milestone"

    answer = visitor.post(path, version="1", done="a", remaining="b", why="c", next_news_on="2026-12-01")

    # Léa is named, and acts; the mediator reads; to the others there is no such case.
    assert answer.status_code == {"lea": 302, "mila": 403}.get(login, 404)
    assert "scellés" not in words(answer) or login in READERS


@pytest.mark.parametrize("login", EVERYBODY)
def test_a_sealed_case_stands_in_no_list(hall, sealed, login):
    visitor = hall.visitor(login)
    if login in READERS:
        assert "scellés" in words(visitor.get("/?vue=all"))
        return

    for view in ("", "?vue=mine", "?vue=service", "?vue=triage", "?vue=endorse", "?vue=sign", "?vue=all"):
        page = visitor.client.get(f"/{view}", follow_redirects=True)
        assert sealed not in page.text
        assert "scellés" not in page.text
    for path in ("/tirage", "/tirage/imprimer", "/alertes", "/courriers/nouveau"):
        assert sealed not in visitor.get(path).text


def test_a_sealed_case_is_not_found_as_the_original_of_a_duplicate(hall, sealed):
    copy = hall.taken()
    anne = hall.visitor("anne")

    refused = anne.do(copy, "attach_duplicate", original=sealed)
    nonsense = anne.do(copy, "attach_duplicate", original="2026-A-999999")

    assert refused.status_code == nonsense.status_code == 422
    assert words(refused).replace(sealed, "") == words(nonsense).replace("2026-A-999999", "")


def test_the_other_service_sees_nothing_of_an_ordinary_case(hall):
    case = hall.taken()

    assert hall.visitor("lea").get(f"/dossiers/{case}").status_code == 404
    assert hall.visitor("paul").get(f"/dossiers/{case}").status_code == 200


def test_headers_are_strict_and_no_page_has_script_or_style_of_its_own(hall):
    case = hall.taken()
    anne = hall.visitor("anne")

    for path in ("/", f"/dossiers/{case}", f"/dossiers/{case}/actions/draft_answer", "/alertes", "/tirage",
                 "/tirage/imprimer", "/courriers/nouveau", "/health", "/nulle-part"):  # fmt: skip
        answer = anne.get(path, headers={"Accept": "text/html"})
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(
            r'<script(?! src="/static/[a-z]+\.js" defer></script>)|<style|\sstyle=|\son\w+=|https?://(?!www\.telerecours)',
            answer.text,
        ), path
