"""Limits on what may be tried again and again, counted in PostgreSQL so that all processes share the count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Throttle, User
from foundation.core.errors import NotAllowed

_KEPT = timedelta(days=2)
# A lock doubles each time, up to this; after a quiet day it begins at the shortest again.
LONGEST_LOCK = timedelta(hours=4)
_QUIET = timedelta(days=1)

# One statement: two tries at the same moment are counted as two, and the later one sees both.
_COUNT = """
INSERT INTO accounts_throttle AS t (scope, key, started_at, count) VALUES (%(scope)s, %(key)s, %(now)s, 1)
ON CONFLICT (scope, key) DO UPDATE SET
    count = CASE WHEN t.started_at <= %(old)s THEN 1 ELSE t.count + 1 END,
    started_at = CASE WHEN t.started_at <= %(old)s THEN EXCLUDED.started_at ELSE t.started_at END
RETURNING count
"""


@dataclass(frozen=True)
class Limit:
    """So many tries of a kind within a time."""

    scope: str
    most: int
    within: timedelta


# How often one person sets off a mail to somebody else by hand: naming followers, handing over, asking again. Far above
# what work needs, and an end to a loop of naming and un-naming.
TELLING = Limit("tell.by_hand", 200, timedelta(days=1))
TOLD_ENOUGH = "You wrote to colleagues and to us 200 times within a day. Go on tomorrow."


def try_once(limit: Limit, key: str, *, at: datetime | None = None) -> bool:
    """Count one try and say whether it is still within the limit. Counted before the act, so that none slips by."""
    now = at or timezone.now()
    values: dict[str, str | datetime] = {
        "scope": limit.scope,
        "key": _hashed(key),
        "now": now,
        "old": now - limit.within,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        (count,) = cursor.fetchone()
    return int(count) <= limit.most


def count_telling(by: User, *, at: datetime | None = None) -> None:
    """Count an act that mails somebody else, for whoever does it; raises NotAllowed after too many in a day."""
    if not try_once(TELLING, str(by.pk), at=at):
        raise NotAllowed(TOLD_ENOUGH)


def give_back(limit: Limit, key: str) -> None:
    """Take one try back: it was no failure."""
    Throttle.objects.filter(scope=limit.scope, key=_hashed(key), count__gt=0).update(count=F("count") - 1)


@transaction.atomic
def try_with_back_off(limit: Limit, key: str, *, at: datetime | None = None) -> datetime | None:
    """Count one try; None where it may be made, else until when it is locked.

    After `most` tries in a row without success the key is locked for the limit's time, then for twice as long, and so
    on (SEC-06: CJIS AC-7, with the timed back-off of NIST SP 800-63B-4). Tries while it is locked change nothing.
    """
    now = at or timezone.now()
    known = {"scope": limit.scope, "key": _hashed(key)}
    Throttle.objects.bulk_create([Throttle(**known, started_at=now, count=0)], ignore_conflicts=True)
    row = Throttle.objects.select_for_update().get(**known)
    if row.locked_until is not None and row.locked_until > now:
        return row.locked_until
    if row.started_at <= now - _QUIET:
        row.locks = 0
    if row.locked_until is not None or row.started_at <= now - limit.within:
        row.count, row.started_at, row.locked_until = 0, now, None
    if row.count >= limit.most:
        row.locked_until = now + min(limit.within * 2**row.locks, LONGEST_LOCK)
        row.started_at, row.locks = now, min(row.locks + 1, 10)
    else:
        row.count += 1
    row.save()
    return row.locked_until


def forgive(limit: Limit, key: str) -> None:
    """Forget all tries: one succeeded."""
    Throttle.objects.filter(scope=limit.scope, key=_hashed(key)).delete()


def forget_old(*, at: datetime) -> int:
    """Drop counts that no limit looks at any more."""
    return Throttle.objects.filter(started_at__lt=at - _KEPT).delete()[0]


def _hashed(key: str) -> str:
    return salted_hmac("accounts.throttle", key.lower(), algorithm="sha256").hexdigest()
