"""Threat to life: one page, and somebody is paged in the same transaction."""

import re
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from accounts.models import TeamMembership
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from foundation.providers.models import Team
from requests_app.enums import Rank, RequestKind
from requests_app.models import DataRequest
from tests.factories import process_type
from tests.people import make_staff
from tests.requests_app.officer.helpers import date_of

pytestmark = pytest.mark.django_db
URL = "/emergency/new/"
# Tomorrow at nine where the officer is, an hour east of Greenwich; what follows comes six days later.
_TOMORROW = datetime.now(timezone(timedelta(hours=1))).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(1)
_FOLLOWS = (_TOMORROW + timedelta(days=6)).date()


def answers(**changes):
    values = {
        "key": str(uuid4()),
        "danger": "Girl, 14, missing since 16:10.",
        "imminence": "now",
        "needed_by": f"{_TOMORROW:%Y-%m-%d} 09:00 +01:00",
        "identifiers": "48213377\nnordlys@mail.example",
        "categories": ["registration", "logins"],
        "why_data": "Shows where she is.",
        "why_no_process": "The court opens on Monday.",
        "phone": "+44 1632 960901",
        "supervisor": "K. Aas",
        "supervisor_phone": "+44 1632 960900",
        "process_follows": "yes",
        **date_of("process_by", _FOLLOWS.day, _FOLLOWS.month, _FOLLOWS.year),
        "attest": "on",
    }
    return values | changes


def test_it_is_filed_and_the_team_is_paged(client, officer, desk):
    on_call, off = make_staff("analyst"), make_staff("analyst")
    TeamMembership.objects.create(user=on_call, team=Team.objects.get(), on_call=True)
    TeamMembership.objects.create(user=off, team=Team.objects.get())
    response = client.post(URL, answers())
    sent = DataRequest.objects.get()
    assert response.url == reverse("officer:emergency", args=[sent.reference])
    assert (sent.kind, sent.rank, sent.status) == (RequestKind.EMERGENCY, Rank.EXIGENT, "submitted")
    assert sent.process_type.is_emergency
    assert sent.deadline_at - sent.submitted_at == timedelta(minutes=30)
    assert sent.first_look_due_at - sent.submitted_at == timedelta(minutes=5)
    assert sent.needed_by == _TOMORROW
    assert sent.lines.count() == 4
    assert sent.emergency["process_by"] == _FOLLOWS.isoformat()
    pages = OutboundMessage.objects.filter(event="emergency_alert")
    assert {m.to_address for m in pages} == {"on-call@meridian.example", on_call.email}
    assert all(m.urgent for m in pages)
    assert "missing" not in "".join(m.body_text for m in pages)
    assert OutboundMessage.objects.filter(event="request_received", to_user=officer).count() == 1
    page = client.get(response.url).content.decode()
    assert "A duty reviewer is being paged" in page
    assert sent.reference in page


_PROMISES = ("is being paged", "calls you back", "Tell your control room now", "within 10 minutes")
# Inside what renews itself, so that it comes up on a page that was opened before.
_NUMBER_FIRST = re.compile(
    r'data-poll="10">\s*<div class="govuk-warning-text">.*No page has left our system yet\. Call '
    r'<a class="[^"]*" href="tel:\+\d+">.*<div class="govuk-panel',
    re.DOTALL,
)


def test_it_says_paged_only_once_a_page_left(client, desk):
    response = client.post(URL, answers())
    sent = DataRequest.objects.get()
    page = client.get(response.url).content.decode()
    assert "was paged at" not in page
    assert "No page has left" not in page  # a second after it was sent
    with time_machine.travel(sent.submitted_at + timedelta(seconds=61)):
        page = client.get(response.url).content.decode()
    assert _NUMBER_FIRST.search(page), "the number to call stands above everything else"
    assert not [promise for promise in _PROMISES if promise in page]
    assert sent.reference in page
    left = sent.submitted_at + timedelta(seconds=2)
    OutboundMessage.objects.filter(event="emergency_alert").update(state=JobState.DONE, finished_at=left)
    with time_machine.travel(sent.submitted_at + timedelta(seconds=61)):
        page = client.get(response.url).content.decode()
    assert f'A duty reviewer was paged at <time datetime="{left:%Y-%m-%dT%H:%M:%SZ}">' in page
    assert "No page has left" not in page
    assert all(promise in page for promise in _PROMISES[1:])


def test_two_clicks_page_once(client, desk):
    data = answers()
    first, second = client.post(URL, data), client.post(URL, data)
    assert first.url == second.url
    assert DataRequest.objects.count() == 1
    assert OutboundMessage.objects.filter(event="emergency_alert").count() == 1


def test_nobody_on_call_pages_all_reviewers(client, desk):
    Team.objects.update(on_call_address="")
    reviewers = [make_staff("analyst"), make_staff("analyst")]
    make_staff("auditor")
    client.post(URL, answers())
    paged = OutboundMessage.objects.filter(event="emergency_alert").values_list("to_address", flat=True)
    assert sorted(paged) == sorted(r.email for r in reviewers)


def test_the_own_target_is_shorter_than_any_statute(client, desk):
    process_type("NO-EDR-TEST").delete()
    process_type("NO-EDR-LAW", name="Emergency", is_emergency=True, emergency_hours=8)
    client.post(URL, answers())
    sent = DataRequest.objects.get()
    assert sent.deadline_rule == "emergency 30 minutes"
    assert sent.deadline_at - sent.submitted_at == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attest": ""}, "Tick the statement"),
        ({"identifiers": "48213377\n203.0.113.24"}, "Line 2, 203.0.113.24: "),
        ({"identifiers": ""}, "What do you know about the account? Write an answer"),
        ({"categories": []}, "Tick at least one"),
        ({"needed_by": f"{_TOMORROW:%Y-%m-%d} 09:00"}, "Add the time zone"),
        ({"process_by_day": "", "process_by_month": "", "process_by_year": ""}, "By which date?"),
        ({"supervisor_phone": ""}, "Enter your supervisor"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(client, desk, changes, words):
    page = client.post(URL, answers(**changes))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "Girl, 14, missing since 16:10." in page.content.decode()
    assert not DataRequest.objects.exists()


def test_the_page_says_what_happens_and_knows_the_officer(client, officer, desk):
    page = client.get(URL).content.decode()
    assert "A duty reviewer is paged at once" in page
    assert f"Signed as Inspector {officer.get_full_name()}" in page
    assert officer.membership.phone in page


def test_a_missing_person_needs_no_process(client, desk):
    client.post(URL, answers(process_follows="no", process_by_day="", process_by_month="", process_by_year=""))
    assert DataRequest.objects.get().emergency["process_by"] == ""
