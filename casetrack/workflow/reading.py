"""Read a definition from its folder, or from the text that was published."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from casetrack.errors import DefinitionError
from casetrack.workflow.explaining import explained
from casetrack.workflow.findings import Finding, found, line_of
from casetrack.workflow.schema import Definition, Sheet

FILE = "workflow.toml"

_read: dict[str, Definition] = {}


def read_all(paths: Iterable[Path]) -> list[Definition]:
    """Read definitions, each given as workflow.toml, as its folder, or as a folder of folders.

    Raises DefinitionError with the findings of all of them.
    """
    definitions: dict[str, Definition] = {}
    findings: list[Finding] = []
    for file in _files(paths):
        try:
            definition = read(file)
        except DefinitionError as error:
            findings += error.findings
            continue
        if definition.key in definitions:
            findings.append(found("duplicate_workflow", definition.file, 1, name=definition.key))
        definitions[definition.key] = definition
    if findings:
        raise DefinitionError(findings)
    return list(definitions.values())


def read_folder(folder: Path) -> list[Definition]:
    """Read every definition of a folder, in the order of their names; raise DefinitionError."""
    return read_all([folder])


def neighbours(definition: Definition) -> dict[str, Definition]:
    """Return by key the definitions of the same folder, leaving out those that cannot be read."""
    beside: dict[str, Definition] = {}
    for file in sorted(Path(definition.file).parent.parent.glob(f"*/{FILE}")):
        with suppress(DefinitionError):
            beside[file.parent.name] = read(file)
    return beside


def read(path: Path) -> Definition:
    """Read one definition (its folder, or its workflow.toml) with its messages; raise DefinitionError."""
    file = path / FILE if path.is_dir() else path
    source = _text(file)
    definition = from_text(source, _messages(file.parent), file=_shown(file))
    if (folder := file.parent.name) != definition.key:
        line = line_of(source, ("key",))
        names = {"name": definition.key, "folder": folder}
        raise DefinitionError([found("key_differs_from_folder", definition.file, line, **names)])
    return definition


def from_text(source: str, messages: Mapping[str, str], *, file: str = FILE) -> Definition:
    """Read a definition from its text and its messages; raise DefinitionError with every finding."""
    source = normalised(source)
    messages = {name: normalised(text) for name, text in sorted(messages.items())}
    sha256 = hash_of(source, messages)
    if sha256 not in _read:
        sheet = _validated(_parsed(source, file), source, file)
        _read[sha256] = Definition(**dict(sheet), messages=messages, source=source, sha256=sha256, file=file)
    definition = _read[sha256]
    return definition if definition.file == file else definition.model_copy(update={"file": file})


def hash_of(source: str, messages: Mapping[str, str]) -> str:
    """Return the SHA-256 of a definition: its text and its messages, line ends and order apart."""
    texts = sorted((name, normalised(text)) for name, text in messages.items())
    return hashlib.sha256(json.dumps([normalised(source), texts]).encode()).hexdigest()


def normalised(text: str) -> str:
    """Return a text with line ends of one kind, so that an editor cannot change its hash unseen."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_file() or (path / FILE).is_file():
            files.append(path)
        else:
            files += sorted(path.glob(f"*/{FILE}")) or [path]
    return list(dict.fromkeys(files))


def _messages(folder: Path) -> dict[str, str]:
    """Return a definition's own messages, and the shared blocks that they name."""
    messages = _texts(folder / "messages")
    blocks = _texts(folder.parent / "blocks")
    while named := [
        name for name in blocks if name not in messages and any(name in t for t in messages.values())
    ]:
        messages |= {name: blocks[name] for name in named}
    return messages


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: _text(file) for file in sorted(folder.glob("*.txt"))}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise DefinitionError([found("file_unreadable", _shown(file), 1)]) from None


def _shown(file: Path) -> str:
    """Return a path as the person who typed the command would write it."""
    here = Path.cwd()
    return str(file.resolve().relative_to(here)) if file.resolve().is_relative_to(here) else str(file)


def _parsed(source: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        twice = "overwrite" in str(error) or "twice" in str(error) or "mutate" in str(error)
        where = int(line[1]) if line else source.count("\n") + 1
        raise DefinitionError(
            [found("duplicate_key" if twice else "not_toml", file, where, problem=str(error))]
        ) from None


def _validated(table: dict[str, Any], source: str, file: str) -> Sheet:
    try:
        return Sheet.model_validate(table)
    except ValidationError as error:
        raise DefinitionError(sorted(set(explained(error, source, file)))) from None
