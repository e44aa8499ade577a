"""Pictures made to hurt."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial

from PIL import Image, PngImagePlugin

from tests.documents.corpus_pdf import Entry, with_zip
from tests.documents.files import make_image, make_pdf

MB = 1024 * 1024


def chunk(name: bytes, content: bytes, *, length: int | None = None) -> bytes:
    """Return a chunk of a PNG, with a length that may be wrong."""
    said = len(content) if length is None else length
    return struct.pack(">I", said) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *more: bytes, data: bytes = b"", colour: int = 2) -> bytes:
    """Return a PNG of these chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def insert(content: bytes, *chunks: bytes) -> bytes:
    """Return a good PNG with chunks behind its header."""
    return content[:33] + b"".join(chunks) + content[33:]


def cut(kind: str, part: float) -> bytes:
    content = make_noise(kind)
    return content[: int(len(content) * part)]


def make_noise(kind: str, **save) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((120, 90), 80).convert("RGB").save(target, kind, **save)
    return target.getvalue()


def jpeg_of(width: int, height: int) -> bytes:
    content = bytearray(make_image("JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def with_segment(marker: int, body: bytes) -> bytes:
    content = make_image("JPEG")
    return content[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + content[2:]


def exif_loop() -> bytes:
    # An IFD whose next IFD is itself, and whose Exif and GPS pointers point at it too.
    ifd = struct.pack("<H", 2) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    return with_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd + struct.pack("<I", 8))


def exif_huge() -> bytes:
    ifd = struct.pack("<H", 0xFFFF) + struct.pack("<HHII", 0x010E, 2, 0xFFFFFFF0, 0x20)
    return with_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd)


def many_scans() -> bytes:
    content = make_noise("JPEG", progressive=True)
    at = content.rindex(b"\xff\xda")
    return content[:at] + content[at:-2] * 3000 + content[-2:]


def tiff(pages: int, size: tuple[int, int] = (40, 30), **save) -> bytes:
    target = io.BytesIO()
    frames = [Image.new("1", size, number % 2) for number in range(pages)]
    frames[0].save(target, "TIFF", save_all=True, append_images=frames[1:], **save)
    return target.getvalue()


def tiff_loop() -> bytes:
    content = bytearray(make_image("TIFF"))
    (at,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, at)
    struct.pack_into("<I", content, at + 2 + entries * 12, at)
    return bytes(content)


def tiff_with(tag: int, value: int) -> bytes:
    content = bytearray(make_image("TIFF"))
    (at,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, at)
    for number in range(entries):
        place = at + 2 + number * 12
        if struct.unpack_from("<H", content, place)[0] == tag:
            struct.pack_into("<HII", content, place + 2, 4, 1, value)
    return bytes(content)


def moving(kind: str) -> bytes:
    target = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(target, kind, save_all=True, append_images=frames[1:])
    return target.getvalue()


def with_text(size: int) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * size, zip=True)
    target = io.BytesIO()
    Image.new("RGB", (9, 9)).save(target, "PNG", pnginfo=info)
    return target.getvalue()


def telephone() -> bytes:
    """Return what a telephone makes: a picture, behind it a smaller one, and where it was taken."""
    target = io.BytesIO()
    large = Image.effect_noise((400, 300), 50).convert("RGB")
    large.save(target, "MPO", save_all=True, append_images=[large.resize((40, 30))])
    return target.getvalue()


SEEDS: dict[str, Callable[[], bytes]] = {
    "noise.png": partial(make_noise, "PNG"),
    "noise.jpg": partial(make_noise, "JPEG"),
    "slow.jpg": partial(make_noise, "JPEG", progressive=True),
    "telephone.jpg": telephone,
    "noise.webp": partial(make_noise, "WEBP"),
    "noise.tif": partial(make_noise, "TIFF"),
    "packed.tif": partial(make_noise, "TIFF", compression="tiff_lzw"),
    "fax.tif": partial(tiff, 3, compression="group4"),
}

A, R = "accepted", "refused"
DAMAGED = "damaged|something else"
CASES: dict[str, Entry] = {
    **{
        f"a {kind} cut at {part:.0%}": (f"a.{kind.lower()}", partial(cut, kind, part), R, DAMAGED)
        for kind in ("PNG", "JPEG", "WEBP")
        for part in (0.02, 0.3, 0.9)
    },
    "a TIFF cut at 30%": ("a.tif", partial(cut, "TIFF", 0.3), R, DAMAGED),
    "a PNG of 100,000 by 100,000": (
        "a.png",
        partial(png, 100_000, 100_000, data=zlib.compress(b"x" * 99)),
        R,
        "50 million",
    ),
    "a PNG of 10,000 by 6,000": ("a.png", partial(make_image, size=(10_000, 6_000)), R, "50 million"),
    "a PNG of 7,000 by 7,000": ("a.png", partial(make_image, size=(7_000, 7_000)), A, ""),
    "a PNG without width": ("a.png", partial(png, 0, 10), R, DAMAGED),
    "a PNG that is 60,000 wide and 1 high": ("a.png", partial(make_image, size=(60_000, 1)), A, ""),
    "a PNG whose data unpack to 300 MB": (
        "a.png",
        lambda: png(9, 9, data=zlib.compress(bytes(300 * MB), 9)),
        "",
        "",
    ),
    "a PNG with a chunk of 4 GB": (
        "a.png",
        lambda: insert(make_image(), chunk(b"tEXt", b"a\0b", length=0xFFFFFFFF)),
        R,
        DAMAGED,
    ),
    "a PNG with 200,000 chunks": ("a.png", lambda: insert(make_image(), *[chunk(b"teSt", b"")] * 200_000), "", ""),
    "a PNG whose remark unpacks to 100 MB": ("a.png", partial(with_text, 100 * MB), R, "damaged"),
    "a PNG whose colours unpack to 200 MB": (
        "a.png",
        lambda: insert(make_image(), chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200 * MB), 9))),
        "",
        "",
    ),
    "a PNG with a wrong sum": ("a.png", lambda: make_image()[:60] + b"\0\0\0\0" + make_image()[64:], R, DAMAGED),
    "a PNG that moves": ("a.png", partial(moving, "PNG"), R, "moves"),
    "a JPEG of 65,535 by 65,535": ("a.jpg", partial(jpeg_of, 65_535, 65_535), R, "50 million|damaged"),
    "a JPEG of 7,000 by 7,000 with little in it": ("a.jpg", partial(jpeg_of, 7_000, 7_000), "", ""),
    "a JPEG of 3,000 scans": ("a.jpg", many_scans, "", ""),
    "a JPEG whose EXIF points at itself": ("a.jpg", exif_loop, A, ""),
    "a JPEG whose EXIF claims 4 GB": ("a.jpg", exif_huge, "", ""),
    "a JPEG with PHP in its remark": (
        "a.jpg",
        lambda: with_segment(0xFE, b"<?php system($_GET['c']); ?>"),
        R,
        "second file",
    ),
    "a JPEG with a page in its remark": (
        "a.jpg",
        lambda: with_segment(0xFE, b"<script src=//x.example>"),
        R,
        "second file",
    ),
    "a JPEG with a PDF in its remark": ("a.jpg", lambda: with_segment(0xFE, make_pdf()[:5000]), R, "second file"),
    "an archive behind a JPEG": ("a.jpg", lambda: with_zip(make_image("JPEG")), R, "second file"),
    "an archive behind a PNG": ("a.png", lambda: with_zip(make_image()), R, "second file"),
    "what a telephone makes": ("a.jpg", telephone, A, ""),
    "a PDF named as picture": ("a.png", make_pdf, R, "something else"),
    "a GIF named as PNG": ("a.png", partial(moving, "GIF"), R, "something else"),
    "a WebP that moves": ("a.webp", partial(moving, "WEBP"), R, "moves"),
    "a WebP in another RIFF": ("a.webp", lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), R, "something else"),
    "a fax of 60 pages": ("a.tif", partial(tiff, 60, compression="group4"), A, ""),
    "a TIFF of 600 pages": ("a.tif", partial(tiff, 600), R, "more than 500 pages"),
    "a TIFF whose pages are a circle": ("a.tif", tiff_loop, "", ""),
    "a TIFF of 2,000,000,000 lines": ("a.tif", partial(tiff_with, 257, 2_000_000_000), R, "50 million|damaged"),
    "a TIFF whose data are elsewhere": ("a.tif", partial(tiff_with, 273, 0xFFFFFF00), R, DAMAGED),
    "a TIFF whose data have 4 GB": ("a.tif", partial(tiff_with, 279, 0xFFFFFFFF), "", ""),
    "a TIFF with an unknown packing": ("a.tif", partial(tiff_with, 259, 34_712), R, DAMAGED),
    "a TIFF of 65,000 bits": ("a.tif", partial(tiff_with, 258, 65_000), R, DAMAGED),
}
