"""What a definition says, in the order in which one reads it.

1. `schema`      the shape of workflow.toml: states, actions, deadlines, fields
2. `registry`    the names that it may use: who, what is needed, what is changed
3. `reading`     from the folder, or from the text once published; `explaining` says what is misshapen
4. `checking`    what is proved before it is used: `names`, `rules`, `paths`, and messages by `trying` them;
                 `findings` say where, `sentences` what to change
5. `messages`    the letters that it sends
6. `machine`     where an action leads
7. `drawing`     its picture
8. `publishing`  its versions, kept for good
9. `wording`     the town's own words in a version: texts of its letters, choices of its lists
"""

from casetrack.workflow.checking import check, check_all, prove
from casetrack.workflow.findings import Finding
from casetrack.workflow.machine import destination
from casetrack.workflow.messages import MAXIMAL, MINIMAL, Rendered, render
from casetrack.workflow.publishing import (
    by_id,
    in_force,
    know_versions,
    left_behind,
    publish,
    publish_all,
    publish_wording,
    published,
    verify_published,
    versions,
)
from casetrack.workflow.reading import from_text, read, read_folder
from casetrack.workflow.registry import EFFECTS, FACTS, NEEDS, RECIPIENTS, RELATIONS
from casetrack.workflow.schema import Action, Deadline, Definition, Field, Label, Rung, Sends, State

__all__ = [
    "EFFECTS",
    "FACTS",
    "MAXIMAL",
    "MINIMAL",
    "NEEDS",
    "RECIPIENTS",
    "RELATIONS",
    "Action",
    "Deadline",
    "Definition",
    "Field",
    "Finding",
    "Label",
    "Rendered",
    "Rung",
    "Sends",
    "State",
    "by_id",
    "check",
    "check_all",
    "destination",
    "from_text",
    "in_force",
    "know_versions",
    "left_behind",
    "prove",
    "publish",
    "publish_all",
    "publish_wording",
    "published",
    "read",
    "read_folder",
    "render",
    "verify_published",
    "versions",
]
