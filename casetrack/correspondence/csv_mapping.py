"""What a mapping file may say: which column of somebody's CSV becomes what here, in words a clerk can check.

Every name in it (columns of the file, codes of the town) is looked up at once, so that all the faults of a
mapping are told together, each with its line and what to write instead.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.spelling import fold
from casetrack.workflow.findings import Finding, line_of, nearest

MAPPINGS = Path(__file__).parent.parent / "mappings"
"""The mappings that come with Casetrack: models to copy."""

IN_TITLE = re.compile(r"\{([^{}]+)\}")
PARTS_OF_A_DATE = re.compile(r"a{4}|y{4}|aa|yy|jj|dd|mm|hh|ss", re.IGNORECASE)
DIRECTIVES = {
    "aaaa": "%Y",
    "yyyy": "%Y",
    "aa": "%y",
    "yy": "%y",
    "jj": "%d",
    "dd": "%d",
    "hh": "%H",
    "ss": "%S",
}

# By the beginning of pydantic's code of a fault, then our own.
SENTENCES = {
    "missing": Text("il manque «\u00a0{name}\u00a0».", "“{name}” is missing."),
    "extra_forbidden": Text(
        "rien ici ne s'appelle «\u00a0{name}\u00a0».{hint}", "nothing here is called “{name}”.{hint}"
    ),
    "literal": Text(
        "«\u00a0{name}\u00a0» ne peut pas être «\u00a0{value}\u00a0»\u00a0; valeurs possibles\u00a0: {choices}.",
        "“{name}” cannot be “{value}”; possible values: {choices}.",
    ),
    "string_too": Text("«\u00a0{name}\u00a0» est vide ou trop long.", "“{name}” is empty or too long."),
    "string_pattern": Text(
        "«\u00a0{name}\u00a0» ne peut pas être «\u00a0{value}\u00a0»\u00a0: minuscules, chiffres et tirets, par exemple voirie-2024.",
        "“{name}” cannot be “{value}”: small letters, figures and hyphens, for example roads-2024.",
    ),
    "string": Text(
        "«\u00a0{name}\u00a0» attend un texte entre guillemets.",
        "“{name}” needs a text between quotation marks.",
    ),
    "bool": Text(
        "«\u00a0{name}\u00a0» attend true ou false, sans guillemets.",
        "“{name}” needs true or false, without quotation marks.",
    ),
    "dict": Text(
        '«\u00a0{name}\u00a0» attend un tableau, tel que {{ "Téléphone" = "telephone" }}.',
        '“{name}” needs a table, such as {{ "Telephone" = "telephone" }}.',
    ),
    "model": Text(
        "«\u00a0{name}\u00a0» s'écrit comme une rubrique\u00a0: [{name}], puis une clé par ligne.",
        "“{name}” is written as a section: [{name}], then one key a line.",
    ),
    "unusable": Text(
        "«\u00a0{name}\u00a0» ne peut pas être «\u00a0{value}\u00a0».", "“{name}” cannot be “{value}”."
    ),
    "unreadable": Text(
        "ce fichier n'existe pas ou n'est pas un texte en UTF-8. Modèles fournis\u00a0: {choices}.",
        "this file does not exist or is not a text in UTF-8. Models provided: {choices}.",
    ),
    "not_toml": Text(
        "cette ligne ne peut pas être lue (un guillemet, un crochet ou un signe = oublié, ou deux fois la même clé).",
        "this line cannot be read (a quotation mark, a bracket or an equals sign forgotten, or the same key twice).",
    ),
    "unknown_column": Text(
        "le fichier n'a pas de colonne «\u00a0{value}\u00a0»{hint}. Ses colonnes\u00a0: {choices}.",
        "the file has no column “{value}”{hint}. Its columns: {choices}.",
    ),
    "column_twice": Text(
        "le fichier a plusieurs colonnes «\u00a0{value}\u00a0»\u00a0: renommez celle qui compte.",
        "the file has several columns “{value}”: rename the one that counts.",
    ),
    "unknown_code": Text(
        "«\u00a0{value}\u00a0» n'est pas un code connu{hint}. Codes possibles\u00a0: {choices}.",
        "“{value}” is not a known code{hint}. Possible codes: {choices}.",
    ),
    "unknown_zone": Text(
        "le fuseau horaire «\u00a0{value}\u00a0» n'existe pas\u00a0: écrivez par exemple Europe/Paris.",
        "there is no time zone “{value}”: write for example Europe/Paris.",
    ),
    "date_format": Text(
        '«\u00a0{value}\u00a0» ne décrit pas une date\u00a0: écrivez "iso" (2026-11-23) ou par exemple "jj/mm/aaaa hh:mm".',
        '“{value}” does not describe a date: write "iso" (2026-11-23) or for example "dd/mm/yyyy hh:mm".',
    ),
    "received_how": Text(
        "donnez «\u00a0column\u00a0» (la date), ou bien «\u00a0month\u00a0» et «\u00a0weekday\u00a0» quand le jour exact manque.",
        "give “column” (the date), or else “month” and “weekday” when the exact day is missing.",
    ),
    "chosen_how": Text(
        "donnez «\u00a0column\u00a0», «\u00a0default\u00a0», ou les deux.",
        "give “column”, “default”, or both.",
    ),
}


class MappingError(InvalidInput):
    """The mapping cannot be used; `findings` gives every fault with its line."""

    code = "mapping"

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(
            Text(
                "\n".join(f"{f.file}, ligne {f.line}\u00a0: {f.sentence.fr}" for f in findings),
                "\n".join(f"{f.file}, line {f.line}: {f.sentence.en}" for f in findings),
            )
        )


@dataclass(frozen=True)
class Known:
    """Hold what a mapping may name: the columns of the file, the codes of the town and of its workflow."""

    columns: list[str]
    codes: Mapping[str, Collection[str]]
    """By kind: "service", "subject", "channel", "nature", "outcome"."""


def _fault(code: str, **values: object) -> PydanticCustomError:
    """Return a fault with its sentence, joined by pydantic to all the others."""
    hint = values.pop("hint", Text("", ""))
    both = [SENTENCES[code].within(lang).format(hint=hint.within(lang), **values) for lang in ("fr", "en")]  # type: ignore[attr-defined]
    return PydanticCustomError("said", "{fr}", {"code": code, "fr": both[0], "en": both[1]})


def _column(name: str, info: ValidationInfo) -> str:
    columns = info.context.columns  # type: ignore[union-attr]
    if name not in columns:
        raise _fault(
            "unknown_column", value=name, hint=nearest(name, columns), choices=", ".join(columns)[:500]
        )
    if columns.count(name) > 1:
        raise _fault("column_twice", value=name)
    return name


def _code_of(kind: str) -> AfterValidator:
    """Accept the codes of that kind only."""

    def accept(code: str, info: ValidationInfo) -> str:
        codes = sorted(info.context.codes[kind])  # type: ignore[union-attr]
        if code not in codes:
            raise _fault(
                "unknown_code", value=code, hint=nearest(code, codes), choices=", ".join(codes)[:500] or "—"
            )
        return code

    return AfterValidator(accept)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _fault("unknown_zone", value=name) from None
    return name


def _title(template: str, info: ValidationInfo) -> str:
    for name in IN_TITLE.findall(template):
        _column(name, info)
    return template


def _date_format(written: str) -> str:
    """Turn "jj/mm/aaaa hh:mm" into what `strptime` reads; "iso" stays as it is."""
    if written.lower() == "iso":
        return "iso"
    found = [part.lower() for part in PARTS_OF_A_DATE.findall(written)]
    between = PARTS_OF_A_DATE.sub("", written)
    months = iter(["%m", "%M"])  # the second "mm" stands for minutes
    directives = [next(months, "?") if part == "mm" else DIRECTIVES[part] for part in found]
    a_day = {"%d", "%m"} <= set(directives) and bool({"%Y", "%y"} & set(directives))
    if (
        not a_day
        or "?" in directives
        or len(set(directives)) < len(directives)
        or re.search(r"[^\W_]|%", between)
    ):
        raise _fault("date_format", value=written)
    remaining = iter(directives)
    return PARTS_OF_A_DATE.sub(lambda _: next(remaining), written)


Column = Annotated[str, AfterValidator(_column)]
Format = Annotated[str, AfterValidator(_date_format)]
Code = TypeVar("Code")


class Entry(BaseModel):
    """Refuse a key that nothing reads: it is a typing mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(Entry, Generic[Code]):
    """Turn the value of a column into a code of ours."""

    column: Column | None = None
    separator: str = ""
    """What stands between several values of one cell: the first one counts."""
    values: dict[str, Code] = {}
    default: Code | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.column is None and self.default is None:
            raise _fault("chosen_how")
        return self

    @cached_property
    def codes(self) -> dict[str, Code]:
        """Give the codes by folded value: case and accents of an export are not to be trusted."""
        return {fold(value): code for value, code in self.values.items()}

    def cell(self, row: Mapping[str, str]) -> str:
        """Return the value that counts; empty when there is none."""
        cell = row[self.column] if self.column else ""
        return cell.partition(self.separator)[0].strip() if self.separator else cell


class Creating(Choice[Code], Generic[Code]):
    """Turn the value of a column into a service or a subject, made on the fly where `create` says so."""

    create: bool = False


class Day(Entry):
    """A date, or a date with its time, in one column."""

    column: Column
    format: Format = "iso"


class Received(Entry):
    """The day of receipt, or what the source still knows of it: the month and the day of the week."""

    column: Column | None = None
    format: Format = "iso"
    month: Column | None = None
    weekday: Column | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.column) == bool(self.month) or bool(self.month) != bool(self.weekday):
            raise _fault("received_how")
        return self


class Answered(Day):
    """The day on which the citizen was answered, and in which sense."""

    outcome: Choice[Annotated[str, _code_of("outcome")]]


class Sender(Entry):
    """The columns that say who wrote."""

    civility: Column | None = None
    given_name: Column | None = None
    family_name: Column | None = None
    organisation: Column | None = None
    email: Column | None = None
    telephone: Column | None = None
    street: Column | None = None
    postcode: Column | None = None
    town: Column | None = None


class CsvMapping(Entry):
    """Everything that a mapping file says."""

    source: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=30)]
    """Name of the origin: with the id it keeps a second import from opening anything twice."""
    workflow: str = "letter"
    encoding: Literal["utf-8", "cp1252", "iso-8859-15", "cp850"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    zone: Annotated[str, AfterValidator(_zone)]
    id: Column
    title: Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_title)]
    received: Received
    answered: Answered | None = None
    status: Choice[Literal["open", "answered", "skip"]] | None = None
    channel: Choice[Annotated[str, _code_of("channel")]] | None = None
    subject: Creating[Annotated[str, _code_of("subject")]]
    service: Creating[Annotated[str, _code_of("service")]] | None = None
    nature: Choice[Annotated[str, _code_of("nature")]] | None = None
    sender: Sender | None = None

    @cached_property
    def tz(self) -> ZoneInfo:
        """Give the time zone in which the days of the source are counted."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class MappingText:
    """A mapping that is TOML, not yet looked into."""

    file: str
    source: str
    tables: dict[str, Any]

    def first(self, key: str, default: str) -> str:
        """Return what the file must be opened with; a faulty value is told later, with the others."""
        value = self.tables.get(key, default)
        allowed = CsvMapping.model_fields[key].annotation.__args__  # type: ignore[union-attr]
        return value if value in allowed else default


def read_text(path: Path) -> MappingText:
    """Read a mapping file, or one that comes with Casetrack by its name alone; raise MappingError."""
    shipped = MAPPINGS / f"{path.name.removesuffix('.toml')}.toml"
    file = path if path.exists() or path.parent != Path() else shipped
    try:
        source = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        choices = ", ".join(sorted(model.stem for model in MAPPINGS.glob("*.toml")))
        raise _error(path.name, 1, "unreadable", choices=choices) from None
    try:
        return MappingText(path.name, source, tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise _error(path.name, int(found[1]) if found else source.count("\n") + 1, "not_toml") from None


def understand(text: MappingText, known: Known, *, zone: str) -> CsvMapping:
    """Check everything that a mapping says; raise MappingError with every fault, its line and its remedy.

    `zone` is the town's time zone, for a mapping that names none.
    """
    try:
        return CsvMapping.model_validate({"zone": zone, **text.tables}, context=known)
    except ValidationError as error:
        findings = [
            Finding(text.file, line_of(text.source, _place(found)), *_said(found)) for found in error.errors()
        ]
        raise MappingError(sorted(findings, key=lambda finding: finding.line)) from None


def _error(file: str, line: int, code: str, **values: object) -> MappingError:
    return MappingError([Finding(file, line, code, SENTENCES[code].filled(**values))])


def _place(found: ErrorDetails) -> tuple[str | int, ...]:
    return tuple(part for part in found["loc"] if part != "[key]")


def _said(found: ErrorDetails) -> tuple[str, Text]:
    kind, context = found["type"], found.get("ctx", {})
    if kind == "said":
        return context["code"], Text(context["fr"], context["en"])
    code = next((code for code in SENTENCES if kind.startswith(code)), "unusable")
    name = str(_place(found)[-1]) if found["loc"] else ""
    hint = nearest(name, KEYS) if kind == "extra_forbidden" else Text("", "")
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    values = {"name": name, "value": found["input"], "choices": choices}
    both = [SENTENCES[code].within(lang).format(hint=hint.within(lang), **values) for lang in ("fr", "en")]
    return code, Text(*both)


KEYS = {name for entry in (CsvMapping, Received, Answered, Creating, Sender) for name in entry.model_fields}
