"""Handing checkpoints out of the portal: stamped by an authority, so that no later rewriting can take their place."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.audit import canonical, signing, stamping
from foundation.audit.models import AuditAnchor, Checkpoint

logger = logging.getLogger(__name__)


def anchor(*, at: datetime | None = None) -> AuditAnchor | None:
    """Stamp the newest checkpoint if it is time to, and return the anchor, or None.

    The newest checkpoint stands for all before it, so a turn that was lost or refused is made good by the next one.
    Where the authority does not answer, an anchor without a stamp is made for the published file alone. Call it
    outside of any transaction: the authority may take seconds.
    """
    at = at or timezone.now()
    head = Checkpoint.objects.order_by("tree_size").last()
    last = AuditAnchor.objects.order_by("number").last()
    if head is None or not _is_due(head, last, at):
        return None
    before = link(last, _head_of(last)) if last else b""
    made = AuditAnchor(number=last.number + 1 if last else 1, tree_size=head.tree_size, previous=before, made_at=at)
    if stamping.is_set_up():
        try:
            stamp = stamping.ask(sworn(made, head))
        except stamping.StampRefused as refusal:
            logger.warning("The trail got no time stamp: %s.", refusal)
        else:
            made.stamp, made.stamped_at, made.authority = stamp.answer, stamp.at, stamp.authority
    if not made.stamp and not settings.AUDIT_PUBLISH_DIR:
        return None
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another worker was faster
        return None
    return made


def overdue(at: datetime) -> str:
    """Say that what was sealed waits too long for a stamp; empty where it does not, or where nobody stamps."""
    if not stamping.is_set_up():
        return ""
    stamped = AuditAnchor.objects.exclude(stamp=b"").order_by("number").last()
    after = stamped.tree_size if stamped else 0
    first = Checkpoint.objects.filter(tree_size__gt=after).order_by("tree_size").first()
    if first is None or at - max(first.signed_at, *([stamped.made_at] if stamped else [first.signed_at])) <= patience():
        return ""
    since = f"the last stamp is of {stamped.stamped_at:%Y-%m-%d %H:%M:%S} UTC" if stamped else "there is no stamp yet"
    return f"What was sealed since {first.signed_at:%Y-%m-%d %H:%M:%S} UTC has no time stamp: {since}."


def patience() -> timedelta:
    """Return how long a checkpoint may wait for a stamp before it is said."""
    return max(timedelta(hours=1), 4 * timedelta(seconds=settings.ANCHOR_SECONDS))


def sworn(made: AuditAnchor, head: Checkpoint) -> bytes:
    """Return the bytes that are stamped: the checkpoint's exact statement and signature, and the anchor before."""
    return canonical.encode(
        {
            "v": 1,
            "number": made.number,
            "previous": bytes(made.previous).hex(),
            "statement": signing.statement(head).decode(),
            "signature": bytes(head.signature).hex(),
        }
    )


def link(made: AuditAnchor, head: Checkpoint) -> bytes:
    """Return the hash by which the next anchor holds on to this one."""
    return hashlib.sha256(sworn(made, head) + bytes(made.stamp)).digest()


def _is_due(head: Checkpoint, last: AuditAnchor | None, at: datetime) -> bool:
    if last is None:
        return True
    if at - last.made_at < timedelta(seconds=settings.ANCHOR_SECONDS):
        return False
    return head.tree_size > last.tree_size or (not last.stamp and stamping.is_set_up())


def _head_of(made: AuditAnchor) -> Checkpoint:
    return Checkpoint.objects.get(tree_size=made.tree_size)
