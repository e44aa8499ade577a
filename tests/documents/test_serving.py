"""Answers: whole, in part, never kept on the way; and pages with a watermark."""

import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.frames import FRAME
from foundation.documents.models import Document
from foundation.documents.services import serving
from foundation.documents.services.serving import Span, UnsatisfiableError, parse_range
from tests.documents.files import make_pdf


@pytest.fixture
def document(receive):
    document = receive(make_pdf() + b"\n" * (FRAME + 5000), filename="Größe und Höhe.pdf")
    Document.objects.filter(pk=document.pk).update(state="unscanned", due_at=None)
    document.refresh_from_db()
    return document


@pytest.fixture
def previewed(receive):
    return documents.process(receive())


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def plain(document) -> bytes:
    with documents.open_plain(document) as reader:
        return reader.read()


def test_a_file_is_an_attachment_that_nobody_keeps(document):
    response = documents.serve(document)
    assert response.status_code == 200
    assert body(response) == plain(document)
    assert response["Content-Length"] == str(document.size)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["ETag"] == f'"{document.sha256}"'
    assert response["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'attachment; filename="order-[0-9a-f]{8}\.pdf"', response["Content-Disposition"])


def test_a_name_in_any_script_is_kept_when_it_is_asked_for(document):
    response = documents.serve(document, filename=document.filename, as_attachment=False)
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20und%20H%C3%B6he.pdf"


def test_only_what_the_portal_made_is_shown_inline(db):
    letter = documents.write_generated(
        make_pdf(), filename="letter.pdf", media_type="application/pdf", purpose="letter", by=None
    )
    assert documents.serve(letter, as_attachment=False)["Content-Disposition"].startswith("inline;")


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        (f"bytes={FRAME - 3}-{FRAME + 3}", FRAME - 3, FRAME + 4),
        ("bytes=5-99999999999", 5, None),
    ],
)
def test_one_range(document, header, start, stop):
    content = plain(document)
    response = documents.serve(document, range_header=header)
    assert response.status_code == 206
    part = body(response)
    assert part == content[start:stop]
    first = start % len(content)
    assert response["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    assert response["Content-Length"] == str(len(part))


def test_a_range_behind_the_end_is_416(document):
    response = documents.serve(document, range_header=f"bytes={document.size}-")
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{document.size}")


@pytest.mark.parametrize("header", ["items=0-1,5-6", "items=0-1", "bytes=-", "bytes=9-3", "bytes=a-b", "", None])
def test_what_is_not_one_range_gives_the_whole_file(document, header):
    assert documents.serve(document, range_header=header).status_code == 200


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "bytes=0-0 , -5,7-"])
def test_several_ranges_are_refused(document, header):
    answer = documents.serve(document, range_header=header)
    assert (answer.status_code, answer["Content-Range"], answer.content) == (416, f"bytes */{document.size}", b"")


@given(span=st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), tail=st.integers(0, 30))
def test_a_tail_stands_in_place_of_the_last_bytes(span, tail):
    content = bytes(range(30))
    reader = io.BufferedReader(io.BytesIO(content))
    reader.size = len(content)
    end = b"x" * tail
    found = b"".join(serving._Stream(reader, Span(*span), end))
    assert found == (content[: len(content) - tail] + end)[slice(*span)]


def test_a_resume_of_another_file_starts_again(document):
    assert documents.serve(document, range_header="bytes=5-", if_range='"other"').status_code == 200
    assert documents.serve(document, range_header="bytes=5-", if_range=f'"{document.sha256}"').status_code == 206


def test_a_file_that_is_known_is_not_sent_again(document):
    response = documents.serve(document, if_none_match=f'"x", W/"{document.sha256}"')
    assert (response.status_code, response.content) == (304, b"")


@given(size=st.integers(0, 50), header=st.from_regex(r"\Abytes=[0-9]{0,2}-[0-9]{0,2}\Z"))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_ranges_stay_inside_the_file(size, header):
    try:
        span = parse_range(header, size)
    except UnsatisfiableError:
        return
    assert span is None or 0 <= span.start < span.stop <= size


def test_a_suffix_longer_than_the_file_is_the_whole_file():
    assert parse_range("bytes=-100", 10) == Span(0, 10)


def test_a_purged_file_is_gone(document):
    document.purged_at = document.created_at
    with pytest.raises(DocumentRefused, match="deleted"):
        documents.serve(document)


def test_pages_are_served_with_and_without_a_watermark(previewed):
    bare = documents.serve_page(previewed, 1)
    marked = documents.serve_page(previewed, 1, watermark="A. Viewer 09:00 UTC")
    assert bare["Content-Type"] == marked["Content-Type"] == "image/png"
    assert marked["Cache-Control"] == "private, no-store"
    one, two = (Image.open(io.BytesIO(response.content)) for response in (bare, marked))
    assert one.size == two.size
    # In each quarter of the page something was drawn, so that no part of it can be cut out without a mark.
    width, height = one.size
    for left, top in ((0, 0), (width // 2, 0), (0, height // 2), (width // 2, height // 2)):
        quarter = (left, top, left + width // 2, top + height // 2)
        assert one.crop(quarter).tobytes() != two.crop(quarter).tobytes()
    assert documents.watermarked_page(previewed, 1, "x") == documents.watermarked_page(previewed, 1, "x")


def test_a_page_that_is_not_there(document):
    with pytest.raises(DocumentRefused, match="no picture"):
        documents.serve_page(document, 2)
