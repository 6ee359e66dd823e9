"""What reaches a town that installs Casetrack instead of checking it out."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def asked(installed: Path, program: str) -> str:
    """Run a line of Python far from the checkout, on the installed files."""
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=installed,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip()


def test_an_installed_town_finds_every_shipped_workflow_and_message(installed):
    found = Path(asked(installed, "from casetrack.settings import shipped_workflows as s; print(s())"))

    shipped = {
        file.relative_to(ROOT / "workflows") for file in (ROOT / "workflows").rglob("*") if file.is_file()
    }
    assert found.is_relative_to(installed)
    assert {file.relative_to(found) for file in found.rglob("*") if file.is_file()} == shipped


def test_an_installed_town_finds_every_migration(installed):
    found = Path(asked(installed, "from casetrack.database.migrate import MIGRATIONS as m; print(m)"))

    shipped = {file.name for file in (ROOT / "casetrack/database/migrations/versions").glob("*.py")}
    assert found.is_relative_to(installed)
    assert {file.name for file in (found / "versions").glob("*.py")} == shipped


def test_pages_and_their_templates_are_installed_whole(installed):
    def files(folder: Path) -> set[Path]:
        return {
            f.relative_to(folder) for f in folder.rglob("*") if f.is_file() and "__pycache__" not in f.parts
        }

    assert files(installed / "web") == files(ROOT / "web")


def test_nothing_else_is_installed(installed):
    assert {entry.name.split("-")[0] for entry in installed.iterdir()} == {"casetrack", "web"}
