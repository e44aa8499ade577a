"""Plan the next reminder of running holds anew after a company changed how long before the end it reminds.

What was told stays told: a hold reminded 7 days before its end is not reminded 10 days before it afterwards. Only holds
whose end is near enough for a reminder are looked at; the others are planned anew before they come so near.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from foundation.core.hurry import hurry_on_commit
from foundation.providers.models import Provider
from preservation import schedule
from preservation.enums import HoldStatus

# The pass over all companies comes more often than this, so that no hold comes near enough unseen.
_AHEAD = timedelta(days=2)
BATCH = 2000

# What is due already is left to the sweep, and so is a hold that is past its end while an extension is undecided.
_PLAN = """
WITH near AS (
    SELECT id, expires_at, next_action_at FROM preservation_preservationhold
    WHERE status = %(active)s AND provider_id = %(provider)s AND next_action_at > %(at)s
      AND expires_at > %(at)s AND expires_at < %(until)s AND (expires_at, id) > (%(after)s, %(last)s)
    ORDER BY expires_at, id LIMIT %(size)s FOR NO KEY UPDATE
), planned AS (
    SELECT id, expires_at, next_action_at, coalesce((
        SELECT min(moment) FROM unnest(%(leads)s::int[]) AS lead,
        LATERAL (SELECT (date_trunc('day', expires_at AT TIME ZONE 'UTC') - lead * interval '1 day' + %(clock)s::time)
                        AT TIME ZONE 'UTC' AS moment) AS one
        WHERE moment > %(at)s
    ), expires_at) AS moment FROM near
), moved AS (
    UPDATE preservation_preservationhold AS hold SET next_action_at = planned.moment FROM planned
    WHERE hold.id = planned.id AND planned.next_action_at <> planned.moment RETURNING hold.id
)
SELECT (SELECT count(*) FROM moved), expires_at, id FROM planned ORDER BY expires_at DESC, id DESC LIMIT 1
"""


def leads_changed() -> None:
    """Have the reminders planned anew once the caller's transaction has committed; the schedule does it anyhow."""
    hurry_on_commit("preservation.plan")


def plan_all(*, at: datetime | None = None) -> int:
    """Plan the reminders of every company's holds by what it says now; return how many moved."""
    at = at or timezone.now()
    return sum(plan(provider, at=at) for provider in Provider.objects.order_by("pk"))


def plan(provider: Provider, *, at: datetime) -> int:
    """Plan the reminders of this company's holds anew, so many at a time; return how many moved."""
    moved, after, last = 0, at, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _PLAN,
                {
                    "active": HoldStatus.ACTIVE, "provider": provider.pk, "at": at, "after": after, "last": last,
                    "until": at + timedelta(days=max(provider.hold_leads, default=0)) + _AHEAD, "size": BATCH,
                    "leads": provider.hold_leads, "clock": schedule.REMIND_AT.isoformat(),
                },
            )  # fmt: skip
            found = cursor.fetchone()
        if found is None:
            return moved
        count, after, last = found
        moved += count
