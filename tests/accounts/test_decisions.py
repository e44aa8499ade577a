"""Deciding: every word is kept, two people where two are needed, and nobody who must stay away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AddressVerdict, AgencyStatus, ApplicationStatus, CallBackResult, DeclineCode
from accounts.guards import second_person_reasons
from accounts.models import AccessApplication, AgencyMembership, BlockedDomain, User
from accounts.services import vetting
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, last_mail, page, words
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db


def known_agency(**changes):
    """An agency that has an officer, so that one person may let the next one in."""
    agency = make_agency(**changes)
    make_officer(agency)
    return agency


def taken(application, analyst):
    vetting.take(application, by=analyst)
    application.refresh_from_db()
    return application


def test_nothing_replaces_what_another_person_wrote():
    application = make_application(make_agency())
    analyst, approver = make_staff("analyst"), make_staff("approver")
    taken(application, analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Personnel confirmed her")
    vetting.send_back(application, by=approver, reason="Which number did you call?")
    vetting.recommend(application, by=analyst, reason="The control room, see the call")
    vetting.approve(application, by=approver, reason="Agreed")
    rows = application.decisions.order_by("pk").values_list("act", "text", "made_by")
    assert list(rows) == [
        ("recommend", "Personnel confirmed her", analyst.pk),
        ("send_back", "Which number did you call?", approver.pk),
        ("recommend", "The control room, see the call", analyst.pk),
        ("approve", "Agreed", approver.pk),
    ]
    answer = words(client_for(analyst).get(f"/staff/access/{application.reference}/"))
    assert all(text in answer for _act, text, _by in rows)


def test_a_decline_has_a_code_that_only_we_read():
    application = taken(make_application(make_agency()), analyst := make_staff("analyst"))
    client = client_for(analyst)
    url = f"/staff/access/{application.reference}/decide/"
    answer = client.post(url, {"decision": "reject", "reason": "Forged card"})
    assert answer.status_code == 422
    assert "Why you decline: choose an answer" in words(answer)
    assert "Forged card" in page(answer).select_one("textarea[name=reason]").get_text()
    client.post(url, {"decision": "reject", "reason": "Forged card", "decline_code": "forged"})
    row = application.decisions.get()
    assert (row.act, row.code, row.text) == ("decline", "forged", "Forged card")
    application.refresh_from_db()
    assert application.decision_code == DeclineCode.FORGED
    mail = last_mail("access_declined")
    assert "orged" not in mail.subject + mail.body_text + mail.body_html


def test_what_is_asked_has_a_code_and_words_for_the_applicant():
    application = taken(make_application(make_agency()), analyst := make_staff("analyst"))
    url = f"/staff/access/{application.reference}/decide/"
    said = {"decision": "ask", "reason": "Blurred", "ask": "A sharper picture", "ask_code": "proof"}
    assert client_for(analyst).post(url, said).status_code == 302
    row = application.decisions.get()
    assert (row.act, row.code, row.text) == ("ask", "proof", "A sharper picture\n\nBlurred")
    application.refresh_from_db()
    assert application.ask == "A sharper picture", "our own reason is not the applicant's to read"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("first", "first officer"),
        ("failed", "a check failed (Look-alike)"),
        ("unknown", "a check could not be done (Look-alike)"),
        ("pending", "the checks are not finished"),
        ("alternative", "another listed way"),
        ("new", "confirmed less than 7 days before"),
        ("appeal", "it is an appeal"),
    ],
)
def test_the_page_says_why_two_people_are_needed(case, why):
    agency = make_agency() if case == "first" else known_agency()
    analyst = make_staff("analyst")
    if case == "new":
        agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=6))
    changes = {"appeal": "Wrong.", "appealed_at": timezone.now()} if case == "appeal" else {}
    application = taken(make_application(agency, **changes), analyst)
    confirmed_call(application, by=analyst, number=case != "alternative")
    signal = application.signals.filter(kind="look_alike")
    if case in {"failed", "unknown"}:
        signal.update(outcome="fail" if case == "failed" else "unknown")
    elif case == "pending":
        signal.update(state="pending")
    assert [reason for reason in second_person_reasons(application) if why in reason]
    assert len(second_person_reasons(application)) == 1
    with pytest.raises(NotAllowed, match="A second person must approve"):
        vetting.approve(application, by=analyst, reason="Fine")
    assert why in words(client_for(analyst).get(f"/staff/access/{application.reference}/"))
    vetting.recommend(application, by=analyst, reason="Fine")
    vetting.approve(application, by=make_staff("approver"), reason="Agreed")
    assert User.objects.get(pk=application.user_id).is_officer


def test_a_number_that_is_a_week_old_is_enough_for_one():
    agency, analyst = known_agency(), make_staff("analyst")
    agency.numbers.update(confirmed_at=timezone.now() - timedelta(days=7, minutes=1))
    application = taken(make_application(agency), analyst)
    confirmed_call(application, by=analyst)
    assert second_person_reasons(application) == []
    vetting.approve(application, by=analyst, reason="Fine")


def test_where_two_are_needed_the_only_caller_does_not_approve():
    application = make_application(make_agency())
    analyst, approver, other = make_staff("analyst"), make_staff("approver"), make_staff("approver")
    taken(application, analyst)
    confirmed_call(application, by=approver)
    vetting.recommend(application, by=analyst, reason="Called by my colleague")
    with pytest.raises(NotAllowed, match="you made the call"):
        vetting.approve(application, by=approver, reason="I called")
    vetting.approve(application, by=other, reason="Agreed")


@pytest.mark.parametrize("result", ["no_answer", "officer_only", "not_confirmed"])
def test_no_other_result_of_a_call_counts(result):
    application = taken(make_application(known_agency()), analyst := make_staff("analyst"))
    number = vetting.usable_numbers(application)[0]
    vetting.record_call_back(application, by=analyst, number=number, spoke_to="Desk", result=result)
    for act in (vetting.recommend, vetting.approve):
        with pytest.raises(NotAllowed, match="call-back"):
            act(application, by=analyst, reason="Fine")


def test_a_call_before_the_appeal_or_before_verifying_again_counts_no_more():
    for name in ("appealed_at", "reverify_started_at"):
        application = taken(make_application(known_agency()), analyst := make_staff("analyst"))
        confirmed_call(application, by=analyst)
        changes = {name: timezone.now() + timedelta(seconds=1)}
        AccessApplication.objects.filter(pk=application.pk).update(**changes)
        with pytest.raises(NotAllowed, match="call-back"):
            vetting.recommend(application, by=analyst, reason="Fine")


def test_an_appeal_is_for_people_who_had_nothing_to_do_with_it():
    application = taken(make_application(known_agency()), first := make_staff("analyst", "approver"))
    vetting.decline(application, by=first, reason="Odd", code=DeclineCode.OTHER)
    at = timezone.now()
    AccessApplication.objects.filter(pk=application.pk).update(
        status=ApplicationStatus.SUBMITTED, reviewer=None, appeal="I do work there.", appealed_at=at, decided_at=None,
        decided_by=None, submitted_at=at,
    )  # fmt: skip
    application.refresh_from_db()
    with pytest.raises(NotAllowed, match="before the appeal"):
        vetting.take(application, by=first)
    answer = client_for(first).get(f"/staff/access/{application.reference}/")
    assert "I do work there." in words(answer)
    second = make_staff("analyst")
    taken(application, second)
    for act in (vetting.recommend, vetting.decline, vetting.approve):
        with pytest.raises(NotAllowed, match="before the appeal"):
            act(application, by=first, reason="Still odd")
    with pytest.raises(NotAllowed, match="before the appeal"):
        confirmed_call(application, by=first)
    confirmed_call(application, by=second)
    vetting.recommend(application, by=second, reason="Confirmed")
    with pytest.raises(NotAllowed, match="before the appeal"):
        vetting.approve(application, by=first, reason="All right")
    vetting.approve(application, by=make_staff("approver"), reason="Agreed")


def test_what_was_typed_stays_when_a_colleague_was_faster():
    application = taken(make_application(make_agency()), analyst := make_staff("analyst"))
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    seen = page(client.get(url)).select_one("[name=seen]")["value"]
    vetting.decline(application, by=make_staff("approver"), reason="Known forger", code=DeclineCode.FORGED)
    said = {"decision": "ask", "ask": "The other side", "ask_code": "proof", "reason": "Long thoughts", "seen": seen}
    answer = client.post(f"{url}decide/", said)
    assert answer.status_code == 422
    text = words(answer)
    assert "Somebody worked on this application after you opened it" in text
    assert "Long thoughts" in text
    assert "The other side" in text
    assert "Known forger" in text
    assert application.decisions.count() == 1
    assert not OutboundMessage.objects.filter(event="access_more").exists()


def test_a_decision_is_made_on_the_calls_that_were_seen():
    application = taken(make_application(known_agency()), analyst := make_staff("analyst"))
    confirmed_call(application, by=analyst)
    seen = vetting.state_mark(application)
    number = vetting.usable_numbers(application)[0]
    colleague = make_staff("analyst")
    vetting.record_call_back(
        application, by=colleague, number=number, spoke_to="Desk", result=CallBackResult.NOT_CONFIRMED
    )
    with pytest.raises(Stale):
        vetting.approve(application, by=analyst, reason="Fine", seen=seen)
    client = client_for(analyst)
    url = f"/staff/access/{application.reference}/"
    said = {"decision": "approve_alone", "reason": "Fine", "seen": seen}
    answer = client.post(f"{url}decide/", said)
    assert answer.status_code == 422
    assert "A later call did not confirm: call again." in words(answer)
    confirmed_call(application, by=colleague)
    said["seen"] = page(client.get(url)).select_one("[name=seen]")["value"]
    assert client.post(f"{url}decide/", said).status_code == 302, "called and read again, it may be decided"


def test_a_decline_may_block_the_domain_and_tell_the_agency_that_was_imitated():
    agency = make_agency(domain="northmoor-police.example", generic_address="office@northmoor-police.example")
    email = "m.hollis@northmoor-police-uk.example"
    application = make_application(agency, email=email, verdict=AddressVerdict.NOT_RECOGNISED)
    analyst = make_staff("analyst")
    taken(application, analyst)
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    answer = words(client.get(url))
    assert "Block northmoor-police-uk.example" in answer
    assert f"Tell {agency} that their name was used" in answer
    said = {"reason": "Look-alike", "decline_code": "imitation", "block": "on", "warn": "on"}
    refused = client.post(f"{url}decide/", said | {"decision": "ask", "ask": "Card", "ask_code": "proof"})
    assert refused.status_code == 422
    assert "only when you decline" in words(refused)
    assert client.post(f"{url}decide/", said | {"decision": "reject"}).status_code == 302
    blocked = BlockedDomain.objects.get()
    assert (blocked.domain, blocked.about_reference) == ("northmoor-police-uk.example", application.reference)
    mail = last_mail("agency_misuse")
    assert mail.to_address == agency.generic_address
    assert "Hollis" not in mail.body_text
    assert {"agency.domain_blocked", "agency.warned_of_misuse"} <= set(actions())


def test_nothing_is_blocked_or_told_without_the_tick():
    agency = make_agency(generic_address="office@nordvik.example")
    application = make_application(agency, email="x@somewhere.example", verdict=AddressVerdict.NOT_RECOGNISED)
    vetting.decline(taken(application, by := make_staff("analyst")), by=by, reason="No", code=DeclineCode.OTHER)
    assert not BlockedDomain.objects.exists()
    assert not OutboundMessage.objects.filter(event="agency_misuse").exists()


@pytest.mark.parametrize("email", ["x@{own}", "x@city.gov.uk"])
def test_the_domain_of_an_agency_or_of_a_government_is_not_offered_for_blocking(email):
    agency = make_agency()
    address = email.format(own=agency.domains.get().domain)
    application = taken(make_application(agency, email=address), analyst := make_staff("analyst"))
    assert vetting.domain_to_block(application) == ""
    answer = client_for(analyst).get(f"/staff/access/{application.reference}/")
    assert page(answer).select("[name=block]") == []


def test_the_letter_that_is_shown_is_the_letter_that_is_sent():
    application = taken(make_application(known_agency()), analyst := make_staff("analyst"))
    client, url = client_for(analyst), f"/staff/access/{application.reference}/"
    letters = [" ".join(d.get_text(" ").split()) for d in page(client.get(url)).select("details")]
    vetting.decline(application, by=analyst, reason="Odd", code=DeclineCode.OTHER)
    sent = " ".join(last_mail("access_declined").body_text.split())
    assert [letter for letter in letters if sent in letter]


def test_a_reason_that_is_too_long_is_told_the_limit_and_kept():
    application = taken(make_application(make_agency()), analyst := make_staff("analyst"))
    said = {"decision": "reject", "reason": "a" * 2001, "decline_code": "other"}
    answer = client_for(analyst).post(f"/staff/access/{application.reference}/decide/", said)
    assert "shorten this to 2000 characters" in words(answer)
    assert "a" * 2001 in page(answer).select_one("textarea[name=reason]").get_text()


def test_an_approval_never_lifts_a_suspension():
    agency = known_agency()
    officer = make_officer(agency)
    application = make_application(agency, reverify_started_at=timezone.now() - timedelta(minutes=1))
    AccessApplication.objects.filter(pk=application.pk).update(user=officer, email=officer.email)
    AgencyMembership.objects.filter(user=officer).update(suspended_at=timezone.now())
    application.refresh_from_db()
    taken(application, analyst := make_staff("analyst"))
    confirmed_call(application, by=analyst)
    with pytest.raises(TransitionRefused, match="suspended"):
        vetting.approve(application, by=analyst, reason="Verified again")
    assert AgencyMembership.objects.get(user=officer).suspended_at is not None


def test_who_verified_again_has_access_back_for_12_months_and_stays_lead():
    agency = known_agency()
    lead = make_officer(agency, lead=True)
    application = make_application(agency, reverify_started_at=timezone.now() - timedelta(minutes=1))
    analyst, once = make_staff("analyst"), make_staff("approver")
    # The names of the first round are still in the row.
    AccessApplication.objects.filter(pk=application.pk).update(
        user=lead, email=lead.email, recommended_by=analyst, recommended_at=application.created_at, decided_by=once,
        decided_at=application.created_at,
    )  # fmt: skip
    AgencyMembership.objects.filter(user=lead).update(lapsed_at=timezone.now(), lapse_reason="A year")
    application.refresh_from_db()
    taken(application, analyst)
    confirmed_call(application, by=analyst)
    vetting.approve(application, by=analyst, reason="Still there")
    member = AgencyMembership.objects.get(user=lead)
    assert (member.lapsed_at, member.lapse_reason, member.role) == (None, "", "lead")
    assert member.verify_again_at > timezone.now() + timedelta(days=364)
    assert User.objects.get(pk=lead.pk).is_lead


def test_the_sole_officer_of_an_agency_is_not_its_first_one_again():
    agency = make_agency()
    officer = make_officer(agency)
    application = make_application(agency, reverify_started_at=timezone.now() - timedelta(minutes=1))
    AccessApplication.objects.filter(pk=application.pk).update(user=officer)
    application.refresh_from_db()
    taken(application, analyst := make_staff("analyst"))
    confirmed_call(application, by=analyst)
    assert second_person_reasons(application) == []


def test_a_proposed_agency_is_opened_with_its_first_officer_and_each_step_is_on_record():
    agency = make_agency(status=AgencyStatus.PROPOSED)
    application = make_application(agency)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    taken(application, analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Fine")
    vetting.approve(application, by=approver, reason="Fine")
    agency.refresh_from_db()
    assert agency.status == AgencyStatus.ACTIVE
    assert {"agency.changed", "membership.approved", "access.approved"} <= set(actions())
