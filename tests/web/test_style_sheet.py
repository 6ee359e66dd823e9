"""The style sheet: each class in it is one that a page carries."""

import re
from pathlib import Path

import pytest

import web

WEB = Path(web.__file__).parent
MADE = ("b-", "k-", "ct-clock-", "ct-under-")
"""How the classes begin that a template ends with a value: the tone of a bar, a mark of the clock."""
WORD = re.compile(r"(?<![\w-])[A-Za-z][\w-]*")


def carried() -> set[str]:
    pages = [*(WEB / "templates").glob("*.html"), *(WEB / "static").glob("*.js")]
    return {word for page in pages for word in WORD.findall(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("sheet", ["theme.css", "letters.css"])
def test_each_class_of_the_sheet_is_on_some_page(sheet):
    rules = re.sub(r"/\*.*?\*/", "", (WEB / "static" / sheet).read_text(encoding="utf-8"), flags=re.S)
    selectors = " ".join(re.findall(r"([^{}]+)\{", rules))
    classes = {found for found in re.findall(r"\.([A-Za-z][\w-]*)", selectors) if not found.startswith(MADE)}

    assert classes - carried() == set()


def test_each_beginning_is_completed_by_some_page():
    pages = "".join(page.read_text(encoding="utf-8") for page in (WEB / "templates").glob("*.html"))

    assert [begins for begins in MADE if f"{begins}{{{{" not in pages] == []
