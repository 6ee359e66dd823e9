"""Thumbnails: drawn once, apart, and harmless whatever the document claims to be."""

import io
import struct
import subprocess
import sys
import threading
import zlib

import pytest
from PIL import Image

from casetrack.correspondence import documents, first_page, thumbnails


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return tmp_path / "documents"


def picture(kind: str, size: tuple[int, int] = (600, 800), **how) -> bytes:
    """Return a page of one colour."""
    whole = io.BytesIO()
    Image.new("RGB", size, "#0e5a63").save(whole, kind, **how)
    return whole.getvalue()


def keep(store, content: bytes, name: str = "scan"):
    return documents.keep(store, io.BytesIO(content), name=name, largest=50_000_000)


def drawn(store, kept, size: str = "small"):
    return thumbnails.thumbnail(store, kept.sha256, kept.type, size)


@pytest.mark.parametrize("kind", ["PDF", "PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_the_first_page_becomes_a_small_picture(store, kind):
    place = drawn(store, keep(store, picture(kind)))

    with Image.open(place) as seen:
        assert (seen.format, max(seen.size)) == ("JPEG", 320)
        red, green, blue = seen.convert("RGB").getpixel((100, 100))
    assert abs(red - 0x0E) + abs(green - 0x5A) + abs(blue - 0x63) < 24


def test_it_is_drawn_once(store, monkeypatch):
    kept = keep(store, picture("PNG"))
    first = drawn(store, kept)
    monkeypatch.setattr(thumbnails, "_drawn", lambda *_: pytest.fail("drawn again"))

    assert drawn(store, kept) == first


def test_a_large_size_is_there_for_what_a_browser_cannot_show(store):
    with Image.open(drawn(store, keep(store, picture("TIFF", (2400, 3200))), "page")) as seen:
        assert max(seen.size) == 1400


def test_a_photograph_taken_sideways_stands_upright(store):
    orientation = Image.Exif()
    orientation[0x0112] = 6
    with Image.open(drawn(store, keep(store, picture("JPEG", (800, 600), exif=orientation)))) as seen:
        assert seen.size == (240, 320)


def png_that_claims(width: int, height: int) -> bytes:
    """Return a small PNG that unpacks into far more than any memory holds."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        png_that_claims(60_000, 60_000),
        b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n",  # no page
        b"%PDF-" + b"\xff" * 5000,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",  # cut short
        b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 100,
        b"II*\0\xff\xff\xff\xff",
    ],
)
def test_what_cannot_be_drawn_has_no_picture_and_is_not_tried_again(store, content, monkeypatch):
    kept = keep(store, content)
    assert drawn(store, kept) is None

    monkeypatch.setattr(thumbnails, "_drawn", lambda *_: pytest.fail("tried again"))

    assert drawn(store, kept) is None


def test_a_drawing_that_never_ends_is_given_up(store, monkeypatch):
    monkeypatch.setattr(thumbnails, "PATIENCE", 0.01)

    assert drawn(store, keep(store, picture("PNG"))) is None


def test_a_small_one_keeps_nobody_waiting_and_a_page_waits_for_its_turn(store, monkeypatch):
    monkeypatch.setattr(thumbnails, "DRAWING", threading.BoundedSemaphore(1))
    kept = keep(store, picture("PNG"))

    thumbnails.DRAWING.acquire()
    assert drawn(store, kept) is None
    threading.Timer(0.1, thumbnails.DRAWING.release).start()

    assert drawn(store, kept, "page")
    assert drawn(store, kept)


def test_the_types_that_have_no_page_are_not_opened(store, monkeypatch):
    monkeypatch.setattr(thumbnails, "_drawn", lambda *_: pytest.fail("opened"))

    assert drawn(store, keep(store, b"From: a@b.fr\n\nBonjour", "m.eml")) is None
    assert drawn(store, keep(store, b"Bonjour", "m.txt")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds the time alone")
def test_the_process_that_draws_may_neither_grow_nor_write(tmp_path):
    said = (
        f"import runpy; page = runpy.run_path({first_page.__file__!r}); page['limit']()\n"
        "import resource\n"
        "for limit in ('AS', 'CPU', 'FSIZE', 'CORE'): print(resource.getrlimit(getattr(resource, 'RLIMIT_' + limit))[0])\n"
        f"try: open({str(tmp_path / 'x')!r}, 'w').write('x' * 100)\n"
        "except OSError: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", said], capture_output=True, text=True, check=False)

    assert done.stdout.split()[:4] == [str(first_page.MEMORY), str(first_page.SECONDS), "0", "0"]
    assert not (tmp_path / "x").exists() or (tmp_path / "x").stat().st_size == 0


def test_it_knows_nothing_of_the_town(store, monkeypatch):
    given = {}
    monkeypatch.setenv("CASETRACK_DATABASE_URL", "postgresql://town:secret@host/town")
    monkeypatch.setattr(
        thumbnails.subprocess, "run", lambda *_a, **how: given.update(how) or (_ for _ in ()).throw(OSError)
    )

    drawn(store, keep(store, picture("PNG")))

    assert not any(name.startswith("CASETRACK") for name in given["env"])
