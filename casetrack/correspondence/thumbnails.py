"""Thumbnails: the first page of a document as a small picture, drawn once and kept beside the store's contents.

Whoever may see a document may see its thumbnail: this module asks nobody. The folder `thumbnails` of the
store can be thrown away at any time; it fills again as pages are looked at.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import BoundedSemaphore

from casetrack.correspondence import documents, first_page

DRAWN = frozenset({documents.PDF, *first_page.FORMATS})
"""Types of which the first page can be drawn."""
SIDES = {"small": 320, "page": 1400}
"""Pixels of the longer side: beside a line of a list, and to be read where a browser cannot show the document."""
PATIENCE = 10
"""Seconds."""
LARGEST = 2_000_000
"""Bytes of a picture; what is larger did not come from us."""
DRAWING = BoundedSemaphore(2)
"""A list of two hundred scans must neither start two hundred processes nor keep every thread of the web waiting."""


def thumbnail(store: Path, digest: str, kind: str, size: str = "small") -> Path | None:
    """Return the picture of a kept content, drawn if need be; None when it cannot be drawn, or not now.

    A small one waits for nobody: the next look draws it. A page is what somebody is trying to read.
    """
    if kind not in DRAWN:
        return None
    place = path_of(store, digest, size)
    if not place.exists():
        if not DRAWING.acquire(timeout=0 if size == "small" else PATIENCE):
            return None
        try:
            # Nothing is kept as nothing: a damaged document is not tried at every look.
            _keep(place, _drawn(documents.path_of(store, digest), kind, SIDES[size]))
        finally:
            DRAWING.release()
    return place if place.stat().st_size else None


def path_of(store: Path, digest: str, size: str = "small") -> Path:
    """Return where the picture of a content is kept."""
    return store / "thumbnails" / digest[:2] / f"{digest[2:]}.{size}.jpg"


def forget(store: Path, digest: str) -> None:
    """Remove the pictures of a content that left the store."""
    for size in SIDES:
        path_of(store, digest, size).unlink(missing_ok=True)


def _drawn(file: Path, kind: str, side: int) -> bytes:
    command = [sys.executable, "-I", first_page.__file__, str(file.absolute()), kind, str(side)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
            env={name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ},
        )
    except (subprocess.SubprocessError, OSError):
        return b""
    return done.stdout if done.stdout.startswith(b"\xff\xd8\xff") and len(done.stdout) <= LARGEST else b""


def _keep(place: Path, picture: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, delete=False) as written:
        written.write(picture)
    try:
        os.replace(written.name, place)
    except OSError:  # Windows, while somebody reads the same picture
        with suppress(OSError):
            os.unlink(written.name)
