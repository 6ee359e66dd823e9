"""Every page, in both languages, light and dark, on a desk's screen and on telephones, as everybody meets it.

axe looks at each with the rules of WCAG 2.0 to 2.2, A and AA; a keyboard goes through each and sees where it is.
With CASETRACK_SCREENSHOTS set to a folder, the picture of each page at each look is left there.
"""

import os
import re
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.web.whole_town import HALF_WAY, NOT_A_PAGE, Page, addresses, fill, visitor_of

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("light", 1280), ("dark", 375), ("dark", 1280), ("light", 375)]
OF_THE_LOOK = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
"""Rules whose answer depends on colours and widths; the others see the same page at every look."""
PICTURES = os.environ.get("CASETRACK_SCREENSHOTS")
NARROWEST = 320
"""CSS pixels: a page at 1280 enlarged four times (WCAG 1.4.10)."""

SLIDES = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
AXE = """([rules, tags]) => axe.run(document, {
  runOnly: rules ? {type: "rule", values: rules} : {type: "tag", values: tags}, resultTypes: ["violations"]
}).then(found => found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 200), one.nodes[0].failureSummary]))"""
SEND = """([path, typed]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  const token = document.querySelector("[name=csrf_token]").value;
  for (const [name, value] of Object.entries({csrf_token: token, ...typed})) {
    const field = form.appendChild(document.createElement("textarea"));
    field.name = name;
    field.value = value;
  }
  document.body.append(form);
  form.submit();
}"""
# After a key, what takes the focus shows it as it does for whoever arrives there with Tab.
UNSEEN = """() => {
  const shape = it => { const s = getComputedStyle(it);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor].join(); };
  const unseen = [];
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  for (const it of document.querySelectorAll(all)) {
    if (it.disabled || !it.checkVisibility({visibilityProperty: true})) continue;
    document.activeElement.blur();
    const before = shape(it);
    it.focus();
    if (document.activeElement !== it) continue;
    const style = getComputedStyle(it);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const shadowed = style.boxShadow !== "none";
    if (before === shape(it) || !(outlined || shadowed)) unseen.push(it.outerHTML.slice(0, 160));
  }
  return unseen;
}"""


@pytest.fixture
def pages(hall) -> list[Page]:
    """Every page of a town hall on a busy day."""
    return addresses(hall, fill(hall))


def test_every_route_has_an_address_here_or_a_reason(hall, pages):
    adapter = hall.app.url_map.bind("localhost")
    seen = {adapter.match(page.path.partition("?")[0])[0] for page in pages if "/nulle-part" not in page.path}
    known = {rule.endpoint for rule in hall.app.url_map.iter_rules() if "GET" in rule.methods}

    assert known - set(NOT_A_PAGE) == seen
    assert set(NOT_A_PAGE) <= known
    assert all(NOT_A_PAGE.values())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_says_what_it_is_and_in_which_language(hall, pages, language):
    found = []
    for page in pages:
        answer = visited(hall, page, language, headers={"Accept": "text/html"})
        text = answer.text
        title = re.search(r"<title>([^<]*)</title>", text)
        if f'<html lang="{language}"' not in text:
            found.append((page.name, "language"))
        if len(re.findall(r"<h1[\s>]", text)) != 1:
            found.append((page.name, "one h1"))
        if not title or not title[1].split("·")[0].strip():
            found.append((page.name, "title"))
        if answer.status_code >= 500 and page.path != "/health":
            found.append((page.name, answer.status_code))

    assert found == []


def speaking(language: str, hall, login: str):
    """Return somebody at a browser who chose a language."""
    visitor = visitor_of(hall, login)
    visitor.get("/connexion" if login in ("", HALF_WAY) else "/aide")
    visitor.post("/langue", language=language)
    return visitor


def visited(hall, page: Page, language: str, **options):
    """Return what somebody is shown at this address, after what they typed."""
    visitor = speaking(language, hall, page.login)
    answer = visitor.get(page.path, **options)
    return visitor.post(page.sent_to, **page.typed) if page.sent_to else answer


class Reader:
    """Somebody with a browser who looks at pages under several names."""

    def __init__(self, hall, browser, address: str, language: str) -> None:
        self.hall, self.address, self.language = hall, address, language
        # Without motion, or a colour would be seen half-way to another.
        self.context = browser.new_context(base_url=address, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.cookies: dict[str, str] = {}

    def open(self, one: Page) -> None:
        """Open a page in the name of who sees it, and send what they typed."""
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.context.clear_cookies()
        self.context.add_cookies(
            [{"name": "casetrack", "value": self.cookie(one.login), "url": self.address}]
        )
        self.page.goto(one.path, wait_until="load")
        if one.sent_to:
            with self.page.expect_navigation(wait_until="load"):
                self.page.evaluate(SEND, [one.sent_to, dict(one.typed)])

    def look(self, scheme: str, width: int) -> None:
        """See the page light or dark, at a width."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 900})

    def picture(self, one: Page, scheme: str, width: int) -> None:
        """Leave a picture of the page for people to look at."""
        name = re.sub(r"[^a-z0-9]+", "-", one.name.lower().replace("→", "refused"))[:120].strip("-")
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        self.page.screenshot(
            path=Path(PICTURES) / f"{name}-{self.language}-{width}-{scheme}.png", full_page=True
        )

    def cookie(self, login: str) -> str:
        """Return the session of this person, in the language of this reader."""
        if login not in self.cookies:
            visitor = speaking(self.language, self.hall, login)
            self.cookies[login] = visitor.client.get_cookie("casetrack").value
        return self.cookies[login]


@pytest.fixture
def address(hall):
    """The address of the town hall, served to a real browser."""
    hall.app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600  # style sheets travel once
    server = make_server("127.0.0.1", 0, hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reader(hall, browser, address, request):
    """Somebody who looks at pages in a language."""
    reader = Reader(hall, browser, address, request.param)
    yield reader
    reader.context.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("reader", ["fr", "en"], indirect=True)
def test_no_page_shuts_anybody_out(hall, pages, reader):
    from axe_playwright_python.base import AXE_SCRIPT

    found = []
    for number, one in enumerate(pages):
        reader.open(one)
        reader.page.evaluate(AXE_SCRIPT)
        # Colours and widths know no language: two of the looks in French, the other two in English, turning
        # from page to page; at the first of the two, every rule.
        for look in (0, 1):
            scheme, width = LOOKS[(number + look + (0 if reader.language == "fr" else 2)) % 4]
            reader.look(scheme, width)
            rules = OF_THE_LOOK if look else None
            for broken in reader.page.evaluate(AXE, [rules, RULES]):
                found.append((one.name, scheme, width, *broken))
            if reader.page.evaluate(SLIDES):
                found.append((one.name, width, "slides sideways"))
            if PICTURES:
                reader.picture(one, scheme, width)
        reader.look("light", NARROWEST)
        if reader.page.evaluate(SLIDES):
            found.append((one.name, NARROWEST, "slides sideways"))

    assert not found, "\n".join(map(str, found))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("reader", ["fr"], indirect=True)
def test_the_keyboard_sees_where_it_is(hall, pages, reader):
    found = set()
    for one in pages:
        reader.open(one)
        reader.page.keyboard.press("Tab")
        found |= {(one.path.partition("?")[0], unseen) for unseen in reader.page.evaluate(UNSEEN)}

    assert found == set()
