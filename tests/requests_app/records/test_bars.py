"""What holds a notice besides its own order: links, holds, marks, renewals, the law; and who sees it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.documents.models import Document
from foundation.legal.models import BarsNotice, NoticeDuty
from foundation.notifications.models import OutboundMessage
from foundation.providers.connectors.base import Trait, UnknownAccount
from preservation.models import HeldIdentifier, PreservationHold
from requests_app.enums import PackageStatus, RequestStatus, TargetRole
from requests_app.models import AccountFacts, NonDisclosureOrder, UserNotice
from requests_app.notice_words import BEFORE_WORDS
from requests_app.services import account_facts, compliance, notice_desk, notices, renewals
from requests_app.services.letters import notice_words
from requests_app.services.notice_facts import plan_of
from tests.factories import process_type, request_at
from tests.people import client_for, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.records.steps import granted_request, released_package

OTHER = "ACC-LINKED-1"
LAST = date(2099, 12, 31)
END = datetime(2100, 1, 1, 12, tzinfo=UTC)

pytestmark = [pytest.mark.usefixtures("quick_letter"), pytest.mark.django_db]


@pytest.fixture
def open_request(company):
    """A granted request whose account holders may be told."""
    return granted_request(barred=False)


def first(data_request):
    return data_request.notices.order_by("account").first()


def facts(data_request, account, **columns):
    provider, at = data_request.provider, timezone.now()
    AccountFacts.objects.create(provider=provider, account=account, read_at=at, **columns)


def held(data_request, account, **columns):
    """A hold of the same company on this account."""
    hold = hold_of(officer=data_request.officer)
    HeldIdentifier.objects.filter(hold=hold).update(account=account)
    PreservationHold.objects.filter(pk=hold.pk).update(provider=data_request.provider, **columns)
    hold.refresh_from_db()
    return hold


def law(data_request, **columns):
    for name, value in columns.items():
        setattr(data_request.process_type, name, value)
    data_request.process_type.save()


def again(data_request, *, at=None):
    accounts = data_request.targets.values_list("account", flat=True)
    notices.look_again(accounts, provider_id=data_request.provider_id, at=at)
    return first(data_request)


@pytest.mark.parametrize("back", [False, True])
def test_a_bar_on_a_linked_account_postpones_in_either_direction(open_request, back):
    account = first(open_request).account
    here, there = (OTHER, account) if back else (account, OTHER)
    facts(open_request, here, linked=[there])
    other = request_at("in_review", secrecy=LAST.isoformat(), matched=True)
    other.targets.update(account="")
    target = other.targets.first()
    target.account = OTHER
    target.save()
    order = other.non_disclosure_orders.get()
    notices.confirm_bar(order, page="2", bars_until=LAST, by=other.test_people.analyst)
    notice = first(open_request)
    assert (notice.status, notice.due_at) == ("postponed", END)
    assert "linked account forbids it until 31 Dec 2099" in notice.reason
    assert other.reference not in notice.reason
    assert open_request.notices.filter(status="planned").count() == 1  # the other holder is somebody else


def test_a_mark_on_a_hold_holds_every_notice_until_it_is_lifted(open_request):
    notice, counsel = first(open_request), make_staff("counsel")
    facts(open_request, notice.account, linked=[OTHER])
    hold = held(open_request, OTHER, status="released", next_action_at=None)
    with pytest.raises(NotAllowed):
        compliance.mark_hold(hold, barred=True, reason="Report filed", by=make_staff("preservation_admin"))
    compliance.mark_hold(hold, barred=True, reason="Report filed", by=counsel)
    notice.refresh_from_db()
    assert (notice.status, notice.due_at, notice.waits_for) == ("postponed", None, "")
    notice_desk.despite(notice, reason="We think so", by=counsel)
    assert first(open_request).status == "postponed"  # counsel lifts the mark, and nothing else does
    compliance.mark_hold(hold, barred=False, reason="Closed", by=counsel)
    assert first(open_request).status == "planned"
    assert AuditEvent.objects.filter(action="hold.compliance_marked").count() == 2


def test_a_hold_that_is_secret_by_law_bars_while_it_is_open_unless_counsel_decides(open_request):
    notice = first(open_request)
    law(open_request, bars_notice=BarsNotice.YES)
    hold = held(open_request, notice.account, process_type=open_request.process_type)
    assert again(open_request).status == "postponed"
    assert "secret by law while it is open" in first(open_request).reason
    notice_desk.despite(first(open_request), reason="The hold is public", by=make_staff("counsel"))
    assert first(open_request).status == "planned"
    UserNotice.objects.update(despite_at=None, despite_by=None)
    assert again(open_request).status == "postponed"
    PreservationHold.objects.filter(pk=hold.pk).update(status="released", next_action_at=None)
    assert again(open_request).status == "planned"


def renewal_of(data_request, *, at, content=b"%PDF-1.7 order"):
    upload = SimpleUploadedFile("renewal.pdf", content, content_type="application/pdf")
    by = data_request.officer
    return renewals.file(data_request, clause="Page 1", bars_until=date(2100, 6, 30), upload=upload, by=by, at=at)


def test_a_renewal_filed_in_time_holds_for_the_grace_and_no_longer(company):
    data_request = granted_request()
    order = renewal_of(data_request, at=END - timedelta(days=3))
    notice, grace = first(data_request), END + timedelta(days=14)
    assert (notice.due_at, notice.grace_until) == (grace, grace)
    with pytest.raises(TransitionRefused, match="We read it first"):
        renewal_of(data_request, at=END - timedelta(days=2))
    assert notices.send_due(at=grace - timedelta(seconds=1)) == 0
    assert "renewal was filed in time" in first(data_request).reason
    assert plan_of(data_request, notice.account, at=grace).timing == "now"
    analyst = data_request.test_people.analyst
    # A court shortens the first order to a day before the filing: what was filed in time holds all the same.
    first_order = data_request.non_disclosure_orders.exclude(pk=order.pk).get()
    notices.confirm_bar(first_order, page="2", bars_until=date(2099, 12, 20), by=analyst)
    assert first(data_request).due_at == END - timedelta(days=3) + timedelta(days=14)
    notices.confirm_bar(first_order, page="2", bars_until=LAST, by=analyst)
    renewals.decline(order, reason="It is a letter, no order", by=analyst, at=END - timedelta(days=1))
    mail = OutboundMessage.objects.get(event="renewal_read")
    assert mail.to_user == data_request.officer
    assert "does not forbid" in mail.body_text
    page = client_for(data_request.officer).get(f"/requests/{data_request.reference}/secrecy/").content.decode()
    assert "It is a letter, no order" in page
    assert (first(data_request).due_at, first(data_request).grace_until) == (END, None)
    with pytest.raises(TransitionRefused):
        notices.confirm_bar(order, page="1", bars_until=date(2100, 6, 30), by=analyst)
    assert notices.send_due(at=END) == 2


def test_a_confirmed_renewal_is_an_order_and_a_late_one_is_not_taken(company):
    data_request = granted_request()
    order = renewal_of(data_request, at=END - timedelta(days=3))
    notices.confirm_bar(order, page="1", bars_until=date(2100, 6, 30), by=data_request.test_people.analyst)
    assert first(data_request).due_at == datetime(2100, 7, 1, 12, tzinfo=UTC)
    assert "It forbids telling" in OutboundMessage.objects.get(event="renewal_read").body_text
    late = granted_request()
    with pytest.raises(TransitionRefused, match="is over"):
        renewal_of(late, at=END)
    with pytest.raises(TransitionRefused, match="Only the officer"):
        renewals.file(late, clause="1", bars_until=None, upload=None, by=data_request.test_people.analyst)


def test_a_renewal_nobody_can_open_is_sent_again_and_holds_meanwhile(company):
    data_request = granted_request()
    order = renewal_of(data_request, at=END - timedelta(days=3))
    Document.objects.filter(pk=order.document_id).update(state="refused", refusal="The end of the PDF is missing.")
    again_sent = renewal_of(data_request, at=END - timedelta(days=2), content=b"%PDF-1.7 whole order")
    assert first(data_request).grace_until == END + timedelta(days=14)
    with pytest.raises(TransitionRefused, match="We read it first"):
        renewal_of(data_request, at=END - timedelta(days=1), content=b"%PDF-1.7 a third")
    notices.confirm_bar(again_sent, page="1", bars_until=date(2100, 6, 30), by=data_request.test_people.analyst)
    assert first(data_request).due_at == datetime(2100, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("duty", [NoticeDuty.AUTHORITY, NoticeDuty.MUST])
def test_who_tells_by_law(open_request, duty):
    law(open_request, notice_duty=duty, notice_duty_law="Law 1 art 2")
    notice = again(open_request)
    ours = duty == NoticeDuty.MUST
    assert notice.status == ("planned" if ours else "postponed")
    assert "Law 1 art 2" in notice.reason
    with pytest.raises(TransitionRefused, match="Law 1 art 2"):
        notices.propose_waiver(notice, reason="A child", by=open_request.test_people.analyst)
    desk = client_for(open_request.test_people.analyst)
    base = f"/staff/requests/{open_request.reference}/records/notices/{notice.uid}/"
    assert "waiver/" not in desk.get(base).content.decode(), "it is not offered"
    before = desk.get(f"{base}waiver/").content.decode()
    assert ("Law 1 art 2" in before, "<textarea" in before) == (True, False)
    posted = desk.post(f"{base}waiver/", {"reason": "A child lives there"})
    assert posted.status_code == 422
    assert "A child lives there" in posted.content.decode(), "what was typed stays"
    accounts = [notice.account]
    refused = notices.check_for_release(open_request, accounts=accounts, at=timezone.now())
    assert (refused is None) is not ours
    [words] = notice_words(open_request, accounts=accounts, at=timezone.now())
    assert (words == BEFORE_WORDS) is ours
    assert notices.send_due(at=timezone.now() + timedelta(days=9999)) == (2 if ours else 0)


def test_what_the_company_says_right_before_the_letter_counts(open_request, company, monkeypatch):
    plain, at = company.contact, timezone.now()
    taken = {"traits": (Trait.TAKEN_OVER,)}
    monkeypatch.setattr(company, "contact", lambda account: replace(plain(account), **taken))
    assert notices.send_due(at=at) == 0
    notice = first(open_request)
    assert (notice.status, notice.waits_for, notice.due_at, notice.looks) == (
        "planned",
        "analyst",
        None,
        ["taken_over"],
    )
    assert "told yet" in notices.check_for_release(open_request, accounts=[notice.account], at=at)
    notice_desk.clear(notice, reason="Spoke to the holder", by=open_request.test_people.analyst, at=at)
    taken["changed_at"] = at + timedelta(minutes=1)
    assert notices.send_due(at=at + timedelta(minutes=2)) == 0  # what the analyst saw was another address
    notice = first(open_request)
    assert (notice.waits_for, notice.cleared_at, notice.looks) == ("analyst", None, ["taken_over", "contact_changed"])
    notice_desk.clear(notice, reason="Again", by=open_request.test_people.analyst, at=at + timedelta(minutes=3))
    assert notices.send_due(at=at + timedelta(minutes=4)) == 1


def test_the_most_careful_role_of_an_account_counts(open_request):
    notice = first(open_request)
    target = open_request.targets.filter(account=notice.account).first()
    target.role = TargetRole.VICTIM
    target.save()
    assert (again(open_request).role, first(open_request).waits_for) == ("victim", "analyst")


def test_nobody_reached_waits_for_a_person_and_nothing_is_learnt_of_unknown_accounts(
    open_request, company, monkeypatch
):
    def unknown(_account):
        raise UnknownAccount("No such account.")

    monkeypatch.setattr(company, "contact", unknown)
    assert account_facts.learn(open_request.provider, ["A", ""]) == 0
    assert notices.send_due() == 0
    assert (first(open_request).waits_for, first(open_request).reason) == ("contact", notices.NO_ADDRESS)


def test_nobody_is_told_after_disclosure_of_what_never_left(company):
    data_request = granted_request()
    package = released_package(data_request)
    package.status = PackageStatus.REVOKED  # before anybody took it
    package.save()
    data_request.status = RequestStatus.CLOSED
    data_request.save()
    assert notices.send_due(at=END) == 0
    package.status = PackageStatus.EXPIRED
    package.save()
    assert notices.send_due(at=END) == 2


def test_a_marked_request_reads_to_its_officer_as_one_that_something_else_holds(open_request):
    """The word for word proof for everything else an officer gets: test_mark_unseen.py."""
    everybody, at = [notice.account for notice in open_request.notices.all()], timezone.now()
    counsel = make_staff("counsel")
    plain = notice_words(open_request, accounts=everybody, at=at)
    compliance.mark_request(open_request, barred=True, reason="Report filed", by=counsel)
    assert set(open_request.notices.values_list("status", flat=True)) == {"postponed"}
    assert notice_words(open_request, accounts=everybody, at=at) == plain
    compliance.mark_request(open_request, barred=False, reason="Closed", by=counsel)
    law(open_request, bars_notice=BarsNotice.UNKNOWN)
    assert again(open_request).waits_for == "counsel"
    assert notice_words(open_request, accounts=everybody, at=at) == plain


@pytest.mark.parametrize(
    ("status", "kind", "bars"),
    [
        ("in_review", {"bars_notice": "yes"}, True),
        ("granted", {"bars_notice": "yes"}, False),  # a person read the order and confirmed no clause
        ("granted", {"bars_notice": "unknown"}, True),
        ("granted", {"notice_duty": "authority", "notice_duty_law": "Law 1"}, True),
        ("closed", {"bars_notice": "unknown"}, False),
        ("in_review", {}, False),
    ],
)
def test_another_request_that_is_secret_by_law_bars_while_it_is_open(open_request, status, kind, bars):
    other = request_at(status, matched=True)
    other.targets.update(account="")
    other.targets.filter(pk=other.targets.first().pk).update(account=first(open_request).account)
    other.process_type = process_type("SECRET", **kind)
    other.save()
    assert (again(open_request).status == "postponed") is bars
    if not bars:
        return
    assert other.reference not in first(open_request).reason
    NonDisclosureOrder.objects.create(
        data_request=other, clause="1", bars_until=date(2020, 1, 1), confirmed_at=timezone.now(),
        confirmed_by=other.test_people.analyst, bar_ends_at=datetime(2020, 1, 2, 12, tzinfo=UTC),
    )  # fmt: skip
    ours = kind.get("notice_duty") != "authority"
    assert (again(open_request).status == "planned") is ours  # how long it was forbidden there is over


def test_the_page_of_the_rule_explains_a_request_to_those_who_may_know_of_it(open_request):
    url, account = "/staff/notices/rule/", first(open_request).account
    compliance.mark_request(open_request, barred=True, reason="Report filed", by=make_staff("counsel"))
    page = client_for(make_staff("administrator")).get(url, {"reference": open_request.reference})
    text = page.content.decode()
    assert "Row 2 answers" in text
    assert re.findall(r'aria-current="(?:page|true)"[^>]*>\s*([A-Z]\w+)', text) == ["Catalogue", "Rule"]
    assert account not in text  # administrators do not read cases
    assert (
        account
        in client_for(open_request.test_people.analyst).get(url, {"reference": open_request.reference}).content.decode()
    )
    assert AuditEvent.objects.filter(action="notice.rule_asked").count() == 2
    open_request.restricted = True
    open_request.save()
    for person in ("administrator", "analyst", "preservation_admin"):
        page = client_for(make_staff(person)).get(url, {"reference": open_request.reference})
        assert page.status_code == 422
        assert "Row 2 answers" not in page.content.decode()


def test_pages_of_marks_and_bars(open_request, company):
    barred = granted_request()
    renewal = renewal_of(barred, at=timezone.now())
    analyst, counsel = client_for(barred.test_people.analyst), client_for(make_staff("counsel"))
    url = f"/staff/requests/{barred.reference}/bars/{renewal.pk}/"
    assert url in analyst.get(f"/staff/requests/{barred.reference}/records/").content.decode()
    assert "The officer names" in analyst.get(url).content.decode()
    assert analyst.post(url, {"found": "decline"}).status_code == 422
    assert analyst.post(url, {"found": "decline", "reason": "A letter"}).status_code == 302
    assert analyst.get(url).status_code == 404
    mark = f"/staff/requests/{open_request.reference}/compliance/"
    assert analyst.get(mark).status_code == 403
    assert counsel.post(mark, {"barred": "yes"}).status_code == 422
    assert counsel.post(mark, {"barred": "yes", "reason": "Report filed"}).status_code == 302
    hold = held(open_request, "ACC-9")
    assert (
        counsel.post(f"/staff/holds/{hold.reference}/compliance/", {"barred": "yes", "reason": "R"}).status_code == 302
    )
    assert "Compliance forbids telling" in counsel.get(f"/staff/holds/{hold.reference}/").content.decode()
    officer = client_for(barred.officer)
    page = officer.get(f"/requests/{barred.reference}/").content.decode()
    assert f"/requests/{barred.reference}/secrecy/" in page
    assert "31 Dec 2099" in officer.get(f"/requests/{barred.reference}/secrecy/").content.decode()
    assert officer.post(f"/requests/{barred.reference}/secrecy/", {"clause": "Page 3"}).status_code == 422
    for wrong, words in ({"until_year": "1900"}, "already"), ({"endless": "on"}, "not both"):
        given = {"clause": "Page 3", "until_day": "30", "until_month": "6", "until_year": "2100"} | wrong
        answer = officer.post(f"/requests/{barred.reference}/secrecy/", given)
        assert answer.status_code == 422
        assert words in answer.content.decode()
