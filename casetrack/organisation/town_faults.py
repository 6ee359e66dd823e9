"""What is wrong in a town's file: every fault with its line, and what to write instead."""

import difflib
import re
import tomllib
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.organisation.town_file import Entry, ServiceEntry, TownFile
from casetrack.workflow.findings import Finding, line_of

Place = tuple[str | int, ...]
NOTHING = Text("", "")

KEYS = {
    field.alias or name
    for entry in (TownFile, *Entry.__subclasses__())
    for name, field in entry.model_fields.items()
}

# By the beginning of pydantic's code of a fault, then our own.
SENTENCES = {
    "missing": Text("il manque «\u00a0{name}\u00a0».", "“{name}” is missing."),
    "extra_forbidden": Text(
        "rien ici ne s'appelle «\u00a0{name}\u00a0».{hint}", "nothing here is called “{name}”.{hint}"
    ),
    "string_too_short": Text("«\u00a0{name}\u00a0» ne peut pas être vide.", "“{name}” cannot be empty."),
    "string_too_long": Text(
        "«\u00a0{name}\u00a0» est trop long\u00a0: {most} caractères au plus.",
        "“{name}” is too long: {most} characters at most.",
    ),
    "string_pattern": Text(
        "«\u00a0{name}\u00a0» ne peut pas être «\u00a0{value}\u00a0»\u00a0: ni accent ni espace\u00a0; capitales "
        "pour un service (VOI), minuscules pour un sujet ou un identifiant (a.martin).",
        "“{name}” cannot be “{value}”: no accent and no space; capitals for a service (VOI), small letters "
        "for a subject or a login (a.martin).",
    ),
    "string": Text(
        "«\u00a0{name}\u00a0» attend un texte entre guillemets.",
        "“{name}” needs a text between quotation marks.",
    ),
    "literal": Text(
        "«\u00a0{name}\u00a0» ne peut pas contenir «\u00a0{value}\u00a0»\u00a0; valeurs possibles\u00a0: {choices}.",
        "“{name}” cannot hold “{value}”; possible values: {choices}.",
    ),
    "date": Text(
        "«\u00a0{name}\u00a0» attend une date telle que 2026-12-24.",
        "“{name}” needs a date such as 2026-12-24.",
    ),
    "list": Text(
        '«\u00a0{name}\u00a0» attend une liste entre crochets, telle que ["VOI", "PRO"].',
        '“{name}” needs a list between brackets, such as ["VOI", "PRO"].',
    ),
    "int": Text("«\u00a0{name}\u00a0» attend un nombre entier.", "“{name}” needs a whole number."),
    "greater": Text("«\u00a0{name}\u00a0» ne peut pas être négatif.", "“{name}” cannot be negative."),
    "less": Text("«\u00a0{name}\u00a0» va de 0 à 2.", "“{name}” goes from 0 to 2."),
    "model": Text(
        "«\u00a0{name}\u00a0» n'est pas écrit comme dans le modèle (casetrack/towns/rivemont.toml).",
        "“{name}” is not written as in the model (casetrack/towns/rivemont.toml).",
    ),
    "unusable": Text(
        "«\u00a0{name}\u00a0» ne peut pas être «\u00a0{value}\u00a0».", "“{name}” cannot be “{value}”."
    ),
    "unreadable": Text(
        "ce fichier n'existe pas ou n'est pas un texte en UTF-8.",
        "this file does not exist or is not a text in UTF-8.",
    ),
    "not_toml": Text(
        "cette ligne ne peut pas être lue (un guillemet, un crochet ou un signe = oublié, ou deux fois la même "
        "clé).",
        "this line cannot be read (a quotation mark, a bracket or an equals sign forgotten, or the same key "
        "twice).",
    ),
    "written_twice": Text("«\u00a0{name}\u00a0» est écrit deux fois.", "“{name}” is written twice."),
    "unknown_service": Text(
        "aucun service n'a le code «\u00a0{name}\u00a0».{hint}", "no service has the code “{name}”.{hint}"
    ),
    "unknown_login": Text(
        "personne n'a l'identifiant «\u00a0{name}\u00a0».{hint}", "nobody has the login “{name}”.{hint}"
    ),
    "loop": Text(
        "le service «\u00a0{name}\u00a0» finit par dépendre de lui-même.",
        "the service “{name}” ends up under itself.",
    ),
}


class TownFileError(InvalidInput):
    """The town's file cannot be used; `findings` gives every fault with its line."""

    code = "town_file"

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(
            Text(
                "\n".join(f"{f.file}, ligne {f.line}\u00a0: {f.sentence.fr}" for f in findings),
                "\n".join(f"{f.file}, line {f.line}: {f.sentence.en}" for f in findings),
            )
        )


class Fault(NamedTuple):
    """One fault: the place in the file (keys and numbers), its code, its sentence."""

    place: Place
    code: str
    sentence: Text


def refusal(file: str, source: str, faults: Iterable[Fault]) -> TownFileError:
    """Return the error that gives every fault with its line, from the top of the file down."""
    findings = [Finding(file, line_of(source, fault.place), fault.code, fault.sentence) for fault in faults]
    return TownFileError(sorted(findings, key=lambda finding: finding.line))


def unreadable(file: str) -> TownFileError:
    """Say that there is no such text."""
    return TownFileError([Finding(file, 1, "unreadable", SENTENCES["unreadable"])])


def not_toml(file: str, source: str, error: tomllib.TOMLDecodeError) -> TownFileError:
    """Say which line breaks the rules of TOML; the last one when the file ends too early."""
    found = re.search(r"at line (\d+)", str(error))
    line = int(found[1]) if found else source.count("\n") + 1
    return TownFileError([Finding(file, line, "not_toml", SENTENCES["not_toml"])])


def of_form(error: ValidationError) -> list[Fault]:
    """Return everything that has the wrong form, said as one would to a colleague."""
    return [Fault(found["loc"], found["type"], _said(found)) for found in error.errors()]


def of_names(town: TownFile) -> list[Fault]:
    """Return every name that is written twice or that refers to nothing."""
    people = [
        (("service", n, "staff", m), person.login)
        for n, service in enumerate(town.services)
        for m, person in enumerate(service.staff)
    ]
    return [
        *_written_twice((("service", n), service.code) for n, service in enumerate(town.services)),
        *_written_twice((("subject", n), subject.code) for n, subject in enumerate(town.subjects)),
        *_written_twice((("closure", n), closure.day) for n, closure in enumerate(town.closures)),
        *_written_twice(people),
        *_unknown("unknown_service", {service.code for service in town.services}, _services_named(town)),
        *_unknown("unknown_login", {login for _, login in people}, _logins_named(town)),
        *_loops(town.services),
    ]


def _fault(place: Place, code: str, hint: Text = NOTHING, **values: object) -> Fault:
    template = SENTENCES[code]
    return Fault(place, code, template.filled(hint=hint, **values))


def _said(found: ErrorDetails) -> Text:
    kind, context = found["type"], found.get("ctx", {})
    if kind == "said":
        return Text(context["fr"], context["en"])
    name = next((part for part in reversed(found["loc"]) if isinstance(part, str)), "")
    code = next((code for code in SENTENCES if kind.startswith(code)), "unusable")
    hint = _closest(name, KEYS) if code == "extra_forbidden" else NOTHING
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    most = context.get("max_length", "")
    return _fault(
        found["loc"], code, hint, name=name, value=found["input"], choices=choices, most=most
    ).sentence


def _closest(name: str, known: set[str]) -> Text:
    """Propose the nearest known name, if any is near."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return (
        Text(f" Vouliez-vous écrire «\u00a0{near[0]}\u00a0»\u00a0?", f" Did you mean “{near[0]}”?")
        if near
        else NOTHING
    )


def _written_twice(named: Iterable[tuple[Place, Hashable]]) -> Iterator[Fault]:
    seen = set()
    for place, name in named:
        if name in seen:
            yield _fault(place, "written_twice", name=name)
        seen.add(name)


def _unknown(code: str, known: set[str], named: Iterable[tuple[Place, str]]) -> Iterator[Fault]:
    for place, name in named:
        if name and name not in known:
            yield _fault(place, code, _closest(name, known), name=name)


def _services_named(town: TownFile) -> Iterator[tuple[Place, str]]:
    yield ("town", "legal_service"), town.town.legal_service
    for n, service in enumerate(town.services):
        yield ("service", n, "parent"), service.parent
        for m, person in enumerate(service.staff):
            for key in ("officer_of", "heads", "signs_for"):
                for code in getattr(person, key):
                    yield ("service", n, "staff", m, key), code
    for n, subject in enumerate(town.subjects):
        yield ("subject", n, "service"), subject.service


def _logins_named(town: TownFile) -> Iterator[tuple[Place, str]]:
    for n, absence in enumerate(town.absences):
        yield ("absence", n, "login"), absence.login
        yield ("absence", n, "replaced_by"), absence.replaced_by


def _loops(services: list[ServiceEntry]) -> Iterator[Fault]:
    above = {service.code: service.parent for service in services}
    for n, service in enumerate(services):
        seen: set[str] = set()
        current = service.parent
        while current and current not in seen and current != service.code:
            seen.add(current)
            current = above.get(current, "")
        if current == service.code:
            yield _fault(("service", n, "parent"), "loop", name=service.code)
