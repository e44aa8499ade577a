"""Who has a request open at the moment, so that two people see each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Value, When
from django.utils import timezone

from accounts.models import User
from requests_app.models import DataRequest, Presence
from requests_app.permissions import staff_may_see

# Who was not seen for so long has left. An open page says every half minute that it is still there.
GONE = timedelta(minutes=2)


@dataclass(frozen=True)
class Present:
    """A colleague who has the request open, and since when without a break."""

    name: str
    since: datetime


def see(data_request: DataRequest, *, by: User, at: datetime | None = None) -> None:
    """Note that somebody has a request open now; after a break it begins anew.

    One statement that two at once may run. Leaves no entry in the trail: each look does already.
    """
    at = at or timezone.now()
    row = Presence(data_request=data_request, user=by, began_at=at, seen_at=at)
    Presence.objects.bulk_create([row], ignore_conflicts=True)
    began = Case(When(seen_at__lt=at - GONE, then=Value(at)), default=F("began_at"))
    Presence.objects.filter(data_request=data_request, user=by).update(began_at=began, seen_at=at)


def others(data_request: DataRequest, *, than: User, at: datetime | None = None) -> list[Present]:
    """Return who else has it open, the first who came first: only people who may still see the request."""
    at = at or timezone.now()
    rows = Presence.objects.filter(data_request=data_request, seen_at__gte=at - GONE).exclude(user=than)
    rows = rows.select_related("user").order_by("began_at", "pk")
    return [Present(row.user.get_full_name(), row.began_at) for row in rows if staff_may_see(row.user, data_request)]


def forget(data_request: DataRequest, *, user: User) -> None:
    """Take somebody away who may not look any more."""
    Presence.objects.filter(data_request=data_request, user=user).delete()
