"""Two clicks, two tabs, two people at the same moment. Each call has its own connection and really commits."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, AgencyMembership, User
from accounts.parts import fingerprint
from accounts.services import applications, factors, limits, vetting
from foundation.core.errors import PortalError, Stale
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, code_for, code_of, last_mail, link_in
from tests.accounts.test_application_steps import PERSON, draft
from tests.harness.race import race
from tests.people import PASSWORD, make_agency, make_factor, make_officer, make_provider, make_staff, make_user

pytestmark = pytest.mark.usefixtures("committed_db")


def refused(results: list[object]) -> int:
    assert all(not isinstance(r, Exception) or isinstance(r, PortalError) for r in results), results
    return sum(isinstance(r, PortalError) for r in results)


def test_tries_at_the_same_moment_are_all_counted():
    limit = limits.Limit("race", 3, timedelta(minutes=5))
    results = race(*[lambda: limits.try_once(limit, "a")] * 8)
    assert sorted(results) == [False] * 5 + [True] * 3


def test_one_link_makes_one_account():
    make_provider()
    applications.start("new@nordvik-police.example", place="")
    token = link_in(last_mail("access_confirm")).split("/")[-2]
    application = AccessApplication.objects.get()
    results = race(*[lambda: applications.confirm(application, token=token, password=PASSWORD)] * 3)
    assert refused(results) == 2
    assert User.objects.filter(email="new@nordvik-police.example").count() == 1


def test_one_code_is_good_for_one_session():
    officer = make_officer()
    code = code_of(officer.authenticator_apps.get())
    assert refused(race(*[lambda: factors.verify_totp(officer, code)] * 3)) == 2


def test_one_recovery_code_is_good_once():
    officer = make_officer()
    code = factors.make_recovery_codes(officer)[0]
    assert refused(race(*[lambda: factors.use_recovery_code(officer, code)] * 3)) == 2


def test_two_clicks_enrol_one_app():
    user = make_user()
    secret = factors.new_secret()
    code = code_for(secret.text)
    assert refused(race(*[lambda: factors.enrol(user, secret, code)] * 3)) == 2
    assert user.authenticator_apps.count() == 1


def test_two_approvers_approve_once():
    make_provider()
    application = make_application(make_agency())
    analyst, one, other = make_staff("analyst"), make_staff("approver"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Confirmed")
    results = race(
        lambda: vetting.approve(application, by=one, reason="Yes"),
        lambda: vetting.approve(application, by=other, reason="Yes"),
        lambda: vetting.decline(application, by=other, reason="No"),
    )
    assert refused(results) == 2
    application.refresh_from_db()
    approved = application.status == ApplicationStatus.APPROVED
    assert AgencyMembership.objects.filter(user=application.user).count() == approved
    assert OutboundMessage.objects.filter(event__in=["access_approved", "access_declined"]).count() == 1


def test_a_refused_code_stays_on_record_when_the_caller_rolls_back_nothing():
    user = make_user()
    make_factor(user)
    with pytest.raises(factors.CodeRefused):
        factors.verify_totp(user, "000000")
    assert not transaction.get_connection().in_atomic_block
    assert user.authenticator_apps.get().throttling_failure_count == 1


def test_sending_twice_sends_once():
    make_provider()
    application = draft(full=True)
    results = race(*[lambda: applications.submit(application, by=application.user)] * 3)
    assert not [r for r in results if isinstance(r, Exception)], results
    assert OutboundMessage.objects.filter(event="access_received").count() == 1
    assert actions(action="access.submitted") == ["access.submitted"]


def test_two_windows_saving_at_once_leave_one_of_both():
    make_provider()
    application = draft(**PERSON)
    seen = fingerprint(application, "person")
    ways = [
        lambda rank=rank: applications.save_person(
            application, by=application.user, values=PERSON | {"rank": rank}, seen=seen
        )
        for rank in ("one", "two", "three")
    ]
    results = race(*ways)
    assert sum(isinstance(r, Stale) for r in results) == 2
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, PortalError)]
