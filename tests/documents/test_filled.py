"""Filled forms and comments: in the picture and in the words of the page, whatever the file has drawn of them."""

import io

import pikepdf
import pytest
from PIL import Image
from pypdfium2.version import PDFIUM_INFO

from foundation.documents import isolation
from foundation.documents.about import removed_words
from foundation.documents.errors import DocumentRefused
from tests.documents.files import make_pdf
from tests.documents.test_sanitise import changed

Name, Dictionary, Array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
PDF = "application/pdf"
DA = "/Helv 12 Tf 0 g"


def a_font(pdf):
    return Dictionary(Helv=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))


def a_look(pdf, text):
    return Dictionary(
        N=pdf.make_stream(
            f"/Tx BMC q BT /Helv 12 Tf 0 g 2 5 Td ({text}) Tj ET Q EMC".encode(),
            Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 200, 20], Resources=Dictionary(Font=a_font(pdf)),
        )
    )  # fmt: skip


def form(*fields, comments=(), **more):
    """Return a PDF whose form has these fields, one below the other; "look" is what the file has drawn of one."""

    def fill(pdf):
        made = []
        for number, values in enumerate(fields):
            facts = dict(values)
            look = facts.pop("look", None)
            field = Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, F=facts.pop("F", 4), DA=DA,
                Rect=[72, 600 - 40 * number, 272, 620 - 40 * number], **facts,
            )  # fmt: skip
            if look is not None:
                field.AP = a_look(pdf, look)
            made.append(pdf.make_indirect(field))
        pdf.Root.AcroForm = Dictionary(Fields=made, DA=DA, DR=Dictionary(Font=a_font(pdf)), **more)
        notes = [pdf.make_indirect(Dictionary(Type=Name.Annot, F=4, DA=DA, **note)) for note in comments]
        pdf.pages[0].Annots = Array(made + notes)

    return changed(make_pdf(), fill)


def page_of(content):
    (page,) = isolation.render(io.BytesIO(content), PDF)
    return page


def ink(page, number=0, *, left=74, width=100):
    """Return whether something dark stands where a field is."""
    picture = Image.open(io.BytesIO(page.png)).convert("L")
    dots = page.width / 595
    box = [left * dots, (842 - 618 + 40 * number) * dots, (left + width) * dots, (842 - 602 + 40 * number) * dots]
    return picture.crop([round(side) for side in box]).getextrema()[0] < 100


@pytest.mark.parametrize("look", ["Ola Nordmann", None], ids=["drawn", "not drawn"])
@pytest.mark.parametrize("wanted", [True, False], ids=["NeedAppearances", "as it is"])
def test_what_was_typed_into_a_field_is_in_the_picture_and_in_the_words(look, wanted):
    page = page_of(form({"FT": Name.Tx, "T": "target", "TU": "Account holder", "V": "Ola Nordmann", "look": look},
                        {"FT": Name.Tx, "T": "empty"}, NeedAppearances=wanted))  # fmt: skip
    assert page.text.splitlines() == ["Order of the court 1", "", "[form field] Account holder: Ola Nordmann"]
    assert ink(page)
    assert not ink(page, 1), "an empty field is empty"


def test_a_field_whose_look_says_something_else_is_told_by_its_value():
    page = page_of(form({"FT": Name.Tx, "T": "amount", "V": "1000 days", "look": "10 days"}))
    assert "[form field] amount: 1000 days" in page.text


def test_ticks_and_chosen_answers_are_told():
    page = page_of(
        form(
            {"FT": Name.Btn, "T": "urgent", "V": Name.Yes, "AS": Name.Yes},
            {"FT": Name.Btn, "T": "secret", "V": Name.Off, "AS": Name.Off},
            {
                "FT": Name.Ch,
                "T": "country",
                "Ff": 1 << 17,
                "V": "no",
                "Opt": Array([Array(["no", "Norway"]), "Sweden"]),
            },
            {"FT": Name.Ch, "T": "data", "V": "Content", "Opt": Array(["Metadata", "Content"])},
        )
    )
    assert page.text.splitlines()[2:] == [
        "[form field] urgent: ticked",
        "[form field] secret: not ticked",
        "[form field] country: Norway",
        "[form field] data: Content",
    ]
    assert ink(page, 0, width=196)
    assert not ink(page, 1, width=196)
    assert ink(page, 2)


def test_comments_and_words_laid_on_the_page_are_told_and_links_are_not():
    page = page_of(
        form(
            comments=[
                {"Subtype": Name.Text, "Contents": "See the annex", "T": "Kari", "Rect": [300, 560, 320, 580]},
                {"Subtype": Name.FreeText, "Contents": "Only until May", "Rect": [74, 520, 272, 540]},
                {"Subtype": Name.Link, "Contents": "An address", "Rect": [10, 10, 20, 20]},
                {"Subtype": Name.Popup, "Contents": "A window", "Rect": [10, 10, 20, 20]},
            ]
        )
    )
    assert page.text.splitlines()[2:] == ["[comment] Kari: See the annex", "[comment] Only until May"]
    assert ink(page, 2), "the words laid on the page are in the picture"


def test_a_hidden_field_is_told_as_hidden():
    page = page_of(form({"FT": Name.Tx, "T": "target", "V": "Ola", "F": 2}))
    assert "[hidden form field] target: Ola" in page.text
    assert not ink(page)


def test_letters_of_any_script_and_a_long_value_are_told():
    page = page_of(
        form({"FT": Name.Tx, "T": "имя", "V": "Олà 山 😀"}, {"FT": Name.Tx, "T": "long", "V": "x" * 200_000})
    )
    assert "[form field] имя: Олà 山 😀" in page.text
    assert len(page.text) < 10_000


def test_a_script_of_a_form_changes_nothing_for_the_program_that_draws_runs_none():
    assert "V8" not in PDFIUM_INFO.flags
    script = Dictionary(S=Name.JavaScript, JS="this.getField('target').value = 'Somebody else'; event.value = 'Else'")
    content = form({"FT": Name.Tx, "T": "target", "V": "Ola", "AA": Dictionary(F=script, C=script, PO=script)})
    armed = changed(content, lambda pdf: pdf.Root.update({"/OpenAction": script}))
    assert "[form field] target: Ola" in page_of(armed).text
    assert page_of(armed).png == page_of(content).png


def test_a_form_that_only_a_script_draws_is_refused_and_one_with_pages_is_not():
    target = {"FT": Name.Tx, "T": "target", "V": "Ola"}

    def with_xfa(*, dynamic):
        def add(pdf):
            pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp/>")
            if dynamic:
                pdf.Root.NeedsRendering = True

        return io.BytesIO(changed(form(target), add))

    with pytest.raises(DocumentRefused, match="Print it to PDF and send that"):
        isolation.examine(with_xfa(dynamic=True), PDF)
    assert isolation.examine(with_xfa(dynamic=False), PDF) == 1
    assert isolation.read_marks(with_xfa(dynamic=False), PDF)["xfa"] is True


def test_filled_fields_and_comments_are_counted():
    note = {"Subtype": Name.Text, "Contents": "See the annex", "Rect": [300, 560, 320, 580]}
    fields = [{"FT": Name.Tx, "T": "a", "V": "Ola"}, {"FT": Name.Tx, "T": "b", "V": ""}, {"FT": Name.Tx, "T": "c"}]
    marks = isolation.read_marks(io.BytesIO(form(*fields, comments=[note])), PDF)
    assert (marks["filled_fields"], marks["notes"]) == (1, 1)


def test_of_what_a_copy_leaves_out_only_what_is_there_is_told():
    assert removed_words({"title": "Order"}) == ["what it says of its title"]
    assert removed_words({"author": "Kari", "creator": "Writer", "created": "D:2026"}) == [
        "what it says of its author, program and dates"
    ]
