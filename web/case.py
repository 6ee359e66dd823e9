"""The page of a case, and the form of each action, generated from its definition."""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import documents, print_run
from casetrack.database.tables import Case
from casetrack.engine import AllowedAction, act, allowed_action, links, may_read, sending
from casetrack.engine.permission import require_adding
from casetrack.errors import ActionRefused, CaseChanged, InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import answer_models, notes
from casetrack.oversight import cases, readings, search_index, worklists
from casetrack.oversight.history import folded
from casetrack.workflow import by_id
from web import documents as received_documents
from web import forms, once, resuming, told
from web.current import actor, db, now, number, place, today, trace, undo
from web.errors import status_of
from web.words import said

bp = Blueprint("case", __name__, url_prefix="/dossiers")

ADDED = Text("C'est fait\u00a0: document joint.", "Done: document added.")
NOTED = Text("C'est fait\u00a0: note ajoutée.", "Done: note added.")
LINKED = Text("C'est fait\u00a0: dossiers liés.", "Done: cases linked.")
UNLINKED = Text("C'est fait\u00a0: lien retiré.", "Done: link removed.")
TRIAGE = "triage"
"""List from which one goes on with the next letter, as with a pile."""
NARROWED = {"messages": "message", "notes": "note"}
"""What the history may be narrowed to, as its address says it."""


@bp.get("/<reference>")
def show(reference: str) -> str:
    """Show a case: its dates, its history, what one may do."""
    return _shown(_page(reference))


@bp.get("/<reference>/actions/<name>")
def prepare(reference: str, name: str) -> ResponseReturnValue:
    """Show the form of an action."""
    case = cases.find(db(), reference, actor())
    action = _allowed(case, name)
    if action is None:
        return redirect(url_for("case.show", reference=reference))
    begun = cases.beginning(db(), case, action.fields, today=today(), calendar=place().calendar)
    return _form(case, name, begun, allowed=True)


@bp.post("/<reference>/actions/<name>")
def do(reference: str, name: str) -> ResponseReturnValue:
    """Do an action; refused, show its form again with every fault and the text typed."""
    case = cases.find(db(), reference, actor())
    action = by_id(db(), case.workflow_id).actions.get(name)
    if action is None:
        raise NotFound
    typed = forms.typed_in(request, action.fields)
    seen = number(request.form.get("version", "")) or 0
    key = worklists.key_of(case)
    if "begin" in request.form and "draft" in action.effects:
        return _begun(case, name, typed)
    try:
        resuming.only_show()
        event = act(
            db(),
            case,
            name,
            by=actor(),
            at=now(),
            version=seen,
            **forms.values(action.fields, typed),
        )
        if "preview" in request.form:
            return _previewed(case, reference, name, typed, event.seq)
        search_index.index_case(db(), case)
        db().commit()
    except (ActionRefused, CaseChanged) as refusal:
        undo()
        return _refused(reference, name, typed, refusal, seen)
    view, stays_open = request.form.get("vue", "")[:60], may_read(db(), case, actor())
    flash(told.done(action, reference, links=bool(view) and stays_open))
    if view == TRIAGE:
        return _next_to_triage(key)
    # The list from which it was done by one press.
    if view or not stays_open:
        return redirect(url_for("worklist.show", vue=view or None))
    return redirect(url_for("case.show", reference=reference))


@bp.get("/<reference>/reponse")
def answer(reference: str) -> str:
    """Show the whole letter that the draft makes, as it would leave now."""
    case = _find(reference)
    letter = cases.whole_letter(db(), case, actor(), at=now())
    if letter is None:
        raise NotFound
    return render_template("whole_letter.html", case=case, letter=letter)


@bp.get("/<reference>/messages/<int:message_id>")
def message(reference: str, message_id: int) -> str:
    """Show a message of the case as a letter to print."""
    case = _find(reference)
    sent = cases.message(db(), case, message_id)
    address = sending.postal_address(case.citizen) if case.citizen else sent.recipient
    written_on = place().calendar.day_of(sent.created_at)
    letter = print_run.Letter(sent, case, written_on, tuple(address.splitlines()))
    return render_template(
        "letters.html", sheets=print_run.print_sheet([letter]), place=place(), back=case.reference
    )


@bp.post("/<reference>/notes")
def add_note(reference: str) -> ResponseReturnValue:
    """Add an internal note; refused, show the case again with the reason and the text typed."""
    case = cases.find(db(), reference, actor())
    typed = request.form.get("note", "")
    try:
        resuming.only_show()
        if not once.sent_before():
            notes.add(db(), case, typed, by=actor(), at=now(), on=today())
            once.led_to(case)
        search_index.index_case(db(), case)
        db().commit()
    except InvalidFields as refusal:
        undo()
        return _shown(_page(reference), {"note": refusal.faults.get("note")}, note=typed), 422
    flash(said(NOTED))
    return redirect(url_for("case.show", reference=reference, _anchor="journal"))


@bp.post("/<reference>/liens")
def link(reference: str) -> ResponseReturnValue:
    """Link the case to another one, or take such a link away."""
    case = cases.find(db(), reference, actor())
    typed = request.form.get("other", "")
    removes = "remove" in request.form
    try:
        other = cases.find_or_none(db(), typed, actor())
        (links.unlink if removes else links.link)(db(), case, other, by=actor(), at=now())
        db().commit()
    except InvalidFields as refusal:
        undo()
        return _shown(_page(reference), {"other": refusal.faults["other"]}, other=typed), 422
    flash(said(UNLINKED if removes else LINKED))
    return redirect(url_for("case.show", reference=reference, _anchor="liens"))


@bp.get("/<reference>/lectures")
def readers(reference: str) -> str:
    """Show who has read a confidential case, to who may know."""
    case = _find(reference)
    timezone = place().calendar.timezone
    found = readings.readers(db(), case, actor(), timezone=timezone, today=today())
    return render_template("readings.html", case=case, readers=found)


@bp.post("/<reference>/documents")
def add_document(reference: str) -> ResponseReturnValue:
    """Join documents to a case; refused, show the case again with the reason and what was kept."""
    case = cases.find(db(), reference, actor())
    require_adding(db(), case, actor(), "document")
    kept, faults = received_documents.received()
    if faults or not kept:
        faults = faults or [received_documents.NOTHING_CHOSEN]
        return _shown(_page(reference), {"document": faults[0]}, kept=kept, document_faults=faults), 422
    for one in kept:
        documents.attach(db(), case, one, by=actor(), at=now())
    db().commit()
    flash(said(ADDED))
    return redirect(url_for("case.show", reference=reference, _anchor="documents"))


@bp.get("/<reference>/documents/<int:document_id>")
def document(reference: str, document_id: int) -> Response:
    """Serve a document to whoever may read its case."""
    return received_documents.served(documents.find(db(), _find(reference), document_id))


def _page(reference: str) -> cases.CasePage:
    return cases.page(db(), reference, actor(), today=today(), calendar=place().calendar)


def _shown(page: cases.CasePage, found: Mapping[str, Text] | None = None, **again: object) -> str:
    """Show the page of a case; `again` is what was typed into one of its forms, `found` what was wrong with it."""
    trace([page.case])
    shown = request.args.get("montrer", "")
    return render_template(
        "case.html",
        page=page,
        case=page.case,
        found=found or {},
        shown=shown if shown in NARROWED else "",
        history=folded(page.about(NARROWED.get(shown, ""))),
        sees_readers=readings.may_see_readers(page.case, actor()),
        **again,
    )


def _find(reference: str) -> Case:
    """Return the case for something of it to be shown."""
    case = cases.find(db(), reference, actor())
    trace([case])
    return case


def _begun(case: Case, name: str, typed: Mapping[str, str]) -> ResponseReturnValue:
    """Show the form again with the text of a model, after what was typed already: nothing typed is lost."""
    chosen = number(request.form.get("model", "")) or 0
    try:
        text = answer_models.begin(db(), case, chosen, name, by=actor(), at=now())
    except (InvalidInput, NotFound) as refusal:
        return _form(case, name, typed, model_fault=refusal.sentence, model=chosen), 422
    before = typed.get("answer", "").rstrip()
    answer = f"{before}\n\n{text}" if before else text
    return _form(case, name, {**typed, "answer": answer}, model=chosen, begun="after" if before else "from")


def _previewed(case: Case, reference: str, name: str, typed: Mapping[str, str], seq: int) -> str:
    """Show the form again with the letter that the act sends, or drafts, and undo the act: nothing is written."""
    letter = cases.letter_of(db(), case, seq) or cases.whole_letter(db(), case, actor(), at=now())
    undo()
    return _form(cases.find(db(), reference, actor()), name, typed, letter=letter)


def _next_to_triage(key: str) -> ResponseReturnValue:
    """Lead to the form of the next letter to triage: the one after `key`, otherwise the first of those left."""
    for after in (key, None):
        page = worklists.worklist(db(), actor(), TRIAGE, today=today(), after=after, size=1)
        for line in page.lines:
            if line.next_action and line.version is None:
                return redirect(
                    url_for("case.prepare", reference=line.reference, name=line.next_action, vue=TRIAGE)
                )
    return redirect(url_for("worklist.show", vue=TRIAGE))


def _allowed(case: Case, name: str) -> AllowedAction | None:
    return allowed_action(db(), case, actor(), name)


def _refused(
    reference: str, name: str, typed: Mapping[str, str], refusal: ActionRefused | CaseChanged, seen: int
) -> ResponseReturnValue:
    """Show the form again: whatever the reason, what was typed is kept."""
    case = cases.find(db(), reference, actor())
    last = None
    if case.version != seen and not isinstance(refusal, CaseChanged):
        last = cases.last_act(db(), case, actor(), today=today(), calendar=place().calendar)
    faults = refusal.faults if isinstance(refusal, InvalidFields) else {}
    return _form(case, name, typed, faults, refusal=refusal, last=last), status_of(refusal)


def _form(
    case: Case,
    name: str,
    typed: Mapping[str, str],
    faults: Mapping[str, Text] | None = None,
    *,
    allowed: bool | None = None,
    **said: object,
) -> str:
    trace([case])
    definition = by_id(db(), case.workflow_id)
    action = definition.actions[name]
    reads = "set_subject" in action.effects or any(field.type == "text" for field in action.fields.values())
    return render_template(
        "action.html",
        case=case,
        state=definition.states[case.state].label.text,
        name=name,
        action=action,
        hint=cases.hint_of(case, action),
        drafts="draft" in action.effects,
        way=cases.way_to(case),
        vue=TRIAGE if request.values.get("vue") == TRIAGE else "",
        ends=definition.states[action.to or case.state].ends,
        inputs=forms.inputs(definition, action.fields, typed, faults),
        models=answer_models.offered(db(), case) if "draft" in action.effects else [],
        # Whoever writes, or says what it is about, reads the letter beside.
        papers=documents.of_case(db(), case) if reads else [],
        first=cases.to_read_first(db(), case, action),
        allowed=_allowed(case, name) is not None if allowed is None else allowed,
        **said,
    )
