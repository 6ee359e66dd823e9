"""What somebody has just done, said above the next page, with a way back to it."""

from flask import url_for
from markupsafe import Markup

from casetrack.language import Text
from casetrack.oversight.history import you_did
from casetrack.workflow import Action
from web.words import said

OPENED = Text("Vous avez ouvert\u00a0: {label}", "You opened: {label}")


def done(action: Action, reference: str, *, links: bool = True) -> Markup:
    """Say that this action was done on this case; `links` leads back to it."""
    return _with(said(you_did(action)), reference, links=links)


def opened(label: Text, reference: str) -> Markup:
    """Say that this case was opened."""
    return _with(
        said(Text(OPENED.fr.format(label=label.fr), OPENED.en.format(label=label.en))), reference, links=False
    )


def _with(sentence: str, reference: str, *, links: bool) -> Markup:
    number = Markup('<span class="ct-nowrap">{}</span>').format(reference)
    if links:
        number = Markup('<a href="{}">{}</a>').format(url_for("case.show", reference=reference), number)
    return Markup("{} ({}).").format(sentence, number)
