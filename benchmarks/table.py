"""What the measures found, as a table for people and as JSON for programs."""

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psycopg
import sqlalchemy

STEADY = 1.5
"""How much longer the floor's slowest round may take than its quickest, on a machine that one may believe."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Hold what performance is to reach: at most `limit`, of the "ratio" or of our own "value"."""

    limit: float
    of: str = "ratio"


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one measure, round by round: ours beside what it is held against."""

    measure: str
    where: str
    unit: str
    """"letters/s" and "ms" are kept as seconds of one, "MB" as it is."""
    against: tuple[float, ...]
    ours: tuple[float, ...]
    goal: Goal | None = None

    @property
    def ratios(self) -> list[float]:
        """Return ours over the other, round by round, smallest first."""
        return sorted(mine / theirs for mine, theirs in zip(self.ours, self.against, strict=False))

    @property
    def is_reached(self) -> bool | None:
        """Tell whether the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        return median(self.ours if self.goal.of == "value" else self.ratios) <= self.goal.limit

    @property
    def is_steady(self) -> bool:
        """Tell whether what it is held against took about as long in every round."""
        return not self.against or max(self.against) <= STEADY * min(self.against)

    @property
    def row(self) -> list[str]:
        """Return the cells of the table."""
        ratio, spread, goal = "", "", ""
        if self.against:
            ratio, spread = f"{median(self.ratios):.1f}x", f"{self.ratios[0]:.1f}–{self.ratios[-1]:.1f}"
        if self.goal:
            limit = self.goal.limit
            goal = f"≤ {limit:g}x" if self.goal.of == "ratio" else _shown((limit,), self.unit)
        reached = {None: "", True: "yes", False: "no"}[self.is_reached]
        if reached and not self.is_steady:
            reached += "?"
        mine, theirs = (_shown(values, self.unit) for values in (self.ours, self.against))
        return [self.measure, self.where, theirs, mine, ratio, spread, goal, reached]


COLUMNS = ("measure", "where", "floor", "Casetrack", "ratio", "lowest–highest", "goal", "reached")


def markdown(figures: Iterable[Figure]) -> str:
    """Return the table."""
    rows = [COLUMNS, *(figure.row for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write everything that was measured, with what it was measured on."""
    found = [
        {**asdict(figure), "ratios": figure.ratios, "is_reached": figure.is_reached} for figure in figures
    ]
    path.write_text(json.dumps({"machine": machine(), "figures": found}, indent=1, ensure_ascii=False) + "\n")


def machine() -> dict[str, object]:
    """Return what the figures depend on, beside the code."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": sqlalchemy.__version__,
        "psycopg": f"{psycopg.__version__} ({psycopg.pq.__impl__})",
    }


def _shown(seconds: Sequence[float], unit: str) -> str:
    if not seconds:
        return ""
    value = median(seconds)
    if unit == "MB":
        return f"{value:.0f} MB"
    if unit == "ms":
        return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value * 1000:,.0f} ms"
    return f"{1 / value:,.0f} {unit}"
