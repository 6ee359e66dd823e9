"""What a town may say of itself in its file, and the form that each thing takes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from casetrack.deadlines.holidays import ZONES, zone_named
from casetrack.deadlines.period import Period
from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.spelling import plain

RIVEMONT = Path(__file__).parent.parent / "towns" / "rivemont.toml"
"""The fictional town of the demonstration, and the model to copy."""

LONGEST_KEYWORDS = 400
TOO_MANY_KEYWORDS = Text(
    f"les mots-clés dépassent {LONGEST_KEYWORDS} caractères\u00a0: gardez les plus utiles.",
    f"the keywords exceed {LONGEST_KEYWORDS} characters: keep the most useful.",
)
WRONG_WAY_ROUND = Text("l'absence finit avant de commencer.", "the absence ends before it starts.")

OwnRole = Literal["officer", "head", "signatory", "desk", "evaluation", "mediator", "administrator"]


def _readable(read: Callable[[str], object]) -> AfterValidator:
    """Accept a text that is empty or that `read` accepts; its refusal joins the other faults."""

    def accept(text: str) -> str:
        try:
            if text:
                read(text)
        except InvalidInput as refused:
            raise PydanticCustomError("said", "{fr}", refused.sentence._asdict()) from refused
        return text

    return AfterValidator(accept)


def _short_enough(keywords: list[str]) -> list[str]:
    if len(", ".join(keywords)) > LONGEST_KEYWORDS:
        raise PydanticCustomError("said", "{fr}", TOO_MANY_KEYWORDS._asdict())
    return keywords


Plain = BeforeValidator(lambda value: plain(value) if isinstance(value, str) else value)
Words = Annotated[str, StringConstraints(min_length=1, max_length=200), Plain]
Line = Annotated[str, StringConstraints(max_length=200), Plain]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), Plain]
Telephone = Annotated[str, StringConstraints(max_length=40), Plain]
Email = Annotated[str, StringConstraints(pattern=r"^$|^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$", max_length=200), Plain]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]*$", max_length=40)]
SubjectCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.-]*$", max_length=100)]
Delay = Annotated[str, _readable(Period.parse)]


class Entry(BaseModel):
    """Refuse a key that nothing reads: it is a typing mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Court(Entry):
    """The administrative court named in the remedies."""

    name: Words
    address: Words
    website: Line = ""


class Mediator(Entry):
    """The town's mediator, as letters name them."""

    name: Line = ""
    contact: Line = ""


class DataProtection(Entry):
    """Where to write about personal data."""

    email: Words
    address: Words


class Desk(Entry):
    """Where a citizen may ask in person or by telephone."""

    address: Words
    telephone: Words


class Mayor(Entry):
    """The mayor, with the title that follows "adressez-vous à"."""

    name: Words
    title_fr: Words
    title_en: Words


class Partner(Entry):
    """An authority to which the town passes on what is not its own business (CRPA, art. L114-2)."""

    name: Words
    about: Words
    address: Line = ""
    telephone: Line = ""
    email: Line = ""


class TownEntry(Entry):
    """What letters say of the town, and the calendar that holds."""

    name: Words
    zone: Annotated[str, _readable(zone_named)] = "metropole"
    address: Words
    telephone: Words
    email: Words
    website: Line = ""
    legal_service: Line = ""
    """Code of the legal service, warned of implicit decisions."""
    court: Court
    mediator: Mediator = Mediator()
    dpo: DataProtection
    desk: Desk
    mayor: Mayor

    @property
    def timezone(self) -> str:
        """Return the time zone of the town's part of France."""
        return ZONES[self.zone].timezone


class Closure(Entry):
    """A whole day on which the town hall is closed."""

    day: date
    label: Words


class StaffEntry(Entry):
    """A person; `roles` hold in the service under which they are written."""

    login: Login
    given_name: Name
    family_name: Name
    title: Words
    email: Email = ""
    telephone: Telephone = ""
    language: Literal["fr", "en"] = "fr"
    roles: list[OwnRole] = []
    officer_of: list[str] = []
    heads: list[str] = []
    signs_for: list[str] = []
    """Other services of which the person is an officer, the head, or a signatory."""


class ServiceEntry(Entry):
    """A service and its people; what is left out of its address is the town's."""

    code: Code
    name: Words
    parent: Line = ""
    address: Line = ""
    telephone: Telephone = ""
    email: Email = ""
    staff: list[StaffEntry] = []


class SubjectEntry(Entry):
    """A subject: who answers, within which delay, and what silence means in law."""

    code: SubjectCode
    label: Words
    label_en: Words
    service: Line = ""
    workflow: Words = "letter"
    silence: Literal["rejection", "acceptance", "none"] = "rejection"
    silence_delay: Delay = "2 months"
    answer_delay: Delay = ""
    confidentiality: Annotated[int, Field(ge=0, le=2)] = 0
    keywords: Annotated[list[Words], AfterValidator(_short_enough)] = []
    per_year: Annotated[int, Field(ge=0)] = 0
    """Letters expected in a year; only the demonstration uses it."""


class AbsenceEntry(Entry):
    """Days on which somebody is away, both included."""

    login: str
    starts_on: date
    ends_on: date
    replaced_by: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("said", "{fr}", WRONG_WAY_ROUND._asdict())
        return self


class TownFile(Entry):
    """Everything that the file says."""

    town: TownEntry
    closures: list[Closure] = Field([], alias="closure")
    services: list[ServiceEntry] = Field([], alias="service")
    subjects: list[SubjectEntry] = Field([], alias="subject")
    absences: list[AbsenceEntry] = Field([], alias="absence")
    partners: list[Partner] = Field([], alias="partner")

    @property
    def staff(self) -> list[tuple[ServiceEntry, StaffEntry]]:
        """Give every person with the service under which they are written."""
        return [(service, person) for service in self.services for person in service.staff]
