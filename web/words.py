"""What pages say: French in the templates, English in the catalogue, both languages in `Text`."""

import re
from collections.abc import Iterator
from datetime import date

import flask_babel
from flask import Flask
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from casetrack import spelling
from casetrack.deadlines import say_day
from casetrack.language import Text
from casetrack.oversight.dates import briefly
from web.current import language, today

# A day and its number, an article, a telephone number, a postcode and its town; a dot never ends a line.
_TOGETHER = re.compile(
    r"\b(?:(?:lun|mar|mer|jeu|ven|sam|dim)\.|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?) (?=\d)"
    r"|\bart\. (?=\w)|(?<!\d)0\d(?: \d\d){4}(?!\d)|\b\d{5} (?=[A-ZÀ-Ý])|· "
)


class NoDotAtTheEnd(Extension):
    """Keep each "·" of a template with what follows it."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Bind the dots of the page itself, and those that join a list; sentences are typeset with their words."""
        for token in stream:
            is_ours = token.type == "data" or token.type == "string" and token.value == " · "
            yield token._replace(value=token.value.replace("· ", "·\u00a0")) if is_ours else token


def register(app: Flask) -> None:
    """Give templates their words."""
    flask_babel.Babel(app, default_locale="fr", locale_selector=language)
    app.jinja_env.add_extension(NoDotAtTheEnd)
    app.jinja_env.install_gettext_callables(_, _plural, newstyle=True)
    app.jinja_env.filters.update(
        said=said,
        day=day,
        in_full=in_full,
        paragraphs=paragraphs,
        lines=lines,
        capitalized=capitalized,
        kept_together=kept_together,
    )
    app.jinja_env.globals.update(language=language, today_in_full=today_in_full)


def _(sentence: str) -> str:
    """Return a sentence of ours in the person's language, with its no-break spaces."""
    return typeset(flask_babel.gettext(sentence))


def plural(one: str, several: str, num: int) -> str:
    """Return the form for that number, with the number in it where it says %(num)d."""
    return _plural(one, several, num) % {"num": num}


def _plural(one: str, several: str, num: int) -> str:
    # In French none is singular: "0 lettre". Jinja fills in the number after us, and escapes what it fills in.
    if language() == "fr":
        return typeset(one if num < 2 else several)
    return flask_babel.get_translations().ungettext(one, several, num)


def typeset(sentence: str) -> str:
    """Write a sentence of a page as one prints it: apostrophes, spaces, and what a line never parts."""
    return spelling.typeset(kept_together(sentence), language())


def kept_together(text: str) -> str:
    """Put no-break spaces inside what a line never parts, in both languages: "ven. 4 décembre", "art. 21"."""
    return _TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), text)


def said(text: Text | str | None) -> str:
    """Return a text of the engine or of a definition in the person's language."""
    if isinstance(text, Text):
        return typeset(text.within(language()))
    return text or ""


def day(value: date) -> str:
    """Say a day in short."""
    return kept_together(briefly(value, today()).within(language()))


def in_full(value: date) -> str:
    """Say a day in full."""
    return kept_together(say_day(value, language()))


def today_in_full() -> str:
    """Say which day it is, as the beginning of a line."""
    return capitalized(in_full(today()))


def capitalized(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def lines(text: str) -> Markup:
    """Keep the ends of lines of a plain text, its telephone numbers and its days."""
    return Markup("<br>").join(escape(line) for line in kept_together(text).splitlines())


def paragraphs(text: str) -> Markup:
    """Show a plain text as paragraphs, with its ends of lines."""
    parts = (part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip())
    return Markup("").join(Markup("<p>{}</p>").format(lines(part)) for part in parts)
