"""The same messages, read by signing in."""

from datetime import datetime

from django.utils import timezone

from foundation.notifications.models import OutboundMessage, OutboundMessageQuerySet
from foundation.notifications.reader import Reader


def inbox_for(user: Reader) -> OutboundMessageQuerySet:
    """Return the messages written to this user, newest first."""
    return OutboundMessage.objects.filter(to_user_id=user.pk).order_by("-created_at", "-pk")


def unread_count(user: Reader) -> int:
    """Return how many messages the user has not opened."""
    return inbox_for(user).unread().count()


def mark_read(message: OutboundMessage, *, by: Reader, at: datetime | None = None) -> OutboundMessage:
    """Note when the reader first opened a message; somebody else's message is left alone."""
    inbox_for(by).unread().filter(pk=message.pk).update(read_at=at or timezone.now())
    message.refresh_from_db(fields=["read_at"])
    return message
