"""Encryption of a stream in frames of 1 MiB, so that any part can be read and no part can be moved.

Layout: a header of 32 bytes (mark 8, salt 16, nonce prefix 7, zero 1), then frames of AES-256-GCM, each 16 bytes
longer than its text. The key of a stream is derived from the data key, the salt and the binding (the name of what is
stored). A nonce is prefix, frame number (4 bytes) and a flag that is 1 on the last frame only: a frame that was left
out, repeated, moved, or added does not authenticate (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár).
"""

import io
import os
import struct
from typing import IO, TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from foundation.documents.errors import DocumentDamaged

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FRAME = 1024 * 1024
TAG = 16
MARK = b"LERSFRM1"
HEADER = 32
MAX_FRAMES = 2**32


class Sink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take data."""


class _Cipher:
    """The frames of one stream."""

    def __init__(self, data_key: bytes, binding: bytes, header: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=header[8:24], info=b"frames\0" + binding).derive(data_key)
        self._aead = AESGCM(key)
        self._prefix = header[24:31]
        self._context = header + binding

    def seal(self, number: int, text: bytes | memoryview, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(number, last=last), text, self._context)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._aead.decrypt(self._nonce(number, last=last), sealed, self._context)
        except (InvalidTag, ValueError) as error:
            raise DocumentDamaged("A part of this file was changed or is missing.") from error

    def _nonce(self, number: int, *, last: bool) -> bytes:
        return self._prefix + struct.pack(">IB", number, last)


def new_header() -> bytes:
    """Return the first bytes of a new stream."""
    return MARK + os.urandom(16) + os.urandom(7) + b"\0"


class FrameSealer:
    """Seals single frames of a stream whose length is known, from any frame on: for a file that comes in pieces."""

    def __init__(self, data_key: bytes, binding: bytes, header: bytes, *, length: int) -> None:
        self._cipher = _Cipher(data_key, binding, header)
        self._last = max(-(-length // FRAME) - 1, 0)
        self._length = length

    def seal(self, offset: int, text: bytes) -> bytes:
        """Return the frame that begins at this place of the text; ValueError where it is not the whole frame."""
        number, inside = divmod(offset, FRAME)
        if inside or len(text) != min(FRAME, self._length - offset) or self._last >= MAX_FRAMES:
            raise ValueError("This is not a whole frame.")
        return self._cipher.seal(number, text, last=number == self._last)


def position_of(offset: int) -> int:
    """Return where in the stored file the frame lies that begins at this place of the text; 0 is before the header."""
    return HEADER + offset // FRAME * (FRAME + TAG) if offset else 0


class EncryptingWriter:
    """Takes plain bytes of any length and writes frames; finish() writes the last one."""

    def __init__(self, sink: Sink, data_key: bytes, binding: bytes) -> None:
        header = new_header()
        self._sink = sink
        self._cipher = _Cipher(data_key, binding, header)
        # Filled over and over: the pieces that come need not be put together.
        self._frame = memoryview(bytearray(FRAME))
        self._filled = 0
        self._number = 0
        sink.write(header)

    def write(self, data: bytes) -> None:
        """Take more of the text; at most one frame of it is held back."""
        rest = memoryview(data)
        while rest:
            # The last frame is sealed differently, so a full frame waits until it is known that more follows.
            if self._filled == FRAME:
                self._emit(last=False)
            part = rest[: FRAME - self._filled]
            self._frame[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]

    def finish(self) -> None:
        """Write the last frame, which may be empty."""
        self._emit(last=True)

    def _emit(self, *, last: bool) -> None:
        if self._number >= MAX_FRAMES:
            raise OverflowError("The stream has more frames than a nonce can count.")
        self._sink.write(self._cipher.seal(self._number, self._frame[: self._filled], last=last))
        self._number += 1
        self._filled = 0


class DecryptingReader(io.BufferedIOBase):
    """The plain text of an encrypted stream: read-only, seekable, one frame in memory."""

    def __init__(self, source: IO[bytes], data_key: bytes, binding: bytes, *, size: int | None = None) -> None:
        super().__init__()
        self._source = source
        source.seek(0, os.SEEK_END)
        body = source.tell() - HEADER
        source.seek(0)
        header = source.read(HEADER)
        if body < TAG or header[:8] != MARK:
            raise DocumentDamaged("This is not a file of this store.")
        self._frames = -(-body // (FRAME + TAG))
        self.size = body - self._frames * TAG
        last = body - (self._frames - 1) * (FRAME + TAG)
        if last < TAG + (self._frames > 1) or (size is not None and size != self.size):
            raise DocumentDamaged("This file is shorter or longer than it was when it arrived.")
        self._cipher = _Cipher(data_key, binding, header)
        self._position = 0
        self._loaded = -1
        self._text = b""
        if not self.size:
            self._load(0)  # nothing will be read, so the only frame is checked now

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in the plain text."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position in the plain text."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("negative position")
        self._position = start + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Return size bytes, fewer only at the end."""
        left = self.size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted > 0:
            parts.append(self.read1(wanted))
            wanted -= len(parts[-1])
        return b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        """Return what one frame still holds, at most size bytes."""
        found = self.peek()
        part = found if size < 0 else found[:size]
        self._position += len(part)
        return part

    def peek(self, _size: int = 0, /) -> bytes:
        """Return what follows in the present frame, without moving."""
        self._checkClosed()
        if self._position >= self.size:
            return b""
        number, inside = divmod(self._position, FRAME)
        self._load(number)
        return self._text[inside:]

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill a buffer."""
        view = memoryview(buffer).cast("B")
        text = self.read(len(view))
        view[: len(text)] = text
        return len(text)

    def close(self) -> None:
        """Close the stored file and forget the text."""
        if not self.closed:
            self._source.close()
            self._text = b""
        super().close()

    def _checkClosed(self) -> None:  # noqa: N802 (name given by io)
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _load(self, number: int) -> None:
        if number == self._loaded:
            return
        self._source.seek(HEADER + number * (FRAME + TAG))
        sealed = self._source.read(FRAME + TAG)
        self._text = self._cipher.open(number, sealed, last=number == self._frames - 1)
        self._loaded = number
