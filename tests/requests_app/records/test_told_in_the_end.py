"""Holders who are due are told, whatever became of the request; and nobody while somebody is at work on a bar."""

import json
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AgencyMembership
from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete
from foundation.providers.connectors.base import Contact
from requests_app.enums import LineDecision, RequestStatus
from requests_app.notice_rules import bar_end
from requests_app.services import decisions, notices
from requests_app.services.locks import lock
from tests.harness.race import beside
from tests.people import client_for
from tests.requests_app.desk.pages import TERMS, ready
from tests.requests_app.records.steps import granted_request, released_package

END = datetime(2100, 1, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("quick_letter")


def sent(data_request):
    return data_request.notices.filter(status="sent").count()


@pytest.mark.parametrize("status", [RequestStatus.REFUSED, RequestStatus.PRODUCED, RequestStatus.GRANTED])
def test_what_left_is_told_of_although_the_order_was_narrowed_later(db, company, status):
    data_request = granted_request()
    released_package(data_request)
    data_request.lines.update(decision=LineDecision.REFUSE, refusal_code="jurisdiction")
    type(data_request).objects.filter(pk=data_request.pk).update(status=RequestStatus.IN_REVIEW)
    assert notices.send_due(at=END) == 0  # while it is looked at again
    type(data_request).objects.filter(pk=data_request.pk).update(status=status)
    assert notices.send_due(at=END) == 2
    assert set(data_request.notices.values_list("window_ends_at", flat=True)) == {None}


def test_an_officer_who_left_for_good_stops_only_what_has_not_left(db, company):
    told, waits = granted_request(), granted_request()
    released_package(told)
    for data_request in (told, waits):
        AgencyMembership.objects.filter(user=data_request.officer).update(ended_at=timezone.now())
    assert notices.send_due(at=END) == 2
    assert (sent(told), sent(waits)) == (2, 0)


def test_a_suspended_officer_stops_both_until_it_ends(db, company):
    told = granted_request()
    released_package(told)
    members = AgencyMembership.objects.filter(user=told.officer)
    members.update(suspended_at=timezone.now())
    assert notices.send_due(at=END) == 0
    members.update(suspended_at=None)
    assert notices.send_due(at=END) == 2


def test_one_account_that_goes_wrong_stops_no_other(db, company, monkeypatch):
    data_request = granted_request(barred=False)
    broken = data_request.notices.order_by("due_at", "pk").first()

    def contact(account):
        if account == broken.account:
            raise ValueError("A connector's own mistake.")
        return Contact(account, "Jo Holder", "jo@mail.example", "en")

    monkeypatch.setattr(company, "contact", contact)
    at = timezone.now()
    assert notices.send_due(at=at) == 1
    broken.refresh_from_db()
    assert (broken.status, broken.due_at) == ("planned", at + notices.TRY_AGAIN)


def test_nobody_is_told_while_somebody_decides_about_the_request(committed_db, company):
    data_request = granted_request()
    with beside() as start, transaction.atomic():
        lock(data_request)  # a renewal is being filed, a minute before the end
        assert start(lambda: notices.send_due(at=END)).result(timeout=20) == 0
    assert notices.send_due(at=END) == 2


def test_nothing_is_granted_while_nobody_has_read_a_stated_bar(db, company):
    data_request = ready(secrecy="2099-12-31")
    with pytest.raises(Incomplete, match="Read the clause"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    bar, analyst = data_request.non_disclosure_orders.get(), client_for(data_request.assignee)
    url = f"/staff/requests/{data_request.reference}/bars/{bar.pk}/"
    assert url in analyst.get(f"/staff/requests/{data_request.reference}/").content.decode()
    answer = analyst.post(url, {"found": "decline", "reason": "A letter that asks for it"})
    assert answer.headers["Location"] == f"/staff/requests/{data_request.reference}/"
    assert decisions.propose(data_request, terms=TERMS, by=data_request.assignee).number == 1


def test_a_bar_without_an_end_that_a_court_lifts_lets_the_holder_be_told(db, company):
    data_request = granted_request()
    bar, analyst = data_request.non_disclosure_orders.get(), data_request.test_people.analyst
    notices.confirm_bar(bar, page="2", bars_until=None, by=analyst)
    assert set(data_request.notices.values_list("due_at", flat=True)) == {None}
    url, today = f"/staff/requests/{data_request.reference}/bars/{bar.pk}/", timezone.now().date()
    day = {"until_day": today.day, "until_month": today.month, "until_year": today.year}
    client = client_for(analyst)
    assert client.post(url, day | {"page": ""}).status_code == 422
    assert client.post(url, day | {"page": "Order of the court, page 1"}).status_code == 302
    over = bar_end(today)
    assert set(data_request.notices.values_list("due_at", flat=True)) == {over}
    assert notices.send_due(at=over) == 2
    event = AuditEvent.objects.filter(action="notice.bar_confirmed").latest("pk")
    assert json.loads(bytes(event.payload))["data"]["before"] == "without end"
