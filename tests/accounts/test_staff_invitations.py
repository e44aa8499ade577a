"""Inviting colleagues: nothing is sent on one person's word, the link works once, a factor comes first."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import AuthenticatorApp, RecoveryCode, StaffInvitation, TeamMembership, User
from accounts.services import factors, invitations, staff
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import Team
from tests.accounts.helpers import actions, last_mail, link_in, words
from tests.accounts.staffing import administrators, again, invited, proposed
from tests.people import client_for, make_agency, make_factor, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
PASSWORD = "seven lanterns over the quay"
SAID = {"password": PASSWORD, "rules": settings.RULES_VERSION}


def confirmed(**more) -> tuple[StaffInvitation, str]:
    first, second = administrators()
    row = invitations.confirm(invited(by=first, **more), by=second)
    return row, link_in(last_mail("staff_invited"))


def test_nothing_is_sent_before_a_second_person_confirmed():
    first, second = administrators()
    auditor = make_staff("auditor")
    row = invited(by=first)
    assert not OutboundMessage.objects.filter(event="staff_invited").exists()
    with pytest.raises(NotAllowed, match="you proposed it"):
        invitations.confirm(row, by=first)
    invitations.confirm(row, by=second)
    assert last_mail("staff_invited").to_address == row.email
    assert last_mail("staff_changed").to_address == auditor.email


def test_a_refused_invitation_sends_nothing():
    first, second = administrators()
    row = invited(by=first)
    invitations.refuse(row, reason="Nobody knows her", by=second)
    assert not OutboundMessage.objects.filter(event="staff_invited").exists()
    with pytest.raises((NotAllowed, TransitionRefused)):
        invitations.confirm(row, by=make_staff("approver"))


def test_the_link_sets_a_password_and_a_factor_comes_before_anything_else():
    team = Team.objects.create(provider=make_provider(), name="Night")
    row, path = confirmed(roles=["analyst", "counsel"], teams=[team])
    client = Client()
    shown = client.get(path)
    assert (shown.status_code, StaffInvitation.objects.get(pk=row.pk).status) == (200, "confirmed")
    assert client.post(path, SAID | {"password": "short"}).status_code == 422
    answer = client.post(path, SAID)
    assert answer.url == "/account/factors/new/"
    user = User.objects.get(email=row.email)
    assert (user.roles, user.pseudonym) == ({"analyst", "counsel"}, "reviewer 31")
    assert TeamMembership.objects.filter(user=user, team=team).exists()
    assert client.get("/staff/access/").url.startswith("/account/factors/new/")
    assert client.get("/staff/people/").url.startswith("/account/factors/new/")
    assert client.get(path).status_code == 410
    assert "staff.invitation_accepted" in actions(object_type="accounts.staffinvitation")
    held = user.staff_roles.first()
    assert held.granted_by != held.confirmed_by


def test_the_link_ends_after_a_day_and_a_new_one_replaces_it():
    row, path = confirmed()
    later = timezone.now() + timedelta(hours=25)
    token = path.rstrip("/").rpartition("/")[2]
    assert invitations.find_by_token(row.uid, token, at=later) is None
    administrator = row.proposed_by
    invitations.send_again(row, by=administrator)
    assert Client().get(path).status_code == 410
    assert Client().get(link_in(last_mail("staff_invited"))).status_code == 200
    with pytest.raises(TransitionRefused):
        invitations.send_again(row, by=administrator, at=timezone.now() + timedelta(days=15))


def test_a_withdrawn_invitation_opens_nothing():
    row, path = confirmed()
    invitations.withdraw(row, by=row.decided_by)
    assert Client().post(path, SAID).status_code == 410
    assert not User.objects.filter(email=row.email).exists()


@pytest.mark.parametrize("path", ["/join/00000000-0000-4000-8000-000000000000/wrong/", "/join/x/y/"])
def test_a_wrong_link_says_nothing(path):
    assert Client().get(path).status_code in {404, 410}


def test_who_is_not_invited():
    first, second = administrators()
    officer = make_officer(make_agency())
    for email in (officer.email, second.email, f"someone@{officer.email.rpartition('@')[2]}", "x@gmail.com"):
        with pytest.raises(NotAllowed):
            invited(email, by=first)
    invited("same@meridian.example", by=first)
    with pytest.raises(NotAllowed, match="invited already"):
        invited("Same@meridian.example", by=first)


def test_somebody_who_comes_back_has_none_of_the_old_factors():
    first, second = administrators()
    person = make_staff("analyst", email="back@meridian.example")
    factors.make_recovery_codes(person)
    old = person.password
    staff.confirm(proposed(person, "leave", by=first), by=second)
    invitations.confirm(invited(person.email, by=first, roles=["counsel"]), by=second)
    assert Client().post(link_in(last_mail("staff_invited")), SAID).url == "/account/factors/new/"
    person = again(person)
    assert (person.is_active, person.roles, person.password != old) == (True, {"counsel"}, True)
    assert not AuthenticatorApp.objects.filter(user=person).exists()
    assert not RecoveryCode.objects.filter(user=person).exists()


def test_the_pages_of_an_invitation():
    first, second = administrators()
    client = client_for(first)
    assert client.get("/staff/people/invite/").status_code == 200
    values = {"full_name": "Noor Haddad", "email": "noor@meridian.example", "provider": make_provider().pk,
              "roles": ["analyst"], "reason": "Joins in May"}  # fmt: skip
    bad = client.post("/staff/people/invite/", values | {"roles": ["analyst", "auditor"]})
    assert (bad.status_code, "Noor Haddad" in bad.content.decode()) == (422, True)
    page = client.post("/staff/people/invite/", values).url
    assert "you proposed it" in words(client.get(page))
    assert client_for(second).post(f"{page}decide/", {"decision": "confirm"}).url == page
    assert "Link works until" in words(client.get(page))
    assert client.post(f"{page}again/").url == page
    assert OutboundMessage.objects.filter(event="staff_invited").count() == 2
    assert client.post(f"{page}withdraw/").url == page
    assert "Withdrawn" in words(client.get(page))


# The command ----------------------------------------------------------------------------------------------------------
def test_the_first_two_administrators_come_from_the_command_line():
    out = StringIO()
    call_command("create_administrators", "a@meridian.example", "b@meridian.example", stdout=out)
    links = [line.split()[1] for line in out.getvalue().splitlines() if "/join/" in line]
    assert len(links) == 2
    for link in links:
        path = link.partition("://")[2].partition("/")[2]
        assert Client().post(f"/{path}", SAID).url == "/account/factors/new/"
    people = User.objects.filter(staff_roles__role="administrator")
    assert people.count() == 2
    for user in people:
        make_factor(user)
    with pytest.raises(CommandError, match="none is missing"):
        call_command("create_administrators", "c@meridian.example", "d@meridian.example")
    proposed(make_staff("analyst"), by=people[0])


def test_the_command_makes_two_and_never_more():
    make_staff("administrator")
    with pytest.raises(CommandError, match="one address"):
        call_command("create_administrators", "a@meridian.example", "b@meridian.example")
    out = StringIO()
    call_command("create_administrators", "a@meridian.example", stdout=out)
    call_command("create_administrators", "a@meridian.example", stdout=out)
    assert StaffInvitation.objects.filter(status="confirmed").count() == 1, "the link before works no more"
