"""Every error page: what happened, that nothing was lost, what to do."""

import logging
from dataclasses import replace

import pytest
from flask import request

from casetrack.database import Database
from casetrack.errors import (
    ActionNotAllowed,
    CaseChanged,
    CaseTrackError,
    InvalidFields,
    InvalidInput,
    NeedsMissing,
    NotFound,
    PublishedTextChanged,
)
from casetrack.language import Text
from tests.web.visitors import words
from web.errors import status_of

SAID = Text("Voilà", "There")


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotFound(SAID), 404),
        (CaseChanged(SAID), 409),
        (ActionNotAllowed(SAID, code="permission"), 403),
        (ActionNotAllowed(SAID, code="state"), 409),
        (NeedsMissing({"signed": SAID}), 409),
        (InvalidFields({"answer": SAID}), 422),
        (InvalidInput(SAID), 422),
        (PublishedTextChanged(SAID), 500),
        (CaseTrackError(SAID), 500),
    ],
)
def test_each_refusal_has_its_status(refusal, status):
    assert status_of(refusal) == status


def test_a_page_that_does_not_exist(hall):
    page = hall.visitor("anne").get("/nulle-part")

    assert page.status_code == 404
    assert "Cette page n'existe pas, ou ne vous est pas ouverte" in words(page)
    assert "Revenir à ma liste" in words(page)


def test_a_form_that_was_left_open_too_long_keeps_its_text(hall):
    answer = hall.visitor("anne").client.post("/alertes", data={"csrf_token": "old"})

    assert answer.status_code == 400
    assert "Rien n'a été enregistré" in words(answer)


def test_a_text_that_is_too_long_is_refused_before_it_is_read(hall):
    anne = hall.visitor("anne")
    anne.get("/")

    answer = anne.post("/alertes", text="é" * 3_000_000)

    assert answer.status_code == 413
    assert "C'est trop long, ou trop lourd" in words(answer)


def test_the_longest_text_that_a_field_takes_goes_through(hall):
    case = hall.taken()

    assert (
        hall.visitor("anne").do(case, "draft_answer", answer="é" * 100_000, outcome="refusal").status_code
        == 302
    )
    assert (
        hall.visitor("anne").do(case, "draft_answer", answer="é" * 100_001, outcome="refusal").status_code
        == 422
    )


def test_a_defect_gives_a_mark_and_its_log_names_nobody(hall, caplog):
    @hall.app.get("/defect")
    def defect() -> str:
        raise RuntimeError(request.args["who"])

    hall.app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        page = hall.visitor("anne").get("/defect?who=Mme+Petit")

    assert page.status_code == 500
    mark = words(page).split("Repère : ")[1][:6]
    assert mark in caplog.text
    assert "defect" in caplog.text
    assert "Petit" not in caplog.text
    assert "Petit" not in page.text


def test_the_error_page_stands_when_the_database_does_not(hall, tmp_path):
    anne = hall.visitor("anne")
    gone = Database(f"sqlite:///{tmp_path / 'no-such-folder' / 'town.db'}")
    hall.app.extensions["casetrack"] = replace(hall.app.extensions["casetrack"], database=gone)

    page = anne.get("/")

    assert page.status_code == 500
    assert "La page n'a pas pu s'afficher" in words(page)


def test_the_pages_are_in_english_for_whoever_reads_english(hall):
    anne = hall.visitor("anne")
    anne.get("/")
    anne.post("/langue", language="en", next="/")

    assert "This page does not exist, or is not open to you" in words(anne.get("/nulle-part"))
