"""Each refusal as a page, once: what happened, that nothing was lost, what to do."""

import logging
import secrets
import traceback
from http import HTTPStatus

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from casetrack.errors import (
    ActionNotAllowed,
    CaseChanged,
    CaseTrackError,
    InvalidFields,
    InvalidInput,
    NeedsMissing,
    NotFound,
)
from casetrack.language import Text
from web import resuming, signing_in

log = logging.getLogger(__name__)

STATUS: dict[type[CaseTrackError], int] = {
    NotFound: 404,
    CaseChanged: 409,
    NeedsMissing: 409,
    InvalidFields: 422,
    InvalidInput: 422,
}
TITLES = {
    400: Text("Ce formulaire n'a pas pu être lu", "This form could not be read"),
    403: Text("Cette action revient à quelqu'un d'autre", "This action is for somebody else"),
    404: Text(
        "Cette page n'existe pas, ou ne vous est pas ouverte",
        "This page does not exist, or is not open to you",
    ),
    405: Text(
        "Cette page n'existe pas, ou ne vous est pas ouverte",
        "This page does not exist, or is not open to you",
    ),
    409: Text("Ce n'est pas possible pour l'instant", "This is not possible for now"),
    413: Text("C'est trop long, ou trop lourd", "This is too long, or too large"),
    422: Text("Ce qui a été saisi ne peut pas être utilisé", "What was typed cannot be used"),
    429: Text("Trop d'essais", "Too many tries"),
    500: Text("La page n'a pas pu s'afficher", "The page could not be shown"),
}
SENTENCES = {
    400: Text(
        "La session a changé depuis que ce formulaire est ouvert. Rien n'a été enregistré\u00a0: revenez en arrière, votre texte y est encore, rechargez la page et envoyez-le de nouveau.",
        "The session changed since this form was opened. Nothing was recorded: go back, your text is still there, reload the page and send it again.",
    ),
    403: Text("Rien n'a été modifié.", "Nothing was changed."),
    404: Text(
        "Vérifiez l'adresse ou le numéro du dossier. Rien n'a été modifié.",
        "Check the address or the number of the case. Nothing was changed.",
    ),
    405: Text(
        "Vérifiez l'adresse ou le numéro du dossier. Rien n'a été modifié.",
        "Check the address or the number of the case. Nothing was changed.",
    ),
    409: Text("Rien n'a été modifié.", "Nothing was changed."),
    413: Text(
        "Rien n'a été enregistré. Revenez en arrière\u00a0: votre texte y est encore. Un champ accepte 100\u00a0000 caractères\u00a0; des documents trop lourds ou trop nombreux se joignent en plusieurs fois.",
        "Nothing was recorded. Go back: your text is still there. A field accepts 100,000 characters; documents that are too large or too many are joined in several goes.",
    ),
    422: Text("Rien n'a été enregistré.", "Nothing was recorded."),
    500: Text(
        "Une erreur inattendue s'est produite. Ce qui était enregistré le reste\u00a0; la dernière action, elle, n'a rien modifié. Réessayez\u00a0; si cela se répète, donnez le repère ci-dessous à l'administrateur.",
        "An unexpected error occurred. What was recorded is safe; the last action changed nothing. Try again; if it happens again, give the mark below to the administrator.",
    ),
}


def register(app: Flask) -> None:
    """Give every refusal its page."""
    app.register_error_handler(CaseTrackError, _refused)
    app.register_error_handler(StaleDataError, lambda error: _page(409))
    app.register_error_handler(
        CSRFError, lambda error: resuming.lead_back() or signing_in.again() or _page(400)
    )
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500))
    app.register_error_handler(Exception, _broken)


def status_of(refusal: CaseTrackError) -> int:
    """Return the HTTP status of a refusal."""
    if isinstance(refusal, ActionNotAllowed):
        return 403 if refusal.code == "permission" else 409
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 500)


def _refused(refusal: CaseTrackError) -> tuple[str, int]:
    status = status_of(refusal)
    # A case that does not exist and one that may not be read give the same page, word for word.
    return _page(status, None if status == 404 else refusal.sentence)


def _broken(error: Exception) -> tuple[str, int]:
    mark = secrets.token_hex(3).upper()
    # Where it broke, never the message: it could quote a citizen.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s at %s, mark %s\n%s", type(error).__name__, request.endpoint, mark, where)
    return _page(500, mark=mark)


def _page(status: int, sentence: Text | None = None, *, mark: str = "") -> tuple[str, int]:
    known = status if status in TITLES else (400 if status < 500 else 500)
    if status >= 500:
        # The database may be what broke: this page asks it nothing.
        g.without_person = True
    return (
        render_template(
            "error.html",
            status=status,
            name=HTTPStatus(status).phrase,
            title=TITLES[known],
            sentence=sentence,
            kept=SENTENCES.get(known),
            mark=mark,
            purpose="",  # nothing of the page that was asked for: it may not be theirs
        ),
        status,
    )
