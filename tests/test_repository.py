"""What the repository holds: text that every machine reads alike, and nothing that names this one."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
DECISIONS = ROOT / "docs" / "decisions"

# Written in pieces, so that this file does not hold what it looks for.
REGISTRY = re.compile(r"https?://[a-z.-]*(pypi|pythonhosted|npmjs|debian)\.[a-z]+")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(work|root|home|Users)/\w")
PATH = re.compile(r"`((?:\.ci|benchmarks|casetrack|docs|tests|web|workflows)/[^`\s]+)`")
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


@cache
def tracked() -> dict[str, bytes]:
    """Return every committed file with its content."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    names = listing.decode().rstrip("\0").split("\0")
    return {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}


def texts() -> dict[str, str]:
    """Return every committed text; git itself takes a file with a zero byte for a picture."""
    return {name: held.decode("utf-8") for name, held in tracked().items() if b"\0" not in held}


def test_every_text_is_utf_8_with_unix_line_ends():
    unreadable = []
    for name, content in tracked().items():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            if b"\0" not in content:
                unreadable.append(name)
    with_carriage_returns = [
        name for name, text in texts().items() if "\r\n" in text and not name.endswith(".eml")
    ]

    assert unreadable == []
    assert with_carriage_returns == []


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_file_names_a_registry_or_the_folders_of_one_machine(pattern):
    found = [f"{name}: {match.group()}" for name, text in texts().items() if (match := pattern.search(text))]

    assert found == []


def test_the_lock_that_records_host_names_stays_out():
    assert "uv.lock" not in tracked()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_a_hash_for_every_package(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", text)

    assert "://" not in text
    assert [p.split(" ")[0] for p in packages if "--hash=sha256:" not in p or "==" not in p] == []


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": project["dependencies"] + project["optional-dependencies"]["dev"],
    }

    missing = [
        f"{name} in {lock}: run `make lock`"
        for lock, requirements in asked.items()
        for requirement in requirements
        if (name := re.match(r"[\w.-]+", requirement).group()) not in versions(lock)
    ]

    assert missing == []


def test_a_town_runs_on_the_versions_that_were_tested():
    tested = versions("requirements-dev.lock")

    assert {name: v for name, v in versions("requirements.lock").items() if tested.get(name) != v} == {}


def versions(lock: str) -> dict[str, str]:
    """Return the version of each package in a lock."""
    return dict(
        re.findall(
            r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE
        )
    )


def test_every_link_between_documents_leads_somewhere():
    dead = [
        f"{name} → {target}"
        for name, text in texts().items()
        if name.endswith(".md")
        for target in LINK.findall(text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]

    assert dead == []


def test_every_path_that_a_document_names_exists():
    dead = [
        f"{name} → {path}"
        for name, text in texts().items()
        if name.endswith(".md")
        for path in PATH.findall(text)
        if not any(ROOT.glob(path.replace("<key>", "*")))
    ]

    assert dead == []


def test_every_decision_is_numbered_dated_and_in_the_index():
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    decisions = sorted(file for file in DECISIONS.glob("*.md") if file.name != "README.md")

    assert [file.name[:4] for file in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    assert [file.name for file in decisions if f"({file.name})" not in index] == []
    for file in decisions:
        text = file.read_text(encoding="utf-8")
        assert re.search(r"^Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE), file.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS, file.name


SECTIONS = ["Context", "Decision", "Consequences", "Alternatives refused"]


def test_make_explains_every_command_that_a_person_types():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE).group(1).split()

    help_text = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert [target for target in declared if target != "help" and f"make {target} " not in help_text] == []
