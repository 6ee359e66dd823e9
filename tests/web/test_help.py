"""Help inside: one line on each page, procedures, keys, and what a device remembers."""

import re
from typing import NamedTuple

import pytest

from tests.web.visitors import words
from web.help import PROCEDURES, PURPOSES, SHORTCUTS

PLAIN = {
    "help.show": "it is the help itself",
    "signing_in.show": "nobody is signed in yet",
    "signing_in.ask_code": "nobody is signed in yet",
    "health.show": "machines watch it, and it names nobody",
    "resuming.show": "a form found again, for one moment",
    "registration.pieces": "pieces of a page",
    "registration.receipt": "a letter to print",
    "case.message": "a letter to print",
    "print_run.letters": "letters to print",
    "search.export": "a file",
    "static": "files",
    "bootstrap.static": "files",
    "case.document": "a document",
    "documents.waiting": "a document",
    "documents.waiting_picture": "a picture",
    "documents.picture": "a picture",
    "pile.document": "a document",
    "pile.picture": "a picture",
}
"""Addresses without the line, with the reason."""


def test_each_page_says_in_one_line_what_it_is_for(hall):
    pages = {rule.endpoint for rule in hall.app.url_map.iter_rules() if "GET" in rule.methods}

    assert pages == PURPOSES.keys() | PLAIN.keys()
    for login, path, endpoint in (
        ("anne", "/", "worklist.show"),
        ("aline", "/administration/sujets", "administration.all_subjects"),
    ):
        line = PURPOSES[endpoint][0].fr.replace("\u00a0", " ")
        assert f"Cette page : {line}" in words(hall.visitor(login).get(path))


def test_a_refusal_says_nothing_of_the_page_that_it_hides(hall):
    refused = hall.visitor("denis").get("/courriers/nouveau")

    assert refused.status_code == 403
    assert "Cette page :" not in words(refused)


def test_the_keys_are_shown_by_the_pages_on_which_they_work(hall):
    page = hall.visitor("marc").get("/").text

    overlay = words(Piece(page.split('id="keys"')[1]))
    assert "À l'enregistrement Entrée dans un champ : enregistrer et passer au suivant Ctrl+Entrée" in overlay
    assert "F8 imprimer l'accusé du dernier" in overlay
    assert all(len({key for key, _what in keys}) == len(keys) for _place, _label, keys in SHORTCUTS)


class Piece(NamedTuple):
    """A piece of a page, read as one."""

    text: str


def test_each_procedure_that_a_page_points_to_exists(hall):
    anchors = {procedure.anchor for procedure in PROCEDURES}
    page = hall.visitor("anne").get("/aide").text

    assert {anchor for _line, anchor in PURPOSES.values() if anchor} <= anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


@pytest.mark.parametrize(
    ("theme", "html"), [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"')]
)
def test_a_device_keeps_its_theme(hall, theme, html):
    anne = hall.visitor("anne")
    anne.get("/aide")

    anne.post("/aide/affichage", theme=theme)

    assert html in anne.get("/").text


def test_letters_as_keys_are_switched_off_on_a_device(hall):
    anne = hall.visitor("anne")
    assert "keys.js" in anne.get("/aide").text

    anne.post("/aide/affichage", keys="off")

    page = anne.get("/").text
    assert "keys.js" not in page
    assert "<kbd>j</kbd>" not in page


def test_a_forged_cookie_changes_nothing(hall):
    anne = hall.visitor("anne")
    anne.client.set_cookie("theme", '"><script>')

    assert not re.search(r"data-bs-theme|<script>", anne.get("/").text)
