"""The rota pages step after step until an emergency is taken: nobody twice for one page, no page lost."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from accounts.models import Absence, DeclaredConflict, User
from foundation.audit.models import AuditEvent
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import HookCall, OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.models import DataRequest, EmergencyAlert, RotaDuty, RotaStep
from requests_app.services import emergency_alerts, triage
from tests.factories import request_at
from tests.harness.race import race
from tests.notifications.hooking import make_hook
from tests.people import make_officer, make_provider, make_staff

AT = datetime(2026, 11, 20, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEAM = "on-call@meridian.example"


def filed(officer=None, *, at=AT, alert=True, **columns):
    made = request_at(
        "submitted", officer=officer or make_officer(), kind="emergency", at=at - timedelta(hours=1), **columns
    )
    if alert:
        emergency_alerts.alert(made, at=at)
    return made


def step(number, *people, team=None, address="", everybody=False, **when):
    row = RotaStep.objects.create(
        provider=make_provider(), team=team, position=number, name=f"Step {number}", address=address,
        everybody=everybody,
    )  # fmt: skip
    for person in people:
        RotaDuty.objects.create(step=row, user=person, **when)
    return row


def tick(minutes, *, every=0):
    """Look at the urgent clocks, at this minute or at each of so many seconds until then; return who was paged."""
    known = set(OutboundMessage.objects.values_list("pk", flat=True))
    for seconds in range(0 if every else minutes * 60, minutes * 60 + 1, every or 60):
        remind(at=AT + timedelta(seconds=seconds), urgent_only=True, only="emergency_take")
    rows = OutboundMessage.objects.exclude(pk__in=known).filter(event="emergency_waiting")
    return sorted(row.to_address for row in rows)


def first_paged():
    return sorted(OutboundMessage.objects.filter(event="emergency_alert").values_list("to_address", flat=True))


@pytest.fixture
def people(db):
    names = ("first", "second", "third", "other")
    return {name: make_staff("analyst", email=f"{name}@meridian.example") for name in names}


def test_the_first_step_at_once_then_one_every_five_minutes_then_everybody(people):
    approver, administrator = make_staff("approver"), make_staff("administrator")
    step(1, people["first"])
    step(2, people["second"], address="pager@meridian.example")
    step(3, people["third"])
    made = filed()
    everybody = sorted([TEAM, *(one.email for one in people.values())])

    assert first_paged() == [people["first"].email]
    assert tick(4) == []
    assert tick(5) == ["pager@meridian.example", people["second"].email]
    assert tick(5) == tick(9) == []
    assert tick(10) == [people["third"].email]
    assert tick(15) == sorted([*everybody, approver.email])
    assert OutboundMessage.objects.filter(event="emergency_unattended", to_user=administrator).count() == 1
    escalated = AuditEvent.objects.filter(action="request.escalated").order_by("pk")
    assert [json.loads(bytes(event.payload))["data"]["step"] for event in escalated] == [2, 3, 4]
    assert OutboundMessage.objects.exclude(urgent=True).filter(reference=made.reference).count() == 0


def test_everybody_every_five_minutes_for_an_hour_then_every_fifteen_until_it_is_taken(people):
    made = filed()
    found = {minute for minute in range(1, 181) if tick(minute)}
    assert found == {*range(5, 61, 5), *range(65, 181, 15)} | {65}
    triage.take(made, by=people["first"], at=AT + 181 * MINUTE)
    assert tick(400) == []
    emergency_alerts.put_away(at=AT + timedelta(hours=7))
    assert EmergencyAlert.objects.get().next_page_at is None


def test_looked_at_every_five_seconds_nobody_is_paged_twice_for_one_step(people):
    step(1, people["first"])
    step(2, people["second"])
    filed()
    assert tick(9, every=5) == [people["second"].email]


def test_steps_that_were_missed_are_paged_with_the_next_one(people):
    step(1, people["first"])
    step(2, people["second"])
    step(3, people["third"])
    filed()
    assert tick(11) == sorted([people["second"].email, people["third"].email])
    assert tick(14) == []
    assert people["other"].email in tick(15)


def test_it_goes_on_while_one_of_several_waits_and_says_how_many(people):
    step(1, people["first"])
    step(2, people["second"])
    officer = make_officer()
    one, two = filed(officer), filed(officer, at=AT + MINUTE)
    triage.take(one, by=people["first"], at=AT + 2 * MINUTE)
    assert tick(5) == [people["second"].email]
    mail = OutboundMessage.objects.get(event="emergency_waiting")
    assert mail.reference == two.reference
    assert "An emergency request has waited" in mail.body_text


def test_who_is_away_off_duty_in_conflict_or_may_not_review_is_left_out_and_the_next_step_is_paged_at_once(people):
    day = AT.date()
    Absence.objects.create(user=people["first"], first_day=day, last_day=day, entered_at=AT, entered_by=people["first"])
    officer = make_officer()
    DeclaredConflict.objects.create(
        user=people["second"], agency=officer.membership.agency, reason="x", declared_at=AT
    )  # fmt: skip
    counsel = make_staff("counsel")
    row = step(1, people["first"], people["second"], counsel)
    RotaDuty.objects.create(step=row, user=people["other"], begins=time(6), ends=time(21))
    RotaDuty.objects.create(step=row, user=people["other"], last_day=date(2026, 11, 19))
    step(2, people["third"])
    filed(officer)
    assert first_paged() == [people["third"].email]
    assert EmergencyAlert.objects.get().step == 2
    assert people["second"].email not in tick(60, every=60)


def test_a_team_has_its_own_rota_and_without_any_who_reviews_is_paged(people):
    made = filed(alert=False)
    step(1, people["first"])
    step(1, people["second"], team=made.team)
    emergency_alerts.alert(made, at=AT)
    assert first_paged() == [people["second"].email]
    RotaDuty.objects.all().delete()
    emergency_alerts.alert(filed(alert=False), at=AT)
    assert TEAM in first_paged()


def test_a_restricted_one_pages_its_named_readers_alone_whatever_the_rota_says(people):
    step(1, people["first"], address="pager@meridian.example")
    step(2, people["second"], everybody=True)
    hidden = filed(alert=False, restricted=True)
    hidden.named_readers.add(people["third"])
    emergency_alerts.alert(hidden, at=AT)
    tick(70, every=60)
    told = set(OutboundMessage.objects.filter(reference=hidden.reference).values_list("to_address", flat=True))
    assert told == {people["third"].email}


def test_hooks_are_told_the_step(people):
    make_hook("http://127.0.0.1:9/", events=list(HookEvent))
    step(1, people["first"])
    step(2, people["second"])
    alert = EmergencyAlert.objects.get(pk=filed().alert_id)
    tick(5)
    alert.refresh_from_db()
    assert (alert.step, alert.next_page_at) == (2, AT + 10 * MINUTE)
    for minute in (10, 15):
        tick(minute)
    calls = HookCall.objects.filter(event="request.emergency_waiting").order_by("pk")
    assert [(call.payload["data"]["step"], call.payload["data"]["waiting"]) for call in calls] == [
        (2, 1),
        (3, 1),
        (3, 1),
    ]


def test_an_alert_that_a_wrong_clock_has_put_off_is_mended(people):
    filed()
    EmergencyAlert.objects.update(next_page_at=AT + timedelta(days=3))
    assert tick(20) == []
    assert emergency_alerts.put_away(at=AT + 20 * MINUTE) == 1
    assert tick(20)


def test_where_nobody_is_left_it_stays_due_and_pages_whoever_comes(db, caplog):
    made = filed(alert=False)
    type(made.team).objects.update(on_call_address="")
    User.objects.filter(staff_roles__isnull=False).update(is_active=False)
    emergency_alerts.alert(DataRequest.objects.get(pk=made.pk), at=AT)
    assert tick(5) == tick(7) == []
    assert "there is nobody to tell" in caplog.text
    late = make_staff("analyst")
    assert tick(8) == [late.email]
    assert tick(9) == []


def test_two_processes_that_look_at_once_page_once(committed_db):
    person = make_staff("analyst")
    step(1, person)
    step(2, make_staff("analyst", email="second@meridian.example"))
    filed()

    def look():
        done = remind(at=AT + 5 * MINUTE, urgent_only=True, only="emergency_take")
        connection.close()
        return done

    found = race(look, look, look)
    assert sorted(found) == [0, 0, 1]
    assert OutboundMessage.objects.filter(event="emergency_waiting").count() == 1
