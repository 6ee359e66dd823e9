"""Turn one row of a CSV file into a letter to register, or say why it cannot be one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

from casetrack.correspondence.csv_mapping import IN_TITLE, Choice, Creating, CsvMapping, Received
from casetrack.deadlines.words import WEEKDAYS, filled, said
from casetrack.language import Text
from casetrack.spelling import fold

EARLIEST = date(1900, 1, 1)
LONGEST_ID = 200
LONGEST_TITLE = 300
WEEKDAY = {fold(name): number for number, names in enumerate(WEEKDAYS) for name in names}
# A file repeats the same few values ten thousand times.
_plain = lru_cache(maxsize=5_000)(fold)
WHO = ("given_name", "family_name", "organisation", "email", "telephone")
LEFT_OVER = " \u00a0–-:,;/·"
"""What stays at the ends of a title when a column is empty."""

REASONS = {
    "missing_id": Text(
        "pas de numéro d'origine (colonne «\u00a0{column}\u00a0»)\u00a0: sans lui, un second import l'enregistrerait deux fois.",
        "no number of origin (column “{column}”): without it a second import would register it twice.",
    ),
    "id_too_long": Text(
        "le numéro d'origine dépasse {most} caractères.", "the number of origin exceeds {most} characters."
    ),
    "missing_date": Text(
        "pas de date de réception\u00a0: les délais partiraient de rien.",
        "no date of receipt: the deadlines would start from nothing.",
    ),
    "unreadable_date": Text(
        "«\u00a0{value}\u00a0» n'est pas une date possible, ou pas dans le format annoncé.",
        "“{value}” is no possible date, or not in the format announced.",
    ),
    "date_in_future": Text("le {day} n'est pas encore venu.", "{day} has not come yet."),
    "answered_before_received": Text(
        "répondu le {answered}, avant la réception le {received}\u00a0: l'une des dates est fausse.",
        "answered on {answered}, before receipt on {received}: one of the dates is wrong.",
    ),
    "missing_title": Text("l'objet est vide.", "the title is empty."),
    "unwanted": Text(
        "l'état «\u00a0{value}\u00a0» n'est pas à reprendre, dit le fichier de correspondance.",
        "the state “{value}” is not to be taken over, says the mapping.",
    ),
    "unknown_value": Text(
        "«\u00a0{value}\u00a0» n'est pas dans le tableau [{table}]\u00a0: ajoutez-le, ou donnez un «\u00a0default\u00a0».",
        "“{value}” is not in the table [{table}]: add it, or give a “default”.",
    ),
    "missing_value": Text(
        "rien ne donne de valeur à [{table}]\u00a0: complétez la cellule, ou donnez un «\u00a0default\u00a0».",
        "nothing gives a value to [{table}]: fill the cell, or give a “default”.",
    ),
}


class Unusable(Exception):
    """A row that cannot be a letter; `code` for programs, `reason` for the person who corrects it."""

    def __init__(self, code: str, **values: date | Text | int | str) -> None:
        self.code, self.reason = code, filled(REASONS[code], **values)
        super().__init__(code)


class Place(NamedTuple):
    """A service or subject: its code, and the name to give it if it must be made."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a row says of one letter, in our own terms."""

    external_id: str
    title: str
    received_on: date
    channel: str
    subject: Place
    service: Place | None
    nature: str | None
    answered_on: date | None
    outcome: str | None
    is_answered_some_day: bool
    """Answered, says the source, without saying when."""
    sender: dict[str, str] | None


class _Moment(NamedTuple):
    day: date
    instant: datetime | None


def external_id(mapping: CsvMapping, row: Mapping[str, str]) -> str:
    """Return the number of origin as it is in the row."""
    return row[mapping.id]


def read_letter(mapping: CsvMapping, row: Mapping[str, str], *, today: date) -> Letter:
    """Read a row (cells by column, stripped); raise Unusable with the first thing that is wrong."""
    number = external_id(mapping, row)
    if not number:
        raise Unusable("missing_id", column=mapping.id)
    if len(number) > LONGEST_ID:
        raise Unusable("id_too_long", most=LONGEST_ID)
    status = _chosen(mapping.status, row, "status") if mapping.status else None
    if status == "skip":
        raise Unusable("unwanted", value=mapping.status.cell(row))  # type: ignore[union-attr]
    received = _received(mapping.received, row, mapping.tz)
    answered = _answered(mapping, row, status)
    _refuse_impossible(received, answered, today)
    if not (title := _title(mapping.title, row)):
        raise Unusable("missing_title")
    if (subject := _place(mapping, mapping.subject, row, "subject")) is None:
        raise Unusable("missing_value", table="subject")
    outcome = (
        _chosen(mapping.answered.outcome, row, "answered.outcome") if mapping.answered and answered else None
    )
    if answered and outcome is None:
        raise Unusable("missing_value", table="answered.outcome")
    return Letter(
        external_id=number,
        title=title,
        received_on=received.day,
        channel=(_chosen(mapping.channel, row, "channel") if mapping.channel else None) or "post",
        subject=subject,
        service=_place(mapping, mapping.service, row, "service") if mapping.service else None,
        nature=_chosen(mapping.nature, row, "nature") if mapping.nature else None,
        answered_on=answered.day if answered else None,
        outcome=outcome,
        is_answered_some_day=status == "answered" and answered is None,
        sender=_sender(mapping, row),
    )


@lru_cache(maxsize=5_000)
def code_for(source: str, name: str, *, most: int) -> str:
    """Return the code of a service or subject made from its name in the source, always the same."""
    plain = fold(name)
    code = "-".join([source, *re.findall("[a-z0-9]+", plain)])
    if len(code) <= most and plain.isascii() and code != source:
        return code
    digest = sha256(plain.encode()).hexdigest()[:8]
    return f"{code[: most - 9].rstrip('-')}-{digest}"


def _chosen(choice: Choice, row: Mapping[str, str], table: str) -> str | None:
    """Return the code that stands for the cell; the default for an empty or unknown one."""
    cell = choice.cell(row)
    code = choice.codes.get(_plain(cell)) if cell else None
    if code is None and choice.default is None and cell:
        raise Unusable("unknown_value", value=cell[:100], table=table)
    return code or choice.default


def _place(mapping: CsvMapping, choice: Creating, row: Mapping[str, str], table: str) -> Place | None:
    cell = choice.cell(row)
    if not (choice.create and cell) or _plain(cell) in choice.codes:
        code = _chosen(choice, row, table)
        return Place(code) if code else None
    if table == "service":
        return Place(code_for(mapping.source, cell, most=40).upper(), cell[:200])
    return Place(code_for(mapping.source, cell, most=60), cell[:200])


def _received(received: Received, row: Mapping[str, str], zone: ZoneInfo) -> _Moment:
    if received.column:
        if moment := _moment(row[received.column], received.format, zone):
            return moment
        raise Unusable("missing_date")
    month, weekday = row[received.month or ""], row[received.weekday or ""]
    if not month or not weekday:
        raise Unusable("missing_date")
    try:
        first = date.fromisoformat(f"{month}-01")
        return _Moment(first + timedelta(days=(WEEKDAY[_plain(weekday)] - first.weekday()) % 7), None)
    except (ValueError, KeyError):
        raise Unusable("unreadable_date", value=f"{month} {weekday}"[:100]) from None


def _answered(mapping: CsvMapping, row: Mapping[str, str], status: str | None) -> _Moment | None:
    if mapping.answered is None or status == "open":
        return None
    return _moment(row[mapping.answered.column], mapping.answered.format, mapping.tz)


def _moment(cell: str, form: str, zone: ZoneInfo) -> _Moment | None:
    """Read a date, or a time whose day is counted in the zone; a time that names no zone is of that one."""
    if not cell:
        return None
    try:
        if form == "iso" and len(cell) <= 10:
            return _Moment(date.fromisoformat(cell), None)
        instant = datetime.fromisoformat(cell) if form == "iso" else datetime.strptime(cell, form)  # noqa: DTZ007
        has_time = form == "iso" or "%H" in form
        instant = instant.astimezone(zone) if instant.tzinfo else instant.replace(tzinfo=zone)
        return _Moment(instant.date(), instant if has_time else None)
    except (ValueError, OverflowError):
        raise Unusable("unreadable_date", value=cell[:100]) from None


def _refuse_impossible(received: _Moment, answered: _Moment | None, today: date) -> None:
    for moment in (received, answered):
        if moment and moment.day > today:
            raise Unusable("date_in_future", day=moment.day)
        if moment and moment.day < EARLIEST:
            raise Unusable("unreadable_date", value=moment.day.isoformat())
    if answered is None:
        return
    if received.instant and answered.instant:
        is_before = answered.instant < received.instant
    else:
        is_before = answered.day < received.day
    if is_before:
        raise Unusable("answered_before_received", answered=_said(answered), received=_said(received))


def _said(moment: _Moment) -> Text:
    day = said(moment.day)
    if moment.instant is None:
        return day
    return Text(f"{day.fr} à {moment.instant:%H:%M}", f"{day.en} at {moment.instant:%H:%M}")


def _title(template: str, row: Mapping[str, str]) -> str:
    filled = IN_TITLE.sub(lambda found: row[found[1]], template)
    return " ".join(filled.split()).strip(LEFT_OVER)[:LONGEST_TITLE].rstrip()


def _sender(mapping: CsvMapping, row: Mapping[str, str]) -> dict[str, str] | None:
    """Return who wrote; an address with nobody at it is nobody."""
    if mapping.sender is None:
        return None
    details = {name: row[column] for name, column in mapping.sender if column}
    return details if any(details.get(name) for name in WHO) else None
