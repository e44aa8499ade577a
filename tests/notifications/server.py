"""A real mail server for tests: it keeps what it takes, and can refuse a recipient or be slow."""

import asyncio
import email
import email.policy
import logging
import socket
import threading
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every line of the conversation


class MailServer:
    """Listens on 127.0.0.1; the port stays the same over stop() and start()."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.sessions: set[int] = set()
        self.answers: dict[str, str] = {}
        # To these nobody is answered after the mail, until let_go is set.
        self.silent_for: set[str] = set()
        self.hanging: list[str] = []
        self.let_go = threading.Event()
        self._arrived = threading.Condition()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def wait_for(self, count: int, *, seconds: float) -> bool:
        """Whether so many mails are here within so many seconds."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.mails) >= count, timeout=seconds)

    def message_ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.sessions.add(id(session))
        if silent := self.silent_for.intersection(envelope.rcpt_tos):
            self.hanging += silent
            while not self.let_go.is_set():
                await asyncio.sleep(0.02)
            return "451 4.3.0 Too late"
        with self._arrived:
            self.raw.append(envelope.original_content)
            self.mails.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
            self._arrived.notify_all()
        return "250 OK"


def wait_until(condition: Any, *, seconds: float) -> bool:
    """Whether the condition comes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
