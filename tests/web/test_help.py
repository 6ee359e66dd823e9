"""Help inside: one line on each page, procedures, keys, and what a device remembers."""

import re

import pytest

from tests.web.visitors import words
from web.help import PROCEDURES, PURPOSES

PLAIN = {
    "help.show": "it is the help itself",
    "signing_in.show": "nobody is signed in yet",
}
"""Pages without the line, with the reason."""


def test_each_page_says_in_one_line_what_it_is_for(hall):
    case = hall.taken()
    visitor = {"administration.show": "aline", "dysfunctions.show": "mila", "parapheur.show": "simone",
               "service_desk.show": "denis"}  # fmt: skip
    with hall.app.test_request_context():
        from flask import url_for

        paths = {
            name: url_for(name, **({"reference": case} if name == "case.show" else {})) for name in PURPOSES
        }

    for name, path in paths.items():
        page = hall.visitor(visitor.get(name, "anne")).get(path)
        assert page.status_code == 200, name
        assert "Cette page : " + PURPOSES[name][0].fr.replace("\u00a0", " ").replace("’", "'") in words(
            page
        ), name


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
