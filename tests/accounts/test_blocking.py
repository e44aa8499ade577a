"""Blocking a colleague at once: one may, the page says what it leaves, all are told, and two lift it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import RoleChange, TeamMembership, User
from accounts.services import blocking, staff
from accounts.services.staff_rules import OpenAlready, block_refusal
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import Team
from tests.accounts.helpers import actions, page, words
from tests.accounts.staffing import administrators, again, blocked, proposed
from tests.people import client_for, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db


def told(state: str) -> set[str]:
    """Who was told, by what the subject says."""
    said = {
        "blocked": "blocked by one",
        "overdue": "Nobody has decided",
        "lift_asked": "asks to lift",
        "lifted": "open",
    }
    found = OutboundMessage.objects.filter(event="staff_blocked", subject__contains=said[state])
    return set(found.values_list("to_address", flat=True))


def test_the_only_approver_is_blocked_by_one_and_everybody_who_decides_is_told_at_once():
    first, second = administrators()
    approver, auditor, analyst = make_staff("approver"), make_staff("auditor"), make_staff("analyst")
    client = client_for(approver)
    change = blocked(approver, by=first)
    assert client.get("/staff/access/").url.startswith("/sign-in/")
    assert told("blocked") == {second.email, auditor.email}
    assert analyst.email not in told("blocked")
    [mail] = OutboundMessage.objects.filter(event="staff_blocked", to_address=second.email)
    assert first.get_full_name() in mail.body_text
    assert approver.get_full_name() in mail.body_text
    assert f"/staff/people/changes/{change.uid}/" in mail.body_text
    assert "Needed for the night desk" not in mail.body_text, "the reason stands behind the sign-in"
    assert change.decide_until - change.blocked_at == timedelta(hours=24)
    event = AuditEvent.objects.get(action="staff.sign_in_blocked")
    assert (event.actor_id, event.reason) == (str(first.pk), "Needed for the night desk")


def test_a_block_needs_a_reason():
    first, _second = administrators()
    person = make_staff("analyst")
    with pytest.raises(Incomplete):
        staff.propose(person, staff.Wanted("leave", at_once=True), reason=" ", by=first)
    assert again(person).is_active


def test_one_person_alone_does_not_undo_it():
    first, second = administrators()
    person = make_staff("analyst")
    change = blocked(person, by=first)
    for undo in (
        lambda: staff.withdraw(change, by=first),
        lambda: staff.refuse(change, reason="A mistake", by=second),
        lambda: blocking.lift(change, by=second),
    ):
        with pytest.raises(NotAllowed):
            undo()
    assert not again(person).is_active


@pytest.mark.parametrize("who", ["the blocker asks", "the blocker agrees", "two others"])
def test_two_people_lift_it_and_the_blocker_may_be_one(who):
    first, second = administrators()
    third, auditor = make_staff("approver"), make_staff("auditor")
    asks, agrees = {
        "the blocker asks": (first, second), "the blocker agrees": (second, first), "two others": (second, third),
    }[who]  # fmt: skip
    person = make_staff("analyst")
    change = blocked(person, by=first)
    blocking.ask_lift(change, reason="The phone was found", by=asks)
    assert not again(person).is_active
    assert told("lift_asked") == {p.email for p in (first, second, third, auditor)} - {asks.email}
    with pytest.raises(NotAllowed, match="second person must agree"):
        blocking.lift(change, by=asks)
    row = blocking.lift(change, by=agrees)
    assert (again(person).is_active, again(person).roles) == (True, {"analyst"})
    assert (row.status, row.lift_asked_by, row.lifted_by) == ("lifted", asks, agrees)
    assert told("lifted") == {p.email for p in (first, second, third, auditor)} - {agrees.email}
    assert OutboundMessage.objects.filter(event="staff_open_again", to_address=person.email).count() == 1
    for mail in OutboundMessage.objects.all():
        assert "The phone was found" not in mail.body_text
    done = actions(object_type="accounts.rolechange", object_id=str(change.pk))
    assert done == ["staff.change_proposed", "staff.lift_asked", "staff.block_lifted"]
    with pytest.raises(TransitionRefused):
        blocking.lift(change, by=second)


def test_the_database_lets_nobody_lift_alone_or_for_themselves():
    first, second = administrators()
    person = make_staff("analyst")
    change = RoleChange.objects.filter(pk=blocked(person, by=first).pk)
    for wrong in (
        {"status": "lifted"},
        {"status": "lifted", "lift_asked_by": second, "lifted_by": second},
        {"status": "lifted", "lift_asked_by": second, "lifted_by": person},
        {"lift_asked_by": person},
        {"lifted_by": second},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change.update(**wrong)


@pytest.mark.parametrize("role", ["analyst", "counsel", "auditor", "preservation_admin", "custodian", "dpo"])
def test_nobody_else_lifts(role):
    first, second = administrators()
    change = blocked(make_staff("analyst"), by=first)
    with pytest.raises(NotAllowed):
        blocking.ask_lift(change, reason="Please", by=make_staff(role))
    blocking.ask_lift(change, reason="Please", by=second)
    with pytest.raises(NotAllowed):
        blocking.lift(change, by=make_staff(role))


def test_who_is_blocked_counts_for_nothing():
    first, _second = administrators()
    approver, person = make_staff("approver"), make_staff("analyst")
    other = blocked(person, by=first)
    blocking.ask_lift(other, reason="A mistake", by=approver)
    own = blocked(approver, by=first)
    with pytest.raises(NotAllowed):
        blocking.ask_lift(own, reason="It is me", by=again(approver))
    with pytest.raises(NotAllowed, match="Ask for it anew"):
        blocking.lift(other, by=first)
    blocking.ask_lift(other, reason="A mistake indeed", by=first)


def test_a_second_person_closes_the_account_instead():
    first, second = administrators()
    person = make_staff("analyst")
    change = blocked(person, by=first)
    blocking.ask_lift(change, reason="A mistake", by=make_staff("approver"))
    staff.confirm(change, by=second)
    assert (again(person).is_active, again(person).roles) == (False, frozenset())
    with pytest.raises(TransitionRefused):
        blocking.lift(change, by=second)


def test_administrators_are_blocked_only_where_two_are_left_who_can_lift_it():
    first, second = administrators()
    assert "Nobody could lift this with you" in block_refusal(second, by=first)
    with pytest.raises(NotAllowed, match="Appoint another administrator or an approver first"):
        blocked(second, by=first)
    assert again(second).is_active
    make_staff("approver")
    blocked(second, by=first)
    third = make_staff("administrator")
    blocked(third, by=first)
    assert User.objects.filter(is_active=True, staff_roles__role="administrator").get() == first
    with pytest.raises(NotAllowed, match="their own roles"):
        blocked(first, by=first)


def test_who_is_no_administrator_is_blocked_even_where_one_is_left_alone():
    alone, approver = make_staff("administrator"), make_staff("approver")
    said = " ".join(blocking.leaves(approver, by=alone))
    assert "only you are left" in said
    assert "command line of the server" in said
    blocked(approver, by=alone)
    assert not again(approver).is_active


def test_closing_that_is_proposed_already_does_not_keep_anybody_from_blocking():
    first, second = administrators()
    person = make_staff("analyst")
    slow = proposed(person, "leave", by=first)
    with pytest.raises(OpenAlready, match="it works at once"):
        blocked(person, by=second)
    change = blocked(person, by=first)
    slow.refresh_from_db()
    assert (slow.status, again(person).is_active) == ("withdrawn", False)
    with pytest.raises(OpenAlready):
        blocked(person, by=first)
    staff.confirm(change, by=second)


def test_what_it_leaves_is_said_with_names():
    first, second = administrators()
    approver = make_staff("approver", full_name="Sofia Marek")
    team = Team.objects.create(provider=make_provider(), name="Night")
    TeamMembership.objects.create(user=approver, team=team, on_call=True)
    said = blocking.leaves(approver, by=first)
    assert said[0].endswith("nobody else with the role approver: nothing is approved, released or given back until "
                            "somebody has.")  # fmt: skip
    assert said[1] == "Nobody else is on call in the team Night."
    assert said[2] == f"Lifting the block takes two of: you, {second.get_full_name()}."
    other = make_staff("approver", full_name="Ines Costa")
    TeamMembership.objects.create(user=other, team=team, on_call=True)
    said = blocking.leaves(approver, by=first)
    assert said[0] == "Meridian Exchange keeps 1 with the role approver: Ines Costa."
    assert not [words for words in said if "on call" in words]


def test_nobody_decided_in_time_all_are_told_once_and_it_stays_blocked():
    first, second = administrators()
    auditor, person = make_staff("auditor"), make_staff("analyst")
    change = blocked(person, by=first)
    assert blocking.sweep() == 0
    later = change.decide_until + timedelta(minutes=1)
    assert blocking.sweep(at=later) == 1
    assert told("overdue") == {first.email, second.email, auditor.email}
    assert blocking.sweep(at=later + timedelta(days=1)) == 0
    assert actions(action="staff.block_not_confirmed_in_time") == ["staff.block_not_confirmed_in_time"]
    assert not again(person).is_active


def test_what_was_decided_is_not_late():
    first, second = administrators()
    closed, opened = blocked(make_staff("analyst"), by=first), blocked(make_staff("analyst"), by=first)
    staff.confirm(closed, by=second)
    blocking.ask_lift(opened, reason="A mistake", by=first)
    blocking.lift(opened, by=second)
    proposed(make_staff("analyst"), by=first)
    assert blocking.sweep(at=timezone.now() + timedelta(days=3)) == 0


# Pages ----------------------------------------------------------------------------------------------------------------
def forms(response) -> list[str]:
    return [form.get("action", "") for form in page(response).main.find_all("form")]


def test_the_page_says_beforehand_what_a_block_leaves():
    first, _second = administrators()
    approver = make_staff("approver", full_name="Sofia Marek")
    shown = words(client_for(first).get(f"/staff/people/{approver.pk}/change/"))
    assert "nobody else with the role approver: nothing is approved" in shown
    assert "are to decide within 24 hours. You cannot undo it alone." in shown


def test_the_page_says_that_an_administrator_cannot_be_blocked_by_the_only_other():
    first, second = administrators()
    client, url = client_for(first), f"/staff/people/{second.pk}/change/"
    assert "Nobody could lift this with you" in words(client.get(url))
    answer = client.post(url, {"kind": "leave", "at_once": "on", "reason": "Kept words"})
    assert (answer.status_code, "Kept words" in answer.content.decode()) == (422, True)
    assert again(second).is_active


def test_a_block_walks_through_the_pages():
    first, second = administrators()
    person = make_staff("analyst", full_name="Priya Nair")
    client, other = client_for(first), client_for(second)
    url = f"/staff/people/{person.pk}/change/"
    page_of = client.post(url, {"kind": "leave", "at_once": "on", "reason": "Danger"}).url
    assert "Blocked." in words(client.get(page_of))
    assert forms(client.get(page_of)) == [f"{page_of}lift/ask/"], "who blocked neither closes nor lifts"
    people = words(other.get("/staff/people/"))
    assert "Blocked now" in people
    assert "To be decided until" in people
    assert set(forms(other.get(page_of))) == {f"{page_of}decide/", f"{page_of}lift/ask/"}
    empty = client.post(f"{page_of}lift/ask/", {"reason": ""})
    assert empty.status_code == 422
    assert client.post(f"{page_of}lift/ask/", {"reason": "A mistake"}).url == page_of
    again_asked = other.post(f"{page_of}lift/ask/", {"reason": "Mine too"})
    assert (again_asked.status_code, "asked for it already" in words(again_asked)) == (422, True)
    assert "Mine too" in again_asked.content.decode()
    assert set(forms(again_asked)) == {f"{page_of}decide/", f"{page_of}lift/"}, "only what is possible"
    assert "asks to lift the block" in words(other.get("/staff/people/"))
    assert "A mistake" in words(other.get(page_of))
    assert client.post(f"{page_of}lift/", follow=True).status_code == 200
    assert not again(person).is_active, "who asked does not agree"
    assert other.post(f"{page_of}lift/").url == page_of
    assert again(person).is_active
    shown = words(other.get(page_of))
    assert f"Lifted by {second.full_name}" in shown
    late = other.post(f"{page_of}lift/", follow=True)
    assert "the state has changed" in late.content.decode()


def test_closing_from_the_page():
    first, second = administrators()
    person = make_staff("analyst")
    change = blocked(person, by=first)
    url = f"/staff/people/changes/{change.uid}/"
    refused = client_for(second).post(f"{url}decide/", {"decision": "refuse", "reason": "No"})
    assert (refused.status_code, "Two people lift that" in words(refused)) == (422, True)
    assert client_for(second).post(f"{url}decide/", {"decision": "confirm"}).url == url
    assert not again(person).roles


def test_a_late_block_is_marked_on_the_pages():
    first, second = administrators()
    change = blocked(make_staff("analyst"), by=first)
    client, url = client_for(second), f"/staff/people/changes/{change.uid}/"
    assert "Late" not in words(client.get("/staff/people/")) + words(client.get(url))
    RoleChange.objects.filter(pk=change.pk).update(decide_until=timezone.now() - timedelta(minutes=1))
    assert "Late" in words(client.get("/staff/people/"))
    assert "Late" in words(client.get(url))


def test_lifting_asks_for_a_fresh_factor_and_is_for_those_who_confirm():
    first, second = administrators()
    change = blocked(make_staff("analyst"), by=first)
    url = f"/staff/people/changes/{change.uid}/lift/"
    for path in (url, f"{url}ask/"):
        assert client_for(second, factor_age=3600).post(path, {"reason": "x"}).url.startswith("/sign-in/factor/")
        assert client_for(make_staff("auditor")).post(path, {"reason": "x"}).status_code == 403
        assert client_for(make_officer()).post(path, {"reason": "x"}).status_code == 404
        assert client_for(second).get(path).url == f"/staff/people/changes/{change.uid}/"
