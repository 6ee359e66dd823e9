"""A town's own words in a version: the texts that citizens receive and the choices of its lists, nothing else.

What may happen to a case, who may do it and by when stay as the version's files say. A wording is proved like a
version, published beside it under a further number, and carried over when the next version comes.
"""

import re
from collections.abc import Iterator, Mapping

import tomlkit

from casetrack.workflow.messages import SUBJECT
from casetrack.workflow.reading import from_text, hash_of, normalised
from casetrack.workflow.schema import Definition, Label
from casetrack.workflow.trying import sent

INCLUDED = re.compile(r"{%-?\s*include\s*[\"']([^\"']+)[\"']")
QUOTED = re.compile(r"[\"']([a-z][a-z0-9_]*)[\"']")

Choices = Mapping[str, Label]
"""The codes of a list with what people read, in the order of the page."""


def reworded(
    definition: Definition, texts: Mapping[str, str], lists: Mapping[str, Choices] | None = None
) -> Definition:
    """Return the definition with these texts, by file name, and these whole lists in place of its own."""
    messages = dict(
        sorted((dict(definition.messages) | {name: normalised(text) for name, text in texts.items()}).items())
    )
    if not lists:
        # A text is tried at every key that somebody presses: nothing is read again, and no draft is kept for good.
        sha256 = hash_of(definition.source, messages)
        return definition.model_copy(update={"messages": messages, "sha256": sha256})
    written = tomlkit.parse(definition.source)
    for name, choices in lists.items():
        table = written["lists"][name]
        for code in [code for code in table if code not in choices]:
            del table[code]
        for code, label in choices.items():
            table[code] = _inline(label)
    return from_text(tomlkit.dumps(written), messages, file=definition.file)


def carried(plain: Definition, worded: Definition, onto: Definition) -> Definition:
    """Return a later version with the town's words of an earlier one, wherever the files did not change theirs."""
    texts, lists = _differing(plain, worded)
    return reworded(
        onto,
        {name: text for name, text in texts.items() if onto.messages.get(name) == plain.messages[name]},
        {name: choices for name, choices in lists.items() if onto.lists.get(name) == plain.lists[name]},
    )


def left_behind(plain: Definition, worded: Definition, onto: Definition) -> list[str]:
    """Name the texts and lists of a town that a later version does not say: its files changed them meanwhile."""
    texts, lists = _differing(plain, worded)
    return [name for name, text in texts.items() if onto.messages.get(name) != text] + [
        name for name, choices in lists.items() if onto.lists.get(name) != choices
    ]


def parts(definition: Definition, message: str) -> list[str]:
    """Return the texts that a message is made of, without their language: itself, then what it includes."""
    found, waiting = [], [f"{message}.{language}.txt" for language in SUBJECT]
    while waiting:
        file = waiting.pop(0)
        if file in definition.messages and (name := file.split(".")[0]) not in found:
            found.append(name)
        waiting += [
            name
            for name in included(definition.messages.get(file, ""))
            if name.split(".")[0] not in found and name not in waiting
        ]
    return found


def messages_with(definition: Definition, part: str) -> list[str]:
    """Return the messages that are made of this text, in the order in which the definition sends them."""
    return [name for name in sent(definition) if part in parts(definition, name)]


def included(text: str) -> list[str]:
    """Return the blocks that a text includes, in its order."""
    return INCLUDED.findall(text)


def bound(definition: Definition) -> frozenset[str]:
    """Return the codes that something else of the definition names: a list cannot do without them."""
    named = {action.outcome for action in definition.actions.values()}
    for text in definition.messages.values():
        named.update(QUOTED.findall(text))
    return frozenset(named - {None})


def _differing(plain: Definition, worded: Definition) -> tuple[Mapping[str, str], Mapping[str, Choices]]:
    return dict(_changed(plain.messages, worded.messages)), dict(_changed(plain.lists, worded.lists))


def _changed(plain: Mapping[str, object], worded: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    return ((name, worded[name]) for name, value in plain.items() if worded[name] != value)


def _inline(label: Label) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(label.model_dump())
    return table
