"""Who follows a request: colleagues at once, another agency once we agreed, and nobody who may not."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Desk
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.models import DataRequest
from requests_app.permissions import answers_for
from requests_app.services import desks, downloads, followers
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

GROUND = "Order, page 2, paragraph 3: the Sundby police take part."


def sees(user, data_request):
    return DataRequest.objects.visible_to(type(user).objects.get(pk=user.pk)).filter(pk=data_request.pk).exists()


def mails(event):
    return list(OutboundMessage.objects.filter(event=event).values_list("to_address", flat=True))


def agreed(data_request, person, analyst=None):
    asked = followers.ask(data_request, email=person.email, ground=GROUND, by=data_request.officer)
    return followers.agree(asked, reason="The order says so.", by=analyst or data_request.assignee)


def test_a_colleague_follows_at_once_reads_and_changes_nothing():
    sent = request_at("awaiting_officer")
    colleague = make_officer(sent.agency)
    page = client_for(sent.officer)
    url = f"/requests/{sent.reference}/followers/"
    assert colleague.get_full_name() in page.get(url).content.decode()
    for _click in range(2):
        page.post(url, {"action": "add", "colleague": colleague.pk})
    assert sent.followers.count() == 1
    assert sees(colleague, sent)
    assert mails("follower_added") == [colleague.email]
    theirs = client_for(colleague)
    read = theirs.get(f"/requests/{sent.reference}/").content.decode()
    assert "Send answer" not in read
    assert "Say who can follow" not in read
    for part in ("followers/", "change/facts/", "hand-over/"):
        assert theirs.get(f"/requests/{sent.reference}/{part}").status_code == 302, part
    theirs.post(f"/requests/{sent.reference}/change/facts/", {"action": "add", "text": "Mine"})
    assert sent.amendments.count() == 0
    theirs.post(f"/requests/{sent.reference}/followers/{sent.followers.get().pk}/end/")
    assert not sees(colleague, sent)


def test_mail_to_a_follower_says_nothing_of_the_case():
    sent = request_at("submitted", title="Operation Fjordlys")
    followers.add(sent, make_officer(sent.agency), by=sent.officer)
    mail = OutboundMessage.objects.get(event="follower_added")
    for word in (sent.title, sent.case_number, sent.facts, "nordlys"):
        assert word not in mail.body_text


@pytest.mark.parametrize("change", ["suspended", "left", "lapsed", "moved", "agency"])
def test_who_may_not_act_any_more_sees_nothing_and_is_not_told(change):
    sent = request_at("granted")
    colleague = make_officer(sent.agency)
    followers.add(sent, colleague, by=sent.officer)
    assert colleague in sent.people()
    member, now = colleague.memberships, timezone.now()
    if change == "suspended":
        member.update(suspended_at=now)
    elif change == "lapsed":
        member.update(verify_again_at=now - timedelta(days=1))
    elif change == "agency":
        sent.agency.status = "suspended"
        sent.agency.save()
    else:
        member.update(ended_at=now)
    if change == "moved":
        other = make_officer().membership
        other.pk, other.user = None, colleague
        other.save()
    assert not sees(colleague, sent)
    assert colleague not in sent.people()


def test_up_to_five_and_no_more():
    sent = request_at("submitted")
    for _n in range(5):
        followers.add(sent, make_officer(sent.agency), by=sent.officer)
    with pytest.raises(Incomplete, match="Up to 5"):
        followers.add(sent, make_officer(sent.agency), by=sent.officer)
    followers.end(sent.followers.first(), by=sent.officer)
    followers.add(sent, make_officer(sent.agency), by=sent.officer)


@pytest.mark.parametrize("exists", [True, False])
def test_another_agency_gets_the_same_answer_whether_or_not_the_person_exists(exists):
    sent = request_at("in_review")
    person = make_officer(make_agency("Sundby Police"))
    email = person.email if exists else "nobody.here@sundby-police.example"
    client, url = client_for(sent.officer), f"/requests/{sent.reference}/followers/"
    refused = client.post(url, {"action": "ask", "email": email, "ground": ""})
    assert refused.status_code == 422
    assert "write the passage of the order" in refused.content.decode()
    assert email in refused.content.decode()
    page = client.post(url, {"action": "ask", "email": email, "ground": GROUND}, follow=True).content.decode()
    assert "We look at it" in page
    assert person.get_full_name() not in page
    assert "Sundby Police" not in page
    assert email in page
    assert sent.followers.get().user is None
    assert not sees(person, sent)
    assert mails("follower_added") == []
    assert mails("agreement_waits") == [sent.assignee.email]


def test_staff_agree_and_both_are_told():
    sent = request_at("in_review")
    person = make_officer(make_agency("Sundby Police"))
    asked = followers.ask(sent, email=person.email.upper(), ground=GROUND, by=sent.officer)
    client, url = client_for(sent.assignee), f"/staff/requests/{sent.reference}/followers/{asked.pk}/"
    assert (
        "May an officer of another agency follow" in client.get(f"/staff/requests/{sent.reference}/").content.decode()
    )
    page = client.get(url).content.decode()
    assert GROUND in page
    assert "Sundby Police" in page
    for _click in range(2):
        client.post(url, {"action": "agree", "reason": "Compared with the order."})
    assert sees(person, sent)
    assert mails("follower_added") == [person.email]
    assert mails("follower_agreed") == [sent.officer.email]
    assert AuditEvent.objects.filter(action="request.follower_agreed").count() == 1
    officer = client_for(sent.officer).get(f"/requests/{sent.reference}/").content.decode()
    assert sent.assignee.get_full_name() not in officer


def test_declining_needs_a_reason_which_the_officer_reads_and_the_other_hears_nothing():
    sent = request_at("in_review")
    person = make_officer(make_agency())
    asked = followers.ask(sent, email=person.email, ground=GROUND, by=sent.officer)
    client, url = client_for(sent.assignee), f"/staff/requests/{sent.reference}/followers/{asked.pk}/"
    assert client.post(url, {"action": "decline", "reason": ""}).status_code == 422
    client.post(url, {"action": "decline", "reason": "The order names nobody else."})
    assert not sees(person, sent)
    assert mails("follower_declined") == [sent.officer.email]
    assert "names nobody" not in OutboundMessage.objects.get(event="follower_declined").body_text
    assert (
        "The order names nobody else." in client_for(sent.officer).get(f"/requests/{sent.reference}/").content.decode()
    )
    assert not OutboundMessage.objects.filter(to_address=person.email).exists()
    with pytest.raises(TransitionRefused):
        followers.agree(asked, reason="", by=sent.assignee)


def test_nobody_without_access_can_be_agreed_to_and_only_reviewers_decide():
    sent = request_at("in_review")
    asked = followers.ask(sent, email="nobody@elsewhere.example", ground=GROUND, by=sent.officer)
    with pytest.raises(NotAllowed, match="No officer with access"):
        followers.agree(asked, reason="", by=sent.assignee)
    url = f"/staff/requests/{sent.reference}/followers/{asked.pk}/"
    assert client_for(make_staff("approver")).get(url).status_code == 403
    assert client_for(sent.officer).get(url).status_code == 404


def test_a_restricted_request_is_followed_by_named_readers_only():
    sent = request_at("submitted", restricted=True)
    named, other = make_officer(sent.agency), make_officer(sent.agency)
    followers.add(sent, other, by=sent.officer)
    assert sees(other, sent)
    followers.end(sent.followers.get(user=other), by=sent.officer)
    assert not sent.named_readers.filter(pk=other.pk).exists()
    followers.add(sent, named, by=sent.officer)
    assert sees(named, sent)
    sent.named_readers.remove(named)
    assert not sees(named, sent)
    with pytest.raises(Incomplete, match="restricted"):
        followers.ask(sent, email=make_officer(make_agency()).email, ground=GROUND, by=sent.officer)


def test_in_a_draft_followers_see_nothing_until_it_is_sent():
    draft = request_at("draft")
    colleague = make_officer(draft.agency)
    client = client_for(draft.officer)
    client.post(f"/drafts/{draft.uid}/followers/", {"action": "add", "colleague": colleague.pk})
    assert draft.followers.get().user == colleague
    assert not sees(colleague, draft)
    assert mails("follower_added") == []
    assert client_for(colleague).get(f"/drafts/{draft.uid}/followers/").status_code == 404
    client.post(f"/drafts/{draft.uid}/followers/{draft.followers.get().pk}/end/")
    assert followers.standing(draft) == []


def test_a_follower_of_another_agency_downloads_and_a_declined_one_does_not():
    sent = request_at("in_review")
    person = make_officer(make_agency())
    agreed(sent, person)
    assert person in sent.people()
    package = type("P", (), {"data_request": sent, "status": "preparing", "expires_at": None})()
    assert downloads.refusal(package, user=person, at=timezone.now()) == "These records are not released yet."
    followers.end(sent.followers.get(), by=sent.officer)
    assert "Only the officer" in downloads.refusal(package, user=person, at=timezone.now())


def test_a_desk_sees_and_answers_like_the_officer_until_it_is_closed():
    asked = request_at("awaiting_officer")
    member, outsider = make_officer(asked.agency), make_officer(asked.agency)
    desk = Desk.objects.create(agency=asked.agency, name="Night desk")
    desk.members.add(asked.officer, member)
    client = client_for(asked.officer)
    client.post(f"/requests/{asked.reference}/followers/", {"action": "desk", "desk": desk.pk})
    asked.refresh_from_db()
    assert asked.desk == desk
    assert sees(member, asked)
    assert not sees(outsider, asked)
    assert member in asked.people()
    theirs = client_for(member)
    assert "Answer a question" in theirs.get("/requests/").content.decode()
    theirs.post(f"/requests/{asked.reference}/questions/1/", {"text": "The period in the order."})
    asked.refresh_from_db()
    assert asked.status == "in_review"
    assert f"by {member.get_full_name()}" in client.get(f"/requests/{asked.reference}/").content.decode()
    desk.closed_at = timezone.now()
    desk.save()
    assert not sees(member, asked)
    assert not answers_for(member, asked)


def test_a_desk_of_others_cannot_be_chosen():
    sent = request_at("submitted")
    mine_not = Desk.objects.create(agency=sent.agency, name="Day desk")
    with pytest.raises(NotAllowed):
        desks.file_for(sent, mine_not, by=sent.officer)
    client = client_for(sent.officer)
    assert (
        client.post(f"/requests/{sent.reference}/followers/", {"action": "desk", "desk": mine_not.pk}).status_code
        == 422
    )


def test_a_stranger_learns_nothing_from_a_reference():
    sent = request_at("submitted")
    stranger = client_for(make_officer())
    pages = [stranger.get(f"/requests/{ref}/") for ref in (sent.reference, "MX-26-0000000")]
    assert [page.status_code for page in pages] == [404, 404]
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", pages[0].content.decode()) == token.sub("", pages[1].content.decode())
    nobody = type(stranger)()
    assert [nobody.get(f"/requests/{ref}/").status_code for ref in (sent.reference, "MX-26-0000000")] == [302, 302]
