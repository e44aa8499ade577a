"""The desk of notices: an analyst clears, counsel decides, somebody tells by hand; and the lists of all of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from requests_app.models import UserNotice
from requests_app.notice_rules import bar_end
from requests_app.services import notice_desk, notice_lists, notices
from tests.people import client_for, make_staff
from tests.requests_app.records.steps import granted_request

pytestmark = pytest.mark.usefixtures("quick_letter", "company")


@pytest.fixture
def planned(db, company):
    return granted_request(barred=False)


def first(data_request):
    return data_request.notices.order_by("account").first()


def waits(notice, whom):
    UserNotice.objects.filter(pk=notice.pk).update(waits_for=whom)
    notice.refresh_from_db()
    return notice


def test_analyst_clears_with_a_reason(planned):
    notice = waits(first(planned), "analyst")
    analyst = planned.test_people.analyst
    with pytest.raises(Incomplete):
        notice_desk.clear(notice, reason=" ", by=analyst)
    with pytest.raises(NotAllowed):
        notice_desk.clear(notice, reason="Asked the bank", by=make_staff("counsel"))
    notice_desk.clear(notice, reason="Mailbox unchanged since 2021", by=analyst)
    notice.refresh_from_db()
    assert (notice.cleared_by, notice.cleared_reason) == (analyst, "Mailbox unchanged since 2021")
    assert AuditEvent.objects.get(action="notice.cleared").reason == "Mailbox unchanged since 2021"
    with pytest.raises(TransitionRefused):
        notice_desk.clear(waits(notice, ""), reason="Again", by=analyst)


def test_counsel_alone_decides_despite_a_bar(planned):
    notice, counsel = first(planned), make_staff("counsel")
    with pytest.raises(NotAllowed):
        notice_desk.despite(notice, reason="No law forbids it", by=planned.test_people.approver)
    notice_desk.despite(notice, reason="No law forbids it", by=counsel)
    notice.refresh_from_db()
    assert (notice.despite_by, notice.despite_reason) == (counsel, "No law forbids it")


def test_telling_by_hand_opens_the_window_and_sends_no_letter(planned):
    notice, people = first(planned), planned.test_people
    UserNotice.objects.update(planned_at=timezone.now() - timedelta(days=4))
    told_at = timezone.now() - timedelta(days=2)
    for wrong in (timezone.now() + timedelta(hours=1), told_at - timedelta(days=30)):
        with pytest.raises(Incomplete):
            notice_desk.tell_by_hand(notice, words="Letter to the guardian", told_at=wrong, by=people.analyst)
    with pytest.raises(NotAllowed):
        notice_desk.tell_by_hand(notice, words="Letter", told_at=told_at, by=make_staff("auditor"))
    notice_desk.tell_by_hand(notice, words="Letter to the guardian", told_at=told_at, by=people.analyst)
    notice.refresh_from_db()
    ends = bar_end(told_at.date()) + timedelta(days=7)
    assert (notice.status, notice.channel, notice.window_ends_at) == ("sent", "by_hand", ends)
    assert notices.send_due() == 1, "the other holder's"
    with pytest.raises(TransitionRefused):
        notice_desk.tell_by_hand(notice, words="Again", told_at=told_at, by=people.analyst)


@pytest.mark.parametrize("kind", ["disclosure", "emergency"])
def test_nobody_is_told_by_hand_whom_the_rule_holds(db, company, kind):
    data_request = granted_request(barred=kind == "disclosure", kind=kind)
    notice = first(data_request)
    with pytest.raises(NotAllowed):
        notice_desk.tell_by_hand(notice, words="Call", told_at=timezone.now(), by=data_request.test_people.analyst)
    notice.refresh_from_db()
    assert notice.sent_at is None


def test_lists_page_by_the_last_row_and_hide_what_is_restricted(planned, monkeypatch):
    monkeypatch.setattr(notice_lists, "PAGE", 1)
    monkeypatch.setattr("requests_app.views.staff.notice_list.PAGE", 1)
    analyst = planned.test_people.analyst
    hidden = granted_request(barred=False)
    type(hidden).objects.filter(pk=hidden.pk).update(restricted=True)
    waits(first(hidden), "analyst")
    client = client_for(analyst)
    seen, address = [], "/staff/notices/?show=due"
    while address:
        page = client.get(address)
        seen += [row.account for row in page.context["rows"]]
        address = page.context["next"]
    assert seen == list(planned.notices.order_by("due_at", "pk").values_list("account", flat=True))
    assert notice_lists.count(analyst, "look") == 0
    assert hidden.reference not in client.get("/staff/notices/?show=look").content.decode()
    hidden.named_readers.add(analyst)
    assert notice_lists.count(analyst, "look") == 1
    for name in notice_lists.LISTS:
        assert client.get(f"/staff/notices/?show={name}&after=none.1").status_code == 200
    assert client.get("/staff/notices/?show=told&after=99999999999999999.1").status_code == 200


def test_page_shows_each_button_to_whom_it_is_for(planned):
    notice = waits(first(planned), "analyst")
    base = f"/staff/requests/{planned.reference}/records/notices/{notice.uid}/"
    analyst, counsel = client_for(planned.test_people.analyst), client_for(make_staff("counsel"))
    shown = analyst.get(base).content.decode()
    assert 'value="clear"' in shown
    assert 'value="despite"' not in shown
    assert 'value="despite"' in counsel.get(base).content.decode()
    assert counsel.post(base, {"action": "clear", "reason": "So"}).status_code == 403
    assert counsel.post(base, {"action": "reach"}).status_code == 403
    where = analyst.post(base, {"action": "reach"}).content.decode()
    assert "By mail: a…@m….example. Language of the holder: en." in where
    assert analyst.post(base, {"action": "nothing"}).status_code == 404
    assert analyst.post(base, {"action": "clear", "reason": ""}).status_code == 422
    assert analyst.post(base, {"action": "clear", "reason": "Looked"}).status_code == 302
    assert client_for(make_staff("auditor")).post(base, {"action": "clear", "reason": "So"}).status_code == 403
