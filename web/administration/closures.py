"""Local closures, year by year."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.engine.fields import NO_SUCH_DATE, REQUIRED, implausible
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.organisation import closures
from web.administration import bp
from web.administration.form import Asked, attempt, inputs
from web.current import actor, db, now, number, today
from web.words import _

ASKED = [
    Asked("day", Text("Jour", "Day"), kind="date", required=True),
    Asked("label", Text("Motif", "Reason"), required=True,
          help=Text("Par exemple\u00a0: pont de l'Ascension.", "For example: the bridge of Ascension.")),
]  # fmt: skip


@bp.get("/fermetures")
def all_closures() -> ResponseReturnValue:
    """Show the closures of a year."""
    return _page(_year(), None)


@bp.post("/fermetures")
def add_closure() -> ResponseReturnValue:
    """Close the town hall on a day."""
    refusal = attempt(
        lambda: closures.add(db(), _new_day(), request.form.get("label", ""), by=actor(), at=now())
    )
    if refusal is not None:
        return _page(_year(), refusal), 422
    flash(_("Fermeture ajoutée : elle vaut pour les délais calculés à partir de maintenant."))
    return redirect(url_for("administration.all_closures", annee=_day().year))


@bp.post("/fermetures/<name>/retirer")
def remove_closure(name: str) -> ResponseReturnValue:
    """Take a closure out."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        raise NotFound from None
    try:
        closures.remove(db(), day, by=actor(), at=now())
    except NotFound:  # a colleague was quicker: what was wanted is so
        flash(_("Cette fermeture était déjà retirée."))
    else:
        db().commit()
        flash(_("Fermeture retirée."))
    return redirect(url_for("administration.all_closures", annee=day.year))


def _day() -> date:
    typed = request.form.get("day", "").strip()
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InvalidFields({"day": NO_SUCH_DATE if typed else REQUIRED}) from None


def _new_day() -> date:
    day = _day()
    if fault := implausible(day, today()):
        raise InvalidFields({"day": fault})
    return day


def _year() -> int:
    asked = number(request.args.get("annee", "")) or 0
    return asked if 2000 <= asked <= 2100 else today().year


def _page(year: int, refusal: InvalidFields | None) -> str:
    return render_template(
        "closures.html",
        year=year,
        closures=closures.of_year(db(), year),
        clocks=closures.waiting_clocks(db()),
        inputs=inputs(ASKED, request.form, refusal),
        refusal=refusal,
    )
