"""The papers that came with the letters: drawn from what the letter says, the same each time, by nobody's scanner.

Those who look at the demonstration read the letter beside its history. Only the letters that a visitor meets have
one: the stories, and what came in the last weeks.
"""

import io
import textwrap
import tomllib
import unicodedata
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pypdfium2
from PIL import Image

from casetrack.correspondence import documents, pile
from casetrack.database.tables import Citizen
from casetrack.deadlines.words import MONTHS
from casetrack.demo import people
from casetrack.demo.letters import Letter, typeset

if TYPE_CHECKING:
    from casetrack.demo.hall import Hall

LATELY = timedelta(days=40)
"""How far back a letter still has its paper: beyond, few are open and nobody looks."""
SCANNED, PRINTED = (
    ("post", "desk", "elected"),
    {"email": "courriel", "web": "formulaire", "telephone": "appel"},
)
"""Ways in which a letter comes on paper; and as something that the desk prints, with the name of the file."""
LARGEST = 2_000_000
WIDTH, HEIGHT, MARGIN, LINE = 595, 842, 58, 20  # A4, in points
SIZE, CHARACTERS = 14, 72
DOTS, PAPER = 110, 250
PILE = (
    "Trottoir affaissé devant le 31 rue des Forges",
    "Branche cassée au-dessus du banc, allée des Platanes",
    "Dépôt sauvage au bout du chemin des Vergers",
)
"""What nobody has registered yet this morning."""


def join(hall: "Hall", letter: Letter, by: int) -> None:
    """Join its paper to a letter that has just been registered, where a visitor may come to read it."""
    is_met = letter.is_told or hall.at > hall.now - LATELY
    if hall.store is None or not is_met or not (letter.channel in SCANNED or letter.channel in PRINTED):
        return
    case = letter.case
    chance = Random(f"{hall.seed}:paper:{case.reference}")
    is_paper = letter.channel in SCANNED
    content = draw(_lines(hall, letter, chance), stamp=letter.received_on if is_paper else None)
    name = "numérisation" if is_paper else PRINTED[letter.channel]
    number = case.reference.rpartition("-")[2]
    if is_paper:
        content = scan(content, chance)
    kept = documents.keep(hall.store, io.BytesIO(content), name=f"{name}-{number}", largest=LARGEST)
    documents.attach(hall.session, case, kept, by=hall.actor(hall.present(by)), at=hall.at)


def leave_a_pile(hall: "Hall", by: int) -> None:
    """Leave the first scans of the morning on the pile, for the visitor to register."""
    if hall.store is None:
        return
    for number, title in enumerate(PILE, 1):
        chance = Random(f"{hall.seed}:pile:{number}")
        writer = Citizen(**people.person(chance))
        lines = _letter(hall, writer, title, "complaint", hall.today - timedelta(days=2), chance)
        kept = documents.keep(
            hall.store, io.BytesIO(scan(draw(lines, stamp=hall.today), chance)),
            name=f"numérisation du matin {number}", largest=LARGEST,
        )  # fmt: skip
        pile.put(hall.session, kept, by=hall.actor(hall.present(by)), at=hall.at)


# ---- What it says --------------------------------------------------------------------------------


@cache
def bodies() -> dict[str, list[dict]]:
    """Return papers.toml by nature."""
    found: dict[str, list[dict]] = {}
    for entry in tomllib.loads((Path(__file__).parent / "papers.toml").read_text(encoding="utf-8"))["paper"]:
        found.setdefault(entry["nature"], []).append(entry)
    return found


def _lines(hall: "Hall", letter: Letter, chance: Random) -> list[str]:
    written = letter.received_on
    if letter.channel == "post":
        posted = letter.fields.get("postmark_on")
        written = posted if isinstance(posted, date) else written - timedelta(days=chance.randint(1, 3))
    nature = letter.matter.nature
    return _letter(hall, letter.citizen, letter.title, nature, written, chance, letter.channel)


def _letter(
    hall: "Hall",
    writer: Citizen | None,
    title: str,
    nature: str,
    written: date,
    chance: Random,
    channel: str = "post",
) -> list[str]:
    """Return the lines of a letter to the mayor; a tab at the beginning sends one to the right."""
    english = bool(writer and writer.language == "en")
    known = [entry for entry in bodies().get(nature, bodies()["request"]) if entry["english"] or not english]
    entry = chance.choice(known or bodies()["request"])
    mayor = "Madame la Maire" if hall.mayor.startswith("la ") else "Monsieur le Maire"
    month = MONTHS[written.month - 1]
    day = "1er" if written.day == 1 and not english else written.day
    dated = f"{day} {month.en if english else month.fr} {written.year}"
    if channel in PRINTED and writer:
        origin = writer.telephone if channel == "telephone" else writer.email
        first = {"telephone": "Fiche d'appel du standard", "web": "Formulaire du site de la Ville"}.get(
            channel, ""
        )
        head = [
            first,
            "",
            f"De : {writer.name}, {origin}",
            "À : Mairie de Rivemont",
            f"Date : {dated}",
            f"Objet : {title}",
        ]
    else:
        sender = [writer.name, writer.street, f"{writer.postcode} {writer.town}"] if writer else []
        to = [f"\t{mayor}", "\tHôtel de ville", "\t1 place de l'Hôtel-de-Ville", "\t99340 Rivemont"]
        head = [
            *sender,
            "",
            *to,
            "",
            f"\tRivemont, {'' if english else 'le '}{dated}",
            "",
            f"{'Subject' if english else 'Objet'} : {title}",
        ]
    hello = "Dear Madam or Sir," if english else f"{mayor},"
    end = "Yours faithfully," if english else f"Je vous prie d'agréer, {mayor}, mes salutations distinguées."
    body = [part for text in entry["english" if english else "body"] for part in (text, "")]
    if writer and writer.organisation and not english and nature not in ("transmission", "for_information"):
        body = [f"J'écris au nom de : {writer.organisation}.", "", *body]
    if channel == "telephone":
        return [typeset(line).replace("'", "’") for line in (*head, "", "La personne dit :", "", *body)]
    lines = [
        *head,
        "",
        hello,
        "",
        *body,
        end,
        "",
        f"\t{writer.name}" if writer else "\tUn habitant du quartier",
    ]
    return [typeset(line).replace("'", "’") for line in lines]


# ---- How it looks --------------------------------------------------------------------------------


def draw(lines: list[str], *, stamp: date | None) -> bytes:
    """Draw a sheet as a PDF of one page, with the stamp of the mail room where it came on paper.

    In Times, which every reader of PDF has: no machine needs a font, and each draws the same bytes.
    """
    drawn = [_text(MARGIN, HEIGHT - MARGIN, "")]
    y = HEIGHT - MARGIN
    for line in lines:
        left, room = (WIDTH // 2 + 20, CHARACTERS // 2) if line.startswith("\t") else (MARGIN, CHARACTERS)
        for part in textwrap.wrap(line.strip("\t"), room) or [""]:
            drawn.append(_text(left, y, part))
            y -= LINE
    if stamp:
        drawn.append(f"0.24 0.30 0.47 rg 0.24 0.30 0.47 RG {WIDTH - 190} {HEIGHT - 88} 150 48 re S")
        drawn += [
            _text(WIDTH - 180, HEIGHT - 58, "Ville de Rivemont"),
            _text(WIDTH - 180, HEIGHT - 76, f"Reçu le {stamp:%d/%m/%Y}"),
        ]
    return _pdf("\n".join(drawn).encode("cp1252"))


def scan(sheet: bytes, chance: Random) -> bytes:
    """Return the sheet as a scanner gives it: a picture, a little askew, in sixteen greys."""
    with pypdfium2.PdfDocument(sheet) as opened:
        picture = opened[0].render(scale=DOTS / 72, grayscale=True).to_pil()
    askew = picture.rotate(chance.uniform(-0.6, 0.6), Image.Resampling.BILINEAR, fillcolor=PAPER)
    written = io.BytesIO()
    askew.point([grey // 17 * 17 for grey in range(256)]).save(written, "PNG", compress_level=6)
    return written.getvalue()


def _text(x: int, y: int, said: str) -> str:
    plain = said.replace("\u00a0", " ").replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F {SIZE} Tf {x} {y} Td ({''.join(map(_known, plain))}) Tj ET"


def _known(sign: str) -> str:
    """Return a sign that the old encoding of PDF has; another, without its accent (Nguyễn, Yıldız)."""
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFD", sign)[0]
        return bare if bare.isascii() else {"ı": "i"}.get(bare, "?")
    return sign


def _pdf(content: bytes) -> bytes:
    """Return the smallest PDF with one page of this content (ISO 32000-1, 7.5)."""
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>" % (WIDTH, HEIGHT),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
    )
    written, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written) + end % (len(parts) + 1, table, len(parts) + 1, len(written))
