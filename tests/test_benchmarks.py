"""The measures of speed still measure: a letter is really taken to its end, by the floor and by the engine."""

import json
import subprocess
import sys

import pytest


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
