"""Published definitions: kept with their hash, never changed, found again by each case."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from casetrack.database.tables import Staff, WorkflowVersion
from casetrack.errors import DefinitionError, InvalidInput, NotFound, PublishedTextChanged
from casetrack.language import Text
from casetrack.workflow import wording
from casetrack.workflow.checking import beside, check, check_all
from casetrack.workflow.reading import from_text, hash_of, read_folder
from casetrack.workflow.schema import Definition

_HASH_ONLY = (load_only(WorkflowVersion.sha256),)

VERSIONS = "versions"
"""Where a session keeps the hash of each version, from its first question to the next publication."""

NO_LONGER_IN_FORCE = Text(
    "Une autre version est entrée en vigueur pendant que vous écriviez\u00a0; ce que vous avez saisi est gardé ci-dessous, reprenez-le sur la version en vigueur.",
    "Another version came into force while you were writing; what you typed is kept below, take it to the version in force.",
)

_definitions: dict[str, Definition] = {}
_proved: set[str] = set()


def publish(session: Session, definition: Definition, *, at: datetime, by: Staff | None) -> WorkflowVersion:
    """Keep a version for good and return its row; the same text again changes nothing.

    Raises DefinitionError when it may not be used, PublishedTextChanged when this version is published
    with another text, and InvalidInput (`version_too_low`) when a later one is. What it opens is looked at
    by `publish_all`.
    """
    newest = _newest(session, definition.key)
    if newest and definition.version <= newest.version:
        return _same(session, definition, newest.version)
    _refuse_unproved(definition)
    row = _kept(session, definition, number=0, at=at, by=by)
    if newest and newest.wording:
        _carry_over(session, newest, definition, at=at, by=by)
    return row


def publish_wording(
    session: Session, number: int, definition: Definition, *, at: datetime, by: Staff
) -> WorkflowVersion:
    """Keep a town's wording of the version of this number and return its row; the same text changes nothing.

    Raises DefinitionError when it is not proved, and InvalidInput (`changed`) when another is in force by now.
    """
    row = session.get_one(WorkflowVersion, number)
    newest = _newest(session, row.key)
    if newest is None or newest.id != number:
        raise InvalidInput(NO_LONGER_IN_FORCE, code="changed")
    if definition.sha256 == row.sha256:
        return row
    known = {key: published(session, key)[1] for key in {its.key for its in versions(session).values()}}
    # Open cases keep the version that they began with, and its clocks name causes too.
    others = [its for its in versions(session).values() if its.key != definition.key]
    findings = check(definition, known) + beside(others, {**known, definition.key: definition})
    if findings:
        raise DefinitionError(findings)
    return _kept(session, definition, number=row.wording + 1, at=at, by=by)


def left_behind(session: Session, number: int) -> list[str]:
    """Name the town's texts and lists of the version before that this one does not say."""
    row = session.get_one(WorkflowVersion, number)
    before = session.scalars(
        select(WorkflowVersion)
        .where(WorkflowVersion.key == row.key, WorkflowVersion.version < row.version)
        .order_by(WorkflowVersion.version.desc(), WorkflowVersion.wording.desc())
        .limit(1)
    ).first()
    if before is None or not before.wording:
        return []
    plain = _version(session, before.key, before.version)
    return wording.left_behind(*(by_id(session, one.id) for one in (plain, before, row)))


def in_force(session: Session, number: int) -> bool:
    """Tell whether the next case of its kind begins with this version."""
    return published(session, by_id(session, number).key)[0] == number


def _kept(
    session: Session, definition: Definition, *, number: int, at: datetime, by: Staff | None
) -> WorkflowVersion:
    row = WorkflowVersion(
        key=definition.key,
        version=definition.version,
        wording=number,
        sha256=definition.sha256,
        source=definition.source,
        messages=dict(definition.messages),
        published_at=at,
        published_by_id=by.id if by else None,
    )
    session.add(row)
    session.flush()
    session.info.pop(VERSIONS, None)
    return row


def _carry_over(
    session: Session, before: WorkflowVersion, definition: Definition, *, at: datetime, by: Staff | None
) -> None:
    """Say the new version with the town's words, where they still fit it; `left_behind` names the others."""
    plain = _version(session, before.key, before.version)
    ours = wording.carried(by_id(session, plain.id), by_id(session, before.id), definition)
    if ours.sha256 != definition.sha256 and not check(ours):
        _kept(session, ours, number=1, at=at, by=by)


def publish_all(
    session: Session, definitions: Iterable[Definition], *, at: datetime, by: Staff | None
) -> list[WorkflowVersion]:
    """Check definitions that may open one another, then publish them all; raise DefinitionError before any."""
    definitions = list(definitions)
    keys = session.scalars(select(WorkflowVersion.key).distinct())
    if findings := check_all(definitions, {key: published(session, key)[1] for key in keys}):
        raise DefinitionError(findings)
    return [publish(session, definition, at=at, by=by) for definition in definitions]


def published(session: Session, key: str) -> tuple[int, Definition]:
    """Return the newest published version of a workflow, with its number in the database; raise NotFound."""
    # Of one version the last wording has the highest number.
    found = [(known.version, number) for number, known in versions(session).items() if known.key == key]
    if not found:
        raise NotFound(
            Text(
                f"Aucun circuit «\u00a0{key}\u00a0» n'est publié\u00a0: lancez «\u00a0casetrack workflow publish\u00a0».",
                f"No workflow “{key}” is published: run “casetrack workflow publish”.",
            ),
            code="unknown_workflow",
        )
    _, number = max(found)
    return number, by_id(session, number)


def by_id(session: Session, workflow_id: int) -> Definition:
    """Return the definition that a case began with; raise PublishedTextChanged if its stored text was altered."""
    known = session.info.get(VERSIONS, {}).get(workflow_id)
    if known in _definitions:
        return _definitions[known]
    row = session.get_one(WorkflowVersion, workflow_id, options=_HASH_ONLY)
    # The session forgets a row that nobody holds; held here, one query serves all its cases.
    session.info[f"workflow {workflow_id}"] = row
    return _definitions.get(row.sha256) or _read(session, row)


def versions(session: Session) -> dict[int, Definition]:
    """Return every published version by its number in the database."""
    if VERSIONS not in session.info:
        know_versions(
            session, dict(session.execute(select(WorkflowVersion.id, WorkflowVersion.sha256)).all())
        )
    return {key: by_id(session, key) for key in session.info[VERSIONS]}


def know_versions(session: Session, hashes: Mapping[int, str]) -> None:
    """Let the session know the hash of each version, where somebody read them with something else."""
    session.info[VERSIONS] = hashes


def _read(session: Session, row: WorkflowVersion) -> Definition:
    session.refresh(row, ["key", "version", "source", "messages"])
    if hash_of(row.source, row.messages) != row.sha256:
        raise PublishedTextChanged(_altered(row))
    definition = from_text(row.source, row.messages, file=f"{row.key} {row.version}")
    return _definitions.setdefault(row.sha256, definition)


def verify_published(session: Session, folder: Path) -> list[Definition]:
    """Compare a folder with what is published; return the definitions that wait to be published.

    Raises PublishedTextChanged, naming what changed, so that a town never starts on an edited text.
    """
    waiting = []
    for definition in read_folder(folder):
        row = _version(session, definition.key, definition.version)
        if row is None:
            waiting.append(definition)
        elif row.sha256 != definition.sha256:
            raise PublishedTextChanged(_edited(row, definition))
    return waiting


def _refuse_unproved(definition: Definition) -> None:
    if definition.sha256 not in _proved and (findings := check(definition)):
        raise DefinitionError(findings)
    _proved.add(definition.sha256)


def _same(session: Session, definition: Definition, newest: int) -> WorkflowVersion:
    row = _version(session, definition.key, definition.version)
    if row is None:
        raise InvalidInput(
            Text(
                f"Le circuit «\u00a0{definition.key}\u00a0» est déjà publié en version {newest}\u00a0: "
                f"écrivez «\u00a0version = {newest + 1}\u00a0» dans {definition.file}.",
                f"The workflow “{definition.key}” is already published as version {newest}: "
                f"write “version = {newest + 1}” in {definition.file}.",
            ),
            code="version_too_low",
        )
    if row.sha256 != definition.sha256:
        raise PublishedTextChanged(_edited(row, definition))
    return row


def _newest(session: Session, key: str) -> WorkflowVersion | None:
    order = (WorkflowVersion.version.desc(), WorkflowVersion.wording.desc())
    return session.scalar(select(WorkflowVersion).where(WorkflowVersion.key == key).order_by(*order).limit(1))


def _version(session: Session, key: str, version: int) -> WorkflowVersion | None:
    """Return a version as its files said it."""
    return session.scalar(
        select(WorkflowVersion).where(
            WorkflowVersion.key == key, WorkflowVersion.version == version, WorkflowVersion.wording == 0
        )
    )


def _edited(row: WorkflowVersion, definition: Definition) -> Text:
    changed = ", ".join(_changed(row, definition))
    return Text(
        f"Le circuit «\u00a0{row.key}\u00a0» a été modifié après la publication de sa version {row.version} "
        f"({changed})\u00a0: remettez le texte publié, ou écrivez «\u00a0version = {row.version + 1}\u00a0» "
        f"dans {definition.file} puis lancez «\u00a0casetrack workflow publish\u00a0».",
        f"The workflow “{row.key}” was edited after its version {row.version} was published "
        f"({changed}): put the published text back, or write “version = {row.version + 1}” "
        f"in {definition.file} and run “casetrack workflow publish”.",
    )


def _altered(row: WorkflowVersion) -> Text:
    return Text(
        f"Le texte publié du circuit «\u00a0{row.key}\u00a0», version {row.version}, a été altéré dans la base "
        "de données\u00a0: restaurez-le depuis une sauvegarde.",
        f"The published text of the workflow “{row.key}”, version {row.version}, was altered in the database: "
        "restore it from a backup.",
    )


def _changed(row: WorkflowVersion, definition: Definition) -> list[str]:
    """Name what differs: "actions.close", "receipt.fr.txt"."""
    before, after = _named(tomllib.loads(row.source)), _named(tomllib.loads(definition.source))
    before, after = before | row.messages, after | dict(definition.messages)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return changed or ["workflow.toml"]


def _named(table: dict) -> dict[str, object]:
    """Return the parts of a definition by the names that a clerk knows them by."""
    return {
        f"{name}.{key}" if key else name: part
        for name, value in table.items()
        for key, part in (value.items() if isinstance(value, dict) and name != "label" else [("", value)])
    }
