"""A mail server that counts what it takes by Message-ID, and misbehaves when told to.

    python -m lers.drill.sink PORT FILE

runs it as a process of its own that writes a line "<time.time()> <Message-ID>" for each mail it takes.
"""

import asyncio
import logging
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
# So long a mail takes while the server is slow.
SLOW_SECONDS = 0.4


class Mood(Enum):
    """How the server treats who comes."""

    TAKES = "takes every mail"
    SLOW = "takes its time"
    REFUSES = "refuses for now (451)"
    SILENT = "accepts the connection and never says a word"
    CUTS = "takes the mail and hangs up instead of saying so"


class Sink:
    """A mail server in a thread of its own; the port stays the same over stop() and start()."""

    def __init__(self, port: int, taken: Callable[[str], None] | None = None) -> None:
        """Listen on nothing yet; `taken` is called with each Message-ID, in the server's thread."""
        self.port = port
        self.mood = Mood.TAKES
        self.accepted: Counter[str] = Counter()
        self._taken = taken
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd tells every line, addresses too
        threading.Thread(target=self._loop.run_forever, name="mail server", daemon=True).start()

    def start(self) -> None:
        """Listen; raises OSError where the port is not free."""
        self._server = self._run(self._loop.create_server(self._protocol, host="127.0.0.1", port=self.port))

    def stop(self) -> None:
        """Close the port: whoever comes now is refused the connection."""
        if self._server:
            self._loop.call_soon_threadsafe(self._server.close)
            self._server = None

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _protocol(self) -> asyncio.BaseProtocol:
        if self.mood is Mood.SILENT:
            return asyncio.Protocol()
        # With a name given, or each connection would look ours up.
        return SMTP(self, hostname="localhost", loop=self._loop)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse it for now."""
        if self.mood is Mood.REFUSES:
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail: from here on it counts as accepted, whatever the sender learns of it."""
        if self.mood is Mood.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        found = _MESSAGE_ID.search(envelope.original_content or b"")
        message_id = found[1].decode() if found else "none"
        self.accepted[message_id] += 1
        if self._taken:
            self._taken(message_id)
        if self.mood is Mood.CUTS and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 OK"


def main() -> None:
    """Serve until killed."""
    port, path = int(sys.argv[1]), Path(sys.argv[2])
    with path.open("a", buffering=1) as file:
        Sink(port, lambda message_id: print(f"{time.time():.6f} {message_id}", file=file)).start()
        threading.Event().wait()


if __name__ == "__main__":
    main()
