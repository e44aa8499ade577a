"""Notices as they are kept: planned, postponed, sent once, waived by two; and what officers may read of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from requests_app.enums import NoticeStatus, RequestStatus
from requests_app.history import history
from requests_app.models import NonDisclosureOrder
from requests_app.notice_words import AFTER_WORDS, BEFORE_WORDS
from requests_app.services import compliance, notice_desk, notices
from requests_app.services.letters import notice_words
from tests.factories import request_at
from tests.harness.race import race
from tests.people import client_for, make_staff
from tests.requests_app.emergencies.gate_steps import through_the_gate
from tests.requests_app.records.steps import granted_request, released_package

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("quick_letter")


@pytest.fixture
def open_request(db, company):
    """A granted request whose two account holders may be told."""
    return granted_request(barred=False)


def statuses(data_request):
    return list(data_request.notices.order_by("account").values_list("status", flat=True))


def same_account(data_request, other):
    account = data_request.targets.first().account
    other.targets.update(account="")
    target = other.targets.first()
    target.account = account
    target.save()
    return account


def accounts_of(data_request):
    return set(data_request.targets.exclude(account="").values_list("account", flat=True))


def test_told_once_with_a_window(open_request):
    at = timezone.now()
    assert notices.send_due(at=at) == 2
    assert notices.send_due(at=at) == 0
    notice = open_request.notices.first()
    assert (notice.status, notice.sent_at, notice.window_ends_at) == ("sent", at, at + timedelta(days=7))
    mail = OutboundMessage.objects.get(dedupe_key=f"notice:{notice.pk}")
    assert mail.to_address == f"{notice.account.lower()}@mail.example"
    assert mail.to_user is None
    assert notice.reference in mail.subject
    assert open_request.reference not in mail.body_text
    assert "http" not in mail.body_text
    assert AuditEvent.objects.filter(action="notice.sent").count() == 2


def test_planning_twice_changes_nothing(open_request):
    before = list(open_request.notices.values())
    notices.plan_for(open_request, by=open_request.test_people.approver)
    assert list(open_request.notices.values()) == before


def test_bar_ends_and_the_notice_becomes_due_by_itself(db, company):
    data_request = request_at("granted", secrecy="2027-02-12")
    people = data_request.test_people
    notices.plan_for(data_request, by=people.approver, at=AT)
    assert statuses(data_request) == ["planned", "planned"]  # asking for silence is no order
    order = data_request.non_disclosure_orders.get()
    notices.confirm_bar(order, page="2", bars_until=date(2027, 2, 12), by=people.analyst, at=AT)
    assert statuses(data_request) == ["postponed", "postponed"]
    assert notice_words(data_request, accounts=accounts_of(data_request), at=AT) == [
        "Your order forbids us to tell the account holder until 12 Feb 2027."
    ]
    end = datetime(2027, 2, 13, 12, 0, tzinfo=UTC)
    assert notices.send_due(at=end - timedelta(seconds=1)) == 0
    assert notices.send_due(at=end) == 2
    actions = AuditEvent.objects.filter(action__startswith="notice.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        "notice.planned", "notice.planned", "notice.bar_confirmed", "notice.postponed", "notice.postponed",
        "notice.planned", "notice.sent", "notice.planned", "notice.sent",
    ]  # fmt: skip


def test_two_sweepers_tell_once(committed_db, company):
    data_request = granted_request(barred=False)
    at = timezone.now()
    told = race(lambda: notices.send_due(at=at), lambda: notices.send_due(at=at))
    assert sum(told) == 2
    assert statuses(data_request) == ["sent", "sent"]
    assert OutboundMessage.objects.filter(event="user_notice").count() == 2


def test_bar_in_another_request_postpones(open_request):
    other = request_at("in_review", secrecy="2027-06-30", matched=True)
    account = same_account(open_request, other)
    assert notices.send_due(at=timezone.now() + timedelta(minutes=1)) == 1  # the other holder is told
    notice = open_request.notices.get(account=account)
    assert notice.status == NoticeStatus.POSTPONED
    assert "not decided yet" in notice.reason
    assert other.reference not in notice.reason
    notices.confirm_bar(
        other.non_disclosure_orders.get(), page="1", bars_until=date(2027, 6, 30), by=other.test_people.analyst
    )
    notice.refresh_from_db()
    assert notice.due_at == datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
    assert notice_words(open_request, accounts=accounts_of(open_request), at=AT) != []
    assert not any(
        "other" in words.lower() for words in notice_words(open_request, accounts=accounts_of(open_request), at=AT)
    )


def test_undecided_bar_elsewhere_is_looked_at_again(open_request):
    other = request_at("in_review", secrecy="2027-06-30", matched=True)
    account = same_account(open_request, other)
    at = timezone.now()
    notices.send_due(at=at)
    other.status = RequestStatus.WITHDRAWN
    other.save()
    assert notices.send_due(at=at + timedelta(hours=23)) == 0
    assert notices.send_due(at=at + timedelta(hours=24)) == 1
    assert open_request.notices.get(account=account).status == NoticeStatus.SENT


def test_compliance_bar_is_never_shown_to_officers(open_request):
    counsel = make_staff("counsel")
    with pytest.raises(NotAllowed):
        compliance.mark_request(open_request, barred=True, reason="R", by=open_request.test_people.analyst)
    compliance.mark_request(open_request, barred=True, reason="Report filed", by=counsel)
    assert statuses(open_request) == ["postponed", "postponed"]
    assert notices.send_due(at=timezone.now() + timedelta(days=3650)) == 0
    assert notice_words(open_request, accounts=accounts_of(open_request), at=AT) == [BEFORE_WORDS]
    package = released_package(open_request)
    officer = client_for(open_request.officer)
    for page in ("", f"records/{package.number}/"):
        text = officer.get(f"/requests/{open_request.reference}/{page}").content.decode()
        assert "ompliance" not in text
        assert "tipping" not in text
    compliance.mark_request(open_request, barred=False, reason="Closed", by=counsel)
    told = [entry.detail for entry in history(open_request) if entry.title.startswith("Mark of compliance")]
    assert told == ["Lifted.", "Set: nobody is told."], "which way it went, and not why"
    assert statuses(open_request) == ["planned", "planned"]
    assert notices.send_due() == 2
    assert set(open_request.notices.values_list("window_ends_at", flat=True)) == {None}  # the records are out
    assert notice_words(open_request, accounts=accounts_of(open_request), at=AT) == [BEFORE_WORDS]  # told or not


def test_emergency_is_told_after_disclosure(db, company):
    data_request = granted_request(barred=False, kind="emergency")
    assert notices.send_due(at=timezone.now() + timedelta(days=30)) == 0
    through_the_gate(data_request)
    package = released_package(data_request)
    assert notices.send_due(at=package.released_at) == 2
    assert set(data_request.notices.values_list("window_ends_at", flat=True)) == {None}
    assert notice_words(data_request, accounts=accounts_of(data_request), at=AT) == [AFTER_WORDS]
    assert "were given" in OutboundMessage.objects.filter(event="user_notice").first().subject


def test_waiver_takes_two(open_request):
    analyst, approver = open_request.test_people.analyst, open_request.test_people.approver
    notice = open_request.notices.first()
    with pytest.raises(NotAllowed, match="second person"):
        notices.waive(notice, by=approver)  # nobody proposed it
    base = f"/staff/requests/{open_request.reference}/records/notices/{notice.uid}/"
    client_for(analyst).post(f"{base}waiver/", {"reason": "A child lives with the account holder"})
    assert notices.send_due() == 1, "the other holder: nobody is told while a waiver waits"
    assert client_for(analyst).post(f"{base}waive/").status_code == 403
    assert client_for(approver).post(f"{base}waive/").status_code == 302
    notice.refresh_from_db()
    assert (notice.status, notice.waived_by, notice.waiver_approved_by) == ("waived", analyst, approver)
    assert notices.send_due() == 0


def test_a_proposed_waiver_can_be_taken_away_by_two_people_and_no_other(open_request):
    analyst, approver = open_request.test_people.analyst, open_request.test_people.approver
    notice = open_request.notices.first()
    url = f"/staff/requests/{open_request.reference}/records/notices/{notice.uid}/"
    for person, code in ((make_staff("analyst"), 422), (analyst, 302), (approver, 302)):
        notices.propose_waiver(notice, reason="A child lives there", by=analyst)
        with pytest.raises(TransitionRefused, match="second person decides"):
            notice_desk.tell_by_hand(notice, words="Call", told_at=timezone.now(), by=make_staff("analyst"))
        waits = client_for(approver).get("/staff/notices/?show=waiver").content.decode()
        assert notice.account in waits
        assert client_for(person).post(url, {"action": "waiver_back", "back": "It is safe"}).status_code == code
        notice.refresh_from_db()
        assert (notice.waived_by is None) is (code == 302)
    assert notices.send_due() == 2


def test_own_proposal_of_a_waiver_cannot_be_approved(open_request):
    both = make_staff("analyst", "approver")
    notice = open_request.notices.first()
    notices.propose_waiver(notice, reason="Threat to life", by=both)
    with pytest.raises(NotAllowed, match="second person"):
        notices.waive(notice, by=both)


def test_silent_company_and_holder_without_address(open_request, company):
    at = timezone.now()
    company.silent = True
    assert notices.send_due(at=at) == 0
    assert set(open_request.notices.values_list("reason", flat=True)) == {notices.SILENT}
    company.silent, company.no_address = False, True
    assert notices.send_due(at=at) == 0  # asked again only after a while
    assert notices.send_due(at=at + notices.TRY_AGAIN) == 0
    notice = open_request.notices.first()
    assert (notice.status, notice.reason) == ("planned", notices.NO_ADDRESS)


def test_request_that_is_reviewed_again_tells_nobody(open_request):
    open_request.status = RequestStatus.IN_REVIEW
    open_request.save()
    assert notices.send_due() == 0


def test_who_may_confirm_a_bar(db, company):
    data_request = request_at("in_review", secrecy="2027-02-12")
    order = data_request.non_disclosure_orders.get()
    for person in (make_staff("auditor"), data_request.officer):
        with pytest.raises(NotAllowed):
            notices.confirm_bar(order, page="1", bars_until=None, by=person)
    assert not NonDisclosureOrder.objects.filter(confirmed_at__isnull=False).exists()
