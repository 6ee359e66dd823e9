"""`docs/domain.md` shows the workflows as they are: what is drawn there comes from them.

After changing a workflow, draw it anew with `python tests/workflow/test_domain_document.py`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from casetrack.settings import shipped_workflows
from casetrack.workflow import Deadline, Definition, Rung, read
from casetrack.workflow.drawing import draw

DOCUMENT = Path(__file__).parents[2] / "docs" / "domain.md"
KEYS = ("letter", "light", "dysfunction", "question", "recommendation")


def shown(part: str) -> str:
    """Return what the document must show between the marks of a part."""
    if part == "deadlines":
        return "\n".join(deadlines())
    return f"```mermaid\n{draw(definition(part))}```"


def definition(key: str) -> Definition:
    return read(shipped_workflows() / key)


def deadlines() -> Iterator[str]:
    """Write the table of every deadline of every workflow."""
    yield "| workflow | deadline | runs | met by | then |"
    yield "|---|---|---|---|---|"
    for key in KEYS:
        for name, deadline in definition(key).deadlines.items():
            met = ", ".join(f"`{action}`" for action in deadline.met_by)
            ladder = "; ".join(rung(step) for step in deadline.ladder)
            yield f"| {key} | `{name}` ({deadline.kind}) | {runs(deadline)} | {met} | {ladder} |"


def runs(deadline: Deadline) -> str:
    if deadline.date:
        return f"until `{deadline.date}`"
    if isinstance(deadline.within, str):
        period = deadline.within
    else:
        period = f"the subject's, otherwise {deadline.within.otherwise}"
    return f"{period}, from {'receipt' if deadline.from_ == 'received_on' else 'the action'}"


def rung(step: Rung) -> str:
    does = [f"warns {', '.join(step.warn)}"] if step.warn else []
    does += [f"records `{step.record}`"] if step.record else []
    does += [f"opens {step.open} (`{step.cause}`)"] if step.open else []
    return f"{step.at}: {', '.join(does)}"


def between(part: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- begin: {part} -->\n)(.*?)(\n?<!-- end: {part} -->)", re.DOTALL)


@pytest.mark.parametrize("part", ["deadlines", *KEYS])
def test_the_domain_document_shows_the_workflows_as_they_are(part):
    found = between(part).search(DOCUMENT.read_text(encoding="utf-8"))

    assert found is not None
    assert found[2] == shown(part)


def test_the_legal_document_names_every_message():
    legal = (DOCUMENT.parent / "legal-texts.md").read_text(encoding="utf-8")
    names = {file.name.partition(".")[0] for file in shipped_workflows().glob("letter/messages/*.txt")}

    assert {name for name in names if f"`{name}`" not in legal} == set()


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    for part in ("deadlines", *KEYS):
        drawn = shown(part)
        text = between(part).sub(lambda found, drawn=drawn: f"{found[1]}{drawn}\n{found[3].lstrip()}", text)
    DOCUMENT.write_text(text, encoding="utf-8")
