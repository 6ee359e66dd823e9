"""The forms of the administration: what is asked, what was typed, what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from flask import request

from casetrack.database.tables import Table
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes, services
from web import resuming
from web.current import db, now, undo
from web.forms import INDENT, Input, Option

Row = TypeVar("Row", bound=Table)
CLOSED = Text("{name} (fermé)", "{name} (closed)")


@dataclass(frozen=True)
class Asked:
    """Describe one field of a form."""

    name: str
    label: Text
    kind: str = "line"
    help: Text | None = None
    required: bool = False
    options: Sequence[Option] = field(default=())


def inputs(
    asked: Iterable[Asked], typed: Mapping[str, object], refusal: InvalidInput | None = None
) -> list[Input]:
    """Return the fields ready to be shown: what was typed stays, with what is wrong about it."""
    faults = getattr(refusal, "faults", {})
    return [
        Input(
            name=its.name,
            kind=its.kind,
            label=its.label,
            help=its.help,
            required=its.required,
            value=_written(typed.get(its.name)),
            fault=faults.get(its.name),
            options=list(its.options),
            groups=[],
        )
        for its in asked
    ]


def values_of(row: Table) -> dict[str, object]:
    """Return the columns of a row, read again when a refusal has undone a change."""
    return {name: getattr(row, name) for name in row.__mapper__.column_attrs.keys()}  # noqa: SIM118


def found(table: type[Row], number: int) -> Row:
    """Return the row of this number; raise NotFound."""
    # Whoever is about to change it waits for whoever is changing it, then sees what it has become.
    about_to_change = request.method == "POST"
    row = db().get(table, number, with_for_update=about_to_change)
    if row is None:
        raise NotFound
    return row


def mark(stamp: str) -> str:
    """Return what a form says of what it was made from, and when."""
    return f"{stamp}.{now().timestamp()}"


def seen() -> changes.Seen | None:
    """Return what the form sent was made from; None when it does not say."""
    if "seen" not in request.form:
        return None
    stamp, _dot, at = request.form.get("seen", "").partition(".")
    try:
        return changes.Seen(stamp, datetime.fromtimestamp(float(at), UTC))
    except (ValueError, OverflowError, OSError):
        return changes.Seen("", now())


def attempt(change: Callable[[], object]) -> InvalidFields | InvalidInput | None:
    """Make a change and commit it, or return the refusal with nothing changed."""
    try:
        resuming.only_show()
        change()
    except (InvalidFields, InvalidInput) as refusal:
        undo()
        return refusal
    db().commit()
    return None


def service_options(tree: services.Tree, present: int | None = None) -> list[Option]:
    """Return the active services, each under its parent, by code; the present one too, though it is closed."""
    shown = [(node, INDENT * depth + node.name) for depth, node in tree.in_order()]
    return [
        (node.code, name if node.is_active else CLOSED.filled(name=name))
        for node, name in shown
        if node.is_active or node.id == present
    ]


def _written(value: object) -> str:
    return "" if value is None or value is False else str(value)
