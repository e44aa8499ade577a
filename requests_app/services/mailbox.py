"""A mailbox read over IMAP: every mail is kept once, as something to be read by a person, and never as a request.

Off unless MAILBOX_HOST is set. Mails are marked with a keyword once they are kept, so that the next look is short;
what was kept and could not be marked is known by its identity (requests_app.services.mail_reading). One that cannot be
kept gets a keyword of its own, so that it is told once and holds up no other. Nothing is deleted or marked as read:
people can look into the same mailbox.
"""

import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DataError
from django.utils import timezone

from foundation.core.errors import Incomplete, PortalError
from foundation.providers.models import Provider
from requests_app.services import incoming
from requests_app.services.mail_reading import MOST_BYTES

logger = logging.getLogger(__name__)

KEYWORD = "LersTaken"
LEFT = "LersLeft"
AT_ONCE = 50
TIMEOUT = 30
_BROKEN = (OSError, imaplib.IMAP4.error, ssl.SSLError, socket.timeout)
# What a mail itself brings about, however it was made: it would do so the next time too.
_UNKEEPABLE = (PortalError, ValueError, LookupError, DataError)


class MailboxUnavailable(Exception):
    """The mailbox cannot be read now; str() says why, without a name or a password."""


@dataclass(frozen=True)
class Found:
    """What one look at the mailbox came to."""

    new: int = 0
    known: int = 0
    left: int = 0


def is_on() -> bool:
    """Say whether a mailbox is set up."""
    return bool(settings.MAILBOX_HOST)


def sweep(*, at: datetime | None = None) -> Found:
    """Look into the mailbox if one is set up; a mailbox that cannot be reached is told in the log, and tried again."""
    if not is_on():
        return Found()
    try:
        return read(at=at)
    except MailboxUnavailable as error:
        logger.warning("The mailbox for requests cannot be read: %s", error)
        return Found()


def read(*, at: datetime | None = None, limit: int = AT_ONCE) -> Found:
    """Keep up to `limit` mails that are not kept yet; return how many were new, known before, and left alone.

    A mail that cannot be kept (too large, unreadable) is marked LEFT and told in the log. Raises MailboxUnavailable.
    """
    provider = _provider()
    new = known = left = 0
    with _opened() as box:
        for uid in _waiting(box)[:limit]:
            raw, arrived_at = _fetch(box, uid)
            try:
                if raw is None:
                    raise Incomplete(f"it is larger than {MOST_BYTES} bytes")
                _row, is_new = incoming.take_mail(raw, provider=provider, arrived_at=arrived_at, by=None, at=at)
            except _UNKEEPABLE as refused:
                why = refused if isinstance(refused, PortalError) else type(refused).__name__
                logger.warning("Mail %s in the mailbox for requests was left there: %s", uid, why)
                left += 1
                _mark(box, uid, LEFT)
                continue
            new, known = new + is_new, known + (not is_new)
            _mark(box, uid, KEYWORD)
    return Found(new, known, left)


def _provider() -> Provider:
    rows = Provider.objects.order_by("pk")
    slug = settings.MAILBOX_PROVIDER
    found = rows.filter(slug=slug).first() if slug else rows.first()
    if found is None or (not slug and rows.count() > 1):
        raise MailboxUnavailable("MAILBOX_PROVIDER must name the company that the mailbox is of")
    return found


@contextmanager
def _opened() -> Iterator[imaplib.IMAP4]:
    """Sign in over TLS, whose certificate is checked, and open the folder; never without encryption."""
    context = ssl.create_default_context(cafile=settings.MAILBOX_CA_FILE or None)
    try:
        box = _connected(context)
        try:
            _sign_in(box)
            _ok(box.select(_quoted(settings.MAILBOX_FOLDER)), "the folder cannot be opened")
            kept = " ".join(str(item) for item in box.response("PERMANENTFLAGS")[1] or [])
            if "\\*" not in kept and not (KEYWORD in kept and LEFT in kept):
                raise MailboxUnavailable(f"the mail server keeps no keywords {KEYWORD} and {LEFT}")
            yield box
        finally:
            _leave(box)
    except _BROKEN as error:
        raise MailboxUnavailable(_said(error)) from error


def _connected(context: ssl.SSLContext) -> imaplib.IMAP4:
    host, port = settings.MAILBOX_HOST, settings.MAILBOX_PORT
    if not settings.MAILBOX_STARTTLS:
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT)
    box = imaplib.IMAP4(host, port, timeout=TIMEOUT)
    box.starttls(ssl_context=context)
    return box


def _sign_in(box: imaplib.IMAP4) -> None:
    try:
        box.login(_quoted(settings.MAILBOX_USER), settings.MAILBOX_PASSWORD)
    except UnicodeError:
        raise MailboxUnavailable("MAILBOX_USER and MAILBOX_PASSWORD may hold ASCII characters only") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:  # what the server said may repeat the password
        raise MailboxUnavailable("the mail server refuses this user or password") from None


def _mark(box: imaplib.IMAP4, uid: str, keyword: str) -> None:
    _ok(box.uid("STORE", uid, "+FLAGS.SILENT", f"({keyword})"), "a mail could not be marked")


def _leave(box: imaplib.IMAP4) -> None:
    with suppress(*_BROKEN):
        box.logout()


def _said(error: Exception) -> str:
    """Return what went wrong, shortened; not what a mail server said, which may repeat what it was given."""
    if isinstance(error, imaplib.IMAP4.error):
        return "the mail server broke off, or said what no mail server says"
    return f"{type(error).__name__}: {str(error)[:120]}"


def _waiting(box: imaplib.IMAP4) -> list[str]:
    data = _ok(box.uid("SEARCH", "UNKEYWORD", KEYWORD, "UNKEYWORD", LEFT), "the folder cannot be searched")
    return [uid.decode() for uid in (data[0] or b"").split()]


def _fetch(box: imaplib.IMAP4, uid: str) -> tuple[bytes | None, datetime]:
    """Return a mail and when the server took it; None for one that is larger than is taken."""
    about = b" ".join(item for item in _flat(_ok(box.uid("FETCH", uid, "(RFC822.SIZE INTERNALDATE)"), "no mail")))
    size = re.search(rb"RFC822\.SIZE (\d+)", about)
    moment = imaplib.Internaldate2tuple(about)
    arrived = datetime(*moment[:6]).astimezone(UTC) if moment else timezone.now()
    if size is None or int(size[1]) > MOST_BYTES:
        return None, arrived
    data: Any = _ok(box.uid("FETCH", uid, "(BODY.PEEK[])"), "a mail cannot be read")
    body = next((item[1] for item in data if isinstance(item, tuple)), None)
    return body, arrived


def _flat(data: Any) -> Iterator[bytes]:
    for item in data:
        yield from (part for part in (item if isinstance(item, tuple) else (item,)) if isinstance(part, bytes))


def _ok(answer: Any, otherwise: str) -> Any:
    status, data = answer
    if status != "OK":
        raise MailboxUnavailable(otherwise)
    return data


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
