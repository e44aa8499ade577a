"""Images of identity documents that nobody was ever issued: drawn, with SPECIMEN across, the same bytes each time.

The PNG is written here, unpacked and with nothing but its pixels: a library that packs otherwise, or adds a time, would
make another file of the same picture, and every hash that was signed would be wrong.
"""

import hashlib
import struct
import unicodedata
import zlib
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from foundation.providers.connectors.demo.customers import Paper, Person

_SIZE = _WIDTH, _HEIGHT = 480, 304
# Sixteen greys with a tint, as copies of passports have: four bits for each pixel.
_SHADES = 16
_PAPER, _LIGHT, _DARK, _STAMP = 240, 208, 32, 144
_CODE_SIGNS = 40
# The largest block that can be stored unpacked (RFC 1951, 3.2.4).
_BLOCK = 0xFFFF


@lru_cache(maxsize=128)
def image(person: Person, paper: Paper) -> bytes:
    """Return the image of a document as a PNG file."""
    page = Image.new("L", _SIZE, _PAPER)
    draw = ImageDraw.Draw(page)
    for line in range(0, _HEIGHT, 8):
        draw.line([(0, line), (_WIDTH, line + 40)], fill=_LIGHT)
    draw.rectangle([(0, 0), (_WIDTH, 34)], fill=_DARK)
    draw.text((16, 7), f"{paper.kind.upper()}  ·  {person.country}", fill=_PAPER, font=_font(18))
    _portrait(draw, paper) if person.born else _seal(draw)
    _words(draw, person, paper)
    return _png(_stamped(page))


def _portrait(draw: ImageDraw.ImageDraw, paper: Paper) -> None:
    """Draw somebody who is nobody: head and shoulders, as wide as the number says."""
    chance = hashlib.sha256(paper.number.encode()).digest()
    width, height = 26 + chance[0] % 8, 32 + chance[1] % 8
    draw.rectangle([(16, 52), (132, 204)], fill=_LIGHT, outline=_DARK)
    draw.ellipse([(74 - 50, 158), (74 + 50, 258)], fill=_STAMP)
    draw.rectangle([(16, 205), (132, 260)], fill=_PAPER)
    draw.ellipse([(74 - width, 116 - height), (74 + width, 116 + height)], fill=_STAMP + chance[2] % 32)


def _seal(draw: ImageDraw.ImageDraw) -> None:
    for inset in (0, 12, 30):
        draw.ellipse([(20 + inset, 72 + inset), (128 - inset, 180 - inset)], outline=_DARK, width=2)


def _words(draw: ImageDraw.ImageDraw, person: Person, paper: Paper) -> None:
    facts = [("Name", person.name), ("Number", paper.number)]
    if person.born:
        facts.append(("Date of birth", f"{person.born:%d %b %Y}"))
    facts.append(("Copy taken", f"{paper.since:%d %b %Y}"))
    for place, (label, value) in enumerate(facts):
        draw.text((152, 50 + place * 40), label, fill=_STAMP, font=_font(12))
        draw.text((152, 64 + place * 40), value, fill=_DARK, font=_font(18))
    if person.born:
        _code(draw, person, paper)


def _code(draw: ImageDraw.ImageDraw, person: Person, paper: Paper) -> None:
    """Write the lines for machines, of a state that does not exist."""
    plain = unicodedata.normalize("NFKD", person.name).encode("ascii", "ignore").decode().upper()
    code = f"P<XXX{'<'.join(plain.split())}"
    for place, line in enumerate((code, f"{paper.number}<XXX")):
        draw.text((16, 224 + place * 30), line.ljust(_CODE_SIGNS, "<")[:_CODE_SIGNS], fill=_DARK, font=_font(16))


def _stamped(page: Image.Image) -> Image.Image:
    """Write SPECIMEN across the whole page."""
    stamp = Image.new("L", (_WIDTH, 90), 0)
    ImageDraw.Draw(stamp).text((_WIDTH // 2, 45), "SPECIMEN", fill=200, font=_font(84), anchor="mm")
    turned = stamp.rotate(24, resample=Image.Resampling.BICUBIC, expand=True)
    place = ((_WIDTH - turned.width) // 2, (_HEIGHT - turned.height) // 2)
    page.paste(Image.new("L", turned.size, _STAMP - 32), place, turned)
    return page


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with the library: the system's own would differ from machine to machine."""
    return ImageFont.load_default(size)


def _png(page: Image.Image) -> bytes:
    """Write four bits for each pixel, with a palette, in blocks that are not packed (PNG, third edition)."""
    shades = page.tobytes()
    rows = [shades[start : start + _WIDTH] for start in range(0, len(shades), _WIDTH)]
    raw = b"".join(b"\0" + bytes(a & 0xF0 | b >> 4 for a, b in zip(row[::2], row[1::2], strict=True)) for row in rows)
    palette = b"".join(bytes((n * 17, n * 17, min(255, n * 16 + 12))) for n in range(_SHADES))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 4, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", _unpacked(raw)), (b"IEND", b""))
    )


def _unpacked(raw: bytes) -> bytes:
    """Wrap bytes as zlib wants them (RFC 1950), each block stored as it is."""
    blocks = [raw[start : start + _BLOCK] for start in range(0, len(raw), _BLOCK)]
    stored = b"".join(
        struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ _BLOCK) + block
        for number, block in enumerate(blocks, 1)
    )
    return b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(raw))
