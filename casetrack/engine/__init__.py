"""The engine, in the order of a case's life.

open_case         a letter comes in: case, first journal line, timers, receipt
open_about        somebody opens a case about another: a question, a recommendation; each journal says so
act               somebody does something: the one gate
allowed_actions   what this person may do now; `refused_actions` says why not the rest
foresee           what a letter would be promised, before it is registered
sweep             the clock warns, records, opens dysfunctions; it never moves a case
journal           what happened, chained, sealed and verified
"""

from casetrack.engine.about import offered, open_about
from casetrack.engine.actor import CLOCK, Actor
from casetrack.engine.foreseen import Foreseen, foresee
from casetrack.engine.gate import (
    AllowedAction,
    RefusedAction,
    act,
    allowed_action,
    allowed_actions,
    refused_actions,
)
from casetrack.engine.opening import may_open, open_case, require_may_open
from casetrack.engine.permission import may_read, readable, record_readings, sendable, sends
from casetrack.engine.sweep import SweepResult, sweep

__all__ = [
    "CLOCK",
    "Actor",
    "AllowedAction",
    "Foreseen",
    "RefusedAction",
    "SweepResult",
    "act",
    "allowed_action",
    "allowed_actions",
    "foresee",
    "may_open",
    "may_read",
    "offered",
    "open_about",
    "open_case",
    "readable",
    "record_readings",
    "refused_actions",
    "require_may_open",
    "sendable",
    "sends",
    "sweep",
]
