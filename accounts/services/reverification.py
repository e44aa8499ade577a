"""Verification of officers who have access: it lasts a year, ends after 90 days unused, and can be asked for earlier.

Each member carries the moment before which nothing is due (`look_at`), so that the sweep costs what is due. Signing in
moves the end of an unused access without touching that moment: whoever looks then finds nothing and reckons again.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import notify
from accounts.acting import end_sessions
from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, Agency, AgencyMembership, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.core.hurry import hurry_on_commit

logger = logging.getLogger(__name__)

YEAR = timedelta(days=365)
# CJIS Security Policy, AC-2(3): accounts are disabled after 90 days of inactivity.
UNUSED = timedelta(days=90)
REMINDERS = (30, 14, 7, 1)  # days before the year is over
UNUSED_REMINDER = timedelta(days=7)
MOST_DAYS = 60
_LATER = timedelta(days=1)
_AFTER_ERROR = timedelta(hours=1)

OVERDUE, IDLE = "Not verified again in time", "Not used for 90 days"
AT_ONCE = "We asked all officers to verify again now"


@dataclass(frozen=True)
class Ends:
    """When a verification ends: after its year (or earlier, if asked), and for want of use."""

    year: datetime
    unused: datetime
    asked_at: datetime | None = None

    @property
    def first(self) -> datetime:
        """The earlier of the two."""
        return min(self.year, self.unused)

    @property
    def reason(self) -> str:
        """Why access ends then."""
        if self.year > self.unused:
            return IDLE
        return AT_ONCE if self.asked_at is not None and self.year <= self.asked_at else OVERDUE

    def next_look(self, at: datetime) -> datetime:
        """Return the first moment after `at` at which something is due if nothing changes."""
        moments = [self.year - timedelta(days=days) for days in REMINDERS]
        return min(m for m in [*moments, self.unused - UNUSED_REMINDER, max(self.first, at + _LATER)] if m > at)


def ends_of(member: AgencyMembership) -> Ends:
    """Reckon when this member's verification ends. Without a date of its own the year counts from the approval."""
    approved = member.approved_at or member.started_at
    used = max(approved, member.user.last_verified_at or approved)
    year = member.verify_again_at or approved + YEAR
    return Ends(year=year, unused=used + UNUSED, asked_at=member.verification_asked_at)


def sweep(*, at: datetime | None = None, limit: int = 200) -> int:
    """Remind and end where it is due; return how many members were looked at. Several workers may run it."""
    at = at or timezone.now()
    found = list(AgencyMembership.objects.to_look_at(at).values_list("pk", flat=True)[:limit])
    for pk in found:
        try:
            _look(pk, at=at)
        except Exception:  # one member must not keep the others waiting
            logger.exception("The verification of member %s could not be looked at", pk)
            AgencyMembership.objects.filter(pk=pk).update(look_at=at + _AFTER_ERROR)
    return len(found)


def note_verified(user: User, *, at: datetime) -> None:
    """Keep that the second factor was accepted just now; an access that had ended before stays ended.

    Call it in the transaction that accepts the factor, before the user's row is locked.
    """
    mine = AgencyMembership.objects.to_look_at(at).filter(user=user)
    member = mine.select_related("user", "agency").select_for_update(of=("self",)).first()
    if member is not None and ends_of(member).first <= at and member.agency.status == AgencyStatus.ACTIVE:
        _lapse(member, at=at)
    User.objects.filter(pk=user.pk).update(last_verified_at=at)
    user.last_verified_at = at


def affected(*, country: str = "", agency: Agency | None = None, until: datetime) -> models.QuerySet[AgencyMembership]:
    """Return the members of a country or an agency whose verification would end later than `until`.

    Who has no access now is not asked: it comes back only after a call to the agency anyway.
    """
    live = {"approved_at__isnull": False, "ended_at": None, "lapsed_at": None, "suspended_at": None}
    found = AgencyMembership.objects.filter(**live, agency__status=AgencyStatus.ACTIVE)
    if country:
        found = found.filter(agency__country=country)
    if agency is not None:
        found = found.filter(agency=agency)
    later: models.QuerySet[AgencyMembership] = found.filter(Q(verify_again_at=None) | Q(verify_again_at__gt=until))
    return later


@transaction.atomic
def ask(
    *,
    by: User,
    reason: str,
    days: int,
    country: str = "",
    agency: Agency | None = None,
    expected: int | None = None,
    at: datetime | None = None,
) -> int:
    """Ask the officers of a country or an agency to verify again within so many days (0: at once); return how many.

    Who is due earlier stays so. Access ends at that moment by itself; mails and events of each officer follow in the
    sweep. `expected` is how many the person was shown: raises Stale where they are others now.
    """
    at = at or timezone.now()
    _may_ask(by, reason=reason, days=days, country=country, agency=agency)
    until = at + timedelta(days=days)
    found = affected(country=country, agency=agency, until=until)
    chosen = list(found.select_for_update().order_by("pk").values_list("pk", flat=True))
    if expected is not None and len(chosen) != expected:
        raise Stale(f"It would reach {len(chosen)} officers now, no longer {expected}. Look at it again.")
    if not chosen:
        raise Incomplete("No officer has to verify again later than that already.")
    members = AgencyMembership.objects.filter(pk__in=chosen)
    members.update(verify_again_at=until, verification_asked_at=at, look_at=at)
    facts: dict[str, int | str] = {"country": country, "days": days, "officers": len(chosen)}
    label = agency.name if agency else country
    record(Event.REVERIFICATION_ASKED, by=by, obj=agency, object_label=label, reason=reason, data=facts, at=at)
    hurry_on_commit("accounts.verify_again")
    return len(chosen)


def _may_ask(by: User, *, reason: str, days: int, country: str, agency: Agency | None) -> None:
    if not has_permission(by, Permission.MANAGE_MEMBERS):
        raise NotAllowed("You do not have the right to do this.")
    if agency is not None and by.conflicts.filter(agency=agency, ended_at=None).exists():
        raise NotAllowed("You declared a conflict with this agency.")
    if not reason:
        raise Incomplete("Write down why.")
    if not (country or agency):
        raise Incomplete("Choose a country or an agency.")
    if not 0 <= days <= MOST_DAYS:
        raise Incomplete(f"Give between 0 and {MOST_DAYS} days.")


@transaction.atomic
def _look(pk: int, *, at: datetime) -> None:
    """Do what is due for one member, unless another worker has the row or was faster."""
    due = AgencyMembership.objects.to_look_at(at).filter(pk=pk)
    member = due.select_related("user", "agency").select_for_update(of=("self",), skip_locked=True).first()
    if member is None:
        return
    if member.agency.status != AgencyStatus.ACTIVE:  # nobody of it can do anything about it now
        AgencyMembership.objects.filter(pk=pk).update(look_at=at + _LATER)
        return
    ends = ends_of(member)
    if ends.first <= at:
        _lapse(member, at=at)
        return
    _remind(member, ends, at=at)
    AgencyMembership.objects.filter(pk=pk).update(look_at=ends.next_look(at))


def _remind(member: AgencyMembership, ends: Ends, *, at: datetime) -> None:
    """Send the newest reminder that is due; the ones that were missed are not made up for."""
    asked = member.verification_asked_at
    if asked is not None and (member.look_at is None or member.look_at <= asked):
        record(Event.REVERIFICATION_ASKED, by=None, obj=member, data={"until": ends.year.isoformat()}, at=at)
    reached = _reached(ends.year, at)
    if reached is not None or asked is not None:
        notify.verify_again(member.user, ends=ends.year, stage=str(reached or "asked"), asked=asked is not None, at=at)
    if ends.unused - UNUSED_REMINDER <= at:
        notify.access_unused(member.user, ends=ends.unused, at=at)


def _reached(end: datetime, at: datetime) -> int | None:
    reached: Iterable[int] = (days for days in REMINDERS if end - timedelta(days=days) <= at)
    return min(reached, default=None)


def _lapse(member: AgencyMembership, *, at: datetime) -> None:
    """End the access of a locked member: sessions end, and what is left is to verify again."""
    # Users come first in the order of locks (accounts.acting): where somebody holds the row, the next sweep comes.
    mine = User.objects.filter(pk=member.user_id)
    if not mine.select_for_update(no_key=True, skip_locked=True):
        return
    end_sessions(mine)
    reason = ends_of(member).reason
    member.lapsed_at, member.lapse_reason = at, reason
    member.save(update_fields=["lapsed_at", "lapse_reason"])
    approved = AccessApplication.objects.select_for_update().filter(
        user=member.user_id, status=ApplicationStatus.APPROVED
    )
    if application := approved.order_by("-decided_at", "-pk").first():
        application_workflow.advance(application, "lapse", by=None, at=at, reason=reason)
    else:
        record(Event.ACCESS_LAPSED, by=None, obj=member, reason=reason, at=at)
    notify.lapsed(member.user, why={IDLE: "unused", AT_ONCE: "asked"}.get(reason, ""), at=at)
