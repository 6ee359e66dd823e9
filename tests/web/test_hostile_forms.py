"""Every form filled in by somebody who means harm, or whose cat walks on the keyboard.

Whatever is typed: never a broken page, a refusal in French at the field, the text typed still there, and nothing written.
"""

import html
import re
import shutil
from urllib.parse import quote_plus

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from casetrack.database.tables import Table
from tests.web.visitors import words
from tests.web.whole_town import GIF, PDF, Form, fill, posts, visitor_of

LONGEST = 120_000
SIGNS = [
    "\0", "\x01\x1f\x7f", "\u202e\u200f\u2066", "\ufeff", "\u00a0\u202f", "e\u0301" * 40, "🏳️‍🌈👩‍👩‍👧", "\ufffe\uffff", "𝔘𝔫𝔦",
    "' OR 1=1 --", "'; DROP TABLE cases; --", "%' ESCAPE '", "\\", "<script>alert(1)</script>", "\"><img src=x onerror=x>",
    "{{ 7 * 7 }}", "{% raw %}", "${7*7}", "%(num)d %s {0} {name}", "=1+1", "../../etc/passwd", "\r\nSet-Cookie: a=b", "\n\n", " ", "\t",
]  # fmt: skip
DATES = ["0000-00-00", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-31", "31/02/2026", "2026-W01-1", "20261228",
         "1900-01-01", "2026-12-28T10:00", "-1-01-01", "٢٠٢٦-١٢-٢٨"]  # fmt: skip
NUMBERS = [
    "0",
    "-1",
    "1.5",
    "1e9",
    "9" * 18,
    "9" * 19,
    "9" * 40,
    "²",
    "٣",
    "0x10",
    "NaN",
    "true",
    "1_000",
    "+1",
    " 1 ",
]
LONGS = ["a" * 301, "é" * 1_001, "mot " * 6_000, "x" * LONGEST]
HOSTILE = st.one_of(
    st.just(""), st.sampled_from(SIGNS), st.sampled_from(DATES), st.sampled_from(NUMBERS), st.sampled_from(LONGS),
    st.text(max_size=40), st.builds(lambda one, two: f"Bonjour {one} et {two}", st.sampled_from(SIGNS), st.sampled_from(SIGNS)),
)  # fmt: skip
BYTES = st.sampled_from([b"%ED%A0%80", b"%FF%FE", b"%C0%AF", b"%", b"%zz", b"%00"])
"""What no text is: half of a pair, bytes that are no UTF-8."""
NOT_FRENCH = re.compile(
    r"Input should|should be|should have|must be|Value error|not a valid|Traceback|None|Field required|object at 0x|\[\{'"
)
"""What a library says when nobody speaks for it."""
EXAMPLES = 12
ALWAYS_REFUSED = {
    "case.add_document",
    "documents.keep",
    "pile.add",
    "signing_in.enter_code",
    "account.confirm_code",
    "administration.open_service",
}
"""Forms that cannot be right here: a document to claim, the code of a telephone, a service where nobody works."""
UNWRITTEN = {"sign_in", "sign_in_try", "reading", "kept_form"}
"""Tables in which a refused form may leave something: presence, tries, traces of reading."""


@pytest.fixture
def forms(hall) -> dict[str, Form]:
    """Every form of a busy town hall."""
    hall.app.config["WTF_CSRF_ENABLED"] = False
    return posts(hall, fill(hall))


def test_every_form_is_tried_here(hall, forms):
    known = {rule.endpoint for rule in hall.app.url_map.iter_rules() if "POST" in rule.methods}

    assert {name.split()[0] for name in forms} == known


def test_each_form_is_accepted_as_it_should_be_filled_in(hall, forms, folder):
    """The fuzz begins from what is right: a form that is always refused would prove nothing."""
    again = Again(hall, folder)
    refused = {}
    for name, form in forms.items():
        again.begin()
        answer = send(hall, form, encoded(form.typed.items()))
        if answer.status_code not in (200, 302):
            refused[name] = (answer.status_code, words(answer)[:300])

    assert set(refused) == ALWAYS_REFUSED, refused


def test_no_form_can_be_broken(hall, forms, folder):
    again = Again(hall, folder)
    broken = {}
    for name, form in forms.items():
        again.begin()
        before = written(hall)
        try:
            against(hall, form, again, before)()
        except AssertionError as found:
            broken[name] = str(found).splitlines()[0]

    assert not broken, "\n".join(f"{name}: {wrong}" for name, wrong in broken.items())


@pytest.mark.parametrize("token", [None, "of-another-session"])
def test_no_form_is_taken_without_its_token(hall, forms, token):
    """Filled in as it should be, by whoever may send it."""
    hall.app.config["WTF_CSRF_ENABLED"] = True
    before, taken = written(hall), {}
    for name, form in forms.items():
        typed = [*form.typed.items(), *([("csrf_token", token)] if token else [])]
        if (answer := send(hall, form, encoded(typed))).status_code != 400:
            taken[name] = answer.status_code

    assert taken == {}
    assert written(hall) == before


TAKING_DOCUMENTS = ["registration.save", "case.add_document", "documents.keep", "pile.add"]
NAMES = [b"lettre.pdf", b"", b"\xff\xfe.pdf", b"\xed\xa0\x80.gif", "facture\u202efdp.exe".encode(), "🏳️‍🌈.png".encode(), b"../../etc/passwd",
         b"C:\\\\temp\\\\x.doc", b"CON", b".", b"a" * 5_000, b'a\\" b\\".pdf', b"%00.pdf", b"nul\0.pdf", b"saut%0d%0aX: y.pdf", "é".encode() * 300]  # fmt: skip
CONTENTS = [
    b"",
    PDF,
    GIF,
    b"\0" * 10,
    b"Bonjour.",
    b"%PDF-",
    b"<script>alert(1)</script>",
    b"PK\x03\x04",
    b"\xff\xd8\xff",
]


@pytest.mark.parametrize("name", TAKING_DOCUMENTS)
def test_no_document_can_break_a_form(hall, forms, folder, name):
    form, again = forms[name], Again(hall, folder)
    before = written(hall)

    @settings(max_examples=40, phases=[Phase.generate])
    @given(
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(CONTENTS)), min_size=1, max_size=3),
        st.sampled_from(
            [b"document", b"document", b"document", b"claim", b"title", b"\xff", b"", b"a" * 5_000]
        ),
        st.sampled_from(["whole", "whole", "whole", "cut short", "no boundary"]),
    )
    def trial(files, field, shape):
        title = [("title", "")] if "title" in form.typed else []  # refused, to see the rest kept
        sent = [
            *((name, value) for name, value in form.typed.items() if name not in ("title", "claim")),
            *title,
        ]
        body = b"".join(part(name.encode(), value.encode()) for name, value in sent)
        body += b"".join(part(field, content, called) for called, content in files) + b"--limit--\r\n"
        visitor = visitor_of(hall, form.login)
        answer = visitor.client.post(
            form.sent_to,
            data=body[: len(body) * 2 // 3] if shape == "cut short" else body,
            content_type="multipart/form-data" + ("" if shape == "no boundary" else "; boundary=limit"),
        )
        kept = (
            sent if shape == "whole" and all(map(is_utf8, (field, *(called for called, _ in files)))) else []
        )
        # The pile keeps the good ones, and says which are not.
        some_taken = name == "pile.add" and len(files) > 1
        wrong = judge(hall, form, answer, kept, written(hall) if some_taken else before)
        if wrong or some_taken or answer.status_code < 400:
            again.begin()
        assert not wrong, (wrong, files, field, shape)

    trial()


def is_utf8(name: bytes) -> bool:
    """Tell whether a browser can send this name: of a form that holds another, nothing can be read."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def part(name: bytes, value: bytes, called: bytes | None = None) -> bytes:
    """Return one field of a form that carries documents, as a browser sends it and as none would."""
    file = b"" if called is None else b'; filename="' + called + b'"\r\nContent-Type: application/pdf'
    return (
        b'--limit\r\nContent-Disposition: form-data; name="'
        + name
        + b'"'
        + file
        + b"\r\n\r\n"
        + value
        + b"\r\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("sign", ["\0", "9" * 25])
def test_no_field_can_be_broken_by_what_postgresql_cannot_hold(hall, forms, sign):
    broken = []
    for name, form in forms.items():
        for field in form.typed:
            typed = {**form.typed, field: sign if sign.isdigit() else form.typed[field] + sign}
            if send(hall, form, encoded(typed.items())).status_code >= 500:
                broken.append((name, field))

    assert broken == []


def against(hall, form: Form, again: "Again", before):
    """Return the trial of one form."""

    @settings(max_examples=EXAMPLES, phases=[Phase.generate])
    @given(st.data())
    def trial(data):
        sent = changed(form, data)
        answer = send(hall, form, encoded(sent))
        wrong = judge(hall, form, answer, sent, before)
        if wrong or answer.status_code < 400:
            again.begin()
        assert not wrong, f"{wrong}: {str([one for one in sent if one not in form.typed.items()])[:500]}"

    return trial


class Again:
    """The town hall as it was: a form that is accepted changes it for the next one."""

    def __init__(self, hall, folder) -> None:
        self.database, self.file, self.copy = hall.database, folder / "town.db", folder / "again.db"
        hall.database.dispose()
        shutil.copyfile(self.file, self.copy)

    def begin(self) -> None:
        """Put everything back."""
        self.database.dispose()
        for old in self.file.parent.glob("town.db*"):
            old.unlink()
        shutil.copyfile(self.copy, self.file)


def encoded(typed) -> bytes:
    """Return a form as a browser sends it, and as no browser would."""
    return b"&".join(
        quote_plus(name).encode() + b"=" + (value if isinstance(value, bytes) else quote_plus(value).encode())
        for name, value in typed
    )


def send(hall, form: Form, body: bytes):
    """Send a form; the test of closed doors asks for its token."""
    visitor = visitor_of(hall, form.login)
    return visitor.client.post(form.sent_to, data=body, content_type="application/x-www-form-urlencoded")


def written(hall) -> dict[str, list]:
    """Return everything that the database holds, but for what a refusal may leave."""
    with hall.database.reader() as session:
        return {
            name: sorted(map(repr, session.execute(table.select())))
            for name, table in Table.metadata.tables.items()
            if name not in UNWRITTEN
        }


def changed(form: Form, data) -> list[tuple[str, str | bytes]]:
    """Draw what somebody sends instead of what is right."""
    fields = list(form.typed.items()) or [("rien", "")]
    touched = data.draw(
        st.sets(st.sampled_from([name for name, _ in fields]), min_size=1, max_size=3), label="fields"
    )
    sent: list[tuple[str, str | bytes]] = []
    for name, right in fields:
        if name not in touched:
            sent.append((name, right))
            continue
        match data.draw(
            st.sampled_from(["other", "other", "other", "missing", "twice", "bytes"]), label=name
        ):
            case "other":
                sent.append((name, data.draw(HOSTILE, label=name)))
            case "twice":
                sent += [(name, right), (name, data.draw(HOSTILE, label=name))]
            case "bytes":
                sent.append((name, data.draw(BYTES, label=name)))
    if data.draw(st.booleans(), label="something else"):
        sent.append((data.draw(st.sampled_from(["by", "at", "session", "resumed", "whose", "begin", "preview", "search", "attach", "close"])), data.draw(HOSTILE)))  # fmt: skip
    return sent


def judge(hall, form: Form, answer, sent, before) -> str:
    """Say what is wrong with an answer, or nothing."""
    status = answer.status_code
    if status >= 500:
        return f"a broken page, {status}"
    if status < 400:
        return ""
    if written(hall) != before:
        return f"refused with {status}, and yet something is written"
    if crumb := NOT_FRENCH.search(words(answer)):
        return f"not French: {crumb[0]}"
    if status != 422:
        return ""
    if 'role="alert"' not in answer.text and "-fault" not in answer.text:
        return "refused without a reason"
    last, page = dict(reversed(sent)), html.unescape(answer.text).replace("\r\n", "\n")
    for name in () if form.secret else form.kept:
        value = last.get(name, "")
        if isinstance(value, str) and is_shown(value) and value.replace("\r\n", "\n") not in page:
            return f"what was typed into {name} is lost"
    return ""


def is_shown(value: str) -> bool:
    """Tell whether a page can hold this text at all."""
    return "\0" not in value and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in value)
