"""Why this date: every step of a computation in words that a clerk understands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from casetrack.deadlines.calendar import ONE_DAY, SATURDAY
from casetrack.deadlines.due import Due, stops, unrolled
from casetrack.deadlines.period import Period, add_months, counted
from casetrack.deadlines.words import filled, listed, said_month, sentence
from casetrack.language import Text

RECEIVED = Text("reçu le", "received on")
NOTIFIED = Text("notifié le", "notified on")
SILENT = Text("silence gardé depuis le", "silent since")

# Article 641 of the code de procédure civile, paragraph by paragraph.
DAY_TO_DAY = Text(
    "{period} de quantième à quantième (code de procédure civile, art. 641)",
    "{period} from day number to day number (code de procédure civile, art. 641)",
)
MONTHS_FIRST = Text(
    "{period}, les mois d'abord (code de procédure civile, art. 641)",
    "{period}, the months first (code de procédure civile, art. 641)",
)
FIRST_DAY_OUT = Text(
    "{period}, sans compter le premier jour (code de procédure civile, art. 641)",
    "{period}, the first day not counted (code de procédure civile, art. 641)",
)
WORKING_DAYS = Text(
    "{period}, sans compter le premier jour, les fins de semaine ni les jours fériés",
    "{period}, not counting the first day, weekends and public holidays",
)

COUNTED = Text("{began} {start}\u00a0; {rule}\u00a0: {end}.", "{began} {start}; {rule}: {end}.")
SHORT_MONTH = Text(
    "Le {day} n'existe pas en {month}\u00a0: dernier jour du mois.",
    "There is no day {day} in {month}: last day of the month.",
)
DAY_OFF = Text("{day} ({reason})", "{day} ({reason})")
HOLIDAYS_LEFT_OUT = Text("Jours non comptés\u00a0: {days}.", "Days not counted: {days}.")
FRANC = Text(
    "Le dernier jour ne compte pas non plus (délai franc)\u00a0: {end}.",
    "The last day does not count either (délai franc): {end}.",
)
SUSPENDED = Text(
    "Suspendu du {first} au {last} inclus ({count})\u00a0: {end}.",
    "Suspended from {first} to {last} included ({count}): {end}.",
)
SUSPENDED_ONE_DAY = Text(
    "Suspendu le {first} ({count})\u00a0: {end}.", "Suspended on {first} ({count}): {end}."
)
TOO_LATE = Text(
    "La suspension du {first} commence après l'échéance\u00a0: elle n'y change rien.",
    "The suspension of {first} begins after the day due: it changes nothing.",
)
ROLLED = Text(
    "{reason}\u00a0: reporté au premier jour ouvrable suivant, le {end} (code de procédure civile, art. 642).",
    "{reason}: moved to the next working day, {end} (code de procédure civile, art. 642).",
)
TARGET = Text(
    "{reason}\u00a0: l'objectif de travail est le {target}.",
    "{reason}: the working target is {target}.",
)
NO_TARGET = Text(
    "{reason}, et aucun jour travaillé auparavant\u00a0: l'objectif de travail est l'échéance elle-même.",
    "{reason}, and no working day before it: the working target is the day due itself.",
)


def explain(due: Due, began: Text | None = None) -> tuple[Text, ...]:
    """Say how the day due and its working target were found, one sentence a step.

    `began` opens the first one: "reçu le" unless told, "notifié le" for a franc period.
    """
    return (*explain_day_due(due, began), *_aiming(due))


def explain_day_due(due: Due, began: Text | None = None) -> tuple[Text, ...]:
    """Say how the day due was found, where no working target matters: an implicit decision."""
    began = began or (NOTIFIED if due.period.franc else RECEIVED)
    return (*_counting(due, began), *_suspending(due), *_leaving_out(due), *_rolling(due))


def _counting(due: Due, began: Text) -> Iterator[Text]:
    end = due.period.ends_on(due.start, due.calendar)
    shown = end - ONE_DAY if due.period.franc else end
    rule = filled(_rule(due.period), period=replace(due.period, franc=False).words())
    yield sentence(COUNTED, began=began, start=due.start, rule=rule, end=shown)
    in_month = add_months(due.start, due.period.months)
    if in_month.day != due.start.day:
        yield sentence(SHORT_MONTH, day=due.start.day, month=said_month(in_month))
    if due.period.franc:
        yield sentence(FRANC, end=end)


def _rule(period: Period) -> Text:
    if period.working_days:
        return WORKING_DAYS
    if period.months:
        return MONTHS_FIRST if period.days else DAY_TO_DAY
    return FIRST_DAY_OUT


def _suspending(due: Due) -> Iterator[Text]:
    unit = "working_days" if due.period.working_days else "days"
    for first, until, days, end in stops(due.period, due.start, due.calendar, due.suspensions):
        last = until - ONE_DAY
        template = SUSPENDED_ONE_DAY if first == last else SUSPENDED
        yield sentence(template, first=first, last=last, count=counted(unit, days), end=end)
    for suspension in due.suspensions:
        if suspension.starts_on > _unrolled(due):
            yield sentence(TOO_LATE, first=suspension.starts_on)


def _leaving_out(due: Due) -> Iterator[Text]:
    if due.period.working_days and (days := _days_off(due, due.start, due.due_on, closures=False)):
        yield sentence(HOLIDAYS_LEFT_OUT, days=listed(days))


def _rolling(due: Due) -> Iterator[Text]:
    if due.period.franc and due.due_on != (last_day := _unrolled(due)):
        reason = due.calendar.why_not_working(last_day, closures=False)
        yield sentence(ROLLED, reason=reason, end=due.due_on)


def _aiming(due: Due) -> Iterator[Text]:
    reason = due.calendar.why_not_working(due.due_on, closures=True)
    if reason is None:
        return
    if due.act_by == due.due_on:
        yield sentence(NO_TARGET, reason=reason)
        return
    others = _days_off(due, due.act_by, due.due_on - ONE_DAY, closures=True)
    yield sentence(TARGET, reason=listed([reason, *others]), target=due.act_by)


def _days_off(due: Due, after: date, until: date, *, closures: bool) -> list[Text]:
    """Name the weekdays after `after`, up to `until`, on which nobody works."""
    days = (after + timedelta(days=count) for count in range(1, (until - after).days + 1))
    return [
        filled(DAY_OFF, day=day, reason=reason)
        for day in days
        if day.weekday() < SATURDAY and (reason := due.calendar.why_not_working(day, closures=closures))
    ]


def _unrolled(due: Due) -> date:
    return unrolled(due.period, due.start, due.calendar, due.suspensions)
