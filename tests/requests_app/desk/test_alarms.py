"""Unusual searching: noticed from the trail, told without names, looked at by somebody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from requests_app.enums import AlarmKind
from requests_app.events import Event
from requests_app.models import DataRequest, MatchAlarm
from requests_app.services import alarms, matching
from tests.factories import request_at
from tests.people import client_for, make_provider, make_staff

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def searches(user, data_request, count, *, at=NOON, result="exact"):
    for number in range(count):
        when = at - timedelta(seconds=number)
        record(Event.MATCHED, by=user, obj=data_request, data={"result": result, "accounts": 1}, at=when)


def working_days(user, data_request, days, *, hour=12, each=1):
    for day in range(1, days + 1):
        moment = (NOON - timedelta(days=day)).replace(hour=hour, minute=30)
        searches(user, data_request, each, at=moment)


def kinds():
    return sorted(MatchAlarm.objects.values_list("kind", flat=True))


def test_many_in_an_hour_are_noticed_against_what_is_usual_here():
    data_request = request_at("in_review")
    analyst, busy = data_request.assignee, make_staff("analyst")
    searches(analyst, data_request, 99)
    alarms.after_search(analyst, data_request, searches=1, at=NOON)
    assert kinds() == []
    searches(analyst, data_request, 5)
    for _again in range(2):
        alarms.after_search(analyst, data_request, searches=1, at=NOON)
    assert kinds() == [AlarmKind.MANY]
    alarm = MatchAlarm.objects.get()
    assert alarm.facts == {"searches": 104, "usual": 0, "hours": 1}
    working_days(busy, data_request, 2, each=60)
    searches(busy, data_request, 110)
    alarms.after_search(busy, data_request, searches=1, at=NOON)
    assert kinds() == [AlarmKind.MANY]  # twice the usual is no alarm


def test_an_hour_at_which_the_person_never_works_is_noticed_but_not_in_an_emergency():
    data_request, urgent = request_at("in_review"), request_at("in_review", kind="emergency")
    analyst, at = data_request.assignee, NOON.replace(hour=3)
    working_days(analyst, data_request, 9)
    searches(analyst, data_request, 1, at=at)
    alarms.after_search(analyst, data_request, searches=1, at=at)
    assert kinds() == []  # nine days say too little
    searches(analyst, data_request, 1, at=NOON - timedelta(days=20))
    alarms.after_search(analyst, urgent, searches=1, at=at)
    assert kinds() == []
    alarms.after_search(analyst, data_request, searches=1, at=at)
    assert kinds() == [AlarmKind.HOUR]
    assert MatchAlarm.objects.get().facts == {"hour": 3, "days": 10}


def test_many_that_found_nothing_and_requests_that_came_to_nothing_are_noticed_by_the_sweep():
    data_request = request_at("in_review")
    analyst, other = data_request.assignee, make_staff("analyst")
    searches(analyst, data_request, 25, result="none")
    searches(analyst, data_request, 5)
    searches(other, data_request, 25)
    searches(other, data_request, 10, result="none")
    ended = [request_at("withdrawn", officer=data_request.officer) for _ in range(5)]
    for row in ended:
        searches(other, row, 1)
    assert alarms.sweep(at=NOON) == 2
    assert alarms.sweep(at=NOON + timedelta(hours=1)) == 0
    found = {alarm.user: (alarm.kind, alarm.facts) for alarm in MatchAlarm.objects.all()}
    assert found[analyst] == ("nothing", {"searches": 30, "nothing": 25, "hours": 24})
    assert found[other] == ("undecided", {"requests": 6, "undecided": 5, "days": 30})


def test_approvers_and_auditors_are_told_without_a_name_and_never_the_person():
    data_request = request_at("in_review", analyst=make_staff("analyst", "approver", full_name="Zacharias Quill"))
    person, auditor, analyst = data_request.assignee, make_staff("auditor"), make_staff("analyst")
    searches(person, data_request, 120)
    alarms.after_search(person, data_request, searches=1, at=NOON)
    told = OutboundMessage.objects.filter(event="match_alarm")
    people = {message.to_user_id for message in told}
    assert auditor.pk in people
    assert not people & {person.pk, analyst.pk}
    for message in told:
        words = f"{message.subject} {message.body_text} {message.body_html} {message.reference}"
        assert not any(secret in words for secret in ("Quill", data_request.reference, "120"))
    entry = AuditEvent.objects.get(action="alarm.raised")
    assert b'"searches":120' in bytes(entry.payload)


def test_somebody_else_looks_once_and_writes_what_came_of_it():
    data_request = request_at("in_review", analyst=make_staff("analyst", "approver", full_name="Zacharias Quill"))
    hidden = request_at("in_review", restricted=True)
    person = data_request.assignee
    auditor, approver = make_staff("auditor"), make_staff("approver")
    searches(person, data_request, 120)
    searches(person, hidden, 3)
    alarms.after_search(person, data_request, searches=1, at=NOON)
    alarm = MatchAlarm.objects.get()
    url = f"/staff/alarms/{alarm.uid}/"
    assert client_for(person).get(url).status_code == 404
    assert "Quill" not in client_for(person).get("/staff/alarms/").content.decode().split("<main")[1]
    assert client_for(make_staff("analyst")).get(url).status_code == 403
    first, second = client_for(auditor), client_for(approver)
    assert "Zacharias Quill" in first.get("/staff/alarms/").content.decode()
    page = first.get(url).content.decode()
    assert data_request.reference in page
    assert hidden.reference not in page
    assert first.post(url, {"note": " "}).status_code == 422
    assert first.post(url, {"note": "One long list of an order."}).status_code == 302
    late = second.post(url, {"note": "I looked too."})
    assert late.status_code == 422
    assert "One long list of an order." in late.content.decode()
    with pytest.raises(NotAllowed):
        alarms.look(alarm, note="Nothing", by=person)
    alarm.refresh_from_db()
    assert (alarm.looked_by, alarm.note) == (auditor, "One long list of an order.")


def test_a_real_search_is_watched_and_goes_on_whatever_happens(monkeypatch):
    data_request = request_at("in_review")
    analyst = data_request.assignee
    monkeypatch.setattr(alarms, "MANY", 1)
    matching.match_target(data_request.targets.first(), by=analyst)
    assert kinds() == [AlarmKind.MANY]
    monkeypatch.setattr(alarms, "_count", None)
    assert matching.match_target(data_request.targets.last(), by=analyst).matched_by == analyst


def test_the_list_costs_the_same_with_one_and_three_rows():
    looker, data_request = make_staff("auditor"), request_at("in_review")
    for wanted in (1, 3):
        while MatchAlarm.objects.count() < wanted:
            MatchAlarm.objects.create(
                provider=make_provider(), user=make_staff("analyst"), kind="many", raised_at=NOON,
                data_request=DataRequest.objects.get(pk=data_request.pk),
            )  # fmt: skip
        client = client_for(looker)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/staff/alarms/")
        assert len(page.context["waiting"]) == wanted
        assert len(queries) == 10, [q["sql"][:90] for q in queries]
