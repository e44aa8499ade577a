"""What hooks are told of requests: the reference and a link, nothing of the case, and nothing of restricted ones."""

import json
import uuid

import pytest
from django.utils import timezone

from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import HookCall
from requests_app.notify import desk, hook_calls, intake, records
from requests_app.services.intake import submit_emergency
from tests.factories import emergency_type, request_at
from tests.notifications.hooking import make_hook
from tests.people import make_officer, make_provider
from tests.requests_app.desk.pages import proposed
from tests.requests_app.records.steps import granted_request, released_package

MARKED = {"title": "Operation Zebrafink", "case_number": "NV 26/77123-Q", "facts": "The marmalade ledger."}


@pytest.fixture(autouse=True)
def hook(db):
    return make_hook("http://127.0.0.1:9/", events=list(HookEvent))


def told() -> list[str]:
    return list(HookCall.objects.order_by("pk").values_list("event", flat=True))


def test_an_emergency_pages_at_once_and_its_receipt_is_told_too():
    emergency_type()
    values = {"danger": MARKED["facts"], "phone": "1"}
    row = submit_emergency(
        make_provider(), key=uuid.uuid4(), values=values, identifiers=[], categories=[], by=make_officer()
    )
    calls = HookCall.objects.filter(payload__data__reference=row.reference)
    assert sorted(calls.values_list("event", "urgent")) == [("request.emergency", True), ("request.received", False)]


@pytest.mark.usefixtures("company", "quick_letter")
def test_the_life_of_a_request_says_nothing_of_its_case():
    row = granted_request(**MARKED, identifiers=(("email", "leak.target@mail.example"),))
    intake.received(row, at=timezone.now())
    released_package(row)
    for _twice in range(2):
        hook_calls.overdue(row, at=timezone.now())
    assert told() == ["request.received", "records.released", "request.overdue"]
    for call in HookCall.objects.all():
        link = f"http://localhost:8000/staff/requests/{row.reference}/"
        assert call.payload == {
            "type": call.event,
            "timestamp": call.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "data": {"reference": row.reference, "link": link},
        }
        people = [row.officer.full_name, row.officer.email, row.agency.name]
        assert not [word for word in (*MARKED.values(), "leak.target", *people) if word in json.dumps(call.payload)]


def test_an_emergency_that_waits_is_told_as_such_with_how_many_and_since_when():
    """By an event of its own: a system that counts emergencies counts it once."""
    row = request_at("submitted", **MARKED)
    intake.emergency_alert(row, at=timezone.now())
    for key in ("at", "after", "after"):
        hook_calls.emergency_waiting(row, waiting=4, key=key, at=timezone.now())
    assert told() == ["request.emergency", "request.emergency_waiting", "request.emergency_waiting"]
    again = HookCall.objects.last()
    first = row.submitted_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert again.urgent
    assert set(again.payload["data"]) == {"reference", "link", "waiting", "first_received"}
    assert (again.payload["data"]["waiting"], again.payload["data"]["first_received"]) == (4, first)


def test_of_a_restricted_request_nothing_is_told():
    proposal = proposed(**MARKED)
    row = proposal.data_request
    all_told = ["request.received", "request.emergency", "request.emergency_waiting", "request.decided"]
    for restricted, expected in ((True, []), (False, all_told)):
        row.restricted = restricted
        intake.received(row, at=timezone.now())
        intake.emergency_alert(row, at=timezone.now())
        hook_calls.emergency_waiting(row, waiting=1, key=str(restricted), at=timezone.now())
        desk.decided(proposal, at=timezone.now())
        assert told() == expected


@pytest.mark.usefixtures("company", "quick_letter")
def test_of_records_of_a_restricted_request_nothing_is_told():
    package = released_package(granted_request())
    HookCall.objects.all().delete()
    package.data_request.restricted = True
    records.records_ready(package, at=timezone.now())
    hook_calls.overdue(package.data_request, at=timezone.now())
    assert told() == []


def test_without_a_hook_nothing_is_written(hook):
    hook.delete()
    hook_calls.received(request_at("submitted"), at=timezone.now())
    assert told() == []
