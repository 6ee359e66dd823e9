"""Dates owed, counted as the law counts them, each able to explain itself."""

from importlib import import_module

from casetrack.deadlines.calendar import Calendar
from casetrack.deadlines.due import (
    Due,
    Offset,
    Suspension,
    act_by,
    court_limit,
    due,
    due_on,
    implicit_decision_on,
    offset,
    rung_on,
    suspended_days,
)
from casetrack.deadlines.explanation import explain, explain_day_due
from casetrack.deadlines.holidays import ZONES, Zone, holidays, zone_of_departement
from casetrack.deadlines.period import Period
from casetrack.deadlines.words import say_day

__all__ = [
    "ZONES",
    "Calendar",
    "Due",
    "Offset",
    "Period",
    "Suspension",
    "Zone",
    "act_by",
    "court_limit",
    "due",
    "due_on",
    "explain",
    "explain_day_due",
    "holidays",
    "implicit_decision_on",
    "offset",
    "rung_on",
    "say_day",
    "suspended_days",
    "zone_of_departement",
]


def __getattr__(name: str) -> object:
    """Give `sweep` under the name of the contract; it lives in the engine (docs/decisions/0006)."""
    if name in ("sweep", "SweepResult"):
        return getattr(import_module("casetrack.engine.sweep"), name)
    raise AttributeError(name)
