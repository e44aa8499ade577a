"""The same messages, read by signing in, and what became of the mail of each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from foundation.core.jobs import JobState
from foundation.notifications.enums import Cause
from foundation.notifications.models import OutboundMessage, OutboundMessageQuerySet
from foundation.notifications.outbox import DIGEST
from foundation.notifications.reader import Reader

# Nobody counts further; the header says "99+".
MOST = 100
_REFUSALS = frozenset({Cause.NO_MAILBOX, Cause.FULL, Cause.TURNED_AWAY})


def inbox_for(user: Reader) -> OutboundMessageQuerySet:
    """Return the messages written to this user, newest first; no digests, for they only list what is here anyhow."""
    return OutboundMessage.objects.filter(to_user_id=user.pk).exclude(event=DIGEST).order_by("-created_at", "-pk")


def unread_count(user: Reader) -> int:
    """Return how many messages the user has not opened, MOST at the most."""
    return inbox_for(user).unread().order_by()[:MOST].count()


def mark_read(message: OutboundMessage, *, by: Reader, at: datetime | None = None) -> OutboundMessage:
    """Note when the reader first opened a message; somebody else's message is left alone."""
    inbox_for(by).unread().filter(pk=message.pk).update(read_at=at or timezone.now())
    message.refresh_from_db(fields=["read_at"])
    return message


def mark_all_read(*, by: Reader, until: datetime, at: datetime | None = None) -> int:
    """Note that the reader has seen what was there at a moment, and nothing that came since; return how many."""
    return inbox_for(by).unread().filter(created_at__lte=until).update(read_at=at or timezone.now())


class Stand(StrEnum):
    """What became of the mail of a message."""

    ON_ITS_WAY = "on_its_way"
    TRIED_AGAIN = "tried_again"
    WAITS = "waits"  # for the reader's digest
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    CAME_BACK = "came_back"
    NOT_MAILED = "not_mailed"  # its account was closed before its digest was due


@dataclass(frozen=True)
class Delivery:
    """The mail of one message: how it stands, since or until when, to which address, and whether in a digest."""

    stand: Stand
    at: datetime | None
    address: str
    """Shortened: whoever reads along over a shoulder learns no address."""
    in_digest: bool = False

    @property
    def failed(self) -> bool:
        """Say whether the mail did not arrive and nobody tries any more."""
        return self.stand in {Stand.REFUSED, Stand.GIVEN_UP, Stand.CAME_BACK}


def delivery_of(message: OutboundMessage) -> Delivery:
    """Say what became of the mail. Of a message in a digest it is the digest's (select_related "gathered_in")."""
    if message.gathered_in is not None:
        of_all = delivery_of(message.gathered_in)
        return Delivery(of_all.stand, of_all.at, of_all.address, in_digest=True)
    stand, at = _stand(message)
    return Delivery(stand, at, masked(message.to_address))


def _stand(message: OutboundMessage) -> tuple[Stand, datetime | None]:
    if message.bounced_at is not None:
        return Stand.CAME_BACK, message.bounced_at
    if message.state == JobState.DONE:
        return Stand.NOT_MAILED if message.for_digest else Stand.SENT, message.finished_at
    if message.state == JobState.GIVEN_UP:
        return Stand.REFUSED if message.cause in _REFUSALS else Stand.GIVEN_UP, message.finished_at
    if message.for_digest:
        return Stand.WAITS, message.due_at
    # The first try counts from when it is claimed.
    tried = message.attempts > (message.state == JobState.RUNNING)
    return (Stand.TRIED_AGAIN, message.due_at) if tried else (Stand.ON_ITS_WAY, message.due_at)


def masked(address: str) -> str:
    """Return an address as "o…@n….example": its owner knows it, nobody else can write to it."""
    name, _at, domain = address.rpartition("@")
    first, dot, rest = domain.partition(".")
    return f"{name[:1]}…@{first[:1]}…{dot}{rest}"
