"""Everything a person reads exists in French and in English, side by side."""

from typing import NamedTuple


class Text(NamedTuple):
    """Hold one sentence in both languages: French first."""

    fr: str
    en: str

    def within(self, language: str) -> str:
        """Return the sentence in `language` ("fr" or "en"); any other language reads French."""
        return self.en if language == "en" else self.fr

    def filled(self, **values: object) -> "Text":
        """Fill the `{names}` of both sentences with the same values."""
        return Text(self.fr.format(**values), self.en.format(**values))
