"""The pictures that the README shows can be taken again by one command, and are the ones that it shows."""

import re
from pathlib import Path

import pytest

from casetrack.demo import FEWEST
from tests.web import screenshots

ROOT = Path(__file__).parents[2]


@pytest.mark.browser
@pytest.mark.slow
def test_the_pictures_of_the_readme_are_taken_by_one_command(browser, tmp_path):
    screenshots.take(tmp_path, browser, letters=FEWEST)

    shown = set(re.findall(r"\(docs/screenshots/([^)]+)\)", (ROOT / "README.md").read_text()))
    assert {picture.name for picture in tmp_path.iterdir()} == shown
    assert {picture.name for picture in (ROOT / "docs" / "screenshots").iterdir()} == shown
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in tmp_path.iterdir())
