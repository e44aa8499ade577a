"""Streams in two threads: nothing is lost, changed in order or left running, and what breaks is heard."""

import threading

import pytest

from foundation.documents.pipes import WAITING, Behind, read_ahead

PIECES = [bytes([n]) * 3 for n in range(40)]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def breaking(after):
    yield from PIECES[:after]
    raise OSError("broken")


def put_all(behind):
    for piece in PIECES:
        behind.put(piece)


def test_read_ahead_is_the_same():
    assert list(read_ahead(iter(PIECES))) == PIECES


@pytest.mark.parametrize("after", [0, 1, 20])
def test_what_breaks_while_reading_is_raised_after_what_came(after):
    came = []
    with pytest.raises(OSError, match="broken"):
        came.extend(read_ahead(breaking(after)))
    assert len(came) <= after


def test_reader_that_stops_early_reads_few_more_and_closes_the_source():
    taken, closed = [], threading.Event()

    def source():
        try:
            for piece in PIECES:
                taken.append(piece)
                yield piece
        finally:
            closed.set()

    reading = read_ahead(source())
    assert next(reading) == PIECES[0]
    reading.close()
    assert len(taken) <= WAITING + 2
    assert closed.is_set()


def test_behind_takes_all_in_order():
    taken = []
    behind = Behind(taken.append)
    put_all(behind)
    behind.finish()
    assert taken == PIECES


def test_what_breaks_behind_is_raised_and_nothing_more_is_taken():
    taken = []

    def take(piece):
        if len(taken) == 3:
            raise OSError("disk full")
        taken.append(piece)

    behind = Behind(take)
    with pytest.raises(OSError, match="disk full"):
        put_all(behind)
    with pytest.raises(OSError, match="disk full"):
        behind.finish()
    assert taken == PIECES[:3]


def test_last_piece_that_breaks_is_raised_at_the_end():
    def take(piece):
        raise OSError("disk full")

    behind = Behind(take)
    behind.put(b"x")
    with pytest.raises(OSError, match="disk full"):
        behind.finish()


def test_abort_takes_nothing_more():
    gate, taken = threading.Event(), []

    def take(piece):
        gate.wait(10)
        taken.append(piece)

    behind = Behind(take)
    for piece in PIECES[:3]:
        behind.put(piece)
    threading.Timer(0, gate.set).start()
    behind.abort()
    assert len(taken) <= 3
