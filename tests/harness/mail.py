"""A real mail server on the loopback interface that keeps what it is given."""

import email
import email.policy
import logging
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

# It tells of every connection that ends.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass
class Envelope:
    """A message as it came over the wire."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class MailServer:
    """Collects messages; `refuse_with` makes it answer so instead ("451 Try again later")."""

    envelopes: list[Envelope] = field(default_factory=list)
    refuse_with: str = ""
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def url(self) -> str:
        """Return EMAIL_URL for a subprocess."""
        return f"smtp://{self.host}:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """Return the messages in the order of their arrival."""
        return [envelope.message for envelope in self.envelopes]

    def to(self, address: str) -> list[EmailMessage]:
        """Return the messages that were delivered to the address."""
        return [envelope.message for envelope in self.envelopes if address in envelope.recipients]

    def clear(self) -> None:
        """Forget everything, and accept again."""
        self.envelopes.clear()
        self.refuse_with = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message."""
        if self.refuse_with:
            return self.refuse_with
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.envelopes.append(Envelope(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"


class AnyPortController(Controller):
    """Listens on a port that the system chooses."""

    def __init__(self, handler: MailServer) -> None:
        super().__init__(handler, hostname=handler.host, port=0, ready_timeout=10)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.handler.port = self.port
        super()._trigger_server()
