"""The contents of a file, chunk by chunk: cut off, they go on where they were; at the end the digest is checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPResponse

from foundation.notifications.hooks.posting import Deadline
from foundation.providers.connectors.base import ConnectorFailed, OtherContents
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.client import Client
from foundation.providers.connectors.http.line import NoAnswer

CHUNK = 256 * 1024
# Whoever sends slower than this, over a whole connection, is hung up on; the next connection goes on from there.
SLOWEST_BYTES = 64 * 1024
GRACE_SECONDS = 300.0
# Connections in a row that bring nothing new.
FRUITLESS = 4
# Seconds for which whoever holds a row of work waits on request between two of them.
LONGEST_PAUSE = 60.0
_PART = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")


@dataclass(frozen=True)
class Contents:
    """A file that is fetched when it is read, and again at every reading.

    The last chunk is handed out before the digest is known: who reads must take an error at the end for what it is.
    """

    client: Client
    ref: wire.ContentCall
    size: int
    sha256: str
    # What an error may not repeat: whose file it is.
    hidden: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file. Raises ConnectorFailed, in the middle too."""
        digest, got, fruitless = sha256(), 0, 0
        while True:
            before = got
            try:
                for chunk in self._connection(got):
                    digest.update(chunk)
                    got += len(chunk)
                    yield chunk
            except NoAnswer as error:
                fruitless = 1 if got > before else fruitless + 1
                # Who is asked to wait for long gives the row back: it comes again under the same key.
                if fruitless >= FRUITLESS or error.after > LONGEST_PAUSE:
                    raise ConnectorFailed(str(error)) from error
                self.client.sleep(max(self.client.wait_before(fruitless), error.after))
            else:
                break
        if digest.hexdigest() != self.sha256:
            raise OtherContents("A file came with other contents than were announced.")

    def _connection(self, start: int) -> Iterator[bytes]:
        """Yield what one connection brings from a byte on. Raises NoAnswer where it ends before the file does."""
        if start == self.size:
            return
        seconds = GRACE_SECONDS + (self.size - start) / SLOWEST_BYTES
        deadline = Deadline(seconds, idle=self.client.patience.idle)
        with self.client.content(self.ref, start=start, deadline=deadline, hidden=self.hidden) as (answer, digest):
            if digest != self.sha256:
                raise OtherContents("A file has other contents now than were announced under the same key.")
            left = self.size - start
            for chunk in self._from(answer, start):
                left -= len(chunk)
                if left < 0:
                    raise OtherContents("A file is longer than was announced.")
                yield chunk
            if left:
                raise NoAnswer("A file of the company's systems broke off.")

    def _from(self, answer: HTTPResponse, start: int) -> Iterator[bytes]:
        """Yield the chunks from a byte on; where the whole file comes, what is there already is skipped."""
        skip = start
        if answer.status == 206:
            part = _PART.fullmatch(answer.headers.get("Content-Range", ""))
            if not part or tuple(map(int, part.groups())) != (start, self.size - 1, self.size):
                raise ConnectorFailed("The company's systems sent another part of a file than was asked for.")
            skip = 0
        while chunk := answer.read(CHUNK):
            if skip >= len(chunk):
                skip -= len(chunk)
            else:
                yield chunk[skip:]
                skip = 0
