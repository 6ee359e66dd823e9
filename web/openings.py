"""Opening a case about another one, of any kind whose definition offers it: the form comes from its fields."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import Case
from casetrack.engine import about, offered, open_about
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.oversight import cases, search_index
from casetrack.workflow import Definition
from web import forms, once, resuming, told
from web.current import actor, db, now, number, place, today, undo

bp = Blueprint("openings", __name__, url_prefix="/dossiers/<reference>/ouvrir")


@bp.get("/<name>")
def prepare(reference: str, name: str) -> str:
    """Show the form that opens a case of this kind about that one."""
    case = cases.find(db(), reference, actor())
    definition = _kind(name)
    days = cases.proposed_days(definition.fields, today=today(), calendar=place().calendar)
    return _form(case, definition, about.beginning(case) | days)


@bp.post("/<name>")
def do(reference: str, name: str) -> ResponseReturnValue:
    """Open it and lead to it; refused, show the form again with every fault and the text typed."""
    case = cases.find(db(), reference, actor())
    definition = _kind(name)
    fields = about.form(definition, case)
    typed = forms.typed_in(request, fields)
    try:
        resuming.only_show()
        if opened_already := once.sent_before():
            return redirect(url_for("case.show", reference=opened_already))
        given = forms.values(fields, typed) | {row: _row(typed[row]) for row in ("service", "officer")}
        opened = open_about(db(), case, name, by=actor(), at=now(), **given)
        search_index.index_case(db(), opened)
        once.led_to(opened)
        db().commit()
    except InvalidFields as refusal:
        undo()
        case = cases.find(db(), reference, actor())
        return _form(case, definition, typed, refusal.faults), 422
    flash(told.opened(definition.label.text, opened.reference))
    return redirect(url_for("case.show", reference=opened.reference))


@bp.app_context_processor
def _menu() -> dict[str, object]:
    """Let the page of a case offer what may be opened about it."""
    return {"openings_about": _offered}


def _offered(case: Case) -> Sequence[Definition]:
    return [definition for definition in offered(db(), actor()) if definition.key != case.workflow]


def _kind(name: str) -> Definition:
    """Return the kind of case of this name, where this person may open one; raise NotFound."""
    for definition in offered(db(), actor()):
        if definition.key == name:
            return definition
    raise NotFound


def _row(text: str) -> int | None:
    """Return the number of the row chosen in a list, None where none is; no row has that of a text."""
    if not text.strip():
        return None
    found = number(text)
    return about.NOTHING if found is None else found


def _form(
    case: Case, definition: Definition, typed: Mapping[str, str], faults: Mapping[str, Text] | None = None
) -> str:
    return render_template(
        "opening.html",
        case=case,
        definition=definition,
        inputs=forms.inputs(definition, about.form(definition, case), typed, faults),
        found=faults or {},
    )
