"""Verifying again: who lapsed may do nothing else, who is early keeps access, the desk calls and decides anew."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, User
from accounts.services import verification, vetting
from foundation.core.errors import NotAllowed, Stale
from foundation.documents import services as documents
from foundation.documents.models import Document
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import actions, page, words
from tests.documents.files import make_image, make_locked_pdf
from tests.people import client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db
VALUES = {
    "full_name": "Mireille Aubanel", "rank": "commissaire", "unit": "Fraud", "badge": "20999", "phone": "+441632960140",
    "supervisor_name": "S. Carrow", "supervisor_contact": "ext 12",
}  # fmt: skip
FORM = VALUES | {"phone": "+44 1632 960140", "attested": "on"}


def approved() -> AccessApplication:
    """An application that let its officer in, by two people."""
    application = make_application(make_agency(), at=timezone.now() - timedelta(days=5))
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(again(application), by=analyst, reason="Known")
    vetting.approve(again(application), by=approver, reason="Agreed")
    return again(application)


def lapsed() -> AccessApplication:
    application = approved()
    application.user.memberships.update(lapsed_at=timezone.now(), lapse_reason="Not verified again in time")
    AccessApplication.objects.filter(pk=application.pk).update(status=ApplicationStatus.LAPSED)
    return again(application)


def again(application) -> AccessApplication:
    return AccessApplication.objects.get(pk=application.pk)


def person(user) -> User:
    return User.objects.get(pk=user.pk)


def test_a_lapsed_officer_reaches_only_this_and_comes_back_by_it():
    application = lapsed()
    user = application.user
    client = client_for(user)
    assert client.get("/requests/")["Location"] == "/access/verify/"
    assert client.get("/start/")["Location"] == "/access/mine/"
    assert "Verify again" in words(client.get("/access/mine/"))
    shown = page(client.get("/access/verify/"))
    assert shown.select_one("[name=badge]")["value"] == application.badge
    assert shown.select_one("[name=supervisor_name]")["value"] == "S. Carrow"
    assert client.post("/access/verify/", FORM | {"attested": ""}).status_code == 422
    assert client.post("/access/verify/", FORM)["Location"] == "/access/mine/"
    stored = again(application)
    assert stored.status == ApplicationStatus.IN_REVIEW
    assert (stored.reviewer, stored.decided_by, stored.recommended_by) == (None, None, None)
    assert (stored.rank, stored.phone, stored.unit) == ("commissaire", "+441632960140", "Fraud")
    assert stored.submitted_at == stored.reverify_started_at == stored.attested_at > application.submitted_at
    assert stored.due_at > application.due_at
    assert set(stored.signals.values_list("state", flat=True)) == {"pending"}
    assert "Your verification is with us" in words(client.get("/access/mine/"))
    assert client.get("/requests/").status_code in {302, 404}, "not before somebody decided"
    assert client.get("/access/verify/")["Location"] == "/access/mine/"
    assert "access.verification_started_again" in actions(object_label=application.reference)

    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(again(application), by=analyst)
    with pytest.raises(NotAllowed, match="call-back"):
        vetting.recommend(again(application), by=analyst, reason="The old call does not count")
    confirmed_call(again(application), by=analyst)
    vetting.recommend(again(application), by=analyst, reason="Confirmed anew")
    vetting.approve(again(application), by=approver, reason="Agreed")
    assert person(user).is_officer
    assert person(user).membership.rank == "commissaire"
    assert client_for(user).get("/requests/").status_code == 200


def test_who_is_due_within_30_days_verifies_early_and_keeps_access():
    application = approved()
    user = application.user
    user.memberships.update(verify_again_at=timezone.now() + timedelta(days=31))
    assert verification.refusal(user, at=timezone.now()) == (
        "There is nothing to verify now. We write to you 30 days before."
    )
    user.memberships.update(verify_again_at=timezone.now() + timedelta(days=29))
    client = client_for(user)
    assert "You keep it meanwhile" in words(client.get("/access/mine/"))
    assert client.post("/access/verify/", FORM)["Location"] == "/access/mine/"
    new = AccessApplication.objects.get(status=ApplicationStatus.SUBMITTED)
    assert again(application).status == ApplicationStatus.APPROVED
    assert new.reverify_started_at is not None
    assert client.get("/requests/").status_code == 200
    said = words(client.get("/access/mine/"))
    assert "You keep your access meanwhile" in said
    with pytest.raises(NotAllowed, match="not decided yet"):
        verification.verify(user, values=VALUES)
    analyst, approver = make_staff("analyst"), make_staff("approver")
    vetting.take(new, by=analyst)
    confirmed_call(again(new), by=analyst)
    vetting.recommend(again(new), by=analyst, reason="Confirmed anew")
    vetting.approve(again(new), by=approver, reason="Agreed")
    assert person(user).membership.verify_again_at > timezone.now() + timedelta(days=360)
    assert user.memberships.filter(ended_at=None).count() == 1


def test_whoever_was_asked_may_verify_at_once():
    user = approved().user
    user.memberships.update(verify_again_at=timezone.now() + timedelta(days=60))
    assert verification.refusal(user, at=timezone.now())
    user.memberships.update(verification_asked_at=timezone.now())
    assert verification.refusal(user, at=timezone.now()) == ""


def test_an_officer_without_an_application_of_old_can_verify_too():
    officer = make_officer()
    officer.memberships.update(lapsed_at=timezone.now())
    row = verification.verify(officer, values=VALUES)
    assert (row.status, row.agency) == (ApplicationStatus.IN_REVIEW, officer.membership.agency)
    assert AccessApplication.objects.filter(user=officer).count() == 1


def test_who_may_not():
    now = timezone.now()
    assert "no access as an officer" in verification.refusal(make_user(), at=now)
    assert "no access as an officer" in verification.refusal(make_staff("analyst"), at=now)
    suspended = make_officer()
    suspended.memberships.update(lapsed_at=now, suspended_at=now)
    assert "suspended" in verification.refusal(suspended, at=now)
    answer = client_for(suspended).post("/access/verify/", FORM, follow=True)
    assert "Your access is suspended" in words(answer)
    assert not AccessApplication.objects.exists()


def test_the_guidelines_that_were_shown_count(settings):
    user = lapsed().user
    with pytest.raises(Stale):
        verification.verify(user, values=VALUES, guidelines="2019-01")
    client = client_for(user)
    answer = client.post("/access/verify/", FORM | {"guidelines_version": "2019-01"})
    assert answer.status_code == 422
    assert not page(answer).select_one("[name=attested]").has_attr("checked")
    assert page(answer).select_one("[name=rank]")["value"] == "commissaire"


def test_a_file_is_kept_when_the_rest_is_refused():
    application = lapsed()
    client = client_for(application.user)
    card = SimpleUploadedFile("new-card.png", make_image())
    answer = client.post("/access/verify/", FORM | {"badge": "", "document": card})
    assert answer.status_code == 422
    assert "We have: new-card.png" in words(answer)
    answer = client.post("/access/verify/", FORM)
    assert answer.status_code == 422
    assert "still being checked" in words(answer)
    documents.process(Document.objects.get(filename="new-card.png"))
    assert client.post("/access/verify/", FORM).status_code == 302
    assert again(application).identity_document.filename == "new-card.png"


def test_a_file_that_nobody_can_look_at_is_not_sent():
    application = lapsed()
    client = client_for(application.user)
    card = SimpleUploadedFile("card.pdf", make_locked_pdf(user="secret", owner="secret"))
    assert client.post("/access/verify/", FORM | {"document": card}).status_code == 422
    document = Document.objects.get(filename="card.pdf")
    documents.process(document)
    answer = client.post("/access/verify/", FORM)
    assert answer.status_code == 422
    assert "Send another" in words(answer)
    assert "We have" not in words(answer)
    assert again(application).status == ApplicationStatus.LAPSED
    assert client.post("/access/verify/", FORM).status_code == 302, "the card is optional"
    assert again(application).identity_document != document
    assert "up to" in words(client_for(lapsed().user).get("/access/verify/"))


def test_nobody_is_their_own_supervisor():
    application = lapsed()
    answer = client_for(application.user).post("/access/verify/", FORM | {"supervisor_name": "AUBANEL, Mireille"})
    assert answer.status_code == 422
    assert "this is your own name" in words(answer)


def test_another_agency_is_another_application():
    application = lapsed()
    client = client_for(application.user)
    answer = client.post("/access/again/", follow=True)
    assert "Apply for access" in words(answer)
    assert AccessApplication.objects.filter(user=application.user, status=ApplicationStatus.DRAFT).count() == 1
