"""What a definition may say: the shape of workflow.toml, and nothing that could be executed."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Value

from casetrack.language import Text

# A dotted name could be imported, a capital could be a class: neither may be written.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
NameOrStar = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]*)$")]
Written = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Part(BaseModel):
    """A part of a definition: read once, never changed, with no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Part):
    """What a person reads, in French and in English."""

    fr: Written
    en: Written

    @property
    def text(self) -> Text:
        """Return the label as a text of the application."""
        return Text(self.fr, self.en)


class Field(Part):
    """Something to fill in: on the opening form or on the form of an action."""

    type: Literal[
        "text", "line", "date", "choice", "service", "staff", "subject", "case", "integer", "boolean"
    ]
    label: Label
    help: Label | None = None
    required: bool = False
    of: Name | None = None
    not_after: Name | None = None
    not_before: Name | None = None
    proposed: Written | None = None
    """For a date: how long from today the form proposes."""

    @property
    def is_personal(self) -> bool:
        """Tell whether what is typed may speak of somebody: it then stays out of the journal."""
        return self.type in ("text", "line")


class State(Part):
    """Where a case stands, who is expected to act, and what may be proposed first."""

    label: Label
    public: Label | None = None
    ends: bool = False
    suspends: list[Name] = []
    until: Name | None = None
    owner: Name | None = None
    next: list[Name] = []


class Rung(Part):
    """What happens at one moment of a deadline: it warns, records and opens; it never moves a case."""

    at: Written
    warn: list[Name] = []
    open: Name | None = None
    cause: Name | None = None
    record: Name | None = None


class SubjectPeriod(Part):
    """A period that the subject of the letter gives, with the one to use when it gives none."""

    subject: Literal["silence_delay", "answer_delay"]
    otherwise: Written


class Deadline(Part):
    """A clock of the case: what starts it, how long it runs, what meets it, whom it warns.

    `kept` is what is said of it once it was met.
    """

    label: Label
    kept: Label | None = None
    within: Written | SubjectPeriod | None = None
    date: Name | None = None
    from_: Literal["received_on", "action"] = Value(default="received_on", alias="from")
    armed_by: list[Name] = ["open"]
    met_by: list[Name] = []
    cancelled_by: list[Name] = []
    skip_for: list[Name] = []
    restarts_for: list[Name] = []
    basis: Written | None = None
    kind: Literal["promise", "legal", "internal"]
    reopens: bool = False
    ladder: list[Rung] = []


class Sends(Part):
    """The message that leaves with an act, and what it is to the citizen."""

    message: Name
    role: Literal["acknowledges", "informs", "answers", "asks", "notes"]


class Opening(Part):
    """Who may open such a case, and the receipt that leaves; `label` offers it on the pages of other cases."""

    by: list[Name]
    label: Label | None = None
    hint: Label | None = None
    sends: Sends | None = None


class Action(Part):
    """Something that a person may do to a case, from where to where, and what goes with it.

    `again` is what it is called where there is a draft already, and it writes another one. `done` says it once it is
    done, after « vous avez » or a name; `submit` is the button of its form.
    """

    label: Label
    again: Label | None = None
    done: Label | None = None
    submit: Label | None = None
    hint: Label | None = None
    from_: list[NameOrStar] = Value(alias="from")
    to: Name | None = None
    by: list[Name]
    needs: list[Name] = []
    fields: dict[Name, Field] = {}
    sends: Sends | None = None
    effects: list[Name] = []
    decides: bool = False
    outcome: Name | None = None
    reopens: bool = False


class Sheet(Part):
    """Everything that workflow.toml says: states, actions, deadlines, fields and lists."""

    key: Name
    version: int = Value(ge=1)
    label: Label
    reference: Written
    series: Name | None = None
    opens_in: Name
    addressed_to: Literal["citizen", "service"]
    opening: Opening
    fields: dict[Name, Field] = {}
    lists: dict[Name, dict[Name, Label]] = {}
    states: dict[Name, State]
    deadlines: dict[Name, Deadline] = {}
    actions: dict[Name, Action]


class Definition(Sheet):
    """A kind of case, ready to be used: what its file says, and the text of its messages."""

    messages: Mapping[str, str]
    source: str
    sha256: str
    file: str

    @property
    def counter(self) -> str:
        """Return the series that numbers these cases: its own unless it shares one."""
        return self.series or self.key

    def starts(self, action: str) -> list[str]:
        """Return the states from which an action may be done; "*" is every state that does not end."""
        named = self.actions[action].from_
        return [
            state for state, its in self.states.items() if state in named or ("*" in named and not its.ends)
        ]

    def choices(self, field: Field) -> Mapping[str, Label]:
        """Return the codes that a choice offers, in the order of the file."""
        return self.lists.get(field.of or "", {})
