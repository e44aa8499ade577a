"""Leads: appointed after a call, ended, and what they say of colleagues, who learn nothing about applications."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import CallBackResult, CallPurpose, DeskRole, SignalKind
from accounts.models import AgencyMembership, CallBack, User, VettingSignal, Vouch
from accounts.services import calls, leads
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions, page, words
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def agency():
    return make_agency()


@pytest.fixture
def officer(agency):
    return make_officer(agency, full_name="Torkel Grimsby")


def member_of(user):
    return AgencyMembership.objects.get(user=user, ended_at=None)


def call(user, *, by, at=None, **changes):
    member = member_of(user)
    values = {"number": calls.usable_numbers(member.agency)[0], "spoke_to": "The chief", "result": "confirmed"}
    return leads.record_call(member, by=by, at=at, **(values | changes))


# Appointed ------------------------------------------------------------------------------------------------------------
def test_a_lead_is_appointed_on_the_page_after_a_call(agency, officer):
    other = make_officer(agency, lead=True, full_name="Sunniva Lodd")
    analyst, approver = client_for(make_staff("analyst")), client_for(make_staff("approver"))
    url = f"/staff/officers/{officer.pk}/"
    assert "Record a call first" in words(approver.get(url))
    assert approver.post(f"{url}lead/", {"reason": "Asked by the chief"}).status_code == 422
    said = {"way": f"number-{agency.numbers.get().pk}", "spoke_to": "The chief", "result": "confirmed", "note": ""}
    assert analyst.post(f"{url}lead/call/", said | {"spoke_to": ""}).status_code == 422
    assert analyst.post(f"{url}lead/call/", said).status_code == 302
    assert analyst.post(f"{url}lead/", {"reason": "Mine"}).status_code == 403
    assert approver.post(f"{url}lead/", {"reason": ""}).status_code == 422
    assert approver.post(f"{url}lead/", {"reason": "Asked by the chief"}).status_code == 302
    assert approver.post(f"{url}lead/", {"reason": "Asked by the chief"}).status_code == 422, "a double click"
    assert User.objects.get(pk=officer.pk).is_lead
    made = CallBack.objects.get()
    assert (made.purpose, made.about_user, made.agency) == (CallPurpose.LEAD, officer, agency)
    told = {(m.event, m.to_user_id) for m in OutboundMessage.objects.all()}
    assert told == {("lead_appointed", officer.pk), ("lead_changed", other.pk)}
    assert "Asked by the chief" not in "".join(m.body_text for m in OutboundMessage.objects.all())
    done = actions(object_type="accounts.agencymembership")
    assert done == ["membership.lead_appointed"]


def test_a_call_stands_for_7_days_and_for_this_officer_alone(agency, officer):
    approver, other = make_staff("approver"), make_officer(agency)
    now = timezone.now()
    call(officer, by=make_staff("analyst"), at=now - 7 * DAY)
    with pytest.raises(NotAllowed, match="Record a call first"):
        leads.appoint(member_of(officer), by=approver, reason="Why", at=now)
    call(officer, by=make_staff("analyst"), at=now, result=CallBackResult.NO_ANSWER)
    with pytest.raises(NotAllowed, match="Record a call first"):
        leads.appoint(member_of(officer), by=approver, reason="Why", at=now)
    call(officer, by=make_staff("analyst"), at=now)
    with pytest.raises(NotAllowed, match="Record a call first"):
        leads.appoint(member_of(other), by=approver, reason="Why", at=now)
    assert leads.appoint(member_of(officer), by=approver, reason="Why", at=now).role == DeskRole.LEAD


def test_without_an_old_number_the_caller_does_not_appoint(agency, officer):
    approver, second = make_staff("approver"), make_staff("approver")
    call(officer, by=approver, number=None, alternative="liaison")
    with pytest.raises(NotAllowed, match="Somebody else must appoint"):
        leads.appoint(member_of(officer), by=approver, reason="Why")
    leads.appoint(member_of(officer), by=second, reason="Why")


def test_a_number_that_is_a_day_old_needs_two(agency, officer):
    approver = make_staff("approver")
    agency.numbers.update(confirmed_at=timezone.now() - DAY)
    call(officer, by=approver)
    with pytest.raises(NotAllowed, match="Somebody else must appoint"):
        leads.appoint(member_of(officer), by=approver, reason="Why")


@pytest.mark.parametrize("change", ["suspended_at", "lapsed_at", "ended_at", "verify_again_at"])
def test_only_who_has_access_becomes_a_lead(officer, change):
    approver = make_staff("approver")
    call(officer, by=approver)
    member = member_of(officer)
    officer.memberships.update(**{change: timezone.now() - DAY})
    with pytest.raises(NotAllowed, match="has access now"):
        leads.appoint(member, by=approver, reason="Why")


def test_who_declared_a_conflict_stays_away(agency, officer):
    approver = make_staff("approver")
    approver.conflicts.create(agency=agency, reason="My sister", declared_at=timezone.now())
    for act in (
        lambda: call(officer, by=approver),
        lambda: leads.appoint(member_of(officer), by=approver, reason="Why"),
        lambda: leads.end(member_of(officer), by=approver, reason="Why"),
    ):
        with pytest.raises(NotAllowed, match="conflict"):
            act()


def test_a_lead_is_ended(agency):
    lead, other = make_officer(agency, lead=True), make_officer(agency, lead=True)
    approver = client_for(make_staff("approver"))
    url = f"/staff/officers/{lead.pk}/lead/end/"
    assert approver.get(url).url == f"/staff/officers/{lead.pk}/"
    assert approver.post(url, {"reason": "New post"}).status_code == 302
    assert approver.post(url, {"reason": "New post"}).status_code == 422
    assert not User.objects.get(pk=lead.pk).is_lead
    assert User.objects.get(pk=lead.pk).is_officer
    told = {(m.event, m.to_user_id) for m in OutboundMessage.objects.all()}
    assert told == {("lead_ended", lead.pk), ("lead_changed", other.pk)}
    with pytest.raises(TransitionRefused):
        leads.end(member_of(lead), by=make_staff("approver"), reason="Again")
    with pytest.raises(Incomplete):
        leads.end(member_of(other), by=make_staff("approver"), reason="")
    with pytest.raises(NotAllowed):
        leads.end(member_of(other), by=make_staff("analyst"), reason="Why")


def test_who_was_ended_needs_a_new_call(officer):
    approver = make_staff("approver")
    call(officer, by=approver)
    leads.appoint(member_of(officer), by=approver, reason="Why")
    leads.end(member_of(officer), by=approver, reason="Why not")
    with pytest.raises(NotAllowed, match="Record a call first"):
        leads.appoint(member_of(officer), by=approver, reason="Again")
    call(officer, by=approver, spoke_to="The chief once more")  # the same words within a minute are one call
    leads.appoint(member_of(officer), by=approver, reason="Again")


# Vouching -------------------------------------------------------------------------------------------------------------
def address(agency, name):
    return f"{name}@{agency.domains.get().domain}"


def test_the_answer_is_the_same_whether_or_not_somebody_applied(agency):
    lead = make_officer(agency, lead=True)
    applied = make_application(agency, email=address(agency, "applied"), full_name="Mireille Aubanel")
    client = client_for(lead)
    answers = []
    for email in (applied.email, address(agency, "nobody")):
        answer = client.post("/agency/vouches/", {"email": email, "name": "A Colleague", "note": ""}, follow=True)
        answers.append(words(answer).replace(email, "…"))
        assert applied.reference not in answer.content.decode()
        assert "Mireille Aubanel" not in answer.content.decode()
        Vouch.objects.all().delete()
    assert answers[0] == answers[1]
    assert actions(action="membership.vouched") == ["membership.vouched"] * 2


@pytest.mark.parametrize("email", ["colleague@gmail.com", "colleague@elsewhere-police.example", "no address"])
def test_only_addresses_of_the_own_agency(agency, email):
    make_agency(domain="elsewhere-police.example")
    client = client_for(make_officer(agency, lead=True))
    answer = client.post("/agency/vouches/", {"email": email, "name": "A Colleague", "note": "Kept"})
    assert answer.status_code == 422
    assert page(answer).select_one("textarea").get_text(strip=True) == "Kept"
    assert not Vouch.objects.exists()


def test_nobody_vouches_for_oneself_or_twice(agency):
    lead = make_officer(agency, lead=True)
    leads.vouch(by=lead, email=address(agency, "Colleague"), name="A Colleague")
    for email in (lead.email, address(agency, "colleague")):
        with pytest.raises(NotAllowed):
            leads.vouch(by=lead, email=email, name="A Colleague")
    assert Vouch.objects.get().email == address(agency, "colleague")


def test_20_vouches_a_day(agency):
    lead, now = make_officer(agency, lead=True), timezone.now()
    for n in range(20):
        leads.vouch(by=lead, email=address(agency, f"colleague{n}"), name="A Colleague", at=now)
    for _again in range(2):
        with pytest.raises(NotAllowed, match="20 times"):
            leads.vouch(by=lead, email=address(agency, "one.more"), name="A Colleague", at=now)
    leads.vouch(by=lead, email=address(agency, "one.more"), name="A Colleague", at=now + DAY)


def test_a_vouch_has_the_check_of_an_open_application_done_again(agency):
    lead = make_officer(agency, lead=True)
    application = make_application(agency, email=address(agency, "applied"))
    other = make_application(agency)
    for row in (application, other):
        VettingSignal.objects.update_or_create(
            application=row, kind=SignalKind.VOUCHED, defaults={"state": JobState.DONE, "due_at": timezone.now()}
        )
    said = leads.vouch(by=lead, email=application.email, name="A Colleague")

    def states():
        return [row.signals.get(kind=SignalKind.VOUCHED).state for row in (application, other)]

    assert states() == [JobState.PENDING, JobState.DONE]
    VettingSignal.objects.update(state=JobState.DONE)
    client = client_for(lead)
    for _double in range(2):
        assert client.post(f"/agency/vouches/{said.pk}/withdraw/").status_code == 302
    assert states() == [JobState.PENDING, JobState.DONE]
    said.refresh_from_db()
    assert said.withdrawn_at is not None
    assert actions(action="membership.vouch_withdrawn") == ["membership.vouch_withdrawn"]


def test_vouches_are_seen_and_taken_back_by_who_made_them(agency):
    lead, other = make_officer(agency, lead=True), make_officer(agency, lead=True)
    said = leads.vouch(by=lead, email=address(agency, "colleague"), name="Ottoline Brackwater")
    for user in (other, make_officer(lead=True)):
        client = client_for(user)
        assert "Ottoline" not in words(client.get("/agency/vouches/"))
        assert client.post(f"/agency/vouches/{said.pk}/withdraw/").status_code == 404
        with pytest.raises(NotAllowed):
            leads.withdraw(said, by=user)
    with pytest.raises(NotAllowed):
        leads.vouch(by=make_officer(agency), email=address(agency, "x"), name="A Colleague")


@pytest.mark.parametrize("count", [1, 3])
def test_the_vouches_cost_the_same_for_any_number(agency, count, django_assert_num_queries):
    lead = make_officer(agency, lead=True)
    for n in range(count):
        leads.vouch(by=lead, email=address(agency, f"colleague{n}"), name="A Colleague")
    client = client_for(lead)
    client.get("/agency/vouches/")
    with django_assert_num_queries(8):
        client.get("/agency/vouches/")
