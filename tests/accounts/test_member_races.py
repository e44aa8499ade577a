"""Two workers, two leads, two approvers at the same moment. Each call has its own connection and really commits."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AgencyMembership, User, Vouch
from accounts.services import calls, leads, members, reverification
from foundation.audit.models import AuditEvent
from foundation.core.errors import PortalError
from foundation.notifications.models import OutboundMessage
from tests.harness.race import race
from tests.people import make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.usefixtures("committed_db")


def refused(results: list[object]) -> int:
    assert all(not isinstance(r, Exception) or isinstance(r, PortalError) for r in results), results
    return sum(isinstance(r, PortalError) for r in results)


def member_of(user):
    return AgencyMembership.objects.get(user=user, ended_at=None)


def test_workers_that_sweep_together_make_one_mail_for_each_officer():
    make_provider()
    agency, now = make_agency(), timezone.now()
    for days in (0, 0, 7, 7):
        user = make_officer(agency, last_verified_at=now)
        user.memberships.update(verify_again_at=now + timedelta(days=days))
    race(*[lambda: reverification.sweep(at=now)] * 4)
    sent = sorted(OutboundMessage.objects.values_list("event", flat=True))
    assert sent == ["access_lapsed"] * 2 + ["access_reverify"] * 2
    assert AuditEvent.objects.filter(action="access.lapsed").count() == 2


def test_showing_the_factor_while_the_sweep_ends_the_access_lapses_once():
    make_provider()
    user, now = make_officer(), timezone.now()
    user.memberships.update(verify_again_at=now)
    other = User.objects.get(pk=user.pk)
    results = race(
        lambda: reverification.sweep(at=now), lambda: verified(other, now), lambda: reverification.sweep(at=now)
    )
    assert refused(results) == 0
    assert member_of(user).lapsed_at == now
    assert OutboundMessage.objects.filter(event="access_lapsed").count() == 1
    assert User.objects.get(pk=user.pk).session_epoch == 1


def verified(user, at):
    with transaction.atomic():
        reverification.note_verified(user, at=at)


def test_two_clicks_end_one_membership_and_vouch_once():
    make_provider()
    agency = make_agency()
    lead, colleague = make_officer(agency, lead=True), make_officer(agency)
    member = member_of(colleague)
    assert refused(race(*[lambda: members.remove(member, by=lead, reason="Left")] * 3)) == 2
    address = f"new@{agency.domains.get().domain}"
    assert refused(race(*[lambda: leads.vouch(by=lead, email=address, name="A Colleague")] * 3)) == 2
    assert Vouch.objects.count() == 1
    assert OutboundMessage.objects.filter(event="member_removed").count() == 1


def test_two_approvers_make_one_lead():
    make_provider()
    officer, approver = make_officer(), make_staff("approver")
    member = member_of(officer)
    number = calls.usable_numbers(member.agency)[0]
    leads.record_call(member, by=approver, number=number, spoke_to="The chief", result="confirmed")
    assert refused(race(*[lambda: leads.appoint(member, by=approver, reason="Why")] * 3)) == 2
    assert OutboundMessage.objects.filter(event="lead_appointed").count() == 1


def test_two_asks_reach_each_officer_once():
    make_provider()
    officer, approver = make_officer(), make_staff("approver")
    agency, now = member_of(officer).agency, timezone.now()
    ask = {"by": approver, "agency": agency, "days": 14, "reason": "Why", "at": now, "expected": 1}
    assert refused(race(*[lambda: reverification.ask(**ask)] * 3)) == 2
    assert AuditEvent.objects.filter(action="access.verification_asked").count() == 1
