"""Copies of PDFs with nothing in them that acts, and the check that would find it."""

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from weasyprint import HTML

from foundation.documents import inspection, isolation
from foundation.documents.about import active_words, removed_words
from foundation.documents.errors import SandboxFailed
from foundation.documents.sandbox.copy_check import FORBIDDEN, UnfitError, check
from foundation.documents.sandbox.sanitise import sanitise, without_notes
from tests.documents.files import make_pdf
from tests.documents.pki import make_party, sign

Name, Dictionary, Array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array


def changed(content, change):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


def copied(content, pages=1):
    copy = sanitise(content)
    check(copy, pages)
    return copy


def words(content):
    pdf = pdfium.PdfDocument(content)
    return [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]


def picture(content, number=0):
    return pdfium.PdfDocument(content)[number].render(scale=1, may_draw_forms=False).to_pil().convert("L")


def armed(pdf):
    """Put everything into a PDF that acts, reaches out, or is carried along."""
    script = Dictionary(Type=Name.Action, S=Name.JavaScript, JS="app.alert(1)")
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["x", script])))
    spec = pikepdf.AttachedFileSpec(pdf, b"MZ\x90", filename="a.exe")
    pdf.attachments["a.exe"] = spec
    carried = pdf.make_stream(b"carried", Type=Name.EmbeddedFile)
    # Not in the list of attachments: through /AF, as a factory of deny-lists would miss it.
    pdf.Root.AF = Array([pdf.make_indirect(Dictionary(Type=Name.Filespec, F="b.exe", EF=Dictionary(F=carried)))])
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="Name", V="Ola", Rect=[72, 600, 300, 640], F=4,
            DA="/Helv 12 Tf 0 g", A=Dictionary(S=Name.SubmitForm, F="http://x.test/"),
        )
    )  # fmt: skip
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    pdf.Root.AcroForm = Dictionary(
        Fields=[field], XFA=pdf.make_stream(b"<xdp/>"), NeedAppearances=True, DA="/Helv 12 Tf 0 g",
        DR=Dictionary(Font=Dictionary(Helv=font)),
    )  # fmt: skip
    page = pdf.pages[0]
    page.AA = Dictionary(O=Dictionary(S=Name.Launch, F="cmd.exe"))
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 50, 50], A=Dictionary(S=Name.URI, URI="https://track.test/")
    )
    media = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 50, 50], RichMediaContent=Dictionary())
    far = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 5, 5], A=Dictionary(S=Name.GoToR, F="c.pdf"))
    page.Annots = Array([field, link, media, far])
    page.PieceInfo = Dictionary(Secret=Dictionary(Private=pdf.make_stream(b"notes of the author")))
    page.Metadata = pdf.make_stream(b"<x:xmpmeta>Mark Hollis</x:xmpmeta>", Type=Name.Metadata)
    page.Resources.Properties = Dictionary(MC0=Dictionary(Type=Name.OCG, Name="Hidden"))
    pdf.Root.Metadata = pdf.make_stream(b"<x:xmpmeta>Mark Hollis</x:xmpmeta>", Type=Name.Metadata)
    pdf.docinfo["/Author"] = "Mark Hollis"


def armed_mildly(pdf):
    """Arm a file with all that does not get it refused: what it carries is text."""
    armed(pdf)
    del pdf.attachments["a.exe"]
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, b"notes", filename="a.txt")
    pdf.Root.AF[0].F = "b.txt"


@pytest.fixture(scope="module")
def dangerous():
    return changed(make_pdf("Order of the court", pages=2), armed)


def test_nothing_that_acts_is_left_and_the_pages_are(dangerous):
    copy = copied(dangerous, 2)
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        assert all("/Annots" not in page for page in pdf.pages)
        kinds = {str(value.get("/Type", "")) for value in pdf.objects if isinstance(value, Dictionary | pikepdf.Stream)}
    assert kinds <= {"/Catalog", "/Pages", "/Page", "/Font", "/XObject", ""}
    assert [text.split("\r\n")[0].strip() for text in words(copy)] == ["Order of the court 1", "Order of the court 2"]
    for secret in (b"Mark Hollis", b"track.test", b"cmd.exe", b"MZ\x90", b"carried", b"notes of the author"):
        assert all(secret not in stream for stream in _streams(copy))


def test_what_is_filled_in_stays_visible(dangerous):
    assert "Ola" in words(copied(dangerous, 2))[0]


def _streams(content):
    yield content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for value in pdf.objects:
            if isinstance(value, pikepdf.Stream):
                yield bytes(value.read_bytes())


def test_what_was_taken_out_is_told(dangerous):
    marks = isolation.read_marks(io.BytesIO(dangerous), "application/pdf")
    assert active_words(marks) == [
        "3 scripts",
        "1 command that starts a program",
        "1 command that sends or loads data",
        "2 embedded files",
        "1 film, sound or 3D model",
        "something that runs when the file is opened",
    ]
    assert removed_words(marks)[-3:] == [
        "a form (what is filled in stays visible)", "2 links", "what it says of its author",
    ]  # fmt: skip


def test_a_signed_file_loses_its_signature_and_says_so():
    content = sign(make_pdf(), make_party("Ola Berg"))
    marks = isolation.read_marks(io.BytesIO(content), "application/pdf")
    assert "electronic signatures" in removed_words(marks)
    assert b"/Sig" not in copied(content)


def test_a_page_looks_the_same_with_fonts_pictures_patterns_and_shades(tmp_path):
    Image.effect_noise((80, 60), 60).convert("RGB").save(tmp_path / "photo.jpg")
    html = f"""<style>@page {{ size: 400px 500px; margin: 20px }} h1 {{ background:
      linear-gradient(90deg, #fff, #06c) }}</style><h1>Ørder Ünder</h1><img src="file://{tmp_path}/photo.jpg">
      <svg width="90" height="60" viewBox="0 0 90 60"><defs><pattern id="p" width="8" height="8"
      patternUnits="userSpaceOnUse"><circle cx="4" cy="4" r="3"/></pattern></defs><rect width="80" height="50"
      fill="url(#p)" opacity=".6"/></svg><p style="opacity:.4">faint</p><p><a href="https://x.test/">link</a></p>"""
    original = HTML(string=html).write_pdf(full_fonts=True)
    copy = copied(original)
    difference = sum(
        abs(one - other) for one, other in zip(picture(original).tobytes(), picture(copy).tobytes(), strict=True)
    )
    assert difference == 0
    assert words(copy) == words(original)


def test_a_turned_and_cut_page_stays_turned_and_cut():
    def turn(pdf):
        pdf.pages[0].Rotate = 90
        pdf.pages[0].CropBox = Array([100, 100, 400, 700])

    original = changed(make_pdf(), turn)
    assert picture(copied(original)).size == picture(original).size == (600, 300)


def test_what_a_camera_says_in_a_picture_goes():
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x0110], exif[0x8825] = "Pixel 9", {1: "N", 2: (60.0, 0.0, 0.0)}
    Image.new("RGB", (60, 40), "navy").save(target, "JPEG", exif=exif, comment=b"by Mark Hollis")
    photo = target.getvalue()
    bare = without_notes(photo)
    assert b"Pixel 9" in photo
    assert b"Hollis" in photo
    assert b"Pixel 9" not in bare
    assert b"Hollis" not in bare
    with Image.open(io.BytesIO(bare)) as image, Image.open(target) as before:
        assert image.tobytes() == before.tobytes()

    def draw(pdf):
        image = pdf.make_stream(photo, Type=Name.XObject, Subtype=Name.Image, Width=60, Height=40, BitsPerComponent=8)
        image.ColorSpace, image.Filter = Name.DeviceRGB, Name.DCTDecode
        image.Metadata = pdf.make_stream(b"<x:xmpmeta/>")
        pdf.pages[0].Resources.XObject = Dictionary(I1=image)
        pdf.pages[0].contents_add(b"q 100 0 0 80 50 50 cm /I1 Do Q")

    original = changed(make_pdf(), draw)
    copy = copied(original)
    assert b"Pixel 9" not in copy
    assert picture(copy).tobytes() == picture(original).tobytes()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda pdf: pdf.Root.__setattr__("OpenAction", Dictionary(S=Name.JavaScript, JS="1")), "root"),
        (lambda pdf: pdf.pages[0].__setattr__("Annots", Array([])), "page"),
        (lambda pdf: pdf.pages[0].__setattr__("AA", Dictionary()), "page"),
        (lambda pdf: pdf.pages[0].Resources.__setattr__("AF", Array([])), "/AF"),
        (lambda pdf: pdf.pages[0].Resources.__setattr__("X", Dictionary(S=Name.Launch)), "/Launch"),
        (lambda pdf: pdf.pages[0].Resources.__setattr__("X", Array([Name.EmbeddedFile])), "/EmbeddedFile"),
        (lambda pdf: pdf.docinfo.__setitem__("/Author", "Mark"), "root"),
        (lambda pdf: pdf.add_blank_page(), "pages"),
    ],
)
def test_the_check_finds_what_was_left(change, left):
    good = copied(make_pdf())
    with pytest.raises(UnfitError, match=left):
        check(changed(good, change), 1)


@pytest.mark.parametrize("word", sorted(FORBIDDEN))
def test_no_forbidden_word_passes_the_check(word):
    with pytest.raises(UnfitError, match="is left"):
        check(changed(make_pdf(), lambda pdf: pdf.pages[0].Resources.__setitem__(word, 1)), 1)


def test_the_check_finds_an_object_that_nothing_uses():
    content = make_pdf(object_stream_mode=pikepdf.ObjectStreamMode.disable)
    orphan = b"\n9 0 obj\n<< /Note (a person) >>\nendobj\n"
    start = content.rindex(b"xref\n", 0, content.rindex(b"startxref"))
    place = len(content) + 1
    added = content + orphan + (
        f"xref\n9 1\n{place:010} 00000 n \ntrailer\n<< /Size 10 /Root 1 0 R /Prev {start} >>\nstartxref\n"
        f"{place + len(orphan) - 1}\n%%EOF\n"
    ).encode()  # fmt: skip
    with pytest.raises(UnfitError, match="no page uses"):
        check(added, 1)


def test_both_run_in_processes_of_their_own(dangerous):
    with inspection.making_copy(io.BytesIO(dangerous)) as chunks:
        copy = b"".join(chunks)
    inspection.check_copy(io.BytesIO(copy), 2)
    with pytest.raises(SandboxFailed, match="not the pages"):
        inspection.check_copy(io.BytesIO(copy), 3)
    with pytest.raises(SandboxFailed, match="unfit copy"):
        inspection.check_copy(io.BytesIO(dangerous), 2)


def _nested(depth):
    def nest(pdf):
        inner = Dictionary(Type=Name.Pattern, PatternType=2, ExtGState=Dictionary())
        for _level in range(depth):
            inner = pdf.make_indirect(Dictionary(Type=Name.ExtGState, SMask=Dictionary(S=Name.Alpha, G=inner)))
        pdf.pages[0].Resources.ExtGState = Dictionary(G0=inner)

    return changed(make_pdf(), nest)


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing", make_pdf()[:60], _nested(200), b""])
def test_of_a_file_that_cannot_be_rebuilt_there_is_no_copy(content):
    with pytest.raises(SandboxFailed), inspection.making_copy(io.BytesIO(content)) as chunks:
        b"".join(chunks)


def test_circles_are_copied_as_circles_and_found_once():
    def circle(pdf):
        one = pdf.make_stream(b"/F2 Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1])
        two = pdf.make_stream(b"/F1 Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1])
        one.Resources = Dictionary(XObject=Dictionary(F2=two))
        two.Resources = Dictionary(XObject=Dictionary(F1=one))
        pdf.pages[0].Resources.XObject = Dictionary(F1=one)

    copied(changed(make_pdf(), circle))
