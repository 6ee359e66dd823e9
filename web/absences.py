"""Absences and replacements: one's own, one's service's, everybody's for an administrator."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from casetrack.database.tables import Absence, Staff
from casetrack.engine.fields import NO_SUCH_DATE, implausible
from casetrack.errors import InvalidFields, InvalidInput
from casetrack.language import Text
from casetrack.organisation import absence_calendar, absences
from web.administration.form import Asked, attempt, found, inputs
from web.current import actor, db, now, number, place, today
from web.words import _

bp = Blueprint("absences", __name__, url_prefix="/absences")

FIELD_OF = {  # code of a refusal: the field to correct
    "ends_before_start": "ends_on",
    "already_away": "starts_on",
    "replacement_away": "replaced_by",
    "replacement_inactive": "replaced_by",
    "replaces_oneself": "replaced_by",
}
CHOOSE = Text("choisissez une personne de la liste.", "choose a person of the list.")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show who is away or will be, and a form."""
    return _page(None)


@bp.post("")
def add() -> ResponseReturnValue:
    """Note an absence."""
    refusal = attempt(_note)
    if refusal is not None:
        return _page(refusal), 422
    flash(_("Absence notée. Les délais continuent ; les alertes vont au remplaçant."))
    return redirect(url_for("absences.show"))


@bp.post("/<int:number>/annuler")
def cancel(number: int) -> ResponseReturnValue:
    """Cancel a coming absence, or end one that lasts."""
    absence = found(Absence, number)
    has_begun = absence.starts_on < today()
    absences.call_back(db(), absence, by=actor(), at=now(), on=today())
    db().commit()
    flash(_("Retour noté : l'absence s'est terminée hier.") if has_begun else _("Absence annulée."))
    return redirect(url_for("absences.show"))


@bp.post("/<int:number>/remplacer")
def replace(number: int) -> ResponseReturnValue:
    """Name who stands in for somebody whom nobody replaces."""

    def name() -> None:
        faults: dict[str, Text] = {}
        other = _person("stand_in", faults)
        if other is None:
            raise InvalidFields(faults)
        try:
            absences.replace(db(), found(Absence, number), other, by=actor(), at=now(), on=today())
        except InvalidInput as refusal:
            raise InvalidFields({"stand_in": refusal.sentence}) from None

    refusal = attempt(name)
    if refusal is not None:
        return _page(refusal, number), 422
    flash(_("Remplacement noté : les alertes lui vont."))
    return redirect(url_for("absences.show"))


def _note() -> None:
    faults = {}
    dates = {name: _day(name, faults) for name in ("starts_on", "ends_on")}
    staff = _person("staff", faults)
    other = _person("replaced_by", faults) if request.form.get("replaced_by") else None
    if faults:
        raise InvalidFields(faults)
    try:
        absences.note(db(), staff, **dates, replaced_by=other, by=actor(), at=now())
    except InvalidInput as refusal:
        raise InvalidFields({FIELD_OF.get(refusal.code, "staff"): refusal.sentence}) from None


def _day(name: str, faults: dict[str, Text]) -> date:
    try:
        day = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        faults[name] = NO_SUCH_DATE
        return today()
    if fault := implausible(day, today()):
        faults[name] = fault
    return day


def _person(name: str, faults: dict[str, Text]) -> Staff | None:
    chosen = number(request.form.get(name, ""))
    known = db().get(Staff, chosen) if chosen is not None else None
    if known is None:
        faults[name] = CHOOSE
    return known


def _month() -> date:
    """Return the month asked for: "2026-12"."""
    try:
        asked = date.fromisoformat(f"{request.args.get('mois', '')}-01")
    except ValueError:
        return today()
    return asked if 2000 <= asked.year <= 2100 else today()


def _page(refusal: InvalidFields | None, replacing: int | None = None) -> str:
    everybody = absences.people(db())
    team = [staff for staff, _service in everybody if absences.may_see(actor(), current_user.staff, staff)]
    mine = [staff for staff, _service in everybody if absences.may_note(actor(), staff)]
    asked = [
        Asked("staff", Text("Personne absente", "Who is away"), kind="choice", required=True,
              options=[(str(staff.id), staff.name) for staff in mine]),
        Asked("starts_on", Text("Du", "From"), kind="date", required=True),
        Asked("ends_on", Text("Au, inclus", "To, included"), kind="date", required=True),
        Asked("replaced_by", Text("Remplacement", "Replacement"), kind="choice",
              options=[(str(staff.id), f"{staff.name}, {service}" if service else staff.name)
                       for staff, service in everybody],
              help=Text("Cette personne reçoit les alertes et peut agir en son nom.",
                        "This person gets the alerts and may act on their behalf.")),
    ]  # fmt: skip
    typed = request.form if request.method == "POST" and not replacing else {"staff": str(actor().id)}
    return render_template(
        "absences.html",
        page=absence_calendar.page(
            db(), actor(), team, month=_month(), today=today(), calendar=place().calendar
        ),
        inputs=inputs(asked, typed, refusal),
        refusal=refusal,
        replacing=replacing,
        others=[(str(staff.id), staff.name) for staff, _service in everybody],
        today=today(),
    )
