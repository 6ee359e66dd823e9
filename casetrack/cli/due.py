"""`casetrack due`: when an answer is due, the day to aim at, and why."""

import json
from datetime import date

import click

from casetrack.deadlines.calendar import Calendar
from casetrack.deadlines.due import TWO_MONTHS, Due, Suspension
from casetrack.deadlines.due import due as owed
from casetrack.deadlines.explanation import SILENT, explain_day_due
from casetrack.deadlines.period import Period
from casetrack.deadlines.words import sentence
from casetrack.errors import CaseTrackError, InvalidInput
from casetrack.language import Text

YEARS = range(1900, 2101)  # the years whose holidays are known overseas

HEADINGS = (
    Text("Reçu le {received_on}", "Received on {received_on}"),
    Text("Réponse due le {due_on}", "Answer due on {due_on}"),
    Text("Objectif de travail\u00a0: {act_by}", "Working target: {act_by}"),
    Text("Décision implicite le {implicit_on}", "Implicit decision on {implicit_on}"),
)
WHY = Text("Pourquoi ces dates\u00a0?", "Why these dates?")
BORN = Text(
    "La décision implicite naît à la fin du {day} (CRPA, art. L231-1 et L231-4).",
    "The implicit decision is born at the end of {day} (CRPA, art. L231-1 and L231-4).",
)
NOT_A_DATE = Text(
    "«\u00a0{text}\u00a0» n'est pas une date entre 1900 et 2100\u00a0: écrivez l'année, le mois et le jour, par exemple 2026-11-23.",
    "“{text}” is not a date between 1900 and 2100: write year, month and day, for example 2026-11-23.",
)
NOT_A_PAUSE = Text(
    "«\u00a0{text}\u00a0» n'est pas une suspension\u00a0: écrivez le premier jour arrêté et le jour de reprise, par exemple 2026-12-01..2026-12-13.",
    "“{text}” is not a pause: write the first day stopped and the day it starts again, for example 2026-12-01..2026-12-13.",
)


@click.command(name="due")
@click.argument("received")
@click.option("--within", default="1 month", show_default=True, help="Délai / period.")
@click.option("--zone", default="metropole", show_default=True, help="Jours fériés / holidays.")
@click.option(
    "--paused",
    multiple=True,
    metavar="A..B",
    help="Arrêté le jour A, repris le jour B / stopped on day A, running again on day B.",
)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Un objet JSON / one JSON object.")
def due(received: str, within: str, zone: str, paused: tuple[str, ...], language: str, as_json: bool) -> None:
    """Dit quand une réponse est due, et pourquoi. / Say when an answer is due, and why.

    RECEIVED est le jour de réception. / is the day of receipt: 2026-11-23.
    """
    try:
        received_on = _date(received)
        suspensions = [_suspension(text) for text in paused]
        calendar = Calendar(zone)
        answer = owed(Period.parse(within), received_on, calendar=calendar, suspensions=suspensions)
    except CaseTrackError as refusal:
        raise click.UsageError(refusal.sentence.within(language)) from refusal
    silence = owed(TWO_MONTHS, received_on, calendar=calendar, suspensions=suspensions)
    show = _print_json if as_json else _print_words
    show(answer, silence, language)


def _print_json(answer: Due, silence: Due, language: str) -> None:
    dates = _dates(answer, silence)
    why = [text.within(language) for text in _why(answer, silence)]
    click.echo(
        json.dumps(
            {name: day.isoformat() for name, day in dates.items()} | {"explanation": why},
            ensure_ascii=False,
        )
    )


def _print_words(answer: Due, silence: Due, language: str) -> None:
    dates = _dates(answer, silence)
    for heading in HEADINGS:
        click.echo(sentence(heading, **dates).within(language))
    click.echo(f"\n{WHY.within(language)}")
    for text in _why(answer, silence):
        click.echo(f"  - {text.within(language)}")


def _dates(answer: Due, silence: Due) -> dict[str, date]:
    return {
        "received_on": answer.start,
        "due_on": answer.due_on,
        "act_by": answer.act_by,
        "implicit_on": silence.due_on,
    }


def _why(answer: Due, silence: Due) -> tuple[Text, ...]:
    return (
        *answer.explanation,
        *explain_day_due(silence, SILENT),
        sentence(BORN, day=silence.due_on),
    )


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise InvalidInput(NOT_A_DATE.filled(text=text), code="not_a_date")
    return day


def _suspension(text: str) -> Suspension:
    first, separator, again = text.partition("..")
    if not (first and separator and again):
        raise InvalidInput(NOT_A_PAUSE.filled(text=text), code="not_a_pause")
    return Suspension(_date(first), _date(again))
