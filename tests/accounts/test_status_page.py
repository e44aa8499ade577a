"""The status page: where it stands, what is missing, by when; never whom we called, never why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import AgencyStatus, ApplicationStatus, AskCode, CallBackResult
from accounts.models import AccessApplication, Agency
from accounts.services import applications, vetting
from foundation.core.errors import Incomplete
from foundation.documents import services as documents
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import last_mail, page, words
from tests.people import client_for, make_agency, make_officer, make_staff, make_user

PERSON = {
    "full_name": "Mireille Aubanel", "rank": "inspectrice", "unit": "", "badge": "20714", "phone": "+441632960140",
}  # fmt: skip
pytestmark = pytest.mark.django_db


def mine(user) -> str:
    return words(client_for(user).get("/access/mine/"))


def again(application) -> AccessApplication:
    return AccessApplication.objects.get(pk=application.pk)


def in_review(**changes):
    application = make_application(make_agency(), **changes)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    return again(application), analyst


def test_what_waits_says_by_when_in_both_times():
    application = make_application(make_agency())
    said = mine(application.user)
    assert "Application sent" in said
    assert f"{application.due_at:%H:%M} UTC" in said
    assert "your time" in said
    assert "the time in brackets is that of Europe/Oslo" in said
    assert "Missing from you Nothing" in said
    assert "You sent it" not in said, "the factory sends without an entry of the trail"
    assert "We are late" not in said


def test_the_history_tells_nothing_of_a_call_only_that_somebody_took_it_up():
    application, analyst = in_review()
    number = application.agency.numbers.get()
    for _ in range(2):
        vetting.record_call_back(
            application, by=analyst, number=number, spoke_to="", result=CallBackResult.NO_ANSWER, note="Rang for long"
        )
    confirmed_call(application, by=analyst)
    vetting.recommend(again(application), by=analyst, reason="Zebra is fine")
    said = mine(application.user)
    assert said.count("Taken up") == 1
    assert "We called" not in said
    assert "In review" in said
    answer = client_for(application.user).get("/access/mine/").content.decode()
    for secret in (number.number, number.number[-6:], "Personnel office", "Rang for long", "Zebra", analyst.full_name,
                   analyst.email, "ecommend", "Second approval", "nfirmed"):  # fmt: skip
        assert secret not in answer, secret


def test_being_late_is_admitted_with_a_way_to_reach_us():
    application = make_application(make_agency())
    AccessApplication.objects.update(due_at=timezone.now() - timedelta(hours=5))
    answer = client_for(application.user).get("/access/mine/")
    assert "We are late. You should have had our answer by" in words(answer)
    assert f"quote {application.reference}" in words(answer)
    assert page(answer).select_one("main .govuk-inset-text a")["href"] == "/contact/#agencies"


def test_a_question_pauses_our_time_and_marks_the_part():
    application, analyst = in_review(document=True)
    documents.process(application.identity_document)
    vetting.ask(application, by=analyst, text="The back of your card, it is cut off", code=AskCode.PROOF)
    mail = last_mail("access_more")
    assert "question" in mail.subject
    assert "back of your card" not in mail.body_text + mail.body_html + mail.subject
    client = client_for(application.user)
    said = words(client.get("/access/mine/"))
    assert "The back of your card, it is cut off" in said
    assert "What to change: Proof of identity and office" in said
    assert "Paused" in said
    base = f"/access/{application.reference}"
    assert client.get(f"{base}/")["Location"] == f"{base}/proof/", "the part that was asked about"
    form = page(client.get(f"{base}/person/"))
    assert "We asked about this" in form.select_one("#tproof-status").get_text()
    assert form.select_one("[name=full_name]")["value"] == "Mireille Aubanel", "old answers are kept"
    before = application.due_at
    AccessApplication.objects.update(due_at=before - timedelta(days=9))
    refused = client.post(f"{base}/send/", {"attested": "on"}, follow=True)
    assert refused.redirect_chain[-1][0] == f"{base}/proof/"
    assert "and you changed nothing there yet" in words(refused)
    assert again(application).status == ApplicationStatus.ACTION_NEEDED
    with pytest.raises(Incomplete, match="We asked about"):
        applications.submit(again(application), by=application.user)
    client.post(f"{base}/person/", PERSON | {"rank": "commissaire"})
    assert client.get(f"{base}/")["Location"] == f"{base}/proof/", "another part is no answer"
    same = {"proof_kind": "service_card", "explanation": ""}
    assert "you changed nothing there" in words(client.post(f"{base}/proof/", same, follow=True))
    said = client.post(f"{base}/proof/", same | {"explanation": "The back is empty"}, follow=True)
    assert said.redirect_chain[-1][0] == f"{base}/send/", "on to the end, not back to the same part"
    assert "Saved. Check your answers" in words(said)
    assert client.post(f"{base}/send/", {"attested": "on"}).status_code == 302
    stored = again(application)
    assert stored.status == ApplicationStatus.SUBMITTED
    assert stored.due_at >= before
    assert stored.submitted_at > application.submitted_at
    assert stored.ask == ""


def test_an_unsent_application_opens_where_it_was_left():
    application = make_application(make_agency(), status="draft", submitted_at=None, rank="")
    client = client_for(application.user)
    answer = client.get("/access/mine/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/access/{application.reference}/person/"


def test_nothing_yet():
    user = make_user()
    assert "You have no application for access." in mine(user)
    assert client_for(user).get("/access/again/")["Location"] == "/access/mine/"


def test_a_withdrawn_one_can_be_begun_again():
    application = make_application(make_agency(), status=ApplicationStatus.WITHDRAWN)
    assert "Your application is withdrawn" in mine(application.user)
    answer = client_for(application.user).post("/access/again/", follow=True)
    assert "Apply for access" in words(answer)


def test_an_officer_is_told_how_it_is():
    officer = make_officer()
    assert "You have access" in mine(officer)
    Agency.objects.update(status=AgencyStatus.SUSPENDED)
    assert "The access of your agency is suspended" in mine(officer)
    Agency.objects.update(status=AgencyStatus.ACTIVE)
    officer.memberships.update(lapsed_at=timezone.now(), lapse_reason="Not used for 90 days")
    assert "Your access has lapsed" in mine(officer)
    officer.memberships.update(suspended_at=timezone.now())
    said = mine(officer)
    assert "Your access is suspended" in said
    assert "Ask your agency to call us" in said
    officer.memberships.update(ended_at=timezone.now())
    AccessApplication.objects.filter(user=officer).delete()
    assert "You have no application for access." in mine(officer)


def test_the_page_asks_the_database_the_same_for_short_and_long_histories(django_assert_num_queries):
    application, analyst = in_review()
    client = client_for(application.user)
    client.get("/access/mine/")
    with django_assert_num_queries(_QUERIES):
        client.get("/access/mine/")
    for _ in range(3):
        confirmed_call(application, by=analyst)
    with django_assert_num_queries(_QUERIES):
        client.get("/access/mine/")


_QUERIES = 11
