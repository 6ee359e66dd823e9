"""One act for each of many cases, each committed alone, so that what one refuses does not undo the others."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from casetrack.engine import act
from casetrack.errors import ActionRefused, CaseChanged, InvalidFields, NotFound
from casetrack.language import Text
from casetrack.oversight import cases
from web.current import actor, db, now, number, undo


class Change(Protocol):
    """What is to be done to one case, named by its reference."""

    @property
    def reference(self) -> str:
        """Return the number of the case."""


Its = TypeVar("Its", bound=Change)


def one_by_one(
    changes: Iterable[Its], seen: Mapping[str, str], doing: Callable[[Its], tuple[str, Mapping[str, object]]]
) -> tuple[list[Its], list[tuple[Its, Text]]]:
    """Do to each case the action that `doing` gives with its fields; return those done, and those refused and why.

    `seen` holds the version of each case that the person saw, as the form sent it.
    """
    done, refused = [], []
    for change in changes:
        version = number(seen.get(change.reference, "")) or 0
        name, fields = doing(change)
        try:
            case = cases.find(db(), change.reference, actor())
            act(db(), case, name, by=actor(), at=now(), version=version, **fields)
            db().commit()
            done.append(change)
        except (ActionRefused, CaseChanged, NotFound) as refusal:
            undo()
            faults = refusal.faults.values() if isinstance(refusal, InvalidFields) else ()
            refused.append((change, next(iter(faults), refusal.sentence)))
    return done, refused
