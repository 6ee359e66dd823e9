"""A form sent after its session ended: its text is kept for whoever typed it, and found again after signing in.

1. Every form says whose it is, signed (`whose`): the session that would have told is gone.
2. Sent without that session, it is kept (`lead_back`), and the answer is the way to it, through the sign-in page.
3. `/reprendre/<key>` sends what was kept to the same address with `resumed` beside it. The view then shows its form
   as it does after a refusal, and does nothing: sending it is left to the person, with a fresh token.

Why a small table: the cookie holds four kilobytes, and is what has just gone. Encrypted in the sign-in page, the text
would have to pass through a wrong password, another language and the code of a telephone, and would be lost with the
window. A row needs one address, which `next` carries already.
"""

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from casetrack.errors import InvalidFields
from casetrack.organisation import kept_forms
from web import documents
from web.current import actor, db, now, parts, person, read_signed, sign
from web.words import _

bp = Blueprint("resuming", __name__, url_prefix="/reprendre")

WHOSE, RESUMED = "whose", "resumed"
WHOSE_LASTS = 4 * 24 * 60 * 60
"""Seconds: a form left open over a long weekend is found again, a page that somebody saved is no key for ever."""
SHOWN_AGAIN = {
    "registration.save",
    "case.do",
    "case.add_note",
    "absences.add",
    "openings.do",
    "parapheur.decide",
    "administration.add_closure",
    "administration.add_service",
    "administration.service",
    "administration.add_person",
    "administration.account",
    "administration.add_subject",
    "administration.subject",
    "administration.add_answer_model",
    "administration.answer_model",
    "administration.text",
    "administration.choices",
}
"""Endpoints that show their form again, filled in, when it comes with `resumed`. Any other text is shown to be copied."""
NEVER_KEPT = {"signing_in", "account"}
"""Blueprints whose forms hold passwords and codes."""


class Resumed(InvalidFields):
    """The form is shown again with what was typed, and nothing was done."""

    code = "resumed"


def register(app: Flask) -> None:
    """Let forms be taken up again."""
    app.before_request(_take_up)
    app.after_request(_forget)


@bp.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """Send the kept form to its own page again; its text is there to be copied where no page shows it again."""
    form = kept_forms.find(db(), key, actor(), at=now())
    if form is None:
        return render_template("resume.html", form=None), 404
    typed = kept_forms.typed_in(form)
    again = _shown_again(form.path)
    return render_template("resume.html", form=form, typed=typed, texts=_texts(typed), again=again)


def whose() -> str:
    """Return who is shown this page, signed, for the forms on it; empty when nobody is."""
    return sign(WHOSE, signed_in.actor.id) if (signed_in := person()) else ""


def is_resumed() -> bool:
    """Tell whether this form is to be shown again, and not acted on."""
    return RESUMED in request.form


def only_show() -> None:
    """Raise Resumed when this form is to be shown again, and not acted on."""
    if is_resumed():
        raise Resumed({})


def awaits(path: str | None) -> bool:
    """Tell whether a form waits behind this address: the sign-in page says so."""
    return (path or "").startswith(f"{bp.url_prefix}/")


def lead_back() -> Response | None:
    """Keep what was typed, and return the way to it; None when nobody of ours typed it."""
    staff_id = _read(request.form.get(WHOSE, ""))
    if staff_id is None or request.blueprint in NEVER_KEPT or request.method != "POST":
        return None
    typed = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name not in (WHOSE, RESUMED, "csrf_token")
    ]
    typed += [("claim", claim) for claim in documents.kept_for(staff_id)]
    page = _page_before()
    if not _texts(typed) and not _shown_again(request.full_path):
        return redirect(page, 303)  # a button: nothing to keep, and pressing it again is the person's choice
    session = db()
    session.rollback()
    key = kept_forms.keep(
        session, staff_id, path=request.full_path.rstrip("?"), page=page, typed=typed, at=now()
    )
    session.commit()
    return redirect(url_for("resuming.show", key=key), 303)


def _take_up() -> ResponseReturnValue | None:
    if request.method != "POST" or not is_resumed():
        return None
    if request.endpoint not in SHOWN_AGAIN:
        return redirect(url_for("resuming.show", key=request.form[RESUMED] or "-"), 303)
    flash(
        _("Votre session s'était terminée : rien n'a été envoyé, et rien n'est perdu. Relisez, puis envoyez.")
    )
    g.resumed = request.form[RESUMED]
    return None


def _forget(response: Response) -> Response:
    # Only once the person has it before their eyes: a page that refuses to open would otherwise lose it.
    if (key := g.pop("resumed", None)) and response.status_code in (200, 422):
        session = db()
        session.rollback()
        kept_forms.forget(session, key, actor())
        session.commit()
    return response


def _shown_again(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    endpoint, _blanks = adapter.match(parts(path).path, method="POST")
    return endpoint in SHOWN_AGAIN


def _texts(typed: list[kept_forms.Typed]) -> list[str]:
    """Return what a person wrote, by what it looks like: no number, no code, no document."""
    return [
        value for name, value in typed if name != "claim" and (" " in value.strip() or "\n" in value.strip())
    ]


def _page_before() -> str:
    before = parts(request.referrer or "")
    ours = before.netloc == request.host and before.path.startswith("/") and not before.path.startswith("//")
    query = f"?{before.query}" if before.query else ""
    return f"{before.path}{query}" if ours else url_for("worklist.show")


def _read(signed: str) -> int | None:
    return read_signed(WHOSE, signed, lasts=WHOSE_LASTS)
