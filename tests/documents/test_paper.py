"""Text, tables and mails on paper: what is drawn, and which words stand for it."""

import io

import pytest
from PIL import Image

from foundation.documents import isolation
from foundation.documents.sandbox.encodings import decode
from foundation.documents.sandbox.render.drawing import ACROSS, UPRIGHT, Layout, wrapped
from tests.documents.corpus_text import GERMAN, SCRIPTS, attached, mail, nested_mails
from tests.documents.files import make_pdf


def pages_of(content: bytes, media_type: str = "text/plain") -> list[isolation.RenderedPage]:
    return list(isolation.render(io.BytesIO(content), media_type))


def ink(png: bytes) -> int:
    """Return how many points of a picture are dark."""
    with Image.open(io.BytesIO(png)) as image:
        return sum(image.convert("L").histogram()[:128])


def test_the_words_of_a_page_are_those_of_the_file():
    text = "Größe\twith a tab\n" + "word " * 60 + f"\n{SCRIPTS}"
    page = pages_of(text.encode())[0]
    assert page.text == text
    assert ink(page.png) > 2000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_that_is_taken_is_read_the_same(encoding):
    assert pages_of(GERMAN.encode(encoding))[0].text == GERMAN.replace("\r\n", "\n")


def test_a_text_that_is_cut_inside_a_character_is_read_up_to_there():
    assert decode("aé".encode()[:-1]) == "a"


def test_what_cannot_be_seen_is_drawn_as_its_number():
    rows = list(wrapped("a\u202eb\u200bc\x1bd", 80))
    assert [row.shown for row in rows] == ["a<U+202E>b<U+200B>c<U+001B>d"]
    assert rows[0].words == "a\u202eb\u200bc\x1bd"


def test_long_lines_break_behind_a_space_and_their_words_go_on():
    rows = list(wrapped("one two three four", 9))
    assert [row.shown for row in rows] == ["one two ", "three ", "four"]
    assert [row.goes_on for row in rows] == [True, True, False]


def test_marks_over_a_letter_are_no_way_around_the_width():
    assert max(len(row.shown) for row in wrapped("a" + "\u0301" * 5000, 90)) <= 360


def test_a_text_of_any_length_is_counted_and_not_laid_out():
    layout = Layout()
    layout.lines("x\n" * 100_000)
    assert len(layout.rows) == UPRIGHT.rows * 50
    assert layout.total == -(-100_000 // UPRIGHT.rows)


def test_a_table_keeps_its_columns():
    page = pages_of('name;mail\nJané;a@b.example\n"two\nlines";c@d.example\n'.encode(), "text/csv")[0]
    assert page.text == "name | mail\nJané | a@b.example\ntwo\nlines | c@d.example\n"
    assert (page.width, page.height) == (UPRIGHT.width, UPRIGHT.height)


def test_a_broad_table_lies_across_and_one_that_is_too_broad_becomes_records():
    broad = ";".join(f"column-{number:02}" for number in range(9)) + "\n" + ";".join(["0123456789"] * 9) + "\n"
    assert pages_of(broad.encode(), "text/csv")[0].width == ACROSS.width
    wide = ";".join(f"name{number}" for number in range(60)) + "\n" + ";".join(["value"] * 60) + "\n"
    page = pages_of(wide.encode(), "text/csv")[0]
    assert page.text.startswith("Row 1\nname0: value\nname1: value\n")


def test_a_mail_shows_who_when_what_and_what_is_attached():
    order = make_pdf()
    page = pages_of(attached("order.pdf", order, kind="application/pdf"), "message/rfc822")[0]
    assert page.text.startswith(
        "From: Jane Doe <jane@police.example>\nTo: desk@company.example\nDate: Fri, 20 Nov 2026"
    )
    assert "Subject: Anfrage für Daten\n" in page.text
    assert "See the file.\n" in page.text
    assert f"Attachments: 1\n• order.pdf (application/pdf, {len(order)} bytes)" in page.text


def test_a_mail_that_is_a_web_page_is_shown_as_its_words_and_fetches_nothing():
    body = b"<html><head><title>t</title></head><body><p>Dear desk</p><img src=http://x.example/p.png>We&nbsp;ask<script>bad()</script>"
    text = pages_of(mail(body, b"text/html"), "message/rfc822")[0].text
    assert "Dear desk\nWe ask\n" in text.replace(" \n", "\n")
    assert "bad()" not in text
    assert "x.example" not in text


def test_a_forwarded_mail_is_named_as_attached():
    text = pages_of(nested_mails(1), "message/rfc822")[0].text
    assert "in a forwarded mail" in text


def test_a_mail_without_text_says_so():
    text = pages_of(mail(b"", b"text/plain"), "message/rfc822")[0].text
    assert "(The mail has no text.)" in text
