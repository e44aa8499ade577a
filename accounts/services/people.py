"""People as such: who reads the list of staff, and whose account nobody may change for now.

Access is taken and given back in accounts.services.suspensions.
"""

from datetime import datetime

from django.db.models import Q

from accounts.enums import AgencyStatus
from accounts.events import Event
from accounts.models import AgencyMembership, Suspension, User
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed

FROZEN = "Your access is suspended: nothing about the account can be changed until it is given back."


def note_listed(*, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads the list of staff."""
    record(Event.PEOPLE_LISTED, by=by, at=at)


def account_frozen(user: User) -> bool:
    """Say whether the officer or the agency is suspended: a thief in the account must not plant a way back in.

    Read anew each time. A caller that locked the person's row first cannot miss a suspension: it locks the row too.
    """
    suspended = Q(suspended_at__isnull=False) | Q(agency__status=AgencyStatus.SUSPENDED)
    if AgencyMembership.objects.filter(suspended, user=user.pk, ended_at=None).exists():
        return True
    return bool(Suspension.objects.in_force().filter(officer=user.pk).exists())


def require_not_frozen(user: User) -> None:
    """Raise NotAllowed where the account may not be changed now."""
    if account_frozen(user):
        raise NotAllowed(FROZEN)
