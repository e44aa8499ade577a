"""Files that grow piece by piece in a bucket: a multipart upload that stays open between the pieces.

Parts have one size, so that a piece that is sent again makes the same parts. What is shorter than a part waits as an
object of its own beside the name (its tail). Nothing can be seen under the name before finish().
"""

from collections.abc import Iterable
from typing import Any

from foundation.documents.bucket import PART, Bucket, etag_of
from foundation.documents.errors import DocumentDamaged

Progress = dict[str, Any]

TAIL = ".tail-"
_CHANGED = "The file that is being sent has changed. Send it again from its beginning."


class S3Appender:
    """Progress: the upload's id, the ETags of the parts, and the length of the tail behind them."""

    def __init__(self, files: Bucket) -> None:
        self._files = files

    def begin(self, name: str) -> Progress:
        """Begin a multipart upload."""
        return {"upload": self._files.begin(name), "parts": [], "tail": 0}

    def append(self, name: str, position: int, pieces: Iterable[bytes], progress: Progress) -> Progress:
        """Store pieces as parts, and what is left over as the tail; the same again where a try was lost."""
        attempt = _Attempt(self._files, name, progress)
        if attempt.position != position:
            raise DocumentDamaged("The stored part of this file is not as long as it was.")
        came = False
        for piece in pieces:
            came = True
            attempt.take(piece)
        return attempt.keep() if came else progress

    def finish(self, name: str, progress: Progress) -> None:
        """Complete the upload with the tail as its last part; done already, only what is left over is removed."""
        etags, size = list(progress["parts"]), progress["tail"]
        try:
            if size:
                last = self._files.get(_tail(name, len(etags)))[:size]
                etags.append(self._files.put_part(name, progress["upload"], len(etags) + 1, last))
        except FileNotFoundError:
            self._files.head(name)
        else:
            self._files.complete(name, progress["upload"], etags)
        self._forget_tails(name)

    def abort(self, name: str, progress: Progress) -> None:
        """Remove upload, tails and, where it was finished, the object."""
        if progress.get("upload"):
            self._files.abort(name, progress["upload"])
        self._files.delete(name)
        self._forget_tails(name)

    def _forget_tails(self, name: str) -> None:
        for left, _changed in list(self._files.entries(name + TAIL)):
            self._files.delete(left)


class _Attempt:
    """One call of append(): what is confirmed, and what a try before it that was lost may have left further on."""

    def __init__(self, files: Bucket, name: str, progress: Progress) -> None:
        self._files, self._name, self._progress = files, name, progress
        self._etags: list[str] = list(progress["parts"])
        self._left_tails = {found for found, _changed in files.entries(name + TAIL)}
        self._left_parts: dict[int, str] | None = None
        tail = files.get(self._tail) if progress["tail"] else b""
        self._pending = bytearray(tail[: progress["tail"]])

    @property
    def position(self) -> int:
        """How much of the stored file there is."""
        return len(self._etags) * PART + len(self._pending)

    def take(self, piece: bytes) -> None:
        """Take a piece, and send a part for each that is full."""
        self._pending += piece
        while len(self._pending) >= PART:
            self._send(bytes(memoryview(self._pending)[:PART]))
            del self._pending[:PART]

    def keep(self) -> Progress:
        """Store the tail, remove those that were confirmed to be over, and return how to go on."""
        if self._pending:
            tail = bytes(self._pending)
            self._compare(tail)
            self._files.put(self._tail, tail)
        confirmed = len(self._progress["parts"])
        for left in self._left_tails:
            if int(left.rpartition("-")[2]) < confirmed:
                self._files.delete(left)
        return {"upload": self._progress["upload"], "parts": self._etags, "tail": len(self._pending)}

    @property
    def _tail(self) -> str:
        return _tail(self._name, len(self._etags))

    def _send(self, part: bytes) -> None:
        self._compare(part)
        number = len(self._etags) + 1
        if self._left_parts is None:
            self._left_parts = self._files.parts(self._name, self._progress["upload"], after=number - 1)
        left = self._left_parts.get(number)
        if left is not None and left != etag_of(part) and _is_md5(left):
            raise DocumentDamaged(_CHANGED)
        self._etags.append(self._files.put_part(self._name, self._progress["upload"], number, part))

    def _compare(self, content: bytes) -> None:
        """Refuse other content than a lost try left at the same place.

        A frame has one nonce: two different texts under it would give away what nobody without the key may learn.
        """
        if self._tail not in self._left_tails:
            return
        there = self._files.get(self._tail)
        length = min(len(there), len(content))
        if there[:length] != content[:length]:
            raise DocumentDamaged(_CHANGED)


def base_name(stored: str) -> str:
    """Return the name of the file that a stored name belongs to: itself, or the one whose tail it is."""
    return stored.partition(TAIL)[0]


def _tail(name: str, parts: int) -> str:
    return f"{name}{TAIL}{parts}"


def _is_md5(etag: str) -> bool:
    return len(etag.strip('"')) == 32
