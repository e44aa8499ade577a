"""Accounts of staff that nobody uses: reminded 14 and 3 days before, closed after 90 days without a second factor.

Closing is what ends with the last role (accounts.services.staff_ending): whoever comes back is invited by two people,
without any of the old factors. The last administrator is never closed; the auditors are told instead.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from accounts.acting import end_sessions, hold_person
from accounts.enums import RoleChangeStatus
from accounts.events import Event
from accounts.models import User
from accounts.services import staff_ending
from accounts.services.reverification import UNUSED
from accounts.services.staff_rules import administrators, auditors, last_administrator, one_at_a_time, roles_of
from foundation.audit.trail import record
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.site import site_details

logger = logging.getLogger(__name__)

REMINDERS = (14, 3)  # days before the account is closed
REASON = "Not used for 90 days"


def with_last_use(users: "QuerySet[User]") -> "QuerySet[User]":
    """Add what `closes_at` reckons with: since when the person works here, and when a block was last lifted."""
    lifted = Q(role_changes__status=RoleChangeStatus.LIFTED)
    return users.annotate(
        works_since=Min("staff_roles__granted_at", filter=Q(staff_roles__ended_at=None)),
        opened_at=Max("role_changes__decided_at", filter=lifted),
    )


def closes_at(user: User) -> datetime | None:
    """Return when the account is closed if it is not used; None where it is closed or blocked already.

    Used is an account when its second factor was shown (CJIS Security Policy, AC-2(3): 90 days of inactivity). Somebody
    who never did has 90 days from the first role, and whoever was blocked has them from the day that was lifted. For
    rows of `with_last_use`.
    """
    since: datetime | None = getattr(user, "works_since", None)
    if not user.is_active or since is None:
        return None
    moments = [since, user.last_verified_at, getattr(user, "opened_at", None)]
    return max(moment for moment in moments if moment is not None) + UNUSED


def closes_soon(user: User, *, at: datetime) -> datetime | None:
    """Return when the account is closed where that is within the time of the first reminder, else None."""
    ends = closes_at(user)
    return ends if ends is not None and ends - timedelta(days=max(REMINDERS)) <= at else None


def sweep(*, at: datetime | None = None) -> int:
    """Remind and close what is due; return how many accounts were closed. Several workers may run it."""
    at = at or timezone.now()
    first = at - UNUSED + timedelta(days=max(REMINDERS))
    unused = Q(last_verified_at=None) | Q(last_verified_at__lte=first)
    rows = with_last_use(User.objects.filter(unused, is_active=True)).filter(Q(works_since__lte=first)).order_by("pk")
    closed = 0
    for user in rows:
        try:
            closed += _look(user.pk, at=at)
        except Exception:  # one account must not keep the others waiting
            logger.exception("The account of member of staff %s could not be looked at", user.pk)
    return closed


@transaction.atomic
def _look(pk: int, *, at: datetime) -> bool:
    """Do what is due for one account, as it stands now; return whether it was closed."""
    one_at_a_time()
    hold_person(User(pk=pk))  # waits for a second factor that is being shown just now
    user = _read(pk)
    ends = closes_at(user)
    if ends is None or ends > at:
        _remind(user, ends, at=at)
        return False
    if last_administrator(user):
        _keep(user, ends, at=at)
        return False
    end_sessions(User.objects.filter(pk=pk))
    since = ends - UNUSED
    record(Event.STAFF_UNUSED, by=None, obj=user, reason=REASON, data={"unused_since": since.isoformat()}, at=at)
    staff_ending.end_roles(user, roles_of(user), facts={"person": user.email}, by=None, at=at)
    _tell(user, "closed", ends, [user, *administrators(), *auditors()], at=at)
    return True


def _keep(user: User, ends: datetime, *, at: datetime) -> None:
    """Leave the last administrator in, and tell the auditors once."""
    if _tell(user, "kept", ends, [user, *auditors()], at=at):
        record(Event.STAFF_UNUSED, by=None, obj=user, outcome="refused", reason="The last administrator stays", at=at)


def _remind(user: User, ends: datetime | None, *, at: datetime) -> None:
    """Send the newest reminder that is due; the last one goes to the administrators too."""
    if ends is None:
        return
    reached = [days for days in REMINDERS if ends - timedelta(days=days) <= at]
    if not reached:
        return
    others = administrators().exclude(pk=user.pk) if min(reached) == min(REMINDERS) else []
    _tell(user, f"soon:{min(reached)}", ends, [user, *others], at=at)


def _tell(user: User, state: str, ends: datetime, readers: list[User], *, at: datetime) -> bool:
    """Write to each reader once; return whether this is the first time. `yours`: it is the reader's own account."""
    first = False
    for person in {reader.pk: reader for reader in readers}.values():
        yours = person.pk == user.pk
        context: dict[str, Value] = {
            "state": state.partition(":")[0],
            "yours": "yes" if yours else "",
            "who": user.get_full_name(),
            "ends": ends,
            "link": f"{site_details().url}/staff/people/{user.pk}/",
        }
        key = f"staff_unused:{user.pk}:{ends:%Y%m%d%H%M}:{state}:{person.pk}"
        first |= send("staff_unused", dedupe_key=key, to_user=person, context=context, at=at).created_at == at
    return first


def _read(pk: int) -> User:
    return with_last_use(User.objects.filter(pk=pk)).get()
