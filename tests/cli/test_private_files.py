"""What the command line writes names citizens: nobody else on the machine reads it, whatever the folder."""

import os
import stat
import subprocess
import sys

import pytest


@pytest.mark.skipif(os.name != "posix", reason="rights of this kind are those of POSIX")
def test_what_is_written_is_for_the_account_that_runs_casetrack(tmp_path):
    tmp_path.chmod(0o755)
    settings = {"CASETRACK_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    start = "import os; os.umask(0o022); from casetrack.cli import main; main()"

    command = [sys.executable, "-c", start, "init"]
    subprocess.run(command, env=settings, capture_output=True, input="", text=True, timeout=120)

    written = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.rglob("*") if file.is_file()}
    assert any(name.endswith(".db") for name in written)
    assert {name: oct(mode) for name, mode in written.items() if mode & 0o077} == {}
