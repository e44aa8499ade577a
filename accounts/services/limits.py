"""Limits on what may be tried again and again, counted in PostgreSQL so that all processes share the count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Throttle

_KEPT = timedelta(days=2)

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


def give_back(limit: Limit, key: str) -> None:
    """Take one try back: it was no failure."""
    Throttle.objects.filter(scope=limit.scope, key=_hashed(key), count__gt=0).update(count=F("count") - 1)


def forget_old(*, at: datetime) -> int:
    """Drop counts that no limit looks at any more."""
    return Throttle.objects.filter(started_at__lt=at - _KEPT).delete()[0]


def _hashed(key: str) -> str:
    return salted_hmac("accounts.throttle", key.lower(), algorithm="sha256").hexdigest()
