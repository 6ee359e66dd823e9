"""Days and numbers as a clerk says them, in French and in English."""

from datetime import date

from casetrack.language import Text

WEEKDAYS = (
    Text("lundi", "Monday"),
    Text("mardi", "Tuesday"),
    Text("mercredi", "Wednesday"),
    Text("jeudi", "Thursday"),
    Text("vendredi", "Friday"),
    Text("samedi", "Saturday"),
    Text("dimanche", "Sunday"),
)
MONTHS = (
    Text("janvier", "January"),
    Text("février", "February"),
    Text("mars", "March"),
    Text("avril", "April"),
    Text("mai", "May"),
    Text("juin", "June"),
    Text("juillet", "July"),
    Text("août", "August"),
    Text("septembre", "September"),
    Text("octobre", "October"),
    Text("novembre", "November"),
    Text("décembre", "December"),
)
NUMBERS = (
    Text("aucun", "no"),
    Text("un", "one"),
    Text("deux", "two"),
    Text("trois", "three"),
    Text("quatre", "four"),
    Text("cinq", "five"),
    Text("six", "six"),
    Text("sept", "seven"),
    Text("huit", "eight"),
    Text("neuf", "nine"),
    Text("dix", "ten"),
)


def say_day(day: date, language: str = "fr") -> str:
    """Say a day in full: "mardi 1er décembre 2026" or "Tuesday 1 December 2026"."""
    return said(day).within(language)


def said(day: date) -> Text:
    """Say a day in full in both languages."""
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    first = "1er" if day.day == 1 else day.day
    return Text(
        f"{weekday.fr} {first} {month.fr} {day.year}",
        f"{weekday.en} {day.day} {month.en} {day.year}",
    )


def said_month(day: date) -> Text:
    """Say the month of a day: "février 2027", "February 2027"."""
    month = MONTHS[day.month - 1]
    return Text(f"{month.fr} {day.year}", f"{month.en} {day.year}")


def said_number(number: int) -> Text:
    """Say a count in letters up to ten, in figures above."""
    return NUMBERS[number] if number < len(NUMBERS) else Text(str(number), str(number))


def filled(template: Text, **values: date | Text | int | str) -> Text:
    """Fill both sentences, each value in the language of its sentence."""
    return template.filled(**{name: said(v) if isinstance(v, date) else v for name, v in values.items()})


def sentence(template: Text, **values: date | Text | int | str) -> Text:
    """Fill both sentences and begin them with a capital."""
    text = filled(template, **values)
    return Text(text.fr[:1].upper() + text.fr[1:], text.en[:1].upper() + text.en[1:])


def listed(texts: list[Text]) -> Text:
    """Put several short texts one after the other, with commas."""
    return Text(", ".join(text.fr for text in texts), ", ".join(text.en for text in texts))
