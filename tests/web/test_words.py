"""Two languages on every page, and French typography."""

from pathlib import Path

import pytest
from babel.messages import pofile
from babel.messages.extract import extract_from_dir
from babel.support import Translations

from web import words as said_by
from web.words import capitalized

WEB = Path(said_by.__file__).parent
CATALOGUE = WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2)}


def sentences() -> set:
    found = extract_from_dir(str(WEB), method_map=METHODS, keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def catalogue():
    with CATALOGUE.open("rb") as file:
        return pofile.read_po(file, locale="en")


def test_every_sentence_of_the_pages_is_in_english_too():
    known = {message.id: message.string for message in catalogue() if message.id}

    assert sentences() - known.keys() == set()
    assert known.keys() - sentences() == set()  # nothing translated that is no longer said
    for sentence, english in known.items():
        assert all(english if isinstance(english, tuple) else [english]), sentence


def test_the_english_takes_the_same_values_as_the_french():
    for message in catalogue():
        assert not list(message.check(catalogue())), message.id
        assert not message.fuzzy, message.id


def test_the_compiled_catalogue_says_what_is_written():
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = Translations(file)

    for message in catalogue():
        if isinstance(message.id, tuple):
            assert tuple(compiled.ngettext(*message.id, count) for count in (1, 2)) == message.string
        elif message.id:
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Pourquoi cette date ?", "Pourquoi cette date\u00a0?"),
        ("Dossier « À signer » : clos", "Dossier «\u00a0À signer\u00a0»\u00a0: clos"),
        ("n° 2026-A-000001", "n°\u00a02026-A-000001"),
        ("l'usager", "l’usager"),
        ("dit 'oui'", "dit 'oui'"),  # quotes are no apostrophes
        ("dû ven. 4 décembre", "dû ven.\u00a04 décembre"),
        ("vendredi 4 décembre", "vendredi\u00a04 décembre"),
        ("mar. 1er", "mar.\u00a01er"),
        ("01 99 00 10 00", "01\u00a099\u00a000\u00a010\u00a000"),
        ("101 99 00 10 00 1", "101 99 00 10 00 1"),  # no telephone number
        ("art. 21 et art. L111-2", "art.\u00a021 et art.\u00a0L111-2"),
        ("1 rue Basse, 00100 Valmy", "1 rue Basse, 00100\u00a0Valmy"),
        ("2026 dossiers", "2026 dossiers"),
        ("Voirie · Valmy", "Voirie ·\u00a0Valmy"),
    ],
)
def test_french_is_printed_with_its_own_spaces(hall, written, printed):
    with hall.app.test_request_context("/connexion"):
        assert said_by.typeset(written) == printed


def test_english_keeps_its_own_spaces(hall):
    with hall.app.test_request_context("/connexion") as context:
        context.session["language"] = "en"
        assert said_by.typeset("Done: yes") == "Done: yes"
        assert said_by.typeset("due Thu 3 December") == "due Thu\u00a03 December"
        assert said_by.typeset("on Saturday 5 December") == "on Saturday\u00a05 December"


def test_no_dot_of_a_page_ends_a_line_and_sentences_keep_theirs(hall):
    source = """<b>a</b> · {{ ["b", "c"]|join(" · ") }} {{ _("d · e") }}"""
    with hall.app.test_request_context("/connexion"):
        page = hall.app.jinja_env.from_string(source).render()

    assert page == "<b>a</b> ·\u00a0b ·\u00a0c d ·\u00a0e"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 lettre attend de nouveau."), (2, "2 lettres attendent de nouveau.")]
)
def test_none_is_singular_in_french(hall, count, said):
    with hall.app.test_request_context("/connexion"):
        one, several = "%(num)d lettre attend de nouveau.", "%(num)d lettres attendent de nouveau."
        assert said_by.plural(one, several, count) == said


def test_a_capital_leaves_the_rest_alone():
    assert capitalized("en retard de 3 jours, SARL Dubois") == "En retard de 3 jours, SARL Dubois"
