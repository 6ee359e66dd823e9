"""The measures of speed still measure: a letter is really taken to its end, by the floor and by the engine."""

import json
import subprocess
import sys

import pytest

from benchmarks.measures import crews
from benchmarks.ours import Ours
from benchmarks.places import places
from benchmarks.visits import PAGES, Visits


@pytest.mark.slow
def test_a_measure_counts_what_was_done_and_says_its_ratio(tmp_path):
    figures = tmp_path / "figures.json"
    command = ["A-sqlite-normal", "--rounds", "1", "--seconds", "0.01", "--json", str(figures)]

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *command], capture_output=True, text=True, timeout=300
    )

    assert done.returncode == 0, done.stderr
    assert "| A. a letter, receipt to closure" in done.stdout
    measured = json.loads(figures.read_text())["figures"][0]
    assert measured["ratios"][0] > 1


@pytest.mark.slow
def test_each_page_that_is_measured_is_shown_in_a_loaded_town(tmp_path):
    with places(str(tmp_path)) as made, crews(made, "sqlite", "NORMAL", 1, Ours) as (ours,):
        ours.one("load", 10_000)
        with Visits(ours.place) as visits:
            shown = {which: visits.pages(1, which) for which in PAGES}

    assert all(seconds > 0 for [seconds] in shown.values())
