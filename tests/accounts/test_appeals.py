"""An appeal: once, in time, decided by others; the reasons stay with us."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import notify
from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, BlockedDomain
from accounts.services import appeals, applications, vetting
from foundation.core.errors import Incomplete, NotAllowed
from foundation.notifications.models import OutboundMessage
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions, last_mail, words
from tests.people import client_for, make_agency, make_staff, make_user

pytestmark = pytest.mark.django_db
REASON = "Look-alike domain, 19 days old"
TEXT = "Please ask the personnel office of our headquarters; they know me since 2011."


def declined(**changes) -> AccessApplication:
    application = make_application(make_agency(), **changes)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    vetting.decline(AccessApplication.objects.get(pk=application.pk), by=analyst, reason=REASON)
    return again(application)


def again(application) -> AccessApplication:
    return AccessApplication.objects.get(pk=application.pk)


def test_an_appeal_goes_to_other_people_with_a_new_due_date():
    application = declined(at=timezone.now() - timedelta(days=5))
    first, user = application.decided_by, application.user
    client = client_for(user)
    answer = client.get("/access/mine/")
    assert "another person than before decides" in words(answer)
    assert REASON not in answer.content.decode()
    url = f"/access/{application.reference}/appeal/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"text": TEXT})["Location"] == "/access/mine/"
    stored = again(application)
    assert stored.status == ApplicationStatus.SUBMITTED
    assert (stored.appeal, stored.decided_by, stored.decided_at, stored.reviewer) == (TEXT, None, None, None)
    assert (stored.decision_reason, stored.decision_code, stored.recommended_by) == ("", "", None)
    assert stored.due_at > application.due_at
    assert stored.due_rule
    assert stored.signals.exclude(state="pending").count() == 0, "the checks are done again"
    mail = last_mail("access_appealed")
    assert "We look at everything again, and another person than before decides" in " ".join(mail.body_text.split())
    for secret in (REASON, TEXT, "imitation"):
        assert secret not in mail.body_text + mail.body_html + mail.subject
    assert "Your appeal is with us" in words(client.get("/access/mine/"))
    with pytest.raises(NotAllowed):
        vetting.take(stored, by=first)
    vetting.take(stored, by=make_staff("analyst"))
    assert "access.appealed" in actions(object_label=application.reference)


def test_the_decline_says_how_to_appeal_and_no_reason():
    declined()
    mail = last_mail("access_declined")
    assert 'choose "Appeal"' in mail.body_text
    assert "within 30 days" in mail.body_text
    assert REASON not in mail.body_text + mail.body_html


def test_one_appeal_is_all():
    application = declined()
    appeals.appeal(application, by=application.user, text=TEXT)
    other = make_staff("analyst")
    vetting.take(again(application), by=other)
    later = timezone.now() + timedelta(minutes=1)
    vetting.decline(again(application), by=other, reason="Still nobody there", at=later)
    mail = last_mail("access_declined")
    assert mail.subject.endswith("Your appeal was declined")
    assert "your appeal was declined" in " ".join(mail.body_text.split())
    assert 'choose "Appeal"' not in mail.body_text
    with pytest.raises(NotAllowed, match="You appealed already"):
        appeals.appeal(application, by=application.user, text=TEXT)
    client = client_for(application.user)
    assert "/appeal/" not in client.get("/access/mine/").content.decode()
    answer = client.get(f"/access/{application.reference}/appeal/", follow=True)
    assert "You appealed already. You can apply again." in words(answer)


def test_an_appeal_comes_within_30_days():
    application = declined()
    until = application.decided_at + timedelta(days=30)
    assert appeals.appeal_until(application) == until
    with pytest.raises(NotAllowed, match="within 30 days"):
        appeals.appeal(application, by=application.user, text=TEXT, at=until + timedelta(seconds=1))
    assert appeals.appeal(application, by=application.user, text=TEXT, at=until).appealed_at == until


def test_applying_again_instead_of_an_appeal_is_asked_first():
    application = declined()
    client = client_for(application.user)
    assert "If you apply again, you can no longer appeal" in words(client.get("/access/mine/"))
    for answer in (client.get("/access/again/"), client.post("/access/again/")):
        assert "Apply again instead of an appeal?" in words(answer)
    assert AccessApplication.objects.filter(user=application.user).count() == 1
    assert client.post("/access/again/", {"instead_of_appeal": "yes"}).status_code == 302
    assert AccessApplication.objects.filter(user=application.user).count() == 2


def test_no_other_application_is_offered_to_a_blocked_domain():
    application = declined()
    domain = "shut-out.example"
    application.user.email = f"a@{domain}"
    application.user.save()
    AccessApplication.objects.update(email=f"a@{domain}")
    BlockedDomain.objects.create(
        domain=domain, reason="Forger", blocked_at=timezone.now(), blocked_by=make_staff("approver")
    )
    client = client_for(application.user)
    said = words(client.get("/access/mine/"))
    assert "We cannot take another application from your address" in said
    assert "/access/again/" not in client.get("/access/mine/").content.decode()
    client.post("/access/again/", {"instead_of_appeal": "yes"})
    assert AccessApplication.objects.filter(user=application.user).count() == 1
    letter = notify.letter("access_declined", again(application))
    assert "We cannot take another application" in letter
    assert "Apply again" not in letter


def test_whoever_applied_again_has_nothing_to_appeal():
    application = declined()
    applications.start_again(application.user)
    with pytest.raises(NotAllowed, match="applied again already"):
        appeals.appeal(application, by=application.user, text=TEXT)


@pytest.mark.parametrize("text", ["", "Too short", " " * 40, "x" * 3001])
def test_an_appeal_says_something(text):
    application = declined()
    with pytest.raises(Incomplete):
        appeals.appeal(application, by=application.user, text=text)
    answer = client_for(application.user).post(f"/access/{application.reference}/appeal/", {"text": text})
    assert answer.status_code == 422
    assert again(application).status == ApplicationStatus.REJECTED


def test_only_the_applicant_and_only_after_a_decline():
    application = declined()
    with pytest.raises(NotAllowed):
        appeals.appeal(application, by=make_user(), text=TEXT)
    url = f"/access/{application.reference}/appeal/"
    assert client_for(make_user()).get(url).status_code == 404
    assert client_for(make_user()).post(url, {"text": TEXT}).status_code == 404
    waiting = make_application(make_agency())
    with pytest.raises(NotAllowed, match="Only a declined application"):
        appeals.appeal(waiting, by=waiting.user, text=TEXT)
    assert OutboundMessage.objects.filter(event="access_appealed").count() == 0


def test_a_double_click_appeals_once():
    application = declined()
    client, url = client_for(application.user), f"/access/{application.reference}/appeal/"
    assert [client.post(url, {"text": TEXT}).status_code for _ in range(2)] == [302, 302]
    assert OutboundMessage.objects.filter(event="access_appealed").count() == 1


def test_a_decided_appeal_of_years_ago_is_history(db):
    application = declined()
    late = application.decided_at + timedelta(days=400)
    assert appeals.refusal(application, at=late)
    assert not appeals.refusal(application, at=timezone.now())
