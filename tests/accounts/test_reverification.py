"""Verification lasts a year, ends after 90 days unused, and can be asked for earlier."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.models import AccessApplication, AgencyMembership, User
from accounts.services import reverification, vetting
from accounts.services.reverification import ends_of, note_verified, sweep
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, last_mail
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def officer_due(days, *, agency=None, used=True):
    """An officer whose year ends in so many days."""
    now = timezone.now()
    user = make_officer(agency, last_verified_at=now if used else None)
    user.memberships.update(verify_again_at=now + days * DAY, approved_at=now - 100 * DAY)
    return User.objects.get(pk=user.pk)


def let_in(application):
    """Two people let the applicant in, whatever the checks say."""
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(AccessApplication.objects.get(pk=application.pk), by=analyst, reason="Known agency")
    vetting.approve(AccessApplication.objects.get(pk=application.pk), by=approver, reason="Agreed")


def mails(event, user):
    return OutboundMessage.objects.filter(event=event, to_user_id=user.pk).count()


def member_of(user):
    return AgencyMembership.objects.get(user=user, ended_at=None)


def test_reminders_30_14_7_and_1_days_before_each_once():
    user = officer_due(40)
    end = member_of(user).verify_again_at
    sweep(at=timezone.now())
    assert mails("access_reverify", user) == 0
    sent = []
    for left in (31, 30, 29, 14, 13, 7, 2, 1):
        at = end - left * DAY
        note_verified(user, at=at)
        for _again in range(2):
            sweep(at=at)
        sent.append(mails("access_reverify", user))
    assert sent == [0, 1, 1, 2, 2, 3, 3, 4]
    assert f"{end:%Y}" in last_mail("access_reverify").body_text
    assert "/access/verify/" in last_mail("access_reverify").body_text


def test_a_reminder_that_was_missed_is_not_made_up_for():
    user = officer_due(40)
    end = member_of(user).verify_again_at
    note_verified(user, at=end - 5 * DAY)
    sweep(at=end - 5 * DAY)
    assert mails("access_reverify", user) == 1


def test_at_the_end_of_the_year_access_lapses_with_one_event_and_one_mail():
    user = officer_due(1)
    epoch, member = user.session_epoch, member_of(user)
    end = member.verify_again_at
    for _again in range(2):
        sweep(at=end)
    member.refresh_from_db()
    user = User.objects.get(pk=user.pk)
    assert (member.lapsed_at, member.lapse_reason) == (end, reverification.OVERDUE)
    assert user.session_epoch == epoch + 1
    assert not user.is_officer
    assert mails("access_lapsed", user) == 1
    assert actions(object_id=str(member.pk), object_type="accounts.agencymembership") == ["access.lapsed"]


def test_the_end_counts_although_nobody_writes_it_down():
    user = officer_due(0)
    assert member_of(user).lapsed_at is None
    assert not User.objects.get(pk=user.pk).is_officer


def test_after_90_days_unused_access_lapses_and_7_days_before_there_is_a_mail():
    user = officer_due(300)
    used = timezone.now()
    User.objects.filter(pk=user.pk).update(last_verified_at=used)
    sweep(at=used)
    sweep(at=used + 82 * DAY)
    assert mails("access_reverify_unused", user) == 0
    sweep(at=used + 83 * DAY)
    sweep(at=used + 84 * DAY)
    assert mails("access_reverify_unused", user) == 1
    sweep(at=used + 89 * DAY)
    assert member_of(user).lapsed_at is None
    sweep(at=used + 90 * DAY)
    assert member_of(user).lapse_reason == reverification.IDLE
    assert "not used for 90 days" in last_mail("access_lapsed").body_text


def test_signing_in_moves_the_end_of_an_unused_access():
    user = officer_due(300)
    used = timezone.now()
    User.objects.filter(pk=user.pk).update(last_verified_at=used)
    sweep(at=used)
    note_verified(User.objects.get(pk=user.pk), at=used + 80 * DAY)
    sweep(at=used + 90 * DAY)
    assert member_of(user).lapsed_at is None
    assert mails("access_reverify_unused", user) == 0
    sweep(at=used + 170 * DAY)
    assert member_of(user).lapsed_at == used + 170 * DAY


def test_who_never_signed_in_has_90_days_from_the_approval():
    user = make_officer()
    approved = member_of(user).approved_at
    assert ends_of(member_of(user)).unused == approved + 90 * DAY
    sweep(at=approved + 90 * DAY)
    assert member_of(user).lapsed_at is not None


def test_signing_in_after_the_end_does_not_save_an_access_that_nobody_swept():
    user = officer_due(300)
    used = timezone.now()
    User.objects.filter(pk=user.pk).update(last_verified_at=used)
    note_verified(User.objects.get(pk=user.pk), at=used + 91 * DAY)
    assert member_of(user).lapse_reason == reverification.IDLE


def test_the_application_lapses_with_the_membership():
    agency = make_agency()
    application = make_application(agency)
    let_in(application)
    user = User.objects.get(pk=application.user_id)
    end = member_of(user).verify_again_at
    User.objects.filter(pk=user.pk).update(last_verified_at=end - DAY)
    sweep(at=end)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.LAPSED
    assert actions(object_label=application.reference)[-1] == "access.lapsed"
    assert member_of(user).lapsed_at == end


def test_who_is_suspended_or_of_a_suspended_agency_is_left_alone_until_it_is_lifted():
    suspended, shut = officer_due(0), officer_due(0)
    suspended.memberships.update(suspended_at=timezone.now())
    shut.membership.agency.__class__.objects.filter(pk=shut.membership.agency_id).update(status=AgencyStatus.SUSPENDED)
    now = timezone.now()
    sweep(at=now)
    assert member_of(suspended).lapsed_at is None
    assert member_of(shut).lapsed_at is None
    assert OutboundMessage.objects.count() == 0
    suspended.memberships.update(suspended_at=None)
    shut.membership.agency.__class__.objects.filter(pk=shut.membership.agency_id).update(status=AgencyStatus.ACTIVE)
    sweep(at=now + DAY)
    assert member_of(suspended).lapsed_at is not None
    assert member_of(shut).lapsed_at is not None


def test_the_sweep_costs_what_is_due_not_what_is_stored(django_assert_num_queries):
    for _n in range(3):
        officer_due(200)
    now = timezone.now()
    assert sweep(at=now) == 3, "each is reckoned once"
    with django_assert_num_queries(1):
        assert sweep(at=now + DAY) == 0


def test_one_member_that_fails_keeps_nobody_waiting(monkeypatch, caplog):
    broken, other = officer_due(0), officer_due(0)
    real = reverification._lapse

    def lapse(member, *, at):
        if member.user_id == broken.pk:
            raise RuntimeError("broken")
        real(member, at=at)

    monkeypatch.setattr(reverification, "_lapse", lapse)
    now = timezone.now()
    sweep(at=now)
    assert member_of(other).lapsed_at is not None
    assert member_of(broken).look_at > now
    assert "could not be looked at" in caplog.text


# Asked for ------------------------------------------------------------------------------------------------------------
def test_asking_a_country_moves_only_who_is_due_later():
    norway, ireland = make_agency(country="NO"), make_agency(country="IE")
    later, earlier, elsewhere = (
        officer_due(300, agency=norway),
        officer_due(5, agency=norway),
        officer_due(300, agency=ireland),
    )
    approver, now = make_staff("approver"), timezone.now()
    soon, far = member_of(earlier).verify_again_at, member_of(elsewhere).verify_again_at
    assert reverification.ask(by=approver, country="NO", days=14, reason="Mailboxes were stolen", at=now) == 1
    sweep(at=now)
    assert member_of(later).verify_again_at == now + 14 * DAY
    assert member_of(earlier).verify_again_at == soon
    assert member_of(elsewhere).verify_again_at == far
    assert mails("access_reverify", later) == 1
    assert mails("access_reverify", elsewhere) == 0
    assert "Mailboxes were stolen" not in last_mail("access_reverify").body_text
    asked = AuditEvent.objects.filter(action="access.verification_asked").order_by("pk")
    assert [(e.actor_label, e.reason) for e in asked] == [(approver.email, "Mailboxes were stolen"), ("", "")]
    assert asked[1].object_id == str(member_of(later).pk)
    sweep(at=now + DAY)
    assert asked.count() == 2, "each officer is told and noted once"
    note_verified(later, at=now + 7 * DAY)
    sweep(at=now + 7 * DAY)
    assert mails("access_reverify", later) == 2


def test_zero_days_end_access_at_once():
    user = officer_due(300)
    client = client_for(user)
    assert client.get("/requests/").status_code == 200
    reverification.ask(
        by=make_staff("approver"), agency=user.membership.agency, days=0, reason="Theft", at=timezone.now()
    )
    assert client.get("/requests/").headers["Location"] == "/access/verify/"
    sweep()
    assert member_of(user).lapsed_at is not None
    assert mails("access_lapsed", user) == 1


def test_who_may_ask_and_what_is_needed():
    user = officer_due(300)
    approver, agency = make_staff("approver"), user.membership.agency
    for wrong in ({"days": 61}, {"days": -1}, {"reason": ""}, {"agency": None}):
        with pytest.raises(Incomplete):
            reverification.ask(**({"by": approver, "agency": agency, "days": 14, "reason": "Why"} | wrong))
    with pytest.raises(NotAllowed):
        reverification.ask(by=make_staff("analyst"), agency=agency, days=14, reason="Why")
    approver.conflicts.create(agency=agency, reason="My brother", declared_at=timezone.now())
    with pytest.raises(NotAllowed, match="conflict"):
        reverification.ask(by=approver, agency=agency, days=14, reason="Why")
    with pytest.raises(Stale, match="1 officers"):
        reverification.ask(by=make_staff("approver"), agency=agency, days=14, reason="Why", expected=3)
    assert member_of(user).verification_asked_at is None


def test_a_new_approval_starts_the_year_anew():
    agency = make_agency()
    application = make_application(agency)
    user = application.user
    AgencyMembership.objects.create(
        user=user, agency=agency, started_at=timezone.now(), approved_at=timezone.now() - 400 * DAY,
        lapsed_at=timezone.now(), lapse_reason="x", verification_asked_at=timezone.now(), look_at=timezone.now(),
    )  # fmt: skip
    let_in(application)
    member = member_of(user)
    assert (member.lapsed_at, member.lapse_reason, member.verification_asked_at, member.look_at) == (
        None,
        "",
        None,
        None,
    )
    assert member.verify_again_at > timezone.now() + 364 * DAY


def test_a_lapsed_officer_reaches_nothing_but_the_way_back():
    lead = make_officer(lead=True)
    lead.memberships.update(lapsed_at=timezone.now())
    client = client_for(User.objects.get(pk=lead.pk))
    for path in ("/requests/", "/holds/", "/agency/", "/agency/vouches/", "/agency/desks/"):
        assert client.get(path).headers.get("Location") == "/access/verify/", path
    assert client.get("/account/").status_code == 200
    assert "Your agency" not in client.get("/account/").content.decode()
