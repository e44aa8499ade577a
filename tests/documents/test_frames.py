"""Frames: what goes in comes out, from any place, and nothing else does."""

import io
import secrets
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.documents import frames
from foundation.documents.errors import DocumentDamaged
from foundation.documents.frames import FRAME, HEADER, TAG, DecryptingReader, EncryptingWriter

KEY = secrets.token_bytes(32)
BINDING = b"document\0" + uuid.uuid4().bytes


def seal(text: bytes, *, key: bytes = KEY, binding: bytes = BINDING, step: int = 300_000) -> bytes:
    target = io.BytesIO()
    writer = EncryptingWriter(target, key, binding)
    for start in range(0, len(text), step):
        writer.write(text[start : start + step])
    writer.finish()
    return target.getvalue()


def unseal(sealed: bytes, *, key: bytes = KEY, binding: bytes = BINDING, size: int | None = None) -> bytes:
    with DecryptingReader(io.BytesIO(sealed), key, binding, size=size) as reader:
        return reader.read()


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 17])
@pytest.mark.parametrize("step", [4096 + 1, FRAME, 3 * FRAME])
def test_round_trip_around_the_borders_of_frames(size, step):
    text = secrets.token_bytes(size)
    sealed = seal(text, step=step)
    assert unseal(sealed, size=size) == text
    assert len(sealed) == HEADER + size + TAG * max(1, -(-size // FRAME))


def test_nothing_of_the_text_is_in_the_stored_file():
    assert b"MARKER" not in seal(b"MARKER" * 200_000)


def test_the_same_text_is_never_stored_the_same():
    assert seal(b"text") != seal(b"text")


@pytest.mark.parametrize("at", [0, 8, 20, 31, HEADER, HEADER + FRAME + TAG, -1, -TAG - 1])
def test_a_changed_byte_is_noticed(at):
    sealed = bytearray(seal(secrets.token_bytes(FRAME + 100)))
    sealed[at] ^= 1
    with pytest.raises(DocumentDamaged):
        unseal(bytes(sealed))


def frame(sealed: bytes, number: int) -> bytes:
    return sealed[HEADER + number * (FRAME + TAG) :][: FRAME + TAG]


def three_frames() -> tuple[bytes, bytes, bytes, bytes]:
    sealed = seal(secrets.token_bytes(3 * FRAME))
    return sealed[:HEADER], frame(sealed, 0), frame(sealed, 1), frame(sealed, 2)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((0, 1), id="cut at the border of a frame"),
        pytest.param((0, 2), id="a frame left out"),
        pytest.param((1, 0, 2), id="two frames changed places"),
        pytest.param((0, 1, 1, 2), id="a frame repeated"),
        pytest.param((0, 1, 2, 2), id="a frame added at the end"),
        pytest.param((2,), id="only the last frame"),
    ],
)
def test_frames_cannot_be_cut_moved_or_added(order):
    header, *found = three_frames()
    with pytest.raises(DocumentDamaged):
        unseal(header + b"".join(found[number] for number in order))


def test_a_file_cut_inside_a_frame_is_noticed():
    sealed = seal(secrets.token_bytes(FRAME + 500))
    for length in (len(sealed) - 1, HEADER + FRAME + TAG + 3, HEADER + 10, HEADER, 10, 0):
        with pytest.raises(DocumentDamaged):
            unseal(sealed[:length])


def test_a_whole_file_of_another_length_is_noticed_at_once():
    with pytest.raises(DocumentDamaged, match="shorter or longer"):
        DecryptingReader(io.BytesIO(seal(b"12345")), KEY, BINDING, size=6)


def test_an_empty_file_must_be_genuine_too():
    sealed = bytearray(seal(b""))
    sealed[-1] ^= 1
    with pytest.raises(DocumentDamaged):
        unseal(bytes(sealed), size=0)


def test_frames_of_another_file_do_not_open():
    one, two = seal(b"1" * (2 * FRAME)), seal(b"2" * (2 * FRAME))
    with pytest.raises(DocumentDamaged):
        unseal(one[: HEADER + FRAME + TAG] + frame(two, 1))


@pytest.mark.parametrize("change", [{"key": secrets.token_bytes(32)}, {"binding": b"document\0" + uuid.uuid4().bytes}])
def test_another_key_or_document_does_not_open(change):
    with pytest.raises(DocumentDamaged):
        unseal(seal(b"text"), **change)


def test_a_changed_frame_does_not_hide_the_frames_before_it():
    text = secrets.token_bytes(2 * FRAME)
    sealed = bytearray(seal(text))
    sealed[-1] ^= 1
    reader = DecryptingReader(io.BytesIO(bytes(sealed)), KEY, BINDING)
    assert reader.read(FRAME) == text[:FRAME]
    with pytest.raises(DocumentDamaged):
        reader.read(1)


SMALL = 64
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.integers(0, 400)),
        st.tuples(st.just("end"), st.integers(-300, 50)),
        st.tuples(st.just("read"), st.integers(-1, 300)),
        st.tuples(st.just("readinto"), st.integers(0, 200)),
        st.tuples(st.just("readline"), st.just(0)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(text=st.binary(max_size=300), steps=STEPS)
def test_it_reads_like_any_file(text, steps):
    """Frames of 64 bytes, so that the borders are met often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "FRAME", SMALL)
        sealed = seal(text)
        plain, reader = io.BytesIO(text), DecryptingReader(io.BytesIO(sealed), KEY, BINDING)
        for verb, number in steps:
            if verb == "seek":
                assert plain.seek(number) == reader.seek(number)
            elif verb == "end":
                back = max(number, -len(text))
                assert plain.seek(back, io.SEEK_END) == reader.seek(back, io.SEEK_END)
            elif verb == "readinto":
                one, two = bytearray(number), bytearray(number)
                assert plain.readinto(one) == reader.readinto(two)
                assert one == two
            elif verb == "readline":
                assert plain.readline() == reader.readline()
            else:
                assert plain.read(number) == reader.read(number)
            assert plain.tell() == reader.tell()


def test_a_closed_reader_reads_nothing():
    reader = DecryptingReader(io.BytesIO(seal(b"text")), KEY, BINDING)
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read1()
