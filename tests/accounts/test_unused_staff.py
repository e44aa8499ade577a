"""Accounts of staff that nobody uses: reminded, closed after 90 days, opened by two; never the last administrator."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessApplication, StaffRole, User
from accounts.services import blocking, factors, invitations, staff, unused_staff
from accounts.services.factors import Adding
from accounts.services.reverification import note_verified
from accounts.tasks import look_after_staff
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from tests.accounts.applied import applied
from tests.accounts.helpers import actions, code_for, code_of, last_mail, link_in, page, words
from tests.accounts.staffing import administrators, again, blocked, invited
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def used(user: User, days: float) -> User:
    """Works here since a year, and showed the second factor so many days ago (0: never)."""
    now = timezone.now()
    StaffRole.objects.filter(user=user).update(granted_at=now - 365 * DAY)
    User.objects.filter(pk=user.pk).update(last_verified_at=now - days * DAY if days else None)
    return again(user)


def in_use() -> tuple[User, User]:
    return tuple(used(user, 1) for user in administrators())


def mails(state: str) -> set[str]:
    found = OutboundMessage.objects.filter(event="staff_unused", dedupe_key__contains=f":{state}:")
    return set(found.values_list("to_address", flat=True))


def test_sec_27_an_account_is_closed_after_90_days_without_use():
    first, second = in_use()
    auditor, person = used(make_staff("auditor"), 1), used(make_staff("analyst", "counsel"), 91)
    application = applied(make_agency(), status="in_review", reviewer=person)
    client = client_for(person)
    used(person, 91)
    assert unused_staff.sweep() == 1
    person = again(person)
    assert (person.is_active, person.roles) == (False, frozenset())
    assert client.get("/staff/access/").url.startswith("/sign-in/")
    assert AccessApplication.objects.get(pk=application.pk).reviewer is None
    event = AuditEvent.objects.get(action="staff.not_used_for_90_days")
    assert (event.actor_kind, event.object_id, event.reason) == ("system", str(person.pk), "Not used for 90 days")
    assert actions(object_id=str(person.pk)).count("staff.role_ended") == 2
    assert "staff.account_closed" in actions(object_id=str(person.pk))
    assert mails("closed") == {person.email, first.email, second.email, auditor.email}
    assert unused_staff.sweep() == 0


@pytest.mark.parametrize(("days", "closed"), [(89.9, 0), (90.1, 1)])
def test_the_day_counts_from_the_last_second_factor(days, closed):
    in_use()
    used(make_staff("analyst"), days)
    assert unused_staff.sweep() == closed


def test_reminders_come_14_and_3_days_before_and_once():
    first, second = in_use()
    person = used(make_staff("analyst"), 1)
    ends = unused_staff.closes_at(unused_staff.with_last_use(User.objects.filter(pk=person.pk)).get())
    assert ends == person.last_verified_at + 90 * DAY
    for user in (first, second):
        User.objects.filter(pk=user.pk).update(last_verified_at=ends)
    for before, state in ((15, ""), (14, "14"), (13, "14"), (3, "3"), (1, "3")):
        unused_staff.sweep(at=ends - before * DAY)
        found = OutboundMessage.objects.filter(event="staff_unused", to_address=person.email)
        keys = [message.dedupe_key.rsplit(":", 2)[1] for message in found.order_by("pk")]
        assert (keys[-1:] or [""]) == [state], before
    assert len(keys) == 2
    assert mails("soon:14") == {person.email}
    assert mails("soon:3") == {person.email, first.email, second.email}
    text = " ".join(last_mail("staff_unused").body_text.split())
    assert again(person).is_active
    note_verified(person, at=ends - DAY)
    assert unused_staff.sweep(at=ends + DAY) == 0, "used, so it stays open"
    assert "/staff/people/" in text or "Sign in at" in text


def test_whoever_never_came_has_90_days_from_the_first_role():
    in_use()
    new = make_staff("analyst")
    assert unused_staff.sweep() == 0
    used(new, 0)
    assert unused_staff.sweep() == 1


def test_the_last_administrator_is_never_closed_and_the_auditors_are_told_once():
    alone, auditor = used(make_staff("administrator"), 200), used(make_staff("auditor"), 1)
    assert [unused_staff.sweep() for _n in range(3)] == [0, 0, 0]
    assert again(alone).is_active
    assert mails("kept") == {alone.email, auditor.email}
    [event] = AuditEvent.objects.filter(action="staff.not_used_for_90_days")
    assert event.outcome == "refused"


def test_of_two_unused_administrators_one_stays():
    both = [used(user, 120) for user in administrators()]
    assert unused_staff.sweep() == 1
    assert sorted(again(user).is_active for user in both) == [False, True]
    assert unused_staff.sweep() == 0


def test_blocked_closed_and_officers_are_left_alone():
    first, second = in_use()
    person = make_staff("analyst")
    change = blocked(person, by=first)
    used(person, 100)
    officer = make_officer()
    User.objects.filter(pk=officer.pk).update(last_verified_at=timezone.now() - 100 * DAY)
    assert unused_staff.sweep() == 0
    assert again(officer).is_active
    blocking.ask_lift(change, reason="A mistake", by=first)
    blocking.lift(change, by=second)
    assert unused_staff.sweep() == 0, "opened again today"
    assert again(person).is_active


def test_two_people_open_it_again_with_an_invitation(settings):
    first, second = in_use()
    person = used(make_staff("analyst", email="back@meridian.example"), 91)
    unused_staff.sweep()
    invitations.confirm(invited(person.email, by=first), by=second)
    said = {"password": "seven lanterns over the quay", "rules": settings.RULES_VERSION}
    assert Client().post(link_in(last_mail("staff_invited")), said).status_code == 302
    assert again(person).is_active
    assert unused_staff.sweep() == 0


def test_one_that_fails_keeps_no_other_waiting(monkeypatch):
    in_use()
    broken, person = used(make_staff("analyst"), 91), used(make_staff("analyst"), 91)
    real = staff.staff_ending.end_roles

    def fails(user, *args, **more):
        if user.pk == broken.pk:
            raise RuntimeError("disk full")
        return real(user, *args, **more)

    monkeypatch.setattr("accounts.services.staff_ending.end_roles", fails)
    assert unused_staff.sweep() == 1
    assert (again(broken).is_active, again(person).is_active) == (True, False)
    assert mails("closed") & {broken.email} == set()


def test_the_task_does_both():
    first, _second = in_use()
    used(make_staff("analyst"), 91)
    change = blocked(make_staff("analyst"), by=first)
    type(change).objects.filter(pk=change.pk).update(decide_until=timezone.now() - DAY)
    assert look_after_staff() == 2


def test_the_pages_say_when_an_account_is_closed():
    first, _second = in_use()
    person = used(make_staff("analyst"), 80)
    client = client_for(first)
    assert words(client.get("/staff/people/")).count("if not used") == 1
    assert "Closed if not used until" in words(client.get(f"/staff/people/{person.pk}/"))
    used(person, 91)
    unused_staff.sweep()
    assert "if not used" not in words(client.get("/staff/people/"))
    assert "Closed if not used until" not in words(client.get(f"/staff/people/{person.pk}/"))


def test_a_password_alone_is_no_sign_in_on_the_pages_and_no_use():
    first, _second = in_use()
    person = used(make_staff("analyst", full_name="Priya Nair"), 0)
    password_only = client_for(person, verified=False)
    assert again(person).last_login is not None
    client = client_for(first)
    assert "Last sign-in Never" in words(client.get(f"/staff/people/{person.pk}/"))
    row = page(client.get("/staff/people/")).find("a", string="Priya Nair").find_parent("tr")
    assert "Never" in row.get_text()
    ends = unused_staff.closes_at(unused_staff.with_last_use(User.objects.filter(pk=person.pk)).get())
    assert ends < timezone.now(), "the password alone puts nothing off"
    said = {"factor": "totp", "code": code_of(person.authenticator_apps.get())}
    assert password_only.post("/sign-in/factor/", said).status_code == 302
    assert "Last sign-in Never" not in words(client.get(f"/staff/people/{person.pk}/"))
    assert again(person).last_verified_at is not None
    assert unused_staff.sweep() == 0


def test_setting_up_the_first_factor_is_use_and_one_more_is_not():
    in_use()
    person = used(make_staff("analyst"), 0)
    person.authenticator_apps.all().delete()
    at = timezone.now()
    secret = factors.new_secret()
    factors.enrol(person, secret, code_for(secret.text), at=at)
    assert again(person).last_verified_at == at
    more = factors.new_secret()
    factors.enrol(person, more, code_for(more.text), adding=Adding.MORE, at=at + timedelta(seconds=1))
    assert again(person).last_verified_at == at


@pytest.mark.parametrize("state", ["soon:3", "closed", "kept"])
def test_the_mails_name_no_reason_and_no_case(state):
    in_use()
    person = used(make_staff("analyst"), {"soon:3": 88, "closed": 91, "kept": 91}[state])
    used(make_staff("auditor"), 1)
    if state == "kept":
        StaffRole.objects.filter(user=person).update(role="administrator")
        StaffRole.objects.filter(role="administrator").exclude(user=person).update(role="counsel")
    unused_staff.sweep()
    found = OutboundMessage.objects.filter(event="staff_unused", dedupe_key__contains=f":{state}:")
    yours, others = found.get(to_address=person.email), found.exclude(to_address=person.email)
    assert "you have not signed in" in " ".join(yours.body_text.split())
    assert all(f"/staff/people/{person.pk}/" in mail.body_text for mail in others)
    assert others
    assert "None" not in yours.body_text + "".join(mail.body_text for mail in others)
