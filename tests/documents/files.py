"""Files for the tests, made here."""

import io
import secrets

import pikepdf
from PIL import Image


def make_pdf(text: str = "Order of the court", *, pages: int = 1, inside: bytes = b"", **save) -> bytes:
    """A PDF with these words on each page, and with these bytes as they are in a stream that no reader shows."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 720 Td ({text} {number}) Tj ET".encode())
    if inside:
        pdf.Root.Stuffing = pdf.make_stream(inside)
        save = {"compress_streams": False, **save}
    # Left alone, the identifier is made of the second and the file's name: two files of one second would have the same.
    pdf.trailer.ID = pikepdf.Array([pikepdf.String(secrets.token_bytes(16)), pikepdf.String(secrets.token_bytes(16))])
    target = io.BytesIO()
    pdf.save(target, **save)
    return target.getvalue()


def make_locked_pdf(**passwords) -> bytes:
    return make_pdf(encryption=pikepdf.Encryption(**passwords))


def make_image(kind: str = "PNG", *, size: tuple[int, int] = (320, 200), colour: str = "navy") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


def make_exe() -> bytes:
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + secrets.token_bytes(4000)
