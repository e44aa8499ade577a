"""Objections of account holders: written down, decided by a second person, and nothing leaves or is told meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision
from requests_app.history import history
from requests_app.services import downloads, notices, objections, packages
from requests_app.services.letter_checks import sent_on
from requests_app.services.letters import notice_words
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import granted_request, sealed_package

SAID = "That money is my late mother's"
pytestmark = pytest.mark.usefixtures("quick_letter", "company")


@pytest.fixture
def told(db, company):
    """A request whose two holders were told so long ago that their time to object is over."""
    data_request = granted_request(barred=False)
    assert notices.send_due() == 2
    long_ago = timezone.now() - timedelta(days=9)
    data_request.notices.update(sent_at=long_ago, window_ends_at=long_ago + timedelta(days=7))
    return data_request


def objected(data_request, *, by=None):
    notice = data_request.notices.order_by("account").first()
    said = {"words": SAID, "ticket": "SUP-4711", "said_at": timezone.now() - timedelta(days=3)}
    return objections.record_objection(notice, **said, by=by or data_request.test_people.analyst)


def test_objection_stops_the_release_until_it_is_dismissed_and_nobody_is_told_twice(told):
    package = sealed_package(told)
    notice = objected(told)
    people = told.test_people
    with pytest.raises(NotAllowed, match="objected"):
        packages.release(package, by=people.approver)
    assert OutboundMessage.objects.filter(event="objection_waits", to_user=people.approver).count() == 1
    notice = objections.dismiss(notice, reason="The order covers it", by=people.approver)
    assert (notice.status, notice.objection_decision) == ("sent", "The order covers it")
    assert not notice.objection_upheld
    assert notices.send_due(at=timezone.now() + timedelta(days=30)) == 0
    assert OutboundMessage.objects.filter(event="user_notice").count() == 2
    assert packages.release(package, by=people.approver).status == "released"


def test_upheld_objection_takes_the_request_back_to_review(told):
    package, people = sealed_package(told), told.test_people
    notice = objections.uphold(objected(told), reason="The account was taken over", by=people.approver)
    told.refresh_from_db()
    package.refresh_from_db()
    assert (told.status, told.decided_at, told.outcome) == ("in_review", None, "none")
    assert (package.status, package.recalls.get().cause) == ("revoked", "objection")
    decided = dict(told.lines.values_list("target__account", "decision"))
    assert decided.pop(notice.account) == LineDecision.OPEN
    assert set(decided.values()) == {LineDecision.PRODUCE}
    # Granted again: the holder is told of it anew, with another time to object.
    told.lines.update(decision=LineDecision.PRODUCE)
    type(told).objects.filter(pk=told.pk).update(status="granted", decided_at=timezone.now())
    notices.plan_for(told, by=people.approver)
    assert sent_on(notice.reference), "the letter that is out there is still ours"
    assert notices.send_due() == 1
    notice.refresh_from_db()
    assert (notice.status, notice.letters_sent) == ("sent", 2)
    page = client_for(people.analyst).get(f"/staff/requests/{told.reference}/records/notices/{notice.uid}/")
    assert "<strong>Upheld</strong>" in page.content.decode(), "that was decided, whatever followed"
    assert notice.window_ends_at > timezone.now() + timedelta(days=6)
    assert OutboundMessage.objects.filter(dedupe_key=f"notice:{notice.pk}:2").exists()


def test_upheld_after_release_stops_the_download_of_this_account_alone(told):
    package = packages.release(sealed_package(told), by=told.test_people.approver)
    asked = {"user": told.officer, "at": timezone.now()}
    assert downloads.refusal(package, **asked) is None
    notice = objected(told)
    assert "for the moment" in downloads.refusal(package, **asked)
    page, desk = f"/staff/requests/{told.reference}/records/notices/{notice.uid}/", client_for(make_staff("approver"))
    assert "cannot be downloaded until somebody has decided" in desk.get(page).content.decode()
    objections.dismiss(notice, reason="Nothing new", by=told.test_people.approver)
    assert downloads.refusal(package, **asked) is None
    assert "The officer can download package 1" in desk.get(page).content.decode()
    notice = objected(told)
    objections.uphold(notice, reason="Wrong person", by=told.test_people.approver)
    package.refresh_from_db()
    told.refresh_from_db()
    assert (package.status, told.status, told.produced_at) == ("revoked", "in_review", None)
    assert OutboundMessage.objects.filter(event="records_stopped").exists()


def test_officer_learns_of_no_objection(told):
    packages.release(sealed_package(told), by=told.test_people.approver)
    accounts = {told.notices.order_by("account").first().account}
    before = notice_words(told, accounts=accounts, at=timezone.now())
    officer = client_for(told.officer)
    pages = ("", "letter/", "records/1/")
    texts = [officer.get(f"/requests/{told.reference}/{page}").content.decode() for page in pages]
    notice = objected(told)
    assert notice_words(told, accounts=accounts, at=timezone.now()) == before
    objections.uphold(notice, reason="Wrong person", by=told.test_people.approver)
    assert notice_words(told, accounts=accounts, at=timezone.now()) == before
    texts += [officer.get(f"/requests/{told.reference}/{page}").content.decode() for page in pages]
    texts += OutboundMessage.objects.filter(to_user=told.officer).values_list("body_text", flat=True)
    assert not [text for text in texts if SAID in text or "bjection" in text or "SUP-4711" in text]
    assert any("Review started again" in text for text in texts)


def test_what_an_objection_needs(told):
    notice, people = told.notices.order_by("account").first(), told.test_people
    now = timezone.now()
    good = {"words": SAID, "ticket": "SUP-1", "said_at": now - timedelta(days=1), "by": people.analyst}
    wrong = (
        {"ticket": " "},
        {"words": ""},
        {"said_at": now + timedelta(days=1)},
        {"said_at": now - timedelta(days=99)},
    )
    for change in wrong:
        with pytest.raises(Incomplete):
            objections.record_objection(notice, **(good | change))
    with pytest.raises(NotAllowed):
        objections.record_objection(notice, **(good | {"by": make_staff("auditor")}))
    both = make_staff("analyst", "approver")
    notice = objections.record_objection(notice, **(good | {"by": both}))
    with pytest.raises(TransitionRefused):
        objections.record_objection(notice, **good)
    with pytest.raises(NotAllowed, match="second person"):
        objections.uphold(notice, reason="So", by=both)
    with pytest.raises(NotAllowed):
        objections.uphold(notice, reason="So", by=people.analyst)
    with pytest.raises(Incomplete):
        objections.dismiss(notice, reason=" ", by=people.approver)
    untold = granted_request(barred=False).notices.first()
    with pytest.raises(Incomplete, match="Nobody has told"):
        objections.record_objection(untold, **good)


def test_second_objection_after_one_was_dismissed(told):
    people = told.test_people
    objections.dismiss(objected(told), reason="Covered", by=people.approver)
    notice = objected(told, by=people.approver)
    assert (notice.status, notice.objection_decided_by, notice.objection_decision) == ("objected", None, "")
    [before] = objections.earlier(notice)
    assert (before.ticket, before.decision, before.upheld) == ("SUP-4711", "Covered", False)
    second = make_staff("approver")
    assert objections.uphold(notice, reason="Now it is", by=second).status == "upheld"
    assert objections.earlier(notice) == [before], "the one on the notice is not earlier"
    base = f"/staff/requests/{told.reference}/records/notices/{notice.uid}/"
    # A third person had the form open.
    late = client_for(make_staff("approver")).post(f"{base}decide/", {"action": "dismiss", "why": "Typed too late"})
    words = late.content.decode()
    assert late.status_code == 422
    assert all(said in words for said in ("Typed too late", "Now it is", "Covered"))
    assert 'value="uphold"' not in words
    assert [entry.detail for entry in history(told)].count("Ticket SUP-4711. Covered") == 1


def test_nothing_is_upheld_under_a_waiting_signature(told):
    notice = objected(told)
    type(told).objects.filter(pk=told.pk).update(status="awaiting_approval")
    with pytest.raises(NotAllowed, match="second signature"):
        objections.uphold(notice, reason="So", by=told.test_people.approver)


def test_pages_write_down_and_decide(told):
    notice = told.notices.order_by("account").first()
    base = f"/staff/requests/{told.reference}/records/notices/{notice.uid}/"
    analyst, approver = client_for(told.test_people.analyst), client_for(told.test_people.approver)
    day = timezone.now() - timedelta(days=2)
    given = {"action": "object", "said": SAID, "ticket": "", "said_on_day": day.day, "said_on_month": day.month}
    refused = analyst.post(base, given | {"said_on_year": day.year})
    assert refused.status_code == 422
    assert SAID.replace("'", "&#x27;") in refused.content.decode(), "what was typed stays"
    assert analyst.post(base, given | {"said_on_year": day.year, "ticket": "SUP-9"}).status_code == 302
    assert analyst.post(f"{base}decide/", {"action": "uphold", "why": "So"}).status_code == 403
    stale = client_for(told.test_people.approver, factor_age=3600)
    assert "factor" in stale.post(f"{base}decide/", {"action": "uphold", "why": "So"})["Location"]
    assert approver.post(f"{base}decide/", {"action": "uphold", "why": ""}).status_code == 422
    for page in (base, "/staff/notices/"):
        assert "SUP-9" in approver.get(page).content.decode(), "the list that waits is the one that opens"
    assert approver.post(f"{base}decide/", {"action": "dismiss", "why": "Covered"}).status_code == 302
    notice.refresh_from_db()
    assert (notice.status, notice.objection_ticket) == ("sent", "SUP-9")
