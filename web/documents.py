"""Documents: sent with a form, kept whatever becomes of the form, served so that none can do any harm."""

from collections.abc import Iterable
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    current_app,
    g,
    render_template,
    request,
    send_file,
    session,
)
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from casetrack.correspondence import documents, thumbnails
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import Document, PileLine
from casetrack.errors import InvalidInput, NotFound
from casetrack.language import Text
from casetrack.oversight import cases
from web.current import actor, db, installation, read_signed, sign, today

bp = Blueprint("documents", __name__)

TAKEN_BY = {"case.add_document", "registration.save", "documents.keep", "pile.add"}
"""Endpoints that take documents: what they may receive is larger than a form."""
MOST_AT_ONCE = 20
"""Documents of the largest size that one request may bring."""
IN_MEMORY = 512 * 1024
"""Bytes of an arriving document before it goes to a file of the system."""
CLAIM_LASTS = 24 * 60 * 60
"""Seconds: as long as what was typed with it is kept."""
NOTHING_CHOSEN = Text("choisissez d'abord un document.", "choose a document first.")
POLICY = "sandbox; default-src 'none'; frame-ancestors 'self'"


class Arriving(Request):
    """Read a request whose documents may be far too large: the text that came with them is never lost."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        arriving = Bounded(installation().settings.largest_document + 1)
        g.setdefault("arriving", []).append(arriving)
        return arriving


class Bounded(SpooledTemporaryFile):
    """Keep the beginning of what is written, enough to know that it was too large, and let the rest go."""

    def __init__(self, most: int) -> None:
        super().__init__(max_size=IN_MEMORY)
        self.most = most

    def write(self, piece: bytes) -> int:
        """Write what still has its place."""
        return super().write(piece[: max(0, self.most - self.tell())])


def register(app: Flask) -> None:
    """Give templates what they show of a document; before anything else reads a request, let it be large enough."""
    app.request_class = Arriving
    app.before_request(allow_more)
    app.teardown_request(_let_go)
    app.jinja_env.globals.update(
        largest_document=lambda: installation().settings.largest_document, too_large=too_large
    )
    app.jinja_env.filters.update(
        claim=claim_of,
        what_it_is=documents.say_what,
        renamed=documents.say_renamed,
        is_shown=lambda one: one.type in documents.SHOWN,
        is_drawn=lambda one: one.type in thumbnails.DRAWN,
    )


def allow_more() -> None:
    """Let a request bring documents, where a form takes some, from somebody who is signed in."""
    # Or from somebody whose session has ended: what they chose is kept with what they typed.
    if request.endpoint in TAKEN_BY and (current_user.is_authenticated or "_user_id" in session):
        # Well above one document: a form with one too large comes back with its text, and a sentence.
        request.max_content_length = MOST_AT_ONCE * installation().settings.largest_document


def _let_go(_error: BaseException | None) -> None:
    # Where a request could not be read to its end, nobody else knows of what had arrived.
    for arriving in g.pop("arriving", ()):
        arriving.close()


@bp.get("/documents/<claim>")
def waiting(claim: str) -> Response:
    """Serve a document that waits for its letter to be registered, to whoever sent it."""
    return served(claimed(claim))


@bp.get("/documents/<claim>/vignette")
def waiting_picture(claim: str) -> Response:
    """Serve the first page of a document that waits for its letter, to whoever sent it."""
    return served_picture(claimed(claim), _size())


@bp.get("/dossiers/<reference>/documents/<int:document_id>/vignette")
def picture(reference: str, document_id: int) -> Response:
    """Serve the first page of a document of an ordinary case to whoever may read it.

    A confidential one has none: each reading leaves a trace, and a list of pictures is no reading.
    """
    case = cases.find(db(), reference, actor())
    if case.confidentiality:
        raise NotFound(documents.NO_SUCH_DOCUMENT)
    return served_picture(documents.find(db(), case, document_id), _size())


def _size() -> str:
    return "page" if "page" in request.args else "small"


@bp.post("/documents")
def keep() -> tuple[str, int]:
    """Keep one document while the form that it belongs to is still being filled in; return its line."""
    kept, faults = received()
    if not kept:
        faults = faults or [NOTHING_CHOSEN]
    return render_template("documents_kept.html", kept=kept, faults=faults), 422 if faults else 200


def too_large(name: str = "{name}") -> Text:
    """Say that a document of this name is too large."""
    return documents.TOO_LARGE.filled(name=name, most=installation().settings.largest_document // 1_000_000)


def received() -> tuple[list[Kept], list[Text]]:
    """Keep the documents that this request brings, and those it claims; return them, and what was refused."""
    kept: dict[str, Kept] = {}
    faults = []
    for claim in request.form.getlist("claim"):
        try:
            one = claimed(claim)
            documents.hold(installation().settings.documents_dir, one)
            kept[one.sha256] = one
        except NotFound as refusal:
            faults.append(refusal.sentence)
    for file in request.files.getlist("document"):
        if not file.filename:
            continue
        try:
            one = _keep(file, actor().id)
            kept[one.sha256] = one
        except InvalidInput as refusal:
            faults.append(refusal.sentence)
    return list(kept.values()), faults


def draw(kept: Iterable[Kept]) -> None:
    """Draw the first pages at once, one after the other; call it when the database waits for nothing more."""
    for one in kept:
        thumbnails.thumbnail(installation().settings.documents_dir, one.sha256, one.type)


def claim_of(kept: Kept) -> str:
    """Return what lets this person, and nobody else, use again what they sent with a refused form.

    It travels in the form: the session is a cookie, which holds four kilobytes and is shared by every window.
    """
    return _claim(actor().id, kept)


def kept_for(staff_id: int) -> list[str]:
    """Keep the documents of a form sent after its session ended; return the claims of the person who sent it."""
    if request.endpoint not in TAKEN_BY:
        return []
    claims = []
    for file in request.files.getlist("document"):
        with suppress(InvalidInput):  # refused again, in words, when they choose it again
            claims += [_claim(staff_id, _keep(file, staff_id))] if file.filename else []
        file.close()
    return claims


def _claim(staff_id: int | None, kept: Kept) -> str:
    return sign("document", [staff_id, kept.sha256, kept.name, kept.type, kept.size])


def claimed(claim: str) -> Kept:
    """Return what a claim gives right to; raise NotFound when it is not this person's, or not theirs any more."""
    whose, *kept = read_signed("document", claim, lasts=CLAIM_LASTS) or [None]
    if whose != actor().id or not documents.may_claim(db(), kept[0], actor()):
        raise NotFound(documents.NO_SUCH_DOCUMENT)
    return Kept(*kept)


def _keep(file: FileStorage, staff_id: int) -> Kept:
    settings, on = installation().settings, today()
    # A pile is counted by its lines, which stand on a page until somebody deals with them.
    is_counted = request.endpoint != "pile.add"
    if is_counted:
        documents.refuse_too_much(settings.documents_dir, staff_id, on=on)
    kept = documents.keep(
        settings.documents_dir, file.stream, name=file.filename or "", largest=settings.largest_document
    )
    if is_counted:
        documents.note_sent(settings.documents_dir, staff_id, kept, on=on)
    return kept


def served(document: Kept | Document | PileLine) -> Response:
    """Send a content so that it can do no harm: its own type, no script, no frame but ours."""
    answer = send_file(
        documents.path_of(installation().settings.documents_dir, document.sha256),
        mimetype="application/octet-stream",  # said below, with its charset
        as_attachment=document.type not in documents.SHOWN,
        download_name=document.name,
        conditional=False,
    )
    answer.headers["Content-Type"] = document.type
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def served_picture(document: Kept | Document | PileLine, size: str = "small") -> Response:
    """Send the first page of a content as a picture, or the drawing of a blank page."""
    store = installation().settings.documents_dir
    picture = thumbnails.thumbnail(store, document.sha256, document.type, size)
    if picture is None:
        return current_app.send_static_file("blank.svg")
    return send_file(picture, mimetype="image/jpeg")
