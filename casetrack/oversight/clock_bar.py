"""The clock of a case as a bar: days in, places in percent of its width out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from casetrack.language import Text

NARROW, WIDE = 280, 660
"""Width in pixels of the bar on a telephone and on a tablet: what labels must fit in."""
LETTER = 7
"""Width in pixels of an average letter of a label."""
GAP = 8
MONTHS = (  # fr, en
    Text("janv.", "Jan"),
    Text("févr.", "Feb"),
    Text("mars", "Mar"),
    Text("avril", "Apr"),
    Text("mai", "May"),
    Text("juin", "June"),
    Text("juil.", "July"),
    Text("août", "Aug"),
    Text("sept.", "Sept"),
    Text("oct.", "Oct"),
    Text("nov.", "Nov"),
    Text("déc.", "Dec"),
)
RECEIVED, PROMISED, LEGAL = Text("reçu", "received"), Text("promis", "promised"), Text("légal", "legal")
ANSWERED, TODAY = Text("répondu", "answered"), Text("aujourd'hui", "today")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold a part of the bar: where it begins and how long it is, in percent."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Label:
    """Hold the words of a mark, where they stand, and how many lines lower so that none covers another."""

    mark: str
    """"received", "promised", "legal" or "now"."""
    words: Text
    x: float
    anchor: str
    """"start", "middle" or "end": the words never leave the bar."""
    line: int
    line_when_narrow: int


@dataclass(frozen=True, slots=True)
class ClockBar:
    """Hold the places of everything on the bar, in percent of its width; None for what does not exist."""

    elapsed: Stretch
    to_come: Stretch
    """From the receipt to the promised day; the elapsed part covers its beginning."""
    beyond: Stretch
    late: Stretch | None
    pauses: tuple[Stretch, ...]
    acknowledged: float | None
    promised: float
    legal: float | None
    now: float
    """Today, or the day of the answer."""
    labels: tuple[Label, ...]

    @property
    def lines(self) -> int:
        """Return how many lines of labels stand under the bar."""
        return 1 + max(label.line for label in self.labels)

    @property
    def lines_when_narrow(self) -> int:
        """Return how many lines of labels stand under the bar of a telephone."""
        return 1 + max(label.line_when_narrow for label in self.labels)


def clock_bar(
    received_on: date,
    due_on: date | None,
    *,
    today: date,
    legal_on: date | None = None,
    answered_on: date | None = None,
    acknowledged_on: date | None = None,
    pauses: Iterable[tuple[date, date]] = (),
) -> ClockBar | None:
    """Return where each day of a case stands on its bar; None where nothing was promised.

    The bar begins on `received_on` and ends on the last day that matters. A pause goes from its first
    day to the one on which the clock runs again, even if that one is only announced; a list that knows
    no more than "suspended until" gives `(today, until)`.
    """
    if due_on is None:
        return None
    now = max(answered_on or today, received_on)
    stopped = [(max(start, received_on), end) for start, end in pauses if end > max(start, received_on)]
    last = max(due_on, now, legal_on or due_on, *(end for _, end in stopped))
    days = max((last - received_on).days, 1)

    def place(day: date) -> float:
        return round(min(max((day - received_on).days / days, 0), 1) * 100, 1)

    def stretch(start: date, end: date) -> Stretch:
        return Stretch(place(start), round(place(end) - place(start), 1))

    marks = [
        ("received", RECEIVED, received_on),
        *([("legal", LEGAL, legal_on)] if legal_on else []),
        ("promised", PROMISED, due_on),
    ]
    under = [(mark, _dated(word, day), place(day)) for mark, word, day in marks]
    above = ("now", _dated(ANSWERED, answered_on) if answered_on else TODAY, place(now))
    return ClockBar(
        elapsed=stretch(received_on, min(now, due_on)),
        to_come=stretch(received_on, due_on),
        beyond=stretch(due_on, last),
        late=stretch(due_on, now) if now > due_on else None,
        pauses=tuple(stretch(start, end) for start, end in stopped),
        acknowledged=place(acknowledged_on) if acknowledged_on else None,
        promised=place(due_on),
        legal=place(legal_on) if legal_on else None,
        now=place(now),
        labels=(*_labels(under), *_labels([above])),
    )


def _dated(word: Text, day: date) -> Text:
    month = MONTHS[day.month - 1]
    number = "1er" if day.day == 1 else day.day
    return Text(f"{word.fr} {number}\u00a0{month.fr}", f"{word.en} {day.day}\u00a0{month.en}")


def _labels(marks: Sequence[tuple[str, Text, float]]) -> list[Label]:
    """Put the labels of one side of the bar on as many lines as they need, the first ones nearest."""
    anchors = [_anchor(x, _width(words)) for _, words, x in marks]
    placed = [(x, _width(words), anchor) for (_, words, x), anchor in zip(marks, anchors, strict=True)]
    wide, narrow = _lines(placed, WIDE), _lines(placed, NARROW)
    return [
        Label(mark, words, x, anchors[at], wide[at], narrow[at]) for at, (mark, words, x) in enumerate(marks)
    ]


def _width(words: Text) -> float:
    return max(len(words.fr), len(words.en)) * LETTER


def _anchor(x: float, width: float) -> str:
    half = width / 2 / NARROW * 100
    return "start" if x < half else "end" if x > 100 - half else "middle"


def _lines(placed: Sequence[tuple[float, float, str]], bar: float) -> list[int]:
    """Return the line of each label: the first on which it touches none of those before it."""
    taken: list[list[tuple[float, float]]] = []
    lines = []
    for x, width, anchor in placed:
        start = x * bar / 100 - width * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        end = start + width
        line = next(
            (at for at, row in enumerate(taken) if all(end + GAP <= a or b + GAP <= start for a, b in row)),
            len(taken),
        )
        if line == len(taken):
            taken.append([])
        taken[line].append((start, end))
        lines.append(line)
    return lines
