"""Draw the first page of a document, in a process of its own: `python first_page.py FILE TYPE SIDE`.

What somebody sends is read here by large libraries written in C. This process knows no address, no
password and no database, has little memory and little time, and writes one small JPEG to its output;
`casetrack.correspondence.thumbnails` starts it. It imports nothing of Casetrack, so that it starts quickly.
"""

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
SECONDS = 8
"""Of processor."""
LARGEST_PAGE = 120_000_000
"""Pixels: an A3 sheet at 600 dots an inch has 70 million."""
FORMATS = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/tiff": "TIFF",
}  # fmt: skip


def main(file: str, kind: str, side: str) -> None:
    """Draw and write the picture; any fault ends the process with a code that is not 0."""
    limit()
    picture = pdf(Path(file), int(side)) if kind == "application/pdf" else image(Path(file), kind, int(side))
    picture.save(sys.stdout.buffer, "JPEG", quality=82, optimize=True)


def limit() -> None:
    """Refuse to grow or to last; Windows has no such bound, and is left with the time alone."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def pdf(file: Path, side: int) -> "Picture":
    """Draw the first page of a PDF, whatever size it claims."""
    import pypdfium2

    page = pypdfium2.PdfDocument(file)[0]
    width, height = page.get_size()
    return page.render(scale=side / max(width, height, 1), may_draw_forms=False).to_pil().convert("RGB")


def image(file: Path, kind: str, side: int) -> "Picture":
    """Draw the first picture of an image, upright, on white."""
    from PIL import Image, ImageOps

    # A picture says how large it is before it is unpacked: a bomb is refused on its word.
    Image.MAX_IMAGE_PIXELS = LARGEST_PAGE
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(file, formats=[FORMATS[kind]]) as opened:
        opened.draft("RGB", (side, side))
        drawn = ImageOps.exif_transpose(opened)
        drawn.thumbnail((side, side))
        drawn = drawn.convert("RGBA")
    sheet = Image.new("RGB", drawn.size, "white")
    sheet.paste(drawn, mask=drawn.getchannel("A"))
    return sheet


if __name__ == "__main__":
    main(*sys.argv[1:])
