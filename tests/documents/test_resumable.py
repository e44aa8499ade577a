"""Files in pieces, below the protocol: any cuts give the same bytes and hashes, and nothing is ever in plain."""

import hashlib
import io
import random
import zlib
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.documents import hashing
from foundation.documents import services as documents
from foundation.documents.errors import (
    DocumentRefused,
    TooManyWaiting,
    TooMuchSent,
    UploadMissing,
    WrongOffset,
)
from foundation.documents.frames import FRAME
from foundation.documents.models import Document, Upload
from foundation.documents.services import resumable
from foundation.documents.uploads import staged
from foundation.documents.vault import open_plain
from tests.documents.pieces import Cut
from tests.people import make_user

LIMIT = 50 * FRAME
MARKER = b"MARKER-51c7-never-in-plain"


def content(length: int, seed: int = 1) -> bytes:
    return (b"%PDF-1.7\n" + MARKER + random.Random(seed).randbytes(length))[:length]


@pytest.fixture
def person(db):
    return make_user()


def begin(person, data: bytes, name: str = "order.pdf") -> Upload:
    return resumable.create(filename=name, length=len(data), by=person, limit=LIMIT)


def send(upload: Upload, person, offset: int, data: bytes, *, announced: int | None = None, line=io.BytesIO) -> Upload:
    announced = len(data) if announced is None else announced
    return resumable.take(upload.document.uid, by=person, offset=offset, announced=announced, source=line(data))


def stored(upload: Upload) -> bytes:
    with open_plain(Document.objects.get(pk=upload.document_id)) as plain:
        return plain.read()


def is_whole(upload: Upload, data: bytes) -> None:
    document = Document.objects.get(pk=upload.document_id)
    assert document.size == len(data)
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.crc32 == zlib.crc32(data)
    assert document.due_at is None
    assert stored(upload) == data
    assert Document.objects.staged(document.uploaded_by).filter(pk=document.pk).exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    length=st.one_of(
        st.integers(9, 4 * FRAME), st.sampled_from([FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME, 3 * FRAME + 7])
    ),
    pieces=st.lists(st.tuples(st.integers(0, 3 * FRAME), st.booleans(), st.booleans()), max_size=6),
    name=st.sampled_from(["order.pdf", "a" * 300 + ".PDF"]),
)
def test_any_cuts_give_the_same_bytes_and_hashes(person, vault, length, pieces, name):
    """Pieces of any length, cut or not, with and without another process in between."""
    data = content(length)
    upload = begin(person, data, name)
    offset = 0
    for sent, cut, elsewhere in [*pieces, (length, False, False)]:
        if offset == length:
            break
        part = data[offset : offset + sent]
        announced = length - offset if cut else len(part)
        upload = send(upload, person, offset, part, announced=announced, line=Cut if cut else io.BytesIO)
        assert offset <= upload.offset <= offset + len(part)
        assert upload.offset == length or upload.offset % FRAME == 0
        assert upload.offset == offset + len(part) // FRAME * FRAME or upload.offset == length
        offset = upload.offset
        if elsewhere:
            hashing._states.clear()
    is_whole(upload, data)
    assert not [path for path in vault.rglob("*") if path.is_file() and MARKER in path.read_bytes()]
    resumable.give_up(upload.document.uid, by=person)


def test_it_is_taken_by_a_form_like_any_other(person):
    data = content(2 * FRAME + 5)
    upload = send(begin(person, data), person, 0, data)
    document = documents.receive(
        staged(Document.objects.get(pk=upload.document_id)),
        filename="order.pdf",
        purpose="order",
        by=person,
        limit=LIMIT,
    )
    assert (document.state, document.sha256, document.uploaded_by) == (
        "pending",
        hashlib.sha256(data).hexdigest(),
        person,
    )
    with pytest.raises(UploadMissing):
        resumable.find(document.uid, by=person)
    with pytest.raises(UploadMissing):
        resumable.give_up(document.uid, by=person)
    assert stored(upload) == data


@pytest.mark.parametrize(
    ("name", "length", "words"),
    [
        ("tool.exe", 10, "is not a kind of file we take"),
        ("order.pdf", 0, "order.pdf is empty."),
        ("order.pdf", LIMIT + 1, "order.pdf is larger than 50\xa0MB"),
    ],
)
def test_what_will_not_be_taken_is_refused_before_a_byte(person, vault, name, length, words):
    with pytest.raises(DocumentRefused, match=words):
        resumable.create(filename=name, length=length, by=person, limit=LIMIT)
    assert not Document.objects.exists()
    assert not vault.exists()


def test_a_file_that_is_not_what_its_name_says_is_refused_with_its_first_piece(person, vault):
    upload = begin(person, b"MZ" * FRAME)
    with pytest.raises(DocumentRefused, match=r"order\.pdf is named as PDF, but its content is something else"):
        send(upload, person, 0, b"MZ" * FRAME)
    assert not Document.objects.exists()
    assert not [path for path in vault.rglob("*") if path.is_file()]


def test_a_wrong_place_too_much_and_somebody_else(person):
    data = content(3 * FRAME)
    upload = send(begin(person, data), person, 0, data[:FRAME])
    for wrong in (0, FRAME - 1, 2 * FRAME):
        with pytest.raises(WrongOffset):
            send(upload, person, wrong, data[wrong:])
    with pytest.raises(TooMuchSent):
        send(upload, person, FRAME, data[FRAME:] + b"x")
    with pytest.raises(UploadMissing):
        send(upload, make_user(), FRAME, data[FRAME:])
    with pytest.raises(UploadMissing):
        resumable.give_up(upload.document.uid, by=make_user())
    is_whole(send(upload, person, FRAME, data[FRAME:]), data)


def test_what_an_attempt_left_behind_is_gone_over_when_it_is_the_same(person):
    """A process died between the disk and the row: the same bytes come again."""
    data = content(4 * FRAME + 11)
    upload = send(begin(person, data), person, 0, data[: 3 * FRAME])
    Upload.objects.filter(pk=upload.pk).update(offset=FRAME, crc32=zlib.crc32(data[:FRAME]))
    upload = send(upload, person, FRAME, data[FRAME : 2 * FRAME])
    is_whole(send(upload, person, 2 * FRAME, data[2 * FRAME :]), data)


def test_other_bytes_are_never_sealed_in_the_place_of_a_frame(person, vault):
    data = content(3 * FRAME)
    upload = send(begin(person, data), person, 0, data[: 2 * FRAME])
    Upload.objects.filter(pk=upload.pk).update(offset=FRAME, crc32=zlib.crc32(data[:FRAME]))
    with pytest.raises(DocumentRefused, match="The file changed while it was sent"):
        send(upload, person, FRAME, content(3 * FRAME, seed=2)[FRAME:])
    assert not Document.objects.exists()
    assert not [path for path in vault.rglob("*") if path.is_file()]


def test_a_long_file_whose_hash_is_missing_is_measured_by_a_worker(person, monkeypatch):
    monkeypatch.setattr(resumable, "AT_ONCE", FRAME)
    data = content(2 * FRAME + 3)
    upload = send(begin(person, data), person, 0, data[:FRAME])
    hashing._states.clear()
    upload = send(upload, person, FRAME, data[FRAME:])
    document = Document.objects.get(pk=upload.document_id)
    assert (document.sha256, document.state, upload.completed_at) == ("", "receiving", None)
    assert not Document.objects.staged(person).exists()
    assert document.due_at <= timezone.now()
    documents.sweep()
    is_whole(upload, data)
    assert Upload.objects.get().completed_at is not None


def test_a_process_that_dies_after_the_last_byte_is_followed_by_the_sweep(person, monkeypatch):
    data = content(FRAME + 3)
    upload = begin(person, data)
    monkeypatch.setattr(resumable, "_complete", lambda upload, at: None)
    upload = send(upload, person, 0, data)
    assert Document.objects.get().sha256 == ""
    documents.sweep()
    assert Document.objects.get().sha256 == "", "not at once: the web process may be just about to"
    documents.sweep(at=timezone.now() + timedelta(minutes=2))
    is_whole(upload, data)


def test_what_is_given_up_goes_and_what_is_touched_stays(person, vault):
    data = content(3 * FRAME)
    old, young = begin(person, data), begin(person, data)
    whole = send(begin(person, data), person, 0, data)
    later = timezone.now() + timedelta(hours=24)
    Upload.objects.filter(pk=young.pk).update(touched_at=later - timedelta(hours=1))
    documents.sweep(at=later + timedelta(minutes=1))
    assert list(Upload.objects.values_list("pk", flat=True)) == [young.pk]
    assert len([path for path in vault.rglob("*") if path.is_file()]) == 1
    assert {old.pk, whole.pk}.isdisjoint(Upload.objects.values_list("pk", flat=True))


def test_nobody_fills_the_disk_with_files_that_no_form_takes(person, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_WAITING", 2)
    begin(person, b"12"), begin(person, b"12")
    with pytest.raises(TooManyWaiting):
        begin(person, b"12")
    begin(make_user(), b"12")


def test_files_that_were_left_for_an_hour_make_room(person, monkeypatch, vault):
    monkeypatch.setattr(resumable, "MOST_WAITING", 3)
    data = content(40)
    half, whole, young = (
        begin(person, data, "half.pdf"),
        begin(person, data, "whole.pdf"),
        begin(person, data, "young.pdf"),
    )
    send(whole, person, 0, data)
    other = begin(make_user(), data, "other.pdf")
    left = timezone.now() - timedelta(hours=1, minutes=1)
    Upload.objects.exclude(pk=young.pk).update(touched_at=left)

    def names() -> set[str]:
        return set(Document.objects.values_list("filename", flat=True))

    begin(person, data, "4.pdf")
    assert names() == {"half.pdf", "young.pdf", "other.pdf", "4.pdf"}
    begin(person, data, "5.pdf")
    assert names() == {"young.pdf", "other.pdf", "4.pdf", "5.pdf"}
    with pytest.raises(TooManyWaiting, match="within the last hour"):
        begin(person, data, "6.pdf")
    assert len(names()) == 4
    assert not Upload.objects.filter(pk=half.pk).exists()
    assert Upload.objects.filter(pk=other.pk).exists()


def test_a_file_that_a_form_has_taken_makes_no_room(person, monkeypatch, vault):
    monkeypatch.setattr(resumable, "MOST_WAITING", 1)
    data = content(40)
    upload = send(begin(person, data), person, 0, data)
    Upload.objects.update(touched_at=timezone.now() - timedelta(hours=2))
    row = staged(Document.objects.get(pk=upload.document_id))
    documents.receive(row, filename="order.pdf", purpose="order", by=person, limit=LIMIT)
    begin(person, data)
    with pytest.raises(TooManyWaiting):
        begin(person, data)
    assert stored(upload) == data


def test_no_row_holds_any_of_the_content(person):
    data = content(FRAME * 2)
    send(begin(person, data), person, 0, data)
    assert MARKER.decode() not in str(Upload.objects.values().get()) + str(Document.objects.values().get())


def test_only_as_many_hash_states_are_kept_as_fit():
    hashing._states.clear()
    for number in range(hashing.MOST + 5):
        hashing.keep_state(UUID(int=number), FRAME, hashlib.sha256(), before=0)
    assert len(hashing._states) == hashing.MOST
    hashing._states.clear()
