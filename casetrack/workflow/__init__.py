"""What a definition says, in the order in which one reads it.

1. `schema`      the shape of workflow.toml: states, actions, deadlines, fields
2. `registry`    the names that it may use: who, what is needed, what is changed
3. `reading`     from the folder, or from the text once published
4. `checking`    what is proved before it is used, and what is refused
5. `messages`    the letters that it sends
6. `machine`     where an action leads
7. `drawing`     its picture
8. `publishing`  its versions, kept for good
"""

from casetrack.workflow.machine import destination
from casetrack.workflow.messages import MAXIMAL, MINIMAL, Rendered, render
from casetrack.workflow.publishing import by_id, publish, published, verify_published
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
    "Label",
    "Rendered",
    "Rung",
    "Sends",
    "State",
    "by_id",
    "destination",
    "from_text",
    "publish",
    "published",
    "read",
    "read_folder",
    "render",
    "verify_published",
]
