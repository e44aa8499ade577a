"""The nightly check of the whole trail: what it found is an entry itself, which the watch reads."""

import logging
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from foundation.audit import failing, verification
from foundation.audit.canonical import JSON
from foundation.audit.events import CHECK, TRAIL, TrailEvent
from foundation.audit.models import AuditEvent, Checkpoint
from foundation.audit.trail import DONE, record

logger = logging.getLogger(__name__)
BROKEN = "broken"
# A day, and the time that the nightly check may take.
MISSED = timedelta(hours=25)


def check(*, at: datetime | None = None) -> bool:
    """Walk the whole trail, leave an entry of what was found, and return whether it is whole."""
    try:
        done = verification.verify()
    except verification.TrailBroken as error:
        logger.critical("%s the trail is broken: run verify_audit", failing.WORD)
        record(
            TrailEvent.VERIFIED, by=None, object_type=TRAIL, object_id=CHECK, outcome=BROKEN, reason=str(error), at=at
        )
        return False
    _passed(done, by_hand=False, at=at)
    return True


def failed_last() -> bool:
    """Say whether the last check that has an entry found the trail broken, so that its alarm lasts."""
    last = last_check()
    return last is not None and last[1] != DONE


def passed_by_hand(done: verification.Verified, *, at: datetime | None = None) -> bool:
    """Leave the entry that ends that alarm; False for a role of the database that only reads, which is no failure."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'INSERT')", [AuditEvent._meta.db_table])
        if not cursor.fetchone()[0]:
            return False
    _passed(done, by_hand=True, at=at)
    return True


def _passed(done: verification.Verified, *, by_hand: bool, at: datetime | None) -> None:
    facts: dict[str, JSON] = {"sealed": done.sealed, "unsealed": done.unsealed, "checkpoints": done.checkpoints}
    if by_hand:
        facts["by_hand"] = True
    record(TrailEvent.VERIFIED, by=None, object_type=TRAIL, object_id=CHECK, outcome=DONE, data=facts, at=at)


def last_check() -> tuple[datetime, str] | None:
    """Return when the trail was checked last and with what outcome."""
    checks = AuditEvent.objects.filter(object_type=TRAIL, object_id=CHECK, action=TrailEvent.VERIFIED)
    return checks.order_by("-id").values_list("occurred_at", "outcome").first()


def since() -> datetime | None:
    """Return since when nobody has checked: the last check or the first checkpoint; None before there is one."""
    # Not the first entry: those of a demo are older than the trail.
    first = Checkpoint.objects.order_by("tree_size").values_list("signed_at", flat=True).first()
    last = last_check()
    return last[0] if last else first


def make_up(*, at: datetime | None = None) -> bool:
    """Check now where the nightly check was missed, because the portal stood still; return whether it was."""
    at = at or timezone.now()
    unchecked = since()
    if unchecked is None or at - unchecked < MISSED:
        return False
    check(at=at)
    return True
