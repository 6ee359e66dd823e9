"""The published workflows, as an administrator reads them: versions, table of actions, proof, messages."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Staff, WorkflowVersion
from casetrack.deadlines import Period
from casetrack.deadlines.words import listed
from casetrack.engine import Actor, readable
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.circuit_drawing import Drawing, drawing
from casetrack.workflow import (
    EFFECTS,
    NEEDS,
    RELATIONS,
    Action,
    Deadline,
    Definition,
    by_id,
    in_force,
    left_behind,
    messages,
    prove,
    render,
    wording,
)
from casetrack.workflow.drawing import ANYWHERE, draw
from casetrack.workflow.messages import SUBJECT, sample
from casetrack.workflow.paths import OPENING, form
from casetrack.workflow.registry import MESSAGE_ROLES
from casetrack.workflow.trying import CASES, SAMPLES, sent, sent_by

BEGINNING = 90
"""Characters shown of a text in a list."""
FILLED_IN = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
REGISTERING = Text("Enregistrement", "Registration")
STAYS = Text("même état", "same state")
GIVEN_BY_HAND = Text("date donnée par l'agent", "date given by the officer")
OF_THE_SUBJECT = Text("celui du sujet, sinon {otherwise}", "the subject's, otherwise {otherwise}")
KINDS = {
    "promise": Text("promesse à l'usager", "promise to the citizen"),
    "legal": Text("légale", "legal"),
    "internal": Text("interne", "internal"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """Hold one published version, and its open cases that the reader may know of."""

    id: int
    key: str
    version: int
    wording: int
    """0 as its files say it; then each wording of the town."""
    label: Text
    published_at: datetime
    published_by: str
    open_cases: int
    in_force: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one action: from where to where, by whom, what must be there, what leaves."""

    label: Text
    hint: Text | None
    starts: list[Text]
    end: Text
    by: list[Text]
    conditions: list[Text]
    does: list[Text]
    message: str | None


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold one deadline: how long, what it is, its reminders."""

    label: Text
    within: Text
    kind: Text
    basis: str
    reminders: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """Hold a version in full: the table that says what the drawing shows, and what was proved."""

    id: int
    wording: int
    in_force: bool
    definition: Definition
    lines: list[Line]
    clocks: list[Clock]
    proved: list[Text]
    messages: list[tuple[str, Text, Text]]
    """Each message with what sends it, and what it is to the citizen."""

    reasons: list[tuple[str, Text, list[Text]]]
    """Each list to choose from, under the field that offers it."""

    left_behind: list[str]
    """Texts and lists of the town that this version does not say: its files changed them."""

    @property
    def picture(self) -> Drawing:
        """Return the states and their arrows, placed."""
        return drawing(self.definition)

    def drawing(self, language: str) -> str:
        """Return the text of the diagram, for a tool that draws Mermaid."""
        return draw(self.definition, language)


@dataclass(frozen=True, slots=True)
class Preview:
    """Hold a message written from everything, or from almost nothing."""

    known: Text
    language: str
    subject: str
    body: str


def versions(session: Session, by: Actor) -> list[Version]:
    """Return every published version, the newest of each workflow first, in one query."""
    opened = (
        select(Case.workflow_id, func.count().label("count"))
        .where(Case.closed_seq.is_(None), readable(by))
        .group_by(Case.workflow_id)
        .subquery()
    )
    rows = session.execute(
        select(
            WorkflowVersion.id,
            WorkflowVersion.key,
            WorkflowVersion.version,
            WorkflowVersion.wording,
            WorkflowVersion.source,
            WorkflowVersion.published_at,
            Staff.given_name,
            Staff.family_name,
            func.coalesce(opened.c.count, 0).label("open_cases"),
        )
        .outerjoin(Staff, Staff.id == WorkflowVersion.published_by_id)
        .outerjoin(opened, opened.c.workflow_id == WorkflowVersion.id)
        .order_by(WorkflowVersion.key, WorkflowVersion.version.desc(), WorkflowVersion.wording.desc())
    ).all()
    newest = {row.key: row.id for row in reversed(rows)}
    return [
        Version(
            id=row.id,
            key=row.key,
            version=row.version,
            wording=row.wording,
            label=Text(**tomllib.loads(row.source)["label"]),
            published_at=row.published_at,
            published_by=f"{row.given_name} {row.family_name}" if row.given_name else "",
            open_cases=row.open_cases,
            in_force=row.id == newest[row.key],
        )
        for row in rows
    ]


def circuit(session: Session, workflow_id: int) -> Circuit:
    """Return one version in full."""
    row = session.get_one(WorkflowVersion, workflow_id)
    definition = by_id(session, workflow_id)
    return Circuit(
        id=workflow_id,
        wording=row.wording,
        in_force=in_force(session, workflow_id),
        definition=definition,
        lines=[_line(definition, action) for action in definition.actions.values()],
        clocks=[_clock(deadline) for deadline in definition.deadlines.values()],
        proved=prove(definition),
        messages=_messages(definition),
        reasons=[
            (name, offered_by(definition, name), [label.text for label in choices.values()])
            for name, choices in definition.lists.items()
        ],
        left_behind=left_behind(session, workflow_id),
    )


def previews(definition: Definition, name: str) -> list[Preview]:
    """Write a message from everything and from almost nothing, in both languages; raise NotFound."""
    found = []
    for data, known in _cases(definition, name):
        for language in SUBJECT:
            written = render(definition.messages, name, language, sample(data, language))
            found.append(Preview(known, language, written.subject, written.body))
    return found


def merge_fields(definition: Definition, name: str) -> Iterator[tuple[str, str]]:
    """Give each name that the texts of a message may show, with an example; raise NotFound."""
    return messages.merge_fields(_cases(definition, name)[0][0])


def _cases(definition: Definition, name: str) -> list[tuple[dict[str, Any], Text]]:
    key = next((key for key in (OPENING, *definition.actions) if sent_by(definition, key) == name), None)
    if key is None:
        raise NotFound
    return [
        (
            {
                **data,
                "fields": {
                    field: SAMPLES.get(its.type, "exemple") if its.required or data is CASES[0][0] else ""
                    for field, its in form(definition, key).items()
                },
            },
            known,
        )
        for data, known in CASES
    ]


def texts(definition: Definition, name: str) -> list[tuple[str, str, list[str]]]:
    """Return the texts that a message is made of, each with how it begins and the messages that it serves."""
    return [
        (part, _beginning(definition, part), wording.messages_with(definition, part))
        for part in wording.parts(definition, name)
    ]


def _beginning(definition: Definition, part: str) -> str:
    """Return how a text reads, without what the case fills in."""
    text = next(
        text for file in (f"{part}.fr.txt", f"{part}.en.txt") if (text := definition.messages.get(file))
    )
    return shorten(FILLED_IN.sub("… ", text), BEGINNING, placeholder="…")


def _messages(definition: Definition) -> list[tuple[str, Text, Text]]:
    found = []
    for name in sent(definition):
        keys = [key for key in (OPENING, *definition.actions) if sent_by(definition, key) == name]
        sends = definition.opening.sends if keys[0] == OPENING else definition.actions[keys[0]].sends
        labels = [REGISTERING if key == OPENING else definition.actions[key].label.text for key in keys]
        found.append((name, listed(labels), MESSAGE_ROLES[sends.role]))
    return found


def offered_by(definition: Definition, name: str) -> Text:
    """Say which field, of which action, offers a list."""
    for field in definition.fields.values():
        if field.of == name:
            return field.label.text
    for action in definition.actions.values():
        for field in action.fields.values():
            if field.of == name:
                label, act = field.label.text, action.label.text
                return Text(f"{label.fr}, pour «\u00a0{act.fr}\u00a0»", f"{label.en}, to “{act.en}”")
    return Text(name, name)


def _line(definition: Definition, action: Action) -> Line:
    states = definition.states
    return Line(
        label=action.label.text,
        hint=action.hint.text if action.hint else None,
        starts=[ANYWHERE if name == "*" else states[name].label.text for name in action.from_],
        end=states[action.to].label.text if action.to else STAYS,
        by=[RELATIONS[name] for name in action.by],
        conditions=[NEEDS[name] for name in action.needs],
        does=[EFFECTS[name] for name in action.effects],
        message=action.sends.message if action.sends else None,
    )


def _clock(deadline: Deadline) -> Clock:
    return Clock(
        label=deadline.label.text,
        within=_within(deadline),
        kind=KINDS[deadline.kind],
        basis=deadline.basis or "",
        reminders=len(deadline.ladder),
    )


def _within(deadline: Deadline) -> Text:
    match deadline.within:
        case None:
            return GIVEN_BY_HAND
        case str(period):
            return Period.parse(period).words()
        case subject:
            words = Period.parse(subject.otherwise).words()
            return Text(
                OF_THE_SUBJECT.fr.format(otherwise=words.fr), OF_THE_SUBJECT.en.format(otherwise=words.en)
            )
