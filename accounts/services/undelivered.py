"""Mail that did not arrive: who sees it, sending it again, and noting that there is nothing left to do.

A message keeps its words, its address and its Message-ID when it is sent again. An address is corrected only by its
owner, or by the desk on the page of the application; never here, where nobody would prove anything.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.staff_rules import NO_RIGHT, require_reason
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, Stale
from foundation.notifications import dead_letters
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import Hook, HookCall, OutboundMessage, OutboundMessageQuerySet

# So many are sent again by one act, the longest waiting first.
MOST = 500
_GONE = "Somebody else has sent it again or is done with it."
_STAND_IN = "A short note went out in its place, and its own words are not kept. Tell the person yourself."
_CLOSED = "The account of this person is closed: nothing is sent to it."


def visible_to(reader: User) -> OutboundMessageQuerySet:
    """Return the undelivered messages this member of staff may know of."""
    if not has_permission(reader, Permission.SEE_UNDELIVERED):
        return OutboundMessage.objects.none()
    return dead_letters.visible_to(reader)


def calls_visible_to(reader: User) -> QuerySet[HookCall]:
    """Return the calls of hooks that were given up, for whoever looks after hooks."""
    calls = dead_letters.calls_given_up()
    return calls if has_permission(reader, Permission.MANAGE_SETTINGS) else calls.none()


def waiting(user: User, at: datetime) -> Sequence[QuerySet[Any]]:
    """Return what the navigation counts (accounts.waiting)."""
    return [visible_to(user), calls_visible_to(user)]


def hooks_given_up(reader: User) -> QuerySet[Hook]:
    """Return the hooks with calls that were given up, each with their number and the last moment."""
    calls = calls_visible_to(reader).order_by().filter(hook=OuterRef("pk"))
    numbers = calls.values("hook").annotate(n=Count("pk"), last=Max("finished_at"))
    rows = Hook.objects.annotate(given_up=Subquery(numbers.values("n")), last_at=Subquery(numbers.values("last")))
    return rows.filter(given_up__gt=0).order_by("name", "pk")


def by_cause(reader: User) -> list[tuple[Cause, int]]:
    """Return each cause with the number of messages that wait because of it, the most frequent first."""
    rows = visible_to(reader).order_by().values_list("cause").annotate(n=Count("pk")).order_by("-n", "cause")
    return [(Cause(cause), number) for cause, number in rows]


def note_listed(*, by: User, found: int, cause: str = "", at: datetime | None = None) -> None:
    """Leave the event of somebody who reads which mail did not arrive: it names people."""
    data: dict[str, JSON] = {"found": found, "cause": cause}
    record(NotificationEvent.UNDELIVERED_LISTED, by=by, object_type="notifications.undelivered", data=data, at=at)


def note_read(message: OutboundMessage, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads to whom one message did not arrive."""
    record(NotificationEvent.UNDELIVERED_READ, by=by, obj=message, data={"message": message.event}, at=at)


def resend_refusal(message: OutboundMessage, by: User) -> str:
    """Say why this person may not send the message again, or nothing."""
    if not has_permission(by, Permission.RESEND_MESSAGES):
        return NO_RIGHT
    if message.cause == Cause.WORDS:
        return _STAND_IN
    return _CLOSED if message.to_user is not None and not message.to_user.is_active else ""


@transaction.atomic
def resend(message: OutboundMessage, *, by: User, at: datetime | None = None) -> None:
    """Make the row pending again, with all its tries. Raises NotAllowed, and Stale where somebody was faster."""
    row = _locked(message, by)
    if refusal := resend_refusal(row, by):
        raise NotAllowed(refusal)
    _put_back(row, by=by, at=at or timezone.now())


@transaction.atomic
def resend_all(cause: Cause, *, expected: int, by: User, at: datetime | None = None) -> int:
    """Send everything again that waits for one cause and that this person may see; return how many.

    `expected` is the number the page showed: Stale where it is another by now. At most MOST at once; what is for a
    closed account stays.
    """
    if not has_permission(by, Permission.RESEND_MESSAGES):
        raise NotAllowed(NO_RIGHT)
    found = visible_to(by).filter(cause=cause)
    if found.count() != expected:
        raise Stale("The number has changed meanwhile. Look at the list again, then send.")
    pks = list(found.order_by("failed_at", "pk").values_list("pk", flat=True)[:MOST])
    rows = OutboundMessage.objects.undelivered().select_for_update(of=("self",)).select_related("to_user")
    sent, moment = 0, at or timezone.now()
    for row in rows.filter(pk__in=pks, cause=cause).order_by("pk"):
        if not resend_refusal(row, by):
            _put_back(row, by=by, at=moment)
            sent += 1
    return sent


@transaction.atomic
def deal_with(message: OutboundMessage, *, reason: str, by: User, at: datetime | None = None) -> None:
    """Take a message off the list because nothing needs to be sent any more, and keep why."""
    row, moment = _locked(message, by), at or timezone.now()
    if not has_permission(by, Permission.RESEND_MESSAGES):
        raise NotAllowed(NO_RIGHT)
    reason = require_reason(reason)
    OutboundMessage.objects.filter(pk=row.pk).update(dealt_with_at=moment, dealt_with_by=by)
    facts: dict[str, JSON] = {"message": row.event, "cause": row.cause}
    record(NotificationEvent.DEALT_WITH, by=by, obj=row, reason=reason, data=facts, at=moment)


@transaction.atomic
def forget_calls(hook: Hook, *, by: User, at: datetime | None = None) -> int:
    """Take the calls of a hook that were given up off the list; return how many. They stay on the hook's page."""
    if not has_permission(by, Permission.MANAGE_SETTINGS):
        raise NotAllowed(NO_RIGHT)
    moment = at or timezone.now()
    number = dead_letters.calls_given_up().filter(hook=hook).order_by().update(dealt_with_at=moment)
    if not number:
        raise Stale(_GONE)
    record(NotificationEvent.DEALT_WITH, by=by, obj=hook, data={"calls": number}, at=moment)
    return number


def _put_back(row: OutboundMessage, *, by: User, at: datetime) -> None:
    facts: dict[str, JSON] = {"message": row.event, "cause": row.cause}
    dead_letters.put_back(row, at=at)
    record(NotificationEvent.RESENT, by=by, obj=row, data=facts, at=at)


def _locked(message: OutboundMessage, by: User) -> OutboundMessage:
    """Lock a row that still waits; who may not know of it never comes here (the view asks visible_to)."""
    rows = OutboundMessage.objects.undelivered().select_for_update(of=("self",)).select_related("to_user")
    row = rows.filter(pk=message.pk).first()
    if row is None:
        raise Stale(_GONE)
    return row
