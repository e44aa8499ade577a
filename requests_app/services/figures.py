"""The figures of the desk: counted by a worker every ten minutes, read by everybody who may see the queue.

The row of the whole desk is the job: it is due when it is older than FRESH, or when somebody asked to count again.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.hurry import hurry_on_commit
from foundation.providers.models import Provider
from requests_app.events import Event
from requests_app.figure_choices import ALL
from requests_app.models import Figures
from requests_app.services.figure_queries import passes

FRESH = timedelta(minutes=10)
# Older than this, the worker does not run.
OLD = timedelta(hours=1)
# Asked again so soon after a count, nothing new would be found.
SOON = timedelta(seconds=15)
MONTHS = 12
TASK = "requests.count_figures"
_LOCK = 910_417
_AGAIN = "again"

Values = dict[str, Any]
_Slice = tuple[str, str, date | None]


@dataclass(frozen=True)
class Counted:
    """What was counted of one company: its slices by dimension, key and month, and when. Nothing yet: no moment."""

    provider: Provider
    at: datetime | None
    again: bool
    slices: dict[_Slice, Values]

    def is_old(self, at: datetime) -> bool:
        """Say whether nobody counted for so long that something is wrong."""
        return self.at is not None and self.at <= at - OLD

    def of(self, dimension: str, key: str, month: date | None = None) -> Values:
        """Return the values of a slice; empty where there is nothing in it."""
        return self.slices.get((dimension, key, month), {})

    def keys(self, dimension: str) -> list[str]:
        """Return what there is of a dimension."""
        return sorted({key for name, key, _month in self.slices if name == dimension})


def months(at: datetime) -> list[date]:
    """Return the first days of the last twelve months of UTC, the oldest first, this one last."""
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - MONTHS + 1, last + 1)]


def providers_of(user: User) -> list[Provider]:
    """Return the companies whose figures this person may read, by name."""
    if not has_permission(user, Permission.SEE_QUEUE):
        return []
    roles = user.staff_roles.filter(ended_at=None).values("provider")
    return list(Provider.objects.filter(pk__in=roles).order_by("name", "pk"))


def read(provider: Provider, *, dimension: str = "", key: str = "", month: date | None = None) -> Counted:
    """Read the slices as they stand now or over all months, those of one month, and all months of one slice.

    Two queries, however much there is.
    """
    rows = Figures.objects.filter(provider=provider)
    found = list(rows.filter(month=None)) + list(rows.filter(month__isnull=False, dimension=dimension or ALL, key=key))
    if month is not None:
        found += list(rows.filter(month=month))
    return _counted(provider, found)


def read_all(provider: Provider) -> Counted:
    """Read everything there is, for a file."""
    return _counted(provider, list(Figures.objects.filter(provider=provider)))


def _counted(provider: Provider, rows: list[Figures]) -> Counted:
    slices: dict[_Slice, Values] = {(row.dimension, row.key, row.month): row.values for row in rows}
    whole = next((row for row in rows if row.dimension == ALL and row.month is None), None)
    again = bool(whole and whole.values.get(_AGAIN))
    return Counted(provider, whole.counted_at if whole else None, again, slices)


@transaction.atomic
def count(provider: Provider, *, at: datetime | None = None) -> int:
    """Count everything anew and put it in place of what stood there; return the number of slices.

    0 where another worker counts this company already.
    """
    at = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, provider.pk])
        if not cursor.fetchone()[0]:
            return 0
    since = datetime.combine(months(at)[0], datetime.min.time(), UTC)
    slices: dict[_Slice, Values] = defaultdict(dict)
    slices[ALL, "", None] = {}
    closed = str(provider.restricted_team_id or "")
    for found in passes(provider.pk, since=since, at=at):
        if found.dimension == "team" and found.key == closed:
            continue
        slices[found.dimension, found.key, found.month] |= _kept(found.values)
    rows = [
        Figures(provider=provider, dimension=dimension, key=key, month=month, values=values, counted_at=at)
        for (dimension, key, month), values in slices.items()
    ]
    _replace(provider, rows, at)
    return len(rows)


def _replace(provider: Provider, rows: list[Figures], at: datetime) -> None:
    """Put the rows in place of the old ones; what was asked for after the counting began is still to be done."""
    old = Figures.objects.filter(provider=provider)
    whole = old.select_for_update().filter(dimension=ALL, key="", month=None).first()
    asked = whole.values.get(_AGAIN) if whole else None
    if asked and datetime.fromisoformat(asked) > at:
        rows[0].values[_AGAIN] = asked
    old.delete()
    Figures.objects.bulk_create(rows, batch_size=1000)


def _kept(values: Values) -> Values:
    """Return what is more than nothing; medians in whole seconds, and none at all is not the same as no time."""
    timed = {k: round(v) for k, v in values.items() if k.startswith("times.") and v is not None}
    return timed | {k: v for k, v in values.items() if v and not k.startswith("times.")}


def sweep(at: datetime | None = None) -> int:
    """Count what is due: figures that are older than FRESH, that somebody wants anew, or that are missing."""
    at = at or timezone.now()
    whole = {row.provider_id: row for row in Figures.objects.filter(dimension=ALL, key="", month=None)}
    done = 0
    for provider in Provider.objects.order_by("pk"):
        row = whole.get(provider.pk)
        if row is None or row.counted_at <= at - FRESH or row.values.get(_AGAIN):
            done += bool(count(provider, at=at))
    return done


@transaction.atomic
def count_again(provider: Provider, *, by: User, at: datetime | None = None) -> bool:
    """Have the figures counted now; False where they are on their way already, or were counted a moment ago.

    Refused without the right to see the queue of this company.
    """
    at = at or timezone.now()
    if provider not in providers_of(by):
        raise NotAllowed("You do not have the right to do this.")
    rows = Figures.objects.select_for_update().filter(provider=provider, dimension=ALL, key="", month=None)
    row = rows.first()
    if row is not None:
        if row.values.get(_AGAIN) or row.counted_at > at - SOON:
            return False
        row.values |= {_AGAIN: at.isoformat()}
        row.save(update_fields=["values"])
    record(Event.FIGURES_ASKED, by=by, object_type="figures", object_id=str(provider.pk), object_label=provider.name,
           at=at)  # fmt: skip
    hurry_on_commit(TASK)
    return True
