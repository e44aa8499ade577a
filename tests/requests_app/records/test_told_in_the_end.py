"""Holders who are due are told, whatever became of the request; and nobody while somebody is at work on a bar."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AgencyMembership
from foundation.providers.connectors.base import Contact
from requests_app.enums import LineDecision, RequestStatus
from requests_app.services import notices
from requests_app.services.locks import lock
from tests.harness.race import beside
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
