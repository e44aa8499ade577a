"""Reports that a mail did not arrive (RFC 3464), which come after the mail server had taken it.

A report finds its message by the Message-ID of the mail that it returns; only who got the mail, and the servers on its
way, know that. A forged one can put a message before staff and nothing else: no later mail is held back because of it.
"""

import email
import email.policy
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage, Message
from enum import StrEnum
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.notifications.causes import cause_of
from foundation.notifications.dead_letters import note_failed
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import DeliveryAttempt, OutboundMessage, Outcome

logger = logging.getLogger(__name__)

# A report returns the head of a mail, or all of it; ours are small.
MOST_BYTES = 1024 * 1024
PER_SWEEP = 200
_DETAIL = 300
_MOST_IDS = 20
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")


class Taken(StrEnum):
    """What came of a report."""

    NOTED = "noted"
    KNOWN = "known"  # the message came back before
    NOT_OURS = "not ours"  # no report of a failure, or of none of our messages
    TOO_EARLY = "too early"  # the message is still being handed over: bring it again


def take(raw: bytes, *, at: datetime | None = None) -> Taken:
    """Read one report and note it on its message. Never raises because of what the report holds."""
    found = _read(raw[:MOST_BYTES])
    if found is None:
        return Taken.NOT_OURS
    message_ids, status, words = found
    return _note(message_ids, status, words, at=at or timezone.now())


def sweep(folder: Path, *, at: datetime | None = None) -> int:
    """Read what is new in a Maildir; return how many messages came back.

    A report that was taken is deleted. Everything else is marked as seen and left where a person finds it.
    """
    noted = 0
    if not (folder / "new").is_dir():
        logger.error("BOUNCE_MAILDIR is no Maildir: reports about undelivered mail are not read")
        return 0
    (folder / "cur").mkdir(exist_ok=True)
    for path in sorted((folder / "new").iterdir())[:PER_SWEEP]:
        try:
            with path.open("rb") as file:
                taken = take(file.read(MOST_BYTES), at=at)
            if taken in {Taken.NOTED, Taken.KNOWN}:
                path.unlink()
            elif taken is Taken.NOT_OURS:
                path.rename(folder / "cur" / f"{path.name}:2,S")
        except FileNotFoundError:
            continue  # another worker had it first
        noted += taken is Taken.NOTED
    return noted


@transaction.atomic
def _note(message_ids: list[str], status: str, words: str, *, at: datetime) -> Taken:
    rows = OutboundMessage.objects.select_for_update().filter(message_id__in=message_ids)
    message = rows.order_by("pk").first()
    if message is None:
        return Taken.NOT_OURS
    if message.bounced_at is not None:
        return Taken.KNOWN
    if message.state != JobState.DONE:
        # Given up: staff have it already. Otherwise its own hand-over is not written down yet.
        return Taken.KNOWN if message.state == JobState.GIVEN_UP else Taken.TOO_EARLY
    message.bounced_at, message.bounce_detail = at, words
    message.save(update_fields=["bounced_at", "bounce_detail"])
    DeliveryAttempt.objects.create(message=message, at=at, outcome=Outcome.BOUNCED, detail=words)
    note_failed(message, NotificationEvent.BOUNCED, cause_of(status or words), at=at)
    return Taken.NOTED


def _read(raw: bytes) -> tuple[list[str], str, str] | None:
    """Return Message-IDs, status and the server's words of a report of a failure; None for anything else."""
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        if mail.get_content_type() != "multipart/report":
            return None
        failure = next((fields for fields in _fields(mail) if _field(fields, "Action").lower() == "failed"), None)
        ids = list(dict.fromkeys(_ids(mail)))[:_MOST_IDS]
    except (ValueError, LookupError, TypeError, AttributeError):
        # The parser gives up on few mails, but what comes here may be written to make it.
        logger.info("A mail to the bounce address could not be read")
        return None
    if failure is None or not ids:
        return None
    status, diagnosis = _field(failure, "Status"), _field(failure, "Diagnostic-Code").partition(";")[2]
    return ids, status, " ".join(f"{status} {diagnosis}".split())[:_DETAIL]


def _fields(mail: Message) -> Iterator[Message]:
    """Yield the groups of fields of the delivery status: the report's own, then one for each recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (group for group in part.get_payload() if isinstance(group, Message))


def _ids(mail: Message) -> Iterator[str]:
    """Yield the Message-IDs of the returned mail; where none came back, those that the report says it answers."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            returned = part.get_payload(0)
            yield from _MESSAGE_ID.findall(str(returned["Message-ID"] or "") if isinstance(returned, Message) else "")
        elif kind == "text/rfc822-headers":
            head = email.message_from_bytes(_bytes(part), EmailMessage, policy=email.policy.compat32)
            yield from _MESSAGE_ID.findall(str(head["Message-ID"] or ""))
    for name in ("In-Reply-To", "References"):
        yield from _MESSAGE_ID.findall(str(mail[name] or ""))[:10]


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _field(fields: Message, name: str) -> str:
    """Return a field as one printable line."""
    text = str(fields[name] or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
