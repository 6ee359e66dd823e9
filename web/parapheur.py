"""The parapheur: each draft readable in place, endorsed, signed or sent back, then the next one."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.engine import act, may_read
from casetrack.errors import ActionRefused, CaseChanged, InvalidFields, NotFound
from casetrack.oversight import cases, parapheur, worklists
from casetrack.workflow import by_id
from web import forms, resuming, told
from web.current import actor, db, now, number, today, trace, undo
from web.errors import status_of

bp = Blueprint("parapheur", __name__, url_prefix="/parapheur")


@bp.get("")
def show() -> str:
    """Show the most urgent draft, or the first after the one just decided."""
    return _page(parapheur.sheet(db(), actor(), today=today(), at=now(), after=request.args.get("apres")))


@bp.get("/<reference>")
def read(reference: str) -> ResponseReturnValue:
    """Show this draft."""
    sheet = parapheur.sheet(db(), actor(), today=today(), at=now(), reference=reference)
    if sheet is None:
        return redirect(url_for("case.show", reference=reference))
    return _page(sheet)


@bp.post("/<reference>/<name>")
def decide(reference: str, name: str) -> ResponseReturnValue:
    """Endorse, sign or send back, and go to the next one."""
    case = cases.find(db(), reference, actor())
    action = by_id(db(), case.workflow_id).actions.get(name)
    if action is None:
        raise NotFound
    key, typed = worklists.key_of(case), forms.typed_in(request, action.fields)
    seen = number(request.form.get("version", "")) or 0
    try:
        resuming.only_show()
        given = forms.values(action.fields, typed)
        act(db(), case, name, by=actor(), at=now(), version=seen, **given)
        db().commit()
    except (ActionRefused, CaseChanged) as refusal:
        undo()
        # Decided by somebody else meanwhile: the refusal is said above the next one.
        sheet = parapheur.sheet(db(), actor(), today=today(), at=now(), reference=reference)
        sheet = sheet or parapheur.sheet(db(), actor(), today=today(), at=now())
        return _page(sheet, refusal=refusal, typed={name: typed}), status_of(refusal)
    flash(told.done(action, reference, links=may_read(db(), case, actor())))
    return redirect(url_for("parapheur.show", apres=key))


def _page(
    sheet: parapheur.Sheet | None,
    *,
    refusal: ActionRefused | CaseChanged | None = None,
    typed: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    backs = []
    if sheet is not None:
        trace([sheet.case])
        definition = by_id(db(), sheet.case.workflow_id)
        faults = refusal.faults if isinstance(refusal, InvalidFields) else {}
        for one in sheet.sends_back:
            written = (typed or {}).get(one.name)
            inputs = forms.inputs(
                definition, one.fields, written or {}, faults if written is not None else {}
            )
            backs.append((one, inputs, written is not None))
    return render_template("parapheur.html", sheet=sheet, backs=backs, refusal=refusal)
