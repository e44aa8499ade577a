"""PDFs made to hurt."""

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import cache, partial

import pikepdf

from tests.documents.files import make_exe, make_image, make_locked_pdf, make_pdf

Entry = tuple[str, Callable[[], bytes], str, str]
MB = 1024 * 1024


def build(*objects: bytes, root: int = 1, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1, with a right table."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, trailer, start)
    return bytes(out)


def stream(content: bytes, extra: bytes = b"", length: int | None = None) -> bytes:
    """Return a stream, with a length that may be wrong."""
    said = len(content) if length is None else length
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (said, extra, content)


def page(
    contents: bytes, resources: bytes = b"", box: bytes = b"[0 0 595 842]", *more: bytes, extra: bytes = b""
) -> bytes:
    """Return a PDF of one page."""
    return build(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R/Resources<<%s>>%s>>" % (box, resources, extra),
        contents,
        *more,
    )


def cut(part: float) -> bytes:
    content = make_pdf(pages=4)
    return content[: int(len(content) * part)]


def cut_linearized(part: float) -> bytes:
    content = make_pdf(pages=30, linearize=True)
    return content[: int(len(content) * part)]


@cache
def bomb(size: int = 256 * MB, *, rounds: int = 1) -> bytes:
    packer = zlib.compressobj(9)
    content = b"".join(packer.compress(bytes(MB)) for _ in range(size // MB)) + packer.flush()
    for _ in range(rounds - 1):
        content = zlib.compress(content, 9)
    return content


def cyclic_pages() -> bytes:
    return build(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>",
        b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 2>>",
    )


def deep_pages(depth: int) -> bytes:
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(depth)]
    return build(b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/MediaBox[0 0 9 9]/Parent 2 0 R>>")


def cyclic_table() -> bytes:
    content = make_pdf()
    start = content.rindex(b"startxref")
    at = int(content[start:].split()[1])
    return content[:start].replace(b"trailer <<", b"trailer << /Prev %d" % at) + content[start:]


def looped_tables() -> bytes:
    first = make_pdf()
    at = int(first[first.rindex(b"startxref") :].split()[1])
    here = len(first)
    more = b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    second = first + more % (here + 500, here)
    padded = second.ljust(here + 500, b"\n")
    return padded + more % (at if len(padded) % 2 else here, here + 500)


def table_of_many() -> bytes:
    return make_pdf().replace(b"/Size", b"/Size 2147483647 /Old")


def object_streams(size: int = 256 * MB) -> bytes:
    return build(
        b"<</Type/Catalog/Pages 2 0 R/Extensions 5 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        stream(bomb(size), b"/Filter/FlateDecode"),
        stream(bomb(size), b"/Type/ObjStm/N 1000000/First 20/Filter/FlateDecode"),
    )


def drawn_image(dictionary: bytes, content: bytes) -> bytes:
    image = stream(content, b"/Type/XObject/Subtype/Image" + dictionary)
    return page(stream(b"q 500 0 0 500 0 0 cm /I Do Q"), b"/XObject<</I 5 0 R>>", b"[0 0 595 842]", image)


def form_in_form(depth: int, *, cyclic: bool) -> bytes:
    forms = []
    for number in range(depth):
        after = 5 if cyclic and number == depth - 1 else 6 + number
        forms.append(
            stream(
                b"/F Do /F Do",
                b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F %d 0 R>>>>" % after,
            )
        )
    forms.append(stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]"))
    return page(stream(b"/F Do"), b"/XObject<</F 5 0 R>>", b"[0 0 99 99]", *forms)


def with_zip(front: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("run.js", "alert(1)")
    return front + target.getvalue()


def acting() -> bytes:
    script = b"<</S/JavaScript/JS(app.launchURL\\('https://evil.example'\\))>>"
    return build(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction %s/AA<</WC %s>>>>" % (script, script),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/AA<</O<</S/Launch/F(cmd.exe)>>>>>>",
        stream(b""),
    )


def carrying(name: str, content: bytes) -> bytes:
    """Return a PDF with an embedded file in its list of names."""
    with pikepdf.open(io.BytesIO(make_pdf())) as pdf:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


def pinned(place: bytes = b"/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS %s>>]") -> bytes:
    """Return a PDF with a program under a harmless name, pinned to a page or named beside it."""
    file = b"<</Type/Filespec/F(a.exe)/UF(note.txt)/EF<</F 5 0 R>>>>"
    return page(stream(b""), b"", b"[0 0 595 842]", stream(b"x"), extra=place % file)


def shading() -> bytes:
    return page(
        stream(b"/S sh"),
        b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1e9 0 1e9]/Function<</FunctionType 4"
        b"/Domain[0 1e9 0 1e9]/Range[0 1 0 1 0 1]/Length 9>>>>>>",
    )


def many_names() -> bytes:
    return build(
        b"<</Type/Catalog/Pages 2 0 R/Names %s>>" % (b"<</A " * 50_000 + b"null" + b">>" * 50_000),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    )


def _flate(content: bytes) -> bytes:
    return stream(zlib.compress(content, 9), b"/Filter/FlateDecode")


SEEDS: dict[str, Callable[[], bytes]] = {
    "letter.pdf": partial(make_pdf, pages=2),
    "linear.pdf": partial(make_pdf, pages=3, linearize=True),
    "picture.pdf": lambda: drawn_image(
        b"/Width 32/Height 32/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode",
        make_image("JPEG", size=(32, 32)),
    ),
    "forms.pdf": partial(form_in_form, 3, cyclic=False),
    "acting.pdf": acting,
}

A, R = "accepted", "refused"
CASES: dict[str, Entry] = {
    **{
        f"a PDF cut at {part:.0%}": ("cut.pdf", partial(cut, part), R, "end of the PDF is missing|damaged|something")
        for part in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
    },
    **{
        f"a PDF for the web cut at {part:.0%}": ("cut.pdf", partial(cut_linearized, part), R, "end of the PDF")
        for part in (0.2, 0.5, 0.9)
    },
    "a cyclic page tree": ("a.pdf", cyclic_pages, "", ""),
    "a page tree of 200 levels": ("a.pdf", partial(deep_pages, 200), "", ""),
    "a page tree of 20,000 levels": ("a.pdf", partial(deep_pages, 20_000), "", ""),
    "a table that points at itself": ("a.pdf", cyclic_table, "", ""),
    "two tables that point at each other": ("a.pdf", looped_tables, "", ""),
    "a table of 2,147,483,647 entries": ("a.pdf", table_of_many, "", ""),
    "a milliard pages": (
        "a.pdf",
        lambda: make_pdf().replace(b"/Count 1", b"/Count 1000000000"),
        "",
        "",
    ),
    "more pages than we take": ("a.pdf", partial(make_pdf, pages=5001), R, "more than 5,000 pages"),
    "no pages": (
        "a.pdf",
        lambda: build(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"),
        R,
        "no pages",
    ),
    "no catalogue": ("a.pdf", lambda: build(b"null"), R, "damaged|no pages"),
    "a page of 40 kilometres": ("a.pdf", lambda: page(stream(b"0 0 9 9 re f"), b"", b"[0 0 1e9 1e9]"), A, ""),
    "a page without size": ("a.pdf", lambda: page(stream(b""), b"", b"[0 0 0 0]"), "", ""),
    "a page of less than nothing": ("a.pdf", lambda: page(stream(b""), b"", b"[595 842 -1e30 -1e30]"), "", ""),
    "a page that is 200,000 wide and 1 high": ("a.pdf", lambda: page(stream(b""), b"", b"[0 0 200000 1]"), "", ""),
    "a page turned by 1e20": ("a.pdf", lambda: page(stream(b""), extra=b"/Rotate 100000000000000000000"), "", ""),
    "an array of 100,000 levels": (
        "a.pdf",
        lambda: page(stream(b""), extra=b"/X " + b"[" * 100_000 + b"]" * 100_000),
        "",
        "",
    ),
    "a name tree of 50,000 levels": ("a.pdf", many_names, "", ""),
    "a content of 100,000 arrays": ("a.pdf", lambda: page(stream(b"[" * 100_000)), "", ""),
    "100,000 saved states": ("a.pdf", lambda: page(_flate(b"q " * 1_000_000)), "", ""),
    "a length of nothing": ("a.pdf", lambda: page(stream(b"0 0 9 9 re f", length=0)), "", ""),
    "a length of less than nothing": ("a.pdf", lambda: page(stream(b"0 0 9 9 re f", length=-1)), "", ""),
    "a length of 4 exabytes": ("a.pdf", lambda: page(stream(b"0 0 9 9 re f", length=2**62)), "", ""),
    "a length that is itself": (
        "a.pdf",
        lambda: page(b"<</Length 4 0 R>>\nstream\nxx\nendstream"),
        "",
        "",
    ),
    "a content that unpacks to 256 MB": ("a.pdf", lambda: page(stream(bomb(), b"/Filter/FlateDecode")), "", ""),
    "a content packed three times": (
        "a.pdf",
        lambda: page(stream(bomb(rounds=3), b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")),
        "",
        "",
    ),
    "a content through 5,000 filters": (
        "a.pdf",
        lambda: page(stream(b"61" * 50, b"/Filter[" + b"/ASCIIHexDecode" * 5000 + b"]")),
        "",
        "",
    ),
    "an object stream that unpacks to 256 MB": ("a.pdf", object_streams, "", ""),
    "a million lines": ("a.pdf", lambda: page(_flate(b"0 0 m 500 800 l S\n" * 1_000_000)), A, ""),
    "a million curves with dashes": (
        "a.pdf",
        lambda: page(_flate(b"[0.001 0.001] 0 d 0 0 m 9 800 500 9 500 800 c S\n" * 20_000)),
        "",
        "",
    ),
    "a form in itself": ("a.pdf", partial(form_in_form, 1, cyclic=True), A, ""),
    "forms of 40 levels, two in each": ("a.pdf", partial(form_in_form, 40, cyclic=False), "", ""),
    "a shading without end": ("a.pdf", shading, "", ""),
    "a picture of 60,000 by 60,000": (
        "a.pdf",
        lambda: drawn_image(
            b"/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode", bomb(440 * MB)
        ),
        "",
        "",
    ),
    "a picture of 2,147,483,647 by 2,147,483,647": (
        "a.pdf",
        lambda: drawn_image(
            b"/Width 2147483647/Height 2147483647/ColorSpace/DeviceRGB/BitsPerComponent 16", b"x" * 100
        ),
        "",
        "",
    ),
    "a JBIG2 picture of noise": (
        "a.pdf",
        lambda: drawn_image(
            b"/Width 5000/Height 5000/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode",
            b"\0\0\0\x01\x30\0\1\0\0\0\x13\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0" + b"\x55\xaa" * 5000,
        ),
        A,
        "",
    ),
    "a JPEG 2000 picture of noise": (
        "a.pdf",
        lambda: drawn_image(
            b"/Width 5000/Height 5000/ColorSpace/DeviceRGB/Filter/JPXDecode",
            b"\xff\x4f\xff\x51\0\x2f\0\0\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(16) + b"\xff" * 5000,
        ),
        A,
        "",
    ),
    "a fax of noise": (
        "a.pdf",
        lambda: drawn_image(
            b"/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode"
            b"/DecodeParms<</K -1/Columns 60000/Rows 60000>>",
            b"\x26\xa0\xff\x00" * 20_000,
        ),
        "",
        "",
    ),
    "a password": ("a.pdf", partial(make_locked_pdf, user="x", owner="y"), R, "protected with a password"),
    "a password for changes only": (
        "a.pdf",
        partial(make_locked_pdf, user="", owner="y"),
        R,
        "protected with a password",
    ),
    "scripts and programs to start": ("a.pdf", acting, A, ""),
    "an archive behind a PDF": ("a.pdf", lambda: with_zip(make_pdf()), R, "second file"),
    "a program behind a PDF": ("a.pdf", lambda: make_pdf() + make_exe(), R, "second file"),
    "a program behind five letters": ("a.pdf", lambda: b"%PDF-" + make_exe(), R, "damaged|something else"),
    "a picture in front of a PDF": ("a.pdf", lambda: b"GIF89a" + make_pdf(), R, "something else"),
    "white space behind a PDF": ("a.pdf", lambda: make_pdf() + b"\n" * 5000, A, ""),
    "a remark behind a PDF": ("a.pdf", lambda: make_pdf() + b"\n% scanned by the post room", R, "behind the end"),
    "550 bytes of text behind a PDF": ("a.pdf", lambda: make_pdf() + b"words " * 92, R, "behind the end"),
    "text and another end behind a PDF": ("a.pdf", lambda: make_pdf() + b"words " * 92 + b"%%EOF", R, "behind the end"),
    "a block filled up behind a PDF": ("a.pdf", lambda: make_pdf() + b"\n" + bytes(4000), A, ""),
    "a megabyte of zeros behind a PDF": ("a.pdf", lambda: make_pdf() + bytes(MB), R, "second file"),
    "a PDF with a program": ("a.pdf", partial(carrying, "run.exe", b"MZ" + bytes(99)), R, "carries a file .*run.exe"),
    "a PDF with a program named as text": ("a.pdf", partial(carrying, "run.txt", make_exe()), R, "can run"),
    "a PDF with a script": ("a.pdf", partial(carrying, "run.js", b"alert(1)"), R, "can run"),
    "a PDF with an archive": ("a.pdf", lambda: carrying("a.zip", with_zip(b"")), R, "looked into"),
    "a PDF with a table": ("a.pdf", partial(carrying, "calls.csv", b"a,b\n1,2\n"), A, ""),
    "a PDF with a program pinned to a page": ("a.pdf", pinned, R, "can run"),
    "a PDF with a program beside a page": ("a.pdf", partial(pinned, b"/AF[%s]"), R, "can run"),
    "a wrong table in a whole PDF": ("a.pdf", lambda: make_pdf().replace(b"0000000", b"0000009"), A, ""),
    # Found by fuzzing: qpdf mends them, PDFium does not open them.
    "a page of no known kind": ("a.pdf", lambda: acting().replace(b"/Type/Page/", b"/Type/Pag/"), R, "damaged"),
    "a table that is not there": (
        "a.pdf",
        lambda: acting()[:380] + b"railer\n<</Root 1 0 R>>\n%%EOF\n",
        R,
        "damaged|missing",
    ),
    "an identifier that is none": ("a.pdf", lambda: make_pdf().replace(b"/ID [<", b"/ID [null<"), "", ""),
    "nothing but a header": ("a.pdf", lambda: b"%PDF-1.7\n", R, "damaged|missing|something else"),
    "nothing": ("a.pdf", lambda: b"", R, "is empty"),
}
