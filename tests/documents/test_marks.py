"""What the sandbox reads of a file's origin, from files as people send them."""

import io

import pikepdf
import pytest
from django.utils import timezone
from PIL import Image, PngImagePlugin

from foundation.documents import isolation
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from tests.documents.files import make_image, make_pdf

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"


def read(content, media_type=PDF):
    return isolation.read_marks(io.BytesIO(content), media_type)


def described(**info):
    with pikepdf.open(io.BytesIO(make_pdf())) as pdf:
        for key, value in info.items():
            pdf.docinfo[f"/{key}"] = value
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


def test_a_pdf_says_who_made_it_with_what_and_when():
    with pikepdf.open(io.BytesIO(described(Author="M. Hollis", Creator="Writer", CreationDate="D:20261101"))) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            xmp["xmpMM:DocumentID"] = "uuid:1234"
            xmp["xmp:CreatorTool"] = "Canva"
        target = io.BytesIO()
        pdf.save(target)
    marks = read(target.getvalue())
    assert (marks["author"], marks["creator"], marks["created"]) == ("M. Hollis", "Writer", "D:20261101")
    assert marks["xmp_document"] == "uuid:1234"
    assert len(marks["pdf_id"]) == 32
    assert "updates" not in marks


def test_text_that_is_appended_to_a_pdf_counts_as_an_update():
    plain = make_pdf()
    assert "updates" not in read(plain)
    start = plain.rindex(b"startxref")
    assert read(plain + b"\n" + plain[start:])["updates"] == 1


@pytest.mark.parametrize("added", [b"", b"\n% something behind the signature\n"])
def test_a_signature_is_seen_and_what_lies_behind_it(added):
    pdf = pikepdf.new()
    pdf.add_blank_page()
    value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Name="Nordvik Police", ByteRange=[0, 10, 20, 1234567])
    field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Signature1", V=value)
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.make_indirect(field)], SigFlags=3)
    target = io.BytesIO()
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    length = len(target.getvalue().rstrip()) - 20
    whole = target.getvalue().replace(b"1234567", str(length).zfill(7).encode())
    marks = read(whole + added)
    assert (marks["signatures"], marks["signer"]) == (1, "Nordvik Police")
    assert ("changed_after_signing" in marks) is bool(added)


def test_a_picture_says_what_edited_it_and_whether_it_knows_its_place():
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x0131], exif[0x0110], exif[0x8825] = "Adobe Photoshop 26.1", "Pixel 9", {1: "N", 2: (60.0, 0.0, 0.0)}
    Image.new("RGB", (40, 30)).save(target, "JPEG", exif=exif)
    marks = read(target.getvalue(), JPEG)
    assert marks == {"software": "Adobe Photoshop 26.1", "camera": "Pixel 9", "place": True}


def test_a_picture_made_out_of_words_says_so():
    target, words = io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("parameters", "police badge, photo")
    words.add_text("Software", "gimp")
    Image.new("RGB", (40, 30)).save(target, "PNG", pnginfo=words)
    assert read(target.getvalue(), PNG) == {"software": "gimp", "made_by_model": True}


def test_a_scan_without_a_word_about_itself_has_no_marks():
    assert read(make_image(), PNG) == {}


def test_values_are_short_and_printable():
    marks = read(described(Author="a\u202e\x07" + "b" * 900))
    assert marks["author"].startswith("abb")
    assert len(marks["author"]) == 200


@pytest.mark.django_db
def test_marks_are_read_out_of_the_encrypted_store_once_the_file_may_be_used():
    document = documents.receive(described(Author="M. Hollis"), filename="a.pdf", purpose="x", by=None, limit=10**6)
    with pytest.raises(DocumentRefused, match="still being checked"):
        documents.marks(document)
    document = documents.process(document, at=timezone.now())
    assert documents.marks(document)["author"] == "M. Hollis"
