"""A length of time as the law writes it: "1 month", "10 working days", "2 months franc"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from casetrack.deadlines.calendar import Calendar
from casetrack.deadlines.words import said_number
from casetrack.errors import InvalidInput
from casetrack.language import Text

COUNT = r"([1-9]\d{0,2})"
FORMS = {  # what is written: the fields that its figures fill
    rf"{COUNT} months?": ("months",),
    rf"{COUNT} months? franc": ("months",),
    rf"{COUNT} months? and {COUNT} days?": ("months", "days"),
    rf"{COUNT} weeks?": ("weeks",),
    rf"{COUNT} days?": ("days",),
    rf"{COUNT} working days?": ("working_days",),
}
EXAMPLES = "1 month, 2 months franc, 1 month and 5 days, 1 week, 15 days, 10 working days"

UNITS = {  # field: one, several
    "months": (Text("mois", "month"), Text("mois", "months")),
    "weeks": (Text("semaine", "week"), Text("semaines", "weeks")),
    "days": (Text("jour", "day"), Text("jours", "days")),
    "working_days": (Text("jour ouvré", "working day"), Text("jours ouvrés", "working days")),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Hold a period of one of the five kinds that the law knows; `franc` adds a day and rolls over."""

    months: int = 0
    weeks: int = 0
    days: int = 0
    working_days: int = 0
    franc: bool = False

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read a period such as "1 month and 5 days"; refuse another text, saying what is accepted."""
        return _parsed(text)

    def ends_on(self, start: date, calendar: Calendar) -> date:
        """Return the last day of the period that starts on `start`, before any roll-over.

        Code de procédure civile, art. 641: months run from day number to day number, the months
        before the days; the first day does not count. A franc period also leaves out its last day.
        """
        if self.working_days:
            return calendar.add_working_days(start, self.working_days, closures=False)
        days = self.days + 7 * self.weeks + self.franc
        end = add_months(start, self.months)
        return end + timedelta(days=days) if days else end

    def words(self) -> Text:
        """Say the period as a clerk does: "un mois et cinq jours", "two months franc"."""
        parts = [counted(unit, getattr(self, unit)) for unit in UNITS if getattr(self, unit)]
        text = Text(" et ".join(p.fr for p in parts), " and ".join(p.en for p in parts))
        if not self.franc:
            return text
        return Text(text.fr + (" francs" if self.months > 1 else " franc"), text.en + " franc")

    def __str__(self) -> str:
        """Write the period as `parse` reads it."""
        parts = [
            f"{count} {(one if count == 1 else several).en}"
            for unit, (one, several) in UNITS.items()
            if (count := getattr(self, unit))
        ]
        return " and ".join(parts) + (" franc" if self.franc else "")


def add_months(day: date, months: int) -> date:
    """Return the same day number `months` later, or the last day of that month."""
    # Never month by month: 31 January and one month, twice, would end on the 28th of March.
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, day.day if day.day <= 28 else min(day.day, monthrange(year, month)[1]))


def counted(unit: str, count: int) -> Text:
    """Say a number of months, weeks, days or working_days: "une semaine", "three working days"."""
    one, several = UNITS[unit]
    number = said_number(count)
    feminine = "e" if (unit, count) == ("weeks", 1) else ""
    return Text(
        f"{number.fr}{feminine} {one.fr if count < 2 else several.fr}",
        f"{number.en} {one.en if count == 1 else several.en}",
    )


@lru_cache(maxsize=1000)
def _parsed(text: str) -> Period:
    for form, units in FORMS.items():
        if found := re.fullmatch(form, text.strip()):
            counts = dict(zip(units, map(int, found.groups()), strict=True))
            return Period(**counts, franc=text.strip().endswith("franc"))
    raise InvalidInput(
        Text(
            f"«\u00a0{text}\u00a0» n'est pas un délai\u00a0; écrivez par exemple\u00a0: {EXAMPLES}.",
            f"“{text}” is not a period; write for example: {EXAMPLES}.",
        ),
        code="unknown_period",
    )
