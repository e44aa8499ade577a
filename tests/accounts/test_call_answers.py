"""The newest answer of an agency decides: a later no takes a yes back, and nobody answering changes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus, CallBackResult
from accounts.models import AccessApplication, AgencyMembership, LostFactor
from accounts.services import calls, leads, look_back, lost_factor, reverification, suspensions, vetting
from accounts.services.suspensions import Told
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import page, words
from tests.accounts.suspending import confirmed, looked_at, suspended_agency, suspended_officer, told
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db
NOES = [CallBackResult.NOT_CONFIRMED, CallBackResult.OFFICER_ONLY]
AGAIN = "A later call did not confirm"
VOID = "Does not count any more: a later call did not confirm"


def call_about(application, result, *, by, at=None):
    number = vetting.usable_numbers(application)[0]
    spoke = "" if result == CallBackResult.NO_ANSWER else "Desk"
    vetting.record_call_back(application, by=by, number=number, spoke_to=spoke, result=result, at=at)


# Applications ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("no", NOES)
def test_an_application_needs_another_yes_after_a_no(no):
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    call_about(application, CallBackResult.NO_ANSWER, by=analyst)
    application.refresh_from_db()
    assert not vetting.decisions_for(application, analyst)["approve_alone"], "nobody answering changes nothing"
    call_about(application, no, by=make_staff("analyst"))
    call_about(application, CallBackResult.NO_ANSWER, by=analyst)
    for act in (vetting.approve, vetting.recommend):
        with pytest.raises(NotAllowed, match=AGAIN):
            act(application, by=analyst, reason="They said yes once")
    confirmed_call(application, by=analyst)
    vetting.approve(application, by=analyst, reason="Cleared up")
    assert AccessApplication.objects.get(pk=application.pk).status == ApplicationStatus.APPROVED


def test_a_no_stops_the_second_person_too_and_the_page_shows_both_calls():
    application = make_application(make_agency())
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Fine")
    url = f"/staff/access/{application.reference}/"
    assert "contradict" not in words(client_for(approver).get(url))
    call_about(application, CallBackResult.NOT_CONFIRMED, by=approver)
    with pytest.raises(NotAllowed, match=AGAIN):
        vetting.approve(application, by=approver, reason="In a hurry")
    answer = client_for(approver).get(url)
    panel = " ".join(page(answer).select_one("section:has(#call-back), #call-back").parent.get_text(" ").split())
    assert panel.index("They do not know the officer") < panel.index(VOID), "the newest first"
    assert AGAIN in words(answer)
    assert "Calls to the agency contradict each other" in words(answer)


def test_a_call_before_the_application_was_sent_again_is_marked():
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    AccessApplication.objects.filter(pk=application.pk).update(submitted_at=timezone.now() + timedelta(seconds=1))
    shown = words(client_for(analyst).get(f"/staff/access/{application.reference}/"))
    assert "Does not count any more: the application was sent again after it" in shown
    assert "Record a call-back" in shown


def test_nobody_of_a_suspended_agency_is_recommended_or_let_in_but_calls_are_written_down():
    agency = make_agency()
    make_officer(agency)
    application = make_application(agency)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    suspended_agency(agency)
    confirmed_call(application, by=analyst)
    for act in (vetting.recommend, vetting.approve):
        with pytest.raises(NotAllowed, match="nobody of it is let in until that is lifted"):
            act(application, by=analyst, reason="Known officer")
    answer = client_for(analyst).get(f"/staff/access/{application.reference}/")
    assert {i["value"] for i in page(answer).select("[name=decision]")} == {"ask", "reject"}
    assert "This agency is suspended" in page(answer).select_one(".govuk-warning-text").get_text()


@pytest.mark.parametrize(("result", "status"), [("not_confirmed", 422), ("officer_only", 422), ("no_answer", 302)])
def test_the_name_is_left_out_only_where_nobody_answered(result, status):
    application = make_application(make_agency())
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    shown = words(client.get(url))
    assert "Leave empty only if nobody answered" in shown
    assert "Who you spoke to (optional)" not in shown
    said = {"way": f"number-{application.agency.numbers.get().pk}", "spoke_to": "", "result": result, "note": ""}
    assert client.post(f"{url}call-back/", said).status_code == status


# Leads ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("no", NOES)
def test_a_lead_needs_another_yes_after_a_no(no):
    officer = make_officer()
    other = make_officer(officer.membership.agency)
    member = AgencyMembership.objects.get(user=officer)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    number = calls.usable_numbers(member.agency)[0]

    def said(result, about=member):
        leads.record_call(about, by=analyst, number=number, spoke_to="The chief", result=result)

    said(CallBackResult.CONFIRMED)
    said(no, AgencyMembership.objects.get(user=other))
    said(CallBackResult.NO_ANSWER)
    assert not leads.appoint_refusal(member, approver, at=timezone.now())
    said(no)
    with pytest.raises(NotAllowed, match=AGAIN):
        leads.appoint(member, by=approver, reason="Asked by the chief")
    shown = words(client_for(approver).get(f"/staff/officers/{officer.pk}/"))
    assert AGAIN in shown
    assert VOID in shown
    said(CallBackResult.CONFIRMED)
    assert leads.appoint(member, by=approver, reason="Asked by the chief").role == "lead"


# Suspensions ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("no", NOES)
@pytest.mark.parametrize("who", ["agency", "officer"])
def test_access_comes_back_only_after_another_yes(who, no):
    officer = make_officer()
    agency = officer.membership.agency
    suspension = suspended_agency(agency) if who == "agency" else suspended_officer(officer)
    looked_at(suspension)
    confirmed(suspension)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    suspensions.record_return_call(suspension, told(agency, result="no_answer", spoke_to=""), by=analyst)
    assert not suspensions.why_not_lifted(suspension, by=approver, at=timezone.now())
    suspensions.record_return_call(suspension, told(agency, result=no), by=analyst)
    with pytest.raises(NotAllowed, match=AGAIN):
        suspensions.lift(suspension, reason="Secured", by=approver)
    shown = words(client_for(approver).get(f"/staff/suspensions/{suspension.uid}/"))
    assert AGAIN in shown
    assert VOID in shown
    confirmed(suspension)
    assert suspensions.lift(suspension, reason="Secured", by=approver).lifted_at


def test_a_new_number_is_marked_where_it_may_be_called():
    officer = make_officer()
    agency = officer.membership.agency
    client = client_for(make_staff("analyst"))
    pages = [f"/staff/officers/{officer.pk}/", f"/staff/officers/{officer.pk}/suspend/"]
    assert all("New number: two people" not in words(client.get(url)) for url in pages)
    agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=1))
    assert all("New number: two people" in words(client.get(url)) for url in pages)
    button = page(client.get(pages[1])).find("button", string=lambda text: text and "Suspend this officer now" in text)
    assert "govuk-button--warning" in button["class"]
    suspension = suspended_officer(officer)
    assert "New number: two people" in words(client.get(f"/staff/suspensions/{suspension.uid}/"))


def test_what_a_suspension_takes_counts_only_who_has_access():
    officer = make_officer()
    agency = officer.membership.agency
    for change in ("suspended_at", "lapsed_at"):
        make_officer(agency).memberships.update(**{change: timezone.now()})
    now = timezone.now()
    assert suspensions.consequences(agency=agency, at=now)[0].startswith("1 officer loses access,")
    officer.memberships.update(lapsed_at=now)
    assert suspensions.consequences(officer=officer, at=now)[0].startswith("Nobody has access now,")
    found = reverification.affected(agency=agency, until=now)
    assert not found.exists(), "who has no access is not asked"


def test_nobody_of_a_suspended_agency_is_asked_to_verify_again():
    officer = make_officer()
    agency = officer.membership.agency
    assert reverification.affected(agency=agency, until=timezone.now()).count() == 1
    suspended_agency(agency)
    assert reverification.affected(agency=agency, until=timezone.now()).count() == 0


def test_the_list_says_this_officer_where_it_is_about_one():
    suspension = suspended_officer(make_officer())
    suspension.look_back_from = None
    suspension.save()
    shown = words(client_for(make_staff("analyst")).get(f"/staff/suspensions/{suspension.uid}/"))
    assert "no call has confirmed this officer yet" in shown
    assert "everybody" not in shown
    assert look_back.progress(suspension).left == 0


# Verifying again ------------------------------------------------------------------------------------------------------
def test_who_is_asked_at_once_was_not_late():
    officer = make_officer()
    reverification.ask(by=make_staff("approver"), agency=officer.membership.agency, days=0, reason="Theft")
    reverification.sweep()
    assert AgencyMembership.objects.get(user=officer).lapse_reason == reverification.AT_ONCE
    mail = OutboundMessage.objects.get(event="access_lapsed", to_user=officer)
    assert "we asked all officers to verify again now" in mail.body_text
    assert "in time" not in mail.body_text
    assert "Theft" not in mail.body_text


def test_who_was_asked_with_days_and_let_them_pass_is_late():
    officer = make_officer()
    now = timezone.now()
    agency = officer.membership.agency
    reverification.ask(by=make_staff("approver"), agency=agency, days=14, reason="Theft", at=now - timedelta(days=15))
    reverification.sweep(at=now)
    assert AgencyMembership.objects.get(user=officer).lapse_reason == reverification.OVERDUE


# Lost factors ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("no", NOES)
def test_a_factor_is_reset_only_after_another_yes(no):
    case = lost_factor.ask(make_officer(), reason="My phone was stolen")
    analyst, approver = make_staff("analyst"), make_staff("approver")

    def said(result, spoke="Lind"):
        told_us = Told(result, number=case.agency.numbers.get(), spoke_to=spoke)
        lost_factor.record_call(case, told_us, by=analyst)
        return LostFactor.objects.get(pk=case.pk)

    said(CallBackResult.CONFIRMED)
    assert not lost_factor.why_not_reset(said(CallBackResult.NO_ANSWER, ""), by=approver, at=timezone.now())
    said(no)
    with pytest.raises(NotAllowed, match=AGAIN):
        lost_factor.reset(case, reason="They said yes once", by=approver)
    shown = words(client_for(approver).get(f"/staff/lost-factors/{case.uid}/"))
    assert AGAIN in shown
    assert VOID in shown
    said(CallBackResult.CONFIRMED)
    assert lost_factor.reset(case, reason="Cleared up", by=approver).status == "reset"
