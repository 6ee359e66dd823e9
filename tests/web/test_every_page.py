"""Every page, in both languages, light and dark, on a desk's screen and on telephones, as everybody meets it.

axe looks at each with the rules of WCAG 2.0 to 2.2, A and AA; a keyboard goes through each and sees where it is.
With CASETRACK_SCREENSHOTS set to a folder, the picture of each page at each look is left there.
"""

import os
import re
from pathlib import Path

import pytest

from tests.web.visitors import served
from tests.web.whole_town import HALF_WAY, NOT_A_PAGE, Page, addresses, fill, nothing_yet, visitor_of

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules that see no more than the colours of one piece of text."""
OF_WIDTHS = ["target-size", "scrollable-region-focusable"]
LOOKS = [("light", 1280), ("dark", 1280), ("dark", 375), ("light", 375)]
PICTURES = os.environ.get("CASETRACK_SCREENSHOTS")
ENLARGED = (640, 320)
"""CSS pixels: a page at 1280 enlarged twice (WCAG 1.4.4) and four times (1.4.10)."""

SLIDES = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# The menu of the account lies over the page: it is looked at by itself.
UNFOLD = "for (const one of document.querySelectorAll('details:not(.ct-account)')) one.open = true"
# What colours depend on: the page's own names of a piece of text and of all that it stands in.
KINDS = """() => {
  const named = ["aria-current", "aria-invalid", "disabled", "open", "type", "role", "href"];
  const name = it => it.tagName + "." + [...it.classList].sort().join(".")
    + named.filter(one => it.hasAttribute(one)).map(one => one === "href" ? one : one + it.getAttribute(one)).join();
  window.kinds = new Map();
  for (const it of document.body.querySelectorAll("*")) {
    const speaks = it.matches("input, select, textarea")
      || [...it.childNodes].some(one => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (!speaks || !it.checkVisibility()) continue;
    const names = [];
    for (let one = it; one !== document.body; one = one.parentElement) names.push(name(one));
    const kind = names.join(" in ");
    if (!window.kinds.has(kind)) window.kinds.set(kind, it);
  }
  return [...window.kinds.keys()];
}"""
AXE = """([kinds, options]) =>
  axe.run(kinds ? {include: kinds.map(one => window.kinds.get(one))} : document, {...options, resultTypes: ["violations"]})
  .then(found => found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 200), one.nodes[0].failureSummary]))"""
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
STOPS = """() => [...(document.querySelector("dialog[open]") || document).querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)].filter(it => !it.disabled && it.tabIndex >= 0 && it.checkVisibility({visibilityProperty: true}))"""
# After a key, what takes the focus shows it as it does for whoever arrives there with Tab.
UNSEEN = f"""() => {{
  const shape = it => {{ const s = getComputedStyle(it);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor].join(); }};
  const unseen = [];
  for (const it of ({STOPS})()) {{
    document.activeElement.blur();
    const before = shape(it);
    it.focus();
    if (document.activeElement !== it) continue;
    const style = getComputedStyle(it);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const shadowed = style.boxShadow !== "none";
    if (before === shape(it) || !(outlined || shadowed)) unseen.push(it.outerHTML.slice(0, 160));
  }}
  document.activeElement.blur();
  return unseen;
}}"""
LISTEN = f"""() => {{
  window.reached = new Set();
  document.addEventListener("focusin", event => window.reached.add(event.target));
  // A date is four stops: its parts and its calendar.
  return ({STOPS})().reduce((count, it) => count + (it.type === "date" ? 4 : 1), 2);
}}"""
# Of a group of choices Tab reaches one; arrows lead to the others.
UNREACHED = f"""() => {{
  const reached = it => window.reached.has(it) || it.type === "radio" && document.querySelectorAll("input").values()
    .some(one => one.name === it.name && window.reached.has(one));
  return ({STOPS})().filter(it => !reached(it)).map(it => it.outerHTML.slice(0, 160));
}}"""


@pytest.fixture
def pages(hall) -> list[Page]:
    """Every page of a town hall on a busy day."""
    return addresses(hall, fill(hall))


def test_every_route_has_an_address_here_or_a_reason(hall, pages):
    adapter = hall.app.url_map.bind("localhost")
    seen = {adapter.match(page.path.partition("?")[0])[0] for page in pages if page.status == 200}
    known = {rule.endpoint for rule in hall.app.url_map.iter_rules() if "GET" in rule.methods}

    assert known - set(NOT_A_PAGE) == seen
    assert set(NOT_A_PAGE) <= known
    assert all(NOT_A_PAGE.values())
    assert {page.status for page in pages} == {200, 400, 401, 403, 404, 409, 422, 429, 500}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_opens_and_says_what_it_is_and_in_which_language(hall, language):
    found = []
    for page in (one for some in (nothing_yet, lambda: addresses(hall, fill(hall))) for one in some()):
        answer = visited(hall, page, language, headers={"Accept": "text/html"})
        text = answer.text
        title = re.search(r"<title>([^<]*)</title>", text)
        if f'<html lang="{language}"' not in text:
            found.append((page.name, "language"))
        if len(re.findall(r"<h1[\s>]", text)) != 1:
            found.append((page.name, "one h1"))
        if not title or not title[1].split("·")[0].strip():
            found.append((page.name, "title"))
        # In a test no worker has ever run, and the page of health says so.
        if answer.status_code != page.status and page.path != "/health":
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
    return (
        visitor.client.post(page.sent_to, data={"csrf_token": visitor.token, **page.typed})
        if page.sent_to
        else answer
    )


class Reader:
    """Somebody with a browser who looks at pages under several names, and notes what is wrong."""

    def __init__(self, hall, browser, address: str, language: str) -> None:
        from axe_playwright_python.base import AXE_SCRIPT

        self.hall, self.address, self.language = hall, address, language
        # Without motion, or a colour would be seen half-way to another.
        self.context = browser.new_context(base_url=address, reduced_motion="reduce")
        self.context.add_init_script(AXE_SCRIPT)
        self.page = self.context.new_page()
        self.page.on("console", self.hear)
        self.cookies: dict[str, str] = {}
        self.known: dict[tuple[str, int], set[str]] = {look: set() for look in LOOKS}
        self.walked: set[str] = set()
        self.at, self.found = "", []

    def hear(self, message) -> None:
        """Note what the browser complains of: a style, a script or a picture that the policy refuses, or that is not there."""
        itself = (
            message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        )
        if message.type == "error" and not itself:
            self.note(message.text)

    def note(self, *what: object) -> None:
        """Note something wrong with the page open now."""
        self.found.append((self.at, *what))

    def open(self, one: Page) -> None:
        """Open a page in the name of who sees it, and send what they typed."""
        self.at = one.name
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

    def slides(self, *how: object) -> None:
        """Note a page that must be pushed sideways to be read."""
        if self.page.evaluate(SLIDES):
            self.note(*how, "slides sideways")

    def judge(self, *how: object, kinds: list[str] | None = None, **options: object) -> None:
        """Note what axe finds on the page, or on these pieces of it alone."""
        for broken in self.page.evaluate(AXE, [kinds, options]):
            self.note(*how, *broken)

    def judge_colours(self, scheme: str, width: int) -> None:
        """Let axe judge the colours of each kind of text the first time that it is seen at this look."""
        known = self.known[scheme, width]
        new = [kind for kind in self.page.evaluate(KINDS) if kind not in known]
        known.update(new)
        if new:
            self.judge(scheme, width, kinds=new, runOnly=OF_COLOURS)

    def walk(self) -> None:
        """Go through the page with the keyboard: everything is reached, and is seen to be."""
        self.page.keyboard.press("Shift")
        for unseen in self.page.evaluate(UNSEEN):
            self.note("no focus to be seen", unseen)
        kind = re.sub(r"\d[\dA-Z-]*", "0", self.page.url.partition("?")[0])
        if kind in self.walked:
            return
        self.walked.add(kind)
        stops = self.page.evaluate(LISTEN)
        # The browser's own viewer of a document has stops of its own on the way.
        for _ in range(5):
            for _ in range(stops):
                self.page.keyboard.press("Tab")
            unreached = self.page.evaluate(UNREACHED)
            if not unreached:
                return
        for stop in unreached:
            self.note("Tab does not reach", stop)

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
    with served(hall.app) as address:
        yield address


@pytest.fixture
def reader(hall, browser, address, request):
    """Somebody who looks at pages in a language."""
    reader = Reader(hall, browser, address, request.param)
    yield reader
    reader.context.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("reader", ["fr", "en"], indirect=True)
def test_no_page_shuts_anybody_out(hall, reader):
    """Each page at each look. What a language changes is judged in both, on the desk's screen in one and on a
    telephone's in the other; colours know no language: each kind of text at two looks in French, at two in English."""
    in_french = reader.language == "fr"
    every_other = {name: {"enabled": False} for name in OF_COLOURS}
    for some in (nothing_yet, lambda: addresses(hall, fill(hall))):
        for number, one in enumerate(some()):
            reader.open(one)
            if not in_french:
                reader.page.evaluate(UNFOLD)
            for look in (0, 1):
                scheme, width = LOOKS[(number + look + (0 if in_french else 2)) % 4]
                reader.look(scheme, width)
                if look == 0:
                    reader.judge(scheme, width, runOnly=RULES, rules=every_other)
                else:
                    reader.judge(scheme, width, runOnly=OF_WIDTHS)
                reader.judge_colours(scheme, width)
                reader.slides(scheme, width)
                if PICTURES:
                    reader.picture(one, scheme, width)
            for narrow in ENLARGED:
                reader.look("light", narrow)
                reader.slides(narrow)
            if in_french:
                reader.look("light", 1280)
                reader.walk()
        reader.cookies.clear()

    assert not reader.found, "\n".join(map(str, reader.found))


@pytest.mark.browser
@pytest.mark.parametrize("reader", ["fr", "en"], indirect=True)
def test_the_menu_and_the_list_of_keys_shut_nobody_out(hall, reader):
    hall.taken()
    reader.open(Page("anne", "/?vue=mine"))
    reader.page.locator(".ct-account summary").click()
    for look in LOOKS:
        reader.look(*look)
        reader.judge(
            *look, runOnly=RULES, rules={"target-size": {"enabled": False}}
        )  # it covers what is below
        reader.slides(*look)
    reader.page.locator(".ct-account summary").press("Enter")
    reader.page.keyboard.press("?")
    for look in LOOKS:
        reader.look(*look)
        reader.judge(*look, runOnly=RULES)
        reader.slides(*look)
    reader.walk()

    assert reader.page.get_by_role("dialog").is_visible()
    assert reader.found == []
