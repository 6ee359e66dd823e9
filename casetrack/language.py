"""Everything a person reads exists in French and in English, side by side."""

from collections.abc import Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """Hold one sentence in both languages: French first."""

    fr: str
    en: str

    def within(self, language: str) -> str:
        """Return the sentence in `language` ("fr" or "en"); any other language reads French."""
        return self.en if language == "en" else self.fr

    def filled(self, **values: object) -> "Text":
        """Fill the `{names}` of both sentences: a `Text` in its own language, any other value as it is."""
        return Text(*(sentence.format(**_within(values, place)) for place, sentence in enumerate(self)))


def _within(values: Mapping[str, object], place: int) -> dict[str, object]:
    return {name: value[place] if isinstance(value, Text) else value for name, value in values.items()}
