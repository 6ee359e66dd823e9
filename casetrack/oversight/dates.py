"""Dates as a person says them on a screen: how far first, then which day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from casetrack.deadlines import Period
from casetrack.deadlines.words import MONTHS, WEEKDAYS
from casetrack.errors import InvalidInput
from casetrack.language import Text

SOON = 5
"""Days before a date from which it is shown as near."""
DONE, ANSWERED = Text("fait", "done"), Text("répondu", "answered")
TONES = ("done", "wait", "calm", "soon", "late")
"""From the least to the most urgent."""
SENT, POSTED = Text("envoyé", "sent"), Text("posté", "posted")
NOT_LEFT = {  # a receipt that is written and has not left, by the status of its message
    "waiting": Text("en attente d'envoi", "waiting to be sent"),
    "claimed": Text("en attente d'envoi", "waiting to be sent"),
    "to_print": Text("à poster (tirage)", "to be posted (print run)"),
}
NO_RECEIPT = Text("sans objet\u00a0: expéditeur inconnu", "not applicable: unknown sender")
NO_MESSAGE = Text("aucun message n'est parti d'ici", "no message left from here")
BY_ROLE = {  # what averted an implicit decision, by what the message was to the citizen
    "answers": ANSWERED,
    "informs": Text("usager informé", "citizen told"),
}
BY_DECISION = Text("décision nominative", "decided by name")
BEFORE = Text("rappel, {period} avant l'échéance", "reminder, {period} before the day due")
AFTER = Text("toujours en retard, {period} après l'échéance", "still late, {period} after the day due")
MISSED = Text("échéance dépassée", "day due missed")
THIS_WEEK = timedelta(days=6)
"""The week of a worklist: today and the six days that follow, so that Friday shows Monday."""


@dataclass(frozen=True, slots=True)
class Said:
    """Hold a date in words and what it is worth: "late", "soon", "calm", "wait" or "done"."""

    tone: str
    words: Text
    day: Text
    on: date


def briefly(day: date, today: date) -> Text:
    """Say a day in short, its year only when it is another one: "ven. 18 décembre"."""
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    number = "1er" if day.day == 1 else day.day
    year = "" if day.year == today.year else f"\u00a0{day.year}"
    return Text(
        f"{weekday.fr[:3]}. {number}\u00a0{month.fr}{year}",
        f"{weekday.en[:3]} {day.day}\u00a0{month.en}{year}",
    )


def moment(at: datetime, timezone: str, today: date) -> Text:
    """Say an instant on the town's clock: "mer. 9 décembre, 11 h 05"."""
    local = at.astimezone(ZoneInfo(timezone))
    day = briefly(local.date(), today)
    return Text(f"{day.fr}, {local.hour}\u00a0h\u00a0{local:%M}", f"{day.en}, {local:%H:%M}")


def distance(day: date, today: date) -> Text:
    """Say how far a day owed is: "en retard de 3 jours", "aujourd'hui", "demain", "dans 3 jours"."""
    days = (day - today).days
    if days == 0:
        return Text("aujourd'hui", "today")
    if days == 1:
        return Text("demain", "tomorrow")
    if days > 0:
        return Text(f"dans {days}\u00a0jours", f"in {days} days")
    return Text(f"en retard de {_days(days).fr}", f"{_days(days).en} late")


def owed(day: date, today: date) -> Said:
    """Say a day that is owed and not kept yet."""
    days = (day - today).days
    tone = "late" if days < 0 else "soon" if days <= SOON else "calm"
    return Said(tone, distance(day, today), briefly(day, today), day)


def kept(day: date, met_on: date, today: date, done: Text = DONE) -> Said:
    """Say a day that was owed and what became of it: `done`, or done late; lateness stays visible."""
    days = (met_on - day).days
    if days > 0:
        words = Text(f"{done.fr} avec {_days(days).fr} de retard", f"{done.en} {_days(days).en} late")
        return Said("late", words, briefly(met_on, today), met_on)
    return Said("done", done, briefly(met_on, today), met_on)


def suspended(until: date, today: date) -> Said:
    """Say that a clock stands still, and until when at the latest."""
    day = briefly(until, today)
    return Said(
        "wait", Text("délai suspendu", "clock stopped"), Text(f"jusqu'au {day.fr}", f"until {day.en}"), until
    )


def rung(at: str) -> Text:
    """Say when a rung of a ladder fires: "-5 working days" → "rappel, cinq jours ouvrés avant l'échéance"."""
    try:
        period = Period.parse(at[1:]).words()
    except InvalidInput:
        return MISSED
    said = BEFORE if at.startswith("-") else AFTER
    return said.filled(period=period)


def _days(count: int) -> Text:
    count = abs(count)
    return Text(f"{count}\u00a0jour{'s' * (count > 1)}", f"{count} day{'s' * (count > 1)}")
