"""The letters that a definition sends: plain text made from a template that can neither call nor reach anything."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.workflow.sandbox import Sandbox

TEXT = "text"
"""Name of a text that is in no file."""
SUBJECT = {"fr": "Objet", "en": "Subject"}


class Rendered(NamedTuple):
    """A message ready to leave: one line of subject, then plain text."""

    subject: str
    body: str


class Files(BaseLoader):
    """Find templates by file name in the definition, and nowhere else."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self.messages = messages

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return a template with its own name as file name, so that an error says where it is."""
        if template not in self.messages:
            raise TemplateNotFound(template)
        return self.messages[template], template, lambda: True


def render(messages: Mapping[str, str], name: str, language: str, data: Mapping[str, Any]) -> Rendered:
    """Write the message `name` in `language` ("fr" or "en") from data shaped like MAXIMAL.

    Raises what Jinja raises on a wrong template, and InvalidInput on one whose first line is not its subject.
    """
    written = _environment(frozenset(messages.items())).written(f"{name}.{language}.txt", data)
    first, _, body = written.partition("\n")
    word, colon, subject = first.partition(":")
    if word.strip() != SUBJECT[language] or not colon or not subject.strip():
        raise InvalidInput(
            Text(
                f"la première ligne doit être «\u00a0{SUBJECT[language]}\u00a0», deux points, puis l'objet.",
                f"the first line must be “{SUBJECT[language]}”, a colon, then the subject.",
            ),
            code="template_without_subject",
        )
    return Rendered(subject.strip(), body.strip() + "\n")


def fill(text: str, data: Mapping[str, Any]) -> str:
    """Write a text with merge fields, as messages are written; raise what Jinja raises on a wrong one."""
    return _environment(frozenset({(TEXT, text)})).written(TEXT, data).strip()


def merge_fields(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Give each name that a template may show with its value: `case.reference`, "2026-A-000123"."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from merge_fields(value, f"{above}{name}.")
        elif isinstance(value, str):
            yield f"{above}{name}", value


@lru_cache(maxsize=256)
def _environment(messages: frozenset[tuple[str, str]]) -> Sandbox:
    return Sandbox(
        dict(messages),
        loader=Files(dict(messages)),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
    )


def sample(data: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Return MAXIMAL or MINIMAL as a letter in `language` says it: the days, the greeting, what was answered."""
    return data if language == "fr" else {name: _in_english(value) for name, value in data.items()}


def _in_english(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _in_english(item) for name, item in value.items()}
    return IN_ENGLISH.get(value, value) if isinstance(value, str) else value


IN_ENGLISH: Mapping[str, str] = {
    "fr": "en",
    "exemple": "example",
    "lundi 23 novembre 2026": "Monday 23 November 2026",
    "mardi 24 novembre 2026": "Tuesday 24 November 2026",
    "mercredi 23 décembre 2026": "Wednesday 23 December 2026",
    "samedi 23 janvier 2027": "Saturday 23 January 2027",
    "dimanche 24 janvier 2027": "Sunday 24 January 2027",
    "Trottoir dangereux devant l'école": "Dangerous pavement in front of the school",
    "Voirie et trottoirs": "Roads and pavements",
    "Madame Petit": "Dear Madam",
    "Madame, Monsieur": "Dear Sir or Madam",
    "Courrier": "Letter",
    "Le trottoir sera réparé avant le 15 décembre.\n\nVous serez prévenue du jour des travaux.": (
        "The pavement will be mended before 15 December.\n\nYou will be told the day of the works."
    ),
}
MAXIMAL: Mapping[str, Any] = {
    "town": {
        "name": "Ville de Valmorel",
        "address": "1 place de l'Hôtel-de-Ville, 00100 Valmorel",
        "telephone": "01 00 00 00 00",
        "email": "mairie@valmorel.example",
        "website": "https://www.valmorel.example",
        "court": {
            "name": "tribunal administratif de Valmorel",
            "address": "2 rue du Palais, 00100 Valmorel",
            "website": "https://www.telerecours.fr",
        },
        "mediator": {"name": "Mme Claire Fontaine", "contact": "mediateur@valmorel.example"},
        "dpo": {"email": "dpo@valmorel.example", "address": "1 place de l'Hôtel-de-Ville, 00100 Valmorel"},
        "desk": {"address": "3 rue du Marché, 00100 Valmorel", "telephone": "01 00 00 00 01"},
        "mayor": {"name": "Mme Jeanne Rivière", "title_fr": "la maire", "title_en": "the Mayor"},
    },
    "case": {
        "reference": "2026-A-000123",
        "title": "Trottoir dangereux devant l'école",
        "received_on": "lundi 23 novembre 2026",
        "registered_on": "mardi 24 novembre 2026",
        "due_on": "mercredi 23 décembre 2026",
        "act_by": "mercredi 23 décembre 2026",
        "implicit_on": "samedi 23 janvier 2027",
        "channel": "post",
        "silence_mode": "rejection",
        "subject": "Voirie et trottoirs",
        "late": True,
        "implicit_born_on": "dimanche 24 janvier 2027",
    },
    "citizen": {"name": "Mme Anne Petit", "salutation": "Madame Petit", "language": "fr"},
    "service": {
        "name": "Voirie",
        "address": "4 rue des Ateliers, 00100 Valmorel",
        "telephone": "01 00 00 00 02",
        "email": "voirie@valmorel.example",
    },
    "officer": {"name": "M. Paul Martin", "title": "technicien de voirie"},
    "today": "mardi 24 novembre 2026",
    "fields": {},
    "answer": "Le trottoir sera réparé avant le 15 décembre.\n\nVous serez prévenue du jour des travaux.",
    "outcome": "favourable",
    "signatory": {"name": "Mme Léa Durand", "title": "directrice de l'espace public"},
}
"""A message when everything is known; `fields` then holds every field of its action."""


def _emptied(value: Any) -> Any:
    """Return the same shape with every text empty and every claim false."""
    if isinstance(value, Mapping):
        return {name: _emptied(item) for name, item in value.items()}
    return type(value)()


MINIMAL: Mapping[str, Any] = {
    **_emptied(MAXIMAL),
    "town": {**_emptied(MAXIMAL["town"]), "name": "Ville de Valmorel"},
    "case": {
        **_emptied(MAXIMAL["case"]),
        "reference": "2026-A-000001",
        "title": "Courrier",
        "received_on": "lundi 23 novembre 2026",
        "registered_on": "lundi 23 novembre 2026",
        "channel": "desk",
        "silence_mode": "none",
    },
    "citizen": {"name": "", "salutation": "Madame, Monsieur", "language": "fr"},
    "officer": None,
    "today": "lundi 23 novembre 2026",
    "signatory": None,
}
"""A message when almost nothing is known: an anonymous letter, no service, no deadline."""
