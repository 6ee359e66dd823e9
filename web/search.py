"""Look for a case: one box, filters as chips, searches kept by name, and what is seen as a file."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database import Database
from casetrack.engine import Actor
from casetrack.errors import InvalidInput, NotFound
from casetrack.language import Text
from casetrack.oversight import exports, search
from casetrack.oversight.dates import briefly
from casetrack.oversight.search import Filters, Found
from casetrack.oversight.worklists import CHANNELS
from web.current import actor, db, installation, language, now, number, today, undo
from web.words import _

bp = Blueprint("search", __name__, url_prefix="/recherche")

NAMES = {  # filter → its name in the address
    "service": "service",
    "officer": "agent",
    "subject": "sujet",
    "state": "etat",
    "channel": "canal",
    "received_from": "du",
    "received_to": "au",
    "openness": "dossiers",
    "late": "retard",
}
COLUMNS = (  # of an export: what the page shows
    Text("Référence", "Reference"),
    Text("Objet", "About"),
    Text("Expéditeur", "Sender"),
    Text("Canal", "Channel"),
    Text("Reçu le", "Received on"),
    Text("Sujet", "Subject"),
    Text("Service", "Service"),
    Text("Agent", "Officer"),
    Text("État", "State"),
    Text("Réponse promise le", "Answer promised on"),
    Text("Répondu le", "Answered on"),
    Text("Clos le", "Closed on"),
    Text("Confidentiel", "Confidential"),
)
CONFIDENTIAL = Text("oui", "yes")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show what was found; a number typed at the top of a page leads to its case."""
    question, filters = _asked(request.args)
    after = request.args.get("apres")
    found = _found(question, filters, after)
    named = [hit for hit in found.hits if hit.is_the_one]
    if len(named) == 1 and "liste" not in request.args and not filters.named and not after:
        return redirect(url_for("case.show", reference=named[0].reference))
    return _page(question, filters, found, after=after)


@bp.get("/export.<name>")
def export(name: str) -> ResponseReturnValue:
    """Send everything that was found as a file, written while it is read."""
    if name not in exports.FORMATS:
        raise NotFound
    question, filters = _asked(request.args)
    write, media = exports.FORMATS[name]
    title, within = _("Recherche"), language()
    head = [column.within(within) for column in COLUMNS]
    pieces = write(title, head, _rows(installation().database, actor(), question, filters, today(), within))
    file = f"{title.lower()}-{today().isoformat()}.{name}"
    disposition = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(pieces, content_type=media, headers=disposition)


@bp.post("")
def keep() -> ResponseReturnValue:
    """Keep a search under a name; refused, show it again with the reason."""
    question, filters = _asked(request.form)
    try:
        search.save(
            db(), actor(), request.form.get("name", ""), urlencode(_address(question, filters)), at=now()
        )
        db().commit()
    except InvalidInput as refusal:
        undo()
        found = _found(question, filters, None)
        return _page(
            question, filters, found, refused=refusal.sentence, name=request.form.get("name", "")
        ), 422
    flash(_("Recherche gardée."))
    return redirect(url_for("search.show", liste="1", **_address(question, filters)))


@bp.post("/oublier")
def forget() -> ResponseReturnValue:
    """Forget a search kept by this person."""
    kept = number(request.form.get("search", ""))
    if kept is not None:
        search.forget(db(), actor(), kept)
        db().commit()
    return redirect(url_for("search.show"))


def _asked(given: Mapping[str, str]) -> tuple[str, Filters]:
    """Return the question and the filters of an address; what means nothing is left out."""
    typed = {name: given.get(address, "").strip() for name, address in NAMES.items()}
    numbers = {name: number(typed[name]) for name in ("service", "officer", "subject")}
    filters = Filters(
        **numbers,
        state=typed["state"] if typed["state"].isidentifier() and len(typed["state"]) <= 60 else "",
        channel=typed["channel"] if typed["channel"] in CHANNELS else "",
        received_from=_day(typed["received_from"]),
        received_to=_day(typed["received_to"]),
        openness=typed["openness"] if typed["openness"] in search.OPENNESS else "",
        late=bool(typed["late"]),
    )
    return given.get("q", "").strip()[:200], filters


def _address(question: str, filters: Filters) -> dict[str, str]:
    """Return the question and the filters as the address of the page holds them."""
    said_so = {
        NAMES[name]: "1" if value is True else value.isoformat() if isinstance(value, date) else str(value)
        for name, value in filters.named.items()
    }
    return ({"q": question} if question else {}) | said_so


def _found(question: str, filters: Filters, after: str | None) -> Found:
    return search.search(db(), actor(), question, filters, today=today(), after=after)


def _page(question: str, filters: Filters, found: Found, *, after: str | None = None, **told: object) -> str:
    offered = search.offered(db(), actor())
    chips = [
        (label, value, url_for("search.show", liste="1", **_address(question, filters.without(name))))
        for name, label, value in search.said(filters, offered, lambda day: briefly(day, today()))
    ]
    return render_template(
        "search.html",
        question=question,
        filters=filters,
        address=_address(question, filters),
        found=found,
        chips=chips,
        offered=offered,
        channels=CHANNELS,
        openness=search.OPENNESS,
        formats=list(exports.FORMATS),
        is_first=after is None,
        **told,
    )


def _rows(
    database: Database, reader: Actor, question: str, filters: Filters, on: date, within: str
) -> Iterator[tuple[exports.Cell, ...]]:
    # Its own session: the request is over before the last row leaves.
    with database.reader() as session:
        for hit in search.every(session, reader, question, filters, today=on):
            yield (
                hit.reference,
                hit.title,
                hit.who.within(within),
                hit.channel.within(within),
                hit.received_on,
                hit.subject,
                hit.service,
                hit.officer,
                hit.state.within(within),
                hit.due_on,
                hit.answered_on,
                hit.closed_on,
                CONFIDENTIAL.within(within) if hit.confidential else "",
            )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
