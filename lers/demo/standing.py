"""The demo's officers who may not act: one whose verification ran out, one who is suspended."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.enums import CallBackResult
from accounts.models import AgencyMembership, AgencyNumber, Suspension, User
from accounts.services import reverification, suspensions
from accounts.services.suspensions import Told
from lers.demo.people import who


@transaction.atomic
def ensure_lapsed(*, now: datetime) -> bool:
    """Let the verification of one officer run out for want of use; say whether it was done now."""
    officer = who("lapsed_officer")
    member = AgencyMembership.objects.filter(
        user=officer, ended_at=None, lapsed_at=None, verify_again_at__gt=now
    ).first()
    if member is None or officer.last_verified_at is None or officer.last_login is not None:
        return False
    User.objects.filter(pk=officer.pk).update(last_verified_at=now - timedelta(days=95))
    AgencyMembership.objects.filter(pk=member.pk).update(look_at=None)
    reverification.sweep(at=now - timedelta(hours=3))
    return True


@transaction.atomic
def ensure_suspended(*, now: datetime) -> bool:
    """Suspend one officer after a call to the agency; say whether it was done now."""
    officer = who("suspended_officer")
    if Suspension.objects.filter(officer=officer).exists():
        return False
    number = AgencyNumber.objects.get(agency=officer.memberships.get(ended_at=None).agency, retired_at=None)
    told = Told(CallBackResult.TOLD, number=number, spoke_to="Inspector J. Teal, professional standards")
    reason = "The force reports that the mailbox was read by others."
    suspensions.suspend_officer(officer, told=told, reason=reason, by=who("analyst"), at=now - timedelta(hours=6))
    return True
