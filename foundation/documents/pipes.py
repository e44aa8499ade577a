"""Two ends of a long stream in threads of their own: what is read next, and what is done with what was made.

Deciphering, hashing, encrypting and writing let other threads run meanwhile, so a stream goes as fast as its slowest
part and not as slow as all of them together. Few pieces wait at a time: memory stays what it was. No thread asks the
database.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from queue import SimpleQueue

# Pieces of at most 1 MiB that may wait between two ends.
WAITING = 4


def read_ahead(source: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the source yields, while a thread reads on; what breaks there is raised here."""
    found: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(WAITING)
    stopped = threading.Event()

    def read() -> None:
        try:
            for piece in source:
                found.put(piece)
                room.acquire()
                if stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - raised where the pieces are taken
            found.put(error)
        else:
            found.put(None)
        finally:
            if isinstance(source, Generator):
                source.close()

    thread = threading.Thread(target=read, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (piece := found.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            room.release()
            yield piece
    finally:
        stopped.set()
        room.release()
        thread.join()


class Behind:
    """Hands pieces to a function in a thread; at most a few wait. What breaks there is raised at the next call."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._room = threading.Semaphore(WAITING)
        self._error: BaseException | None = None
        self._dropped = False
        self._thread = threading.Thread(target=self._work, name="behind", daemon=True)
        self._thread.start()

    def put(self, piece: bytes) -> None:
        """Hand over a piece; waits while too many do."""
        self._room.acquire()
        self._check()
        self._waiting.put(piece)

    def finish(self) -> None:
        """Wait until every piece was taken."""
        self._end()
        self._check()

    def abort(self) -> None:
        """Drop what waits, and return when nothing is taken any more."""
        self._dropped = True
        self._end()

    def _end(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (piece := self._waiting.get()) is not None:
            try:
                if self._error is None and not self._dropped:
                    self._take(piece)
            except BaseException as error:  # noqa: BLE001 - raised where the pieces come from
                self._error = error
            self._room.release()
