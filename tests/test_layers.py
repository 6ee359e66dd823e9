"""Arrows point one way: this reads every import, and a few calls, so that the house stays as it is drawn.

web, cli, worker → correspondence, oversight, organisation → engine → workflow, deadlines → database
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

DATABASE = {"casetrack.database"}
RULES = {"casetrack.workflow", "casetrack.deadlines"}
ENGINE = {"casetrack.engine"}
SUBJECTS = {"casetrack.correspondence", "casetrack.oversight", "casetrack.organisation"}
# Words, refusals, choices and the time: everything may import them, and they import nothing but each other.
EVERYWHERE = {
    "casetrack.clock",
    "casetrack.errors",
    "casetrack.language",
    "casetrack.settings",
    "casetrack.spelling",
}

BELOW_THE_SUBJECTS = ENGINE | RULES | DATABASE
BELOW_THE_DOORS = SUBJECTS | BELOW_THE_SUBJECTS
MAY_IMPORT: dict[str, set[str]] = {
    "casetrack": set(),
    **dict.fromkeys(EVERYWHERE, set()),
    **dict.fromkeys(DATABASE, set()),
    "casetrack.deadlines": DATABASE,
    # A definition names periods: it is read with the arithmetic that will count them.
    "casetrack.workflow": DATABASE | {"casetrack.deadlines"},
    **dict.fromkeys(ENGINE, RULES | DATABASE),
    **dict.fromkeys(SUBJECTS, BELOW_THE_SUBJECTS),
    "casetrack.worker": BELOW_THE_DOORS,
    "casetrack.demo": BELOW_THE_DOORS,
    "casetrack.cli": BELOW_THE_DOORS | {"casetrack.worker", "casetrack.demo", "web"},
    "web": BELOW_THE_DOORS,
}

# Libraries that one room alone knows.
ONLY_IN = {
    "flask": "web",
    "flask_babel": "web",
    "flask_bootstrap": "web",
    "flask_login": "web",
    "flask_wtf": "web",
    "werkzeug": "web",
    "wtforms": "web",
    "transitions": "casetrack.workflow",
    "apscheduler": "casetrack.worker",
}

SAY_NOTHING = {"utils", "helpers", "manager", "base", "core", "common"}
CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
# The sweep is handed a factory of sessions, not a session: it works in batches and commits each.
COMMITS = {"casetrack.engine.sweep"}
NEVER_COMMIT = ENGINE | {"casetrack.workflow", "casetrack.organisation", "casetrack.oversight"}


class Module(NamedTuple):
    """One source file, by the name that imports it."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def room(self) -> str:
        """The part of the house it belongs to: "web", or "casetrack" with its first folder or file."""
        return room_of(self.name)


class Import(NamedTuple):
    """One imported module, and whether it is imported only when a function runs."""

    name: str
    is_lazy: bool


def room_of(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "casetrack" else parts[0]


def modules() -> Iterator[Module]:
    for package in ("casetrack", "web"):
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            yield Module(name, ast.parse(file.read_text(encoding="utf-8")), is_package)


def imports(module: Module) -> Iterator[Import]:
    at_the_top = set(module.tree.body)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node not in at_the_top)
        elif isinstance(node, ast.ImportFrom):
            parent = node.module or ""
            if node.level:
                parts = module.name.split(".")
                kept = len(parts) - node.level + module.is_package
                parent = ".".join([*parts[:kept], *([node.module] if node.module else [])])
            # `from casetrack import engine` imports a room, not the house.
            for alias in node.names:
                name = f"{parent}.{alias.name}" if parent == "casetrack" else parent
                yield Import(name, node not in at_the_top)


def breaches(module: Module) -> Iterator[str]:
    """Say what this module imports though it may not."""
    for imported in imports(module):
        room = room_of(imported.name)
        known = MAY_IMPORT.get(module.room)
        if known is None:
            yield f"{module.name}: {module.room} is no room of this house: give it its place in MAY_IMPORT"
            return
        if room in MAY_IMPORT and room not in known | EVERYWHERE | {module.room}:
            yield f"{module.name} imports {imported.name}"
        if module.room == "casetrack.cli" and room == "web" and not imported.is_lazy:
            yield f"{module.name} imports {imported.name} for every command: import it in the one that serves"
        owner = ONLY_IN.get(imported.name.split(".")[0])
        if owner and owner != module.room:
            yield f"{module.name} imports {imported.name}, which is for {owner} alone"


def calls(module: Module) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            yield name, node.func.attr, node.lineno


def test_imports_point_one_way():
    assert [breach for module in modules() for breach in breaches(module)] == []


def test_the_state_machine_library_is_known_to_one_module():
    users = {m.name for m in modules() for i in imports(m) if i.name.split(".")[0] == "transitions"}

    assert len(users) == 1


def test_only_the_clock_reads_the_time():
    readers = [
        f"{module.name}, line {line}: {owner}.{name}()"
        for module in modules()
        for owner, name, line in calls(module)
        if (owner, name) in CLOCK and module.name != "casetrack.clock"
    ]

    assert readers == []


def test_rules_never_commit_their_caller_does():
    committed = [
        f"{module.name}, line {line}"
        for module in modules()
        for _, name, line in calls(module)
        if name == "commit" and module.room in NEVER_COMMIT and module.name not in COMMITS
    ]

    assert committed == []


OF_THE_DATABASE = {"sqlalchemy.orm.Session", "sqlalchemy.orm.exc.StaleDataError"}
"""What pages know of the database: the session that they hand on, and the conflict that they put into words."""
TIME_OF_COOKIES = {"web", "web.signing_in"}
"""How long a cookie lasts, and how long one may take between the password and the code."""
STANDING = {"state", "version", "cycle", "last_seq", "last_hash", "closed_seq", "closed_on", "closed_by_id", "answered_on", "due_on",
            "implicit_on", "implicit_born_on", "service_id", "officer_id", "subject_id", "confidentiality", "facts", "outcome"}  # fmt: skip
"""Columns of a case that the gate alone writes, with their line in the journal."""


def rules_of_pages(module: Module) -> Iterator[str]:
    """Say what a page does that the rules do: SQL, a state compared, a day counted."""
    for node in ast.walk(module.tree):
        line = f"{module.name}, line {getattr(node, 'lineno', 0)}"
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                source = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                imported = {source + alias.name for alias in names}
                rules = {name for name in imported if name.split(".")[0] == "sqlalchemy"} - OF_THE_DATABASE
                if module.name not in TIME_OF_COOKIES:
                    rules |= imported & {"datetime.timedelta"}
                yield from (f"{line}: {name}" for name in rules)
            case ast.Compare(left=left, comparators=others):
                if any(isinstance(one, ast.Attribute) and one.attr == "state" for one in (left, *others)):
                    yield f"{line}: .state is compared"
            case ast.Call(func=ast.Attribute(attr="execute" | "scalar" | "scalars" | "query" as name)):
                yield f"{line}: .{name}()"


def written_outside_the_gate(module: Module) -> Iterator[str]:
    """Say where a column of a case is written elsewhere than in the engine."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="case"), attr=name, ctx=ast.Store()) if name in STANDING:
                yield f"{module.name}, line {node.lineno}: case.{name}"
            case ast.Call(func=ast.Name(id="update" | "delete" as name), args=[ast.Name(id="Case"), *_]):
                yield f"{module.name}, line {node.lineno}: {name}(Case)"


def test_pages_hold_no_sql_no_state_and_no_count_of_days():
    assert [found for module in modules() if module.room == "web" for found in rules_of_pages(module)] == []


def test_no_case_is_written_outside_the_engine():
    others = [module for module in modules() if module.room != "casetrack.engine"]

    assert [found for module in others for found in written_outside_the_gate(module)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import select",
        "import sqlalchemy",
        "from sqlalchemy.orm import joinedload",
        "from datetime import timedelta",
        "if case.state == 'closed': pass",
        "open = case.state in ('registered',)",
        "db().scalars(query)",
    ],
)
def test_a_page_that_does_what_rules_do_is_seen(source):
    assert list(rules_of_pages(Module("web.desk", ast.parse(source), is_package=False)))


@pytest.mark.parametrize(
    "source",
    [
        "case.state = 'closed'",
        "case.version += 1",
        "case.due_on, x = None, 1",
        "session.execute(update(Case).values(state='x'))",
        "delete(Case)",
    ],
)
def test_a_case_written_outside_the_engine_is_seen(source):
    assert list(
        written_outside_the_gate(Module("casetrack.oversight.cases", ast.parse(source), is_package=False))
    )


def test_every_module_has_a_name_that_says_something():
    assert [m.name for m in modules() if m.name.split(".")[-1] in SAY_NOTHING] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("casetrack.engine.gate", "from casetrack.correspondence import outbox"),  # upwards
        ("casetrack.engine.gate", "import casetrack.worker"),
        ("casetrack.engine.gate", "from ..oversight import worklists"),  # upwards, and hidden behind dots
        ("casetrack.engine.gate", "from casetrack import cli"),
        ("casetrack.engine.gate", "def act():\n    from web import app"),  # hidden in a function
        ("casetrack.deadlines.due", "from casetrack.workflow.schema import Definition"),  # sideways
        ("casetrack.oversight.worklists", "from casetrack.correspondence import outbox"),
        ("casetrack.database.session", "from casetrack.deadlines import due"),
        ("casetrack.errors", "from casetrack.database import Database"),
        ("casetrack.oversight.worklists", "import flask"),
        ("casetrack.engine.gate", "from transitions import Machine"),
        ("web.desk", "from apscheduler.schedulers.background import BackgroundScheduler"),
        ("casetrack.cli.serve", "from web import create_app"),  # every command would load the pages
        ("casetrack.utils", "import ast"),  # no such room
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_seen(name, source):
    assert list(breaches(Module(name, ast.parse(source), is_package=False)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("casetrack.cli.serve", "def serve():\n    from web import create_app"),
        ("casetrack.engine.gate", "from casetrack.workflow.machine import machine\nfrom . import journal"),
        ("casetrack.workflow.machine", "from transitions import Machine"),
        ("web.desk", "from flask import Blueprint\nfrom casetrack.engine import act"),
        ("casetrack.oversight.worklists", "from casetrack import database, language"),
    ],
)
def test_an_arrow_that_points_down_is_left_in_peace(name, source):
    assert list(breaches(Module(name, ast.parse(source), is_package=False))) == []
