"""A form sent twice, by a double click or an impatient network, is acted upon once: the pages' side of it.

1. A template puts `{{ once() }}` into its form: a key that serves one time.
2. The view asks `sent_before()` before it acts, and leads to what the first sending did.
3. Having acted, it says to which case by `led_to`, in the same transaction.
"""

from flask import Flask, request
from markupsafe import Markup

from casetrack.correspondence import sent_forms
from casetrack.database.tables import Case
from web.current import actor, db, now

KEY = "key"
BUTTONS = {"csrf_token", KEY, "apres", "enter", "open", "resumed", "whose"}
"""What two sendings of the same form may not have in common."""


def register(app: Flask) -> None:
    """Let templates put a key into their forms."""
    app.jinja_env.globals["once"] = lambda: Markup('<input type="hidden" name="{}" value="{}">').format(
        KEY, sent_forms.new_key()
    )


def sent_before() -> str | None:
    """Return the reference of the case that this very form led to already; None the first time."""
    return sent_forms.take(db(), _digest(), at=now()) if request.form.get(KEY) else None


def led_to(case: Case) -> None:
    """Note the case that this form opened, or wrote to."""
    if request.form.get(KEY):
        sent_forms.led_to(db(), _digest(), case)


def _digest() -> str:
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in BUTTONS]
    files = [("document", file.filename or "") for file in request.files.getlist("document")]
    return sent_forms.digest(f"{actor().id} {request.path} {request.form[KEY]}", typed + files)
