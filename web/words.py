"""What pages say: French in the templates, English in the catalogue, both languages in `Text`."""

import re
from datetime import date

import flask_babel
from flask import Flask
from markupsafe import Markup, escape

from casetrack.deadlines import say_day
from casetrack.language import Text
from casetrack.oversight.dates import briefly
from web.current import language, today

# « 18 », ; : ! ? » and the number that follows n°, as French typography wants them.
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_SPACES = re.compile(r" (?=[:;?!»])|(?<=«) |(?<=n°) ")


def register(app: Flask) -> None:
    """Give templates their words."""
    flask_babel.Babel(app, default_locale="fr", locale_selector=language)
    app.jinja_env.install_gettext_callables(_, _plural, newstyle=True)
    app.jinja_env.filters.update(
        said=said, day=day, in_full=in_full, paragraphs=paragraphs, lines=lines, capitalized=capitalized
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
    """Put the curved apostrophes, and the no-break spaces that French alone wants."""
    sentence = _APOSTROPHE.sub("’", sentence)
    return _SPACES.sub("\u00a0", sentence) if language() == "fr" else sentence


def said(text: Text | str | None) -> str:
    """Return a text of the engine or of a definition in the person's language."""
    if isinstance(text, Text):
        return typeset(text.within(language()))
    return text or ""


def day(value: date) -> str:
    """Say a day in short."""
    return briefly(value, today()).within(language())


def in_full(value: date) -> str:
    """Say a day in full."""
    return say_day(value, language())


def today_in_full() -> str:
    """Say which day it is, as the beginning of a line."""
    return capitalized(in_full(today()))


def capitalized(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def lines(text: str) -> Markup:
    """Keep the ends of lines of a plain text."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def paragraphs(text: str) -> Markup:
    """Show a plain text as paragraphs, with its ends of lines."""
    parts = (part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip())
    return Markup("").join(Markup("<p>{}</p>").format(lines(part)) for part in parts)
