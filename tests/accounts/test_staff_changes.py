"""Roles and teams of staff: two people, never the one it is about, and the auditors are told."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessApplication, RoleChange, StaffRole, TeamMembership, User
from accounts.permissions import HELD_ALONE, ROLE_PERMISSIONS, Permission, Role
from accounts.services import invitations, staff
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import Team
from requests_app.models import DataRequest
from tests.accounts.applied import applied
from tests.accounts.helpers import actions, page, words
from tests.accounts.staffing import administrators, again, invited, proposed
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db


def mails(event):
    return set(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def test_sec_12_a_role_is_given_by_two_people_and_both_names_stay():
    first, second = administrators()
    analyst, auditor = make_staff("analyst"), make_staff("auditor")
    change = proposed(analyst, by=first)
    assert again(analyst).roles == {"analyst"}
    staff.confirm(change, by=second)
    assert again(analyst).roles == {"analyst", "approver"}
    held = StaffRole.objects.get(user=analyst, role="approver")
    assert (held.granted_by, held.confirmed_by) == (first, second)
    event = AuditEvent.objects.get(action="staff.change_confirmed")
    said = json.loads(bytes(event.payload))["data"]
    assert (event.actor_id, said["proposed_by"], said["person"]) == (str(second.pk), first.email, analyst.email)
    assert mails("staff_changed") == {auditor.email}
    assert mails("staff_waits") == {second.email}
    assert mails("staff_yours") == {analyst.email}


def test_an_approver_may_be_the_second_person():
    first, _second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    assert staff.confirm(change, by=make_staff("approver")).status == "confirmed"


@pytest.mark.parametrize("role", sorted({r.value for r in Role} - {"administrator", "approver"}))
def test_nobody_else_confirms(role):
    first, _second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    with pytest.raises(NotAllowed):
        staff.confirm(change, by=make_staff(role))
    with pytest.raises(NotAllowed):
        staff.refuse(change, reason="No", by=make_staff(role))


@pytest.mark.parametrize("role", sorted({r.value for r in Role} - {"administrator"}))
def test_only_administrators_propose(role):
    person = make_staff("analyst")
    with pytest.raises(NotAllowed):
        proposed(person, by=make_staff(role))
    with pytest.raises(NotAllowed):
        invited(by=make_staff(role))
    assert not RoleChange.objects.exists()


def test_who_proposed_does_not_confirm():
    first, _second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    with pytest.raises(NotAllowed, match="you proposed it"):
        staff.confirm(change, by=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleChange.objects.filter(pk=change.pk).update(decided_by=first)


def test_nobody_proposes_or_confirms_for_themselves():
    first, second = administrators()
    with pytest.raises(NotAllowed, match="their own roles"):
        proposed(first, "end", role="administrator", by=first)
    change = proposed(second, "leave", by=first)
    with pytest.raises(NotAllowed, match="about you"):
        staff.confirm(change, by=second)
    approver = make_staff("approver")
    with pytest.raises(NotAllowed, match="about you"):
        staff.confirm(proposed(approver, role="analyst", by=first), by=approver)


def test_administrators_hold_no_right_over_cases():
    decisive = {Permission.APPROVE_DECISION, Permission.RELEASE_RECORDS, Permission.PROPOSE_DECISION,
                Permission.REVIEW_REQUEST, Permission.APPROVE_APPLICATION, Permission.DECIDE_HOLDS,
                Permission.SIGN_CERTIFICATE, Permission.SEE_QUEUE, Permission.RESTORE_ACCESS}  # fmt: skip
    assert not ROLE_PERMISSIONS[Role.ADMINISTRATOR] & decisive


@pytest.mark.parametrize("alone", sorted(HELD_ALONE))
@pytest.mark.parametrize("other", sorted({r.value for r in Role} - {"administrator", "auditor"}))
def test_administrators_and_auditors_hold_no_other_role(alone, other):
    first, second = administrators()
    with pytest.raises(NotAllowed, match="held alone"):
        proposed(make_staff(alone), role=other, by=first)
    with pytest.raises(NotAllowed, match="held alone"):
        proposed(make_staff(other), role=alone, by=second)
    with pytest.raises(NotAllowed, match="held alone"):
        invited(by=first, roles=[alone, other])


def test_two_proposals_that_are_each_right_and_together_wrong():
    first, second = administrators()
    person = make_staff("analyst")
    end, grant = proposed(person, "end", role="analyst", by=first), proposed(person, role="counsel", by=first)
    staff.confirm(grant, by=second)
    with pytest.raises(NotAllowed, match="held alone"):
        proposed(person, role="administrator", by=first)
    staff.confirm(end, by=second)
    assert again(person).roles == {"counsel"}


def test_the_last_administrator_stays():
    first, second = administrators()
    both = [proposed(second, "leave", by=first), proposed(first, "end", role="administrator", by=second)]
    staff.confirm(both[0], by=make_staff("approver"))
    assert RoleChange.objects.get(pk=both[1].pk).status == "withdrawn", "who proposed it left"
    other = make_staff("administrator")
    change = proposed(first, "leave", by=other)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="last administrator"):
        staff.confirm(change, by=make_staff("approver"))
    assert again(first).roles == {"administrator"}


def test_a_role_that_is_held_is_not_given_twice_and_one_that_is_not_held_not_ended():
    first, second = administrators()
    person = make_staff("analyst")
    with pytest.raises(NotAllowed, match="has this role already"):
        proposed(person, role="analyst", by=first)
    with pytest.raises(NotAllowed, match="does not have this role"):
        proposed(person, "end", role="approver", by=first)
    change = proposed(person, by=first)
    with pytest.raises(NotAllowed, match="proposed already"):
        proposed(person, by=second)
    with pytest.raises(Incomplete):
        staff.propose(person, staff.Wanted("leave"), reason="  ", by=first)
    staff.confirm(change, by=second)
    with pytest.raises(NotAllowed):
        staff.confirm(change, by=make_staff("approver"))


def test_a_refusal_needs_a_reason_and_changes_nothing():
    first, second = administrators()
    person, auditor = make_staff("analyst"), make_staff("auditor")
    change = proposed(person, by=first)
    with pytest.raises(Incomplete):
        staff.refuse(change, reason="", by=second)
    staff.refuse(change, reason="Too early", by=second)
    assert again(person).roles == {"analyst"}
    assert mails("staff_refused") == {first.email}
    assert mails("staff_changed") == {auditor.email}
    [mail] = OutboundMessage.objects.filter(event="staff_refused")
    assert "Too early" not in mail.body_text
    with pytest.raises((NotAllowed, TransitionRefused)):
        staff.confirm(change, by=second)


def test_only_who_proposed_takes_it_back():
    first, second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    with pytest.raises(NotAllowed):
        staff.withdraw(change, by=second)
    assert staff.withdraw(change, by=first).status == "withdrawn"


def test_sec_27_disable_on_leave():
    first, second = administrators()
    person = make_staff("analyst")
    client = client_for(person)
    assert client.get("/staff/access/").status_code == 200
    application = applied(make_agency(), status="in_review", reviewer=person)
    request = request_at("in_review", analyst=person, officer=make_officer())
    DataRequest.objects.filter(pk=request.pk).update(assignee=person)
    own = proposed(make_staff("analyst"), role="counsel", by=first)
    shown = words(client_for(first).get(f"/staff/people/{person.pk}/"))
    assert "1 application in review" in shown
    assert "1 open request" in shown
    assert request.reference not in shown, "which ones is not for administrators"
    staff.confirm(proposed(person, "leave", by=first), by=second)
    person = again(person)
    assert (person.is_active, person.roles) == (False, frozenset())
    assert client.get("/staff/access/").url.startswith("/sign-in/")
    assert AccessApplication.objects.get(pk=application.pk).reviewer is None
    assert DataRequest.objects.get(pk=request.pk).assignee is None
    assert RoleChange.objects.get(pk=own.pk).status == "proposed", "somebody else's stays"
    assert {"staff.role_ended", "staff.account_closed"} <= set(actions(object_id=str(person.pk)))


def test_sec_27_ending_the_last_role_closes_the_account_and_ending_one_of_two_does_not():
    first, second = administrators()
    person = make_staff("analyst", "counsel")
    client = client_for(person)
    staff.confirm(proposed(person, "end", role="counsel", by=first), by=second)
    assert again(person).is_active
    assert client.get("/staff/access/").url.startswith("/sign-in/"), "sessions end with a role"
    staff.confirm(proposed(person, "end", role="analyst", by=first), by=second)
    assert not again(person).is_active


def test_who_leaves_takes_their_proposals_and_invitations_along():
    first, _second = administrators()
    third, approver = make_staff("administrator"), make_staff("approver")
    change = proposed(make_staff("analyst"), by=third)
    open_one, sent = invited(by=third), invited("b@meridian.example", by=first)
    invitations.confirm(sent, by=third)
    staff.confirm(proposed(third, "leave", by=first), by=approver)
    assert RoleChange.objects.get(pk=change.pk).status == "withdrawn"
    for row in (open_one, sent):
        row.refresh_from_db()
        assert (row.status, row.token_hash) == ("withdrawn", "")


def test_sec_27_a_direct_threat_is_shut_out_by_one_person_until_another_decides():
    first, second = administrators()
    person, auditor = make_staff("analyst"), make_staff("auditor")
    client = client_for(person)
    change = proposed(person, "leave", at_once=True, by=first)
    assert client.get("/staff/access/").url.startswith("/sign-in/")
    assert not again(person).is_active
    assert mails("staff_blocked") == {auditor.email, second.email}
    staff.confirm(change, by=second)
    assert not again(person).is_active


def test_the_last_administrator_who_can_sign_in_is_not_blocked():
    first, second = administrators()
    make_staff("approver")
    proposed(second, "leave", at_once=True, by=first)
    with pytest.raises(NotAllowed, match="do not have the right"):
        proposed(first, "leave", at_once=True, by=again(second))
    third = make_staff("administrator")
    User.objects.filter(pk=first.pk).update(is_active=False)
    first.is_active = True  # a request in flight that began before: the rule holds without the guard
    with pytest.raises(NotAllowed, match="last administrator"):
        proposed(third, "leave", at_once=True, by=first)
    assert again(third).is_active


def test_teams_are_joined_and_left_by_two_people_and_on_call_by_one():
    first, second = administrators()
    person = make_staff("analyst")
    team = Team.objects.create(provider=make_provider(), name="Night")
    other = Team.objects.create(provider=make_provider(name="Other", slug="other", reference_prefix="OT"), name="Far")
    with pytest.raises(NotAllowed, match="no role at the provider"):
        proposed(person, "join", team=other, by=first)
    staff.confirm(proposed(person, "join", team=team, by=first), by=second)
    member = TeamMembership.objects.get(user=person, team=team)
    with pytest.raises(NotAllowed, match="in this team already"):
        proposed(person, "join", team=team, by=first)
    staff.set_on_call(member, on_call=True, by=second)
    assert TeamMembership.objects.get(pk=member.pk).on_call
    with pytest.raises(NotAllowed):
        staff.set_on_call(member, on_call=False, by=make_staff("approver"))
    staff.confirm(proposed(person, "part", team=team, by=first), by=second)
    assert not TeamMembership.objects.filter(user=person).exists()
    with pytest.raises(NotAllowed, match="not in this team"):
        proposed(person, "part", team=team, by=first)


def test_nothing_is_confirmed_while_the_second_person_cools_down():
    first, second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    User.objects.filter(pk=second.pk).update(cool_down_until=timezone.now() + timedelta(hours=1))
    with pytest.raises(NotAllowed, match="only after"):
        staff.confirm(change, by=again(second))


def test_the_database_keeps_two_people_apart_too():
    first, second = administrators()
    person = make_staff("analyst")
    values = {"user": person, "provider": make_provider(), "role": "approver", "granted_at": timezone.now()}
    for by in ({"granted_by": first, "confirmed_by": first}, {"granted_by": first, "confirmed_by": person}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffRole.objects.create(**values, **by)
    StaffRole.objects.create(**values, granted_by=first, confirmed_by=second)


# Pages ----------------------------------------------------------------------------------------------------------------
def test_the_list_shows_what_waits_and_counts_no_queries_for_more_rows(django_assert_num_queries):
    first, _second = administrators()
    proposed(make_staff("analyst"), by=first)
    client = client_for(first)
    client.get("/staff/people/")
    with django_assert_num_queries(PEOPLE_QUERIES):
        assert "Give the role approver" in words(client.get("/staff/people/"))
    for _n in range(2):
        proposed(make_staff("analyst"), by=first)
    with django_assert_num_queries(PEOPLE_QUERIES):
        assert words(client.get("/staff/people/")).count("Give the role approver") == 3


PEOPLE_QUERIES = 13


def test_a_change_walks_through_the_pages():
    first, second = administrators()
    person = make_staff("analyst", full_name="Priya Nair")
    client = client_for(first)
    url = f"/staff/people/{person.pk}/change/"
    assert client.get(url).status_code == 200
    bad = client.post(url, {"kind": "grant", "reason": "Kept words"})
    assert (bad.status_code, "Kept words" in bad.content.decode()) == (422, True)
    sent = client.post(url, {"kind": "grant", "grant": "approver", "reason": "Night desk"})
    assert sent.status_code == 302
    assert "you proposed it" in words(client.get(sent.url))
    other = client_for(second)
    assert "Confirm" in words(other.get(sent.url))
    unsure = other.post(f"{sent.url}decide/", {"decision": "refuse"})
    assert (unsure.status_code, again(person).roles) == (422, {"analyst"})
    assert other.post(f"{sent.url}decide/", {"decision": "confirm"}).url == sent.url
    assert again(person).roles == {"analyst", "approver"}
    late = other.post(f"{sent.url}decide/", {"decision": "confirm"})
    assert (late.status_code, "state has changed" in words(late)) == (422, True)
    shown = words(other.get(f"/staff/people/{person.pk}/"))
    assert f"Proposed by {first.full_name}, confirmed by {second.full_name}" in shown


def test_sec_11_proposing_confirming_and_inviting_ask_for_a_fresh_factor():
    first, second = administrators()
    person = make_staff("analyst")
    change = proposed(person, by=first)
    stale = client_for(second, factor_age=3600)
    for url in (
        f"/staff/people/{person.pk}/change/",
        f"/staff/people/changes/{change.uid}/decide/",
        "/staff/people/invite/",
    ):
        assert stale.post(url, {"decision": "confirm"}).url.startswith("/sign-in/factor/"), url
    change.refresh_from_db()
    assert change.status == "proposed"


def test_sec_02_confirming_needs_a_passkey_where_the_setting_says_so(settings):
    settings.PASSKEY_FOR_DECISIONS = True
    first, second = administrators()
    change = proposed(make_staff("analyst"), by=first)
    answer = client_for(second).post(f"/staff/people/changes/{change.uid}/decide/", {"decision": "confirm"})
    assert "need=passkey" in answer.url


def test_auditors_read_and_change_nothing():
    first, _second = administrators()
    person = make_staff("analyst")
    change = proposed(person, by=first)
    client = client_for(make_staff("auditor"))
    for url in ("/staff/people/", f"/staff/people/{person.pk}/", f"/staff/people/changes/{change.uid}/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert not [form for form in page(answer).main.find_all("form") if "sign-out" not in form.get("action", "")]
    assert client.post(f"/staff/people/changes/{change.uid}/decide/", {"decision": "confirm"}).status_code == 403


def test_a_person_who_never_worked_here_has_no_page():
    officer = make_officer()
    client = client_for(make_staff("administrator"))
    assert client.get(f"/staff/people/{officer.pk}/").status_code == 404
    assert client.get(f"/staff/people/{officer.pk}/change/").status_code == 404
