"""Forty emergencies at once from one agency are one alert; one that could be missed never is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.models import DeclaredConflict, TeamMembership
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest, EmergencyAlert
from requests_app.services import emergency_alerts, triage
from tests.factories import request_at
from tests.harness.race import race
from tests.people import make_agency, make_officer, make_staff

AT = datetime(2026, 11, 20, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def filed(officer, *, at=AT, alert=True, **columns):
    made = request_at("submitted", officer=officer, kind="emergency", at=at - timedelta(hours=1), **columns)
    if alert:
        emergency_alerts.alert(made, at=at)
    return made


def pages(event="emergency_alert"):
    return list(OutboundMessage.objects.filter(event=event).order_by("pk"))


@pytest.fixture
def officer(db):
    return make_officer()


@pytest.fixture
def reviewers(db):
    return [make_staff("analyst"), make_staff("analyst")]


def test_others_join_the_open_alert_and_one_message_tells_how_many(officer, reviewers):
    approver, administrator, auditor = make_staff("approver"), make_staff("administrator"), make_staff("auditor")
    filed_ones = [filed(officer, at=AT + n * MINUTE) for n in range(4)]
    elsewhere = filed(make_officer(), at=AT + 2 * MINUTE)

    assert {m.reference for m in pages()} == {filed_ones[0].reference, elsewhere.reference}
    assert EmergencyAlert.objects.count() == 2
    assert AuditEvent.objects.filter(action="request.alert_joined").count() == 3

    assert remind(at=AT + 5 * MINUTE - timedelta(seconds=1), urgent_only=True) == 0
    remind(at=AT + 5 * MINUTE, urgent_only=True)
    again = pages("emergency_waiting")
    assert all(m.urgent and "4 emergency requests" in m.body_text and "EMERGENCY: 4" in m.subject for m in again)
    everybody = {"on-call@meridian.example", *(r.email for r in reviewers)}
    assert sorted(m.to_address for m in again) == sorted(everybody)
    assert not pages("emergency_unattended")

    remind(at=AT + 15 * MINUTE, urgent_only=True)
    later = {m.to_address for m in pages("emergency_waiting")[len(again) :] if "4 emergency" in m.body_text}
    assert later == everybody | {approver.email}
    (alone,) = [m for m in pages("emergency_unattended") if "4 emergency" in m.body_text]
    assert alone.to_address == administrator.email
    assert not any(one.reference in alone.subject + alone.body_text for one in filed_ones)
    assert AuditEvent.objects.filter(action="request.escalated").count() == 4
    assert auditor.email not in {m.to_address for m in OutboundMessage.objects.all()}


def test_one_filed_after_somebody_took_another_or_after_the_window_pages_at_once(officer, reviewers):
    first = filed(officer)
    second = filed(officer, at=AT + MINUTE)
    triage.take(second, by=reviewers[0], at=AT + 2 * MINUTE)
    third = filed(officer, at=AT + 3 * MINUTE)
    fourth = filed(officer, at=AT + 4 * MINUTE)
    fifth = filed(officer, at=AT + 8 * MINUTE)
    assert [m.reference for m in pages()] == [first.reference, third.reference, fifth.reference]
    assert fourth.alert == third.alert

    remind(at=AT + 5 * MINUTE)
    assert {m.reference for m in pages("emergency_waiting")} == {first.reference}
    assert "An emergency request has waited" in pages("emergency_waiting")[0].body_text


def test_nobody_is_paged_again_for_what_was_taken(officer, reviewers):
    for made in (filed(officer), filed(officer, at=AT + MINUTE)):
        triage.take(made, by=reviewers[0], at=AT + 2 * MINUTE)
    remind(at=AT + 20 * MINUTE)
    assert not pages("emergency_waiting")


def test_a_restricted_one_is_told_to_its_readers_alone(officer, reviewers):
    named, other = reviewers
    hidden = filed(officer, restricted=True)
    hidden.named_readers.add(named)
    open_one = filed(officer, at=AT + MINUTE)
    assert open_one.alert != hidden.alert
    for after in (6, 15, 70):
        remind(at=AT + after * MINUTE)
    told = {m.to_address for m in OutboundMessage.objects.filter(reference=hidden.reference)}
    assert told == {named.email}
    assert other.email in {m.to_address for m in OutboundMessage.objects.filter(reference=open_one.reference)}


def test_whoever_declared_a_conflict_is_not_paged(officer, reviewers):
    for reviewer in reviewers:
        team = filed(make_officer(), alert=False).team
        TeamMembership.objects.create(user=reviewer, team=team, on_call=True)
    DeclaredConflict.objects.create(user=reviewers[0], agency=officer.membership.agency, reason="x", declared_at=AT)
    made = filed(officer)
    remind(at=AT + 15 * MINUTE)
    told = {m.to_address for m in OutboundMessage.objects.filter(reference=made.reference)}
    assert reviewers[1].email in told
    assert reviewers[0].email not in told


def test_one_that_is_not_decided_pages_who_has_it_then_everybody(officer, reviewers):
    approver = make_staff("approver")
    made = filed(officer)
    triage.take(made, by=reviewers[0], at=AT + MINUTE)
    remind(at=AT + 21 * MINUTE)
    assert [m.to_address for m in pages("emergency_undecided")] == [reviewers[0].email]
    remind(at=AT + 30 * MINUTE)
    late = pages("emergency_undecided")[1:]
    assert {m.to_address for m in late} == {approver.email, *(r.email for r in reviewers)}
    assert all("is over" in m.subject and m.urgent for m in late)
    DataRequest.objects.filter(pk=made.pk).update(clock_stopped_at=AT + 31 * MINUTE)
    remind(at=AT + 90 * MINUTE)
    assert len(pages("emergency_undecided")) == 1 + len(late)


def test_many_at_the_same_moment_are_one_alert(committed_db):
    officer, reviewer = make_officer(), make_staff("analyst")
    made = [filed(officer, alert=False) for _n in range(6)]
    elsewhere = filed(make_officer(make_agency()), alert=False)

    def alert(row, milliseconds):
        with transaction.atomic():
            locked = DataRequest.objects.select_for_update(of=("self",)).get(pk=row.pk)
            return emergency_alerts.alert(locked, at=AT + timedelta(milliseconds=milliseconds)).pk

    found = race(*(lambda row=row, n=n: alert(row, -n) for n, row in enumerate([*made, elsewhere])))
    assert not [one for one in found if isinstance(one, Exception)]
    assert len(set(found[:-1])) == 1
    assert found[-1] not in found[:-1]
    assert len(pages()) == 2
    assert reviewer.is_active


def test_one_that_waits_too_long_for_another_pages_by_itself(committed_db, monkeypatch):
    monkeypatch.setattr(emergency_alerts, "_PATIENCE_MS", 50)
    officer = make_officer()
    first, second = filed(officer, alert=False), filed(officer, alert=False)

    def alert_beside():
        with transaction.atomic():
            return emergency_alerts.alert(DataRequest.objects.get(pk=second.pk), at=AT).pk

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
        opened = emergency_alerts.alert(first, at=AT)
        (other,) = race(alert_beside)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == before
    assert opened.pk != other
    assert {m.reference for m in pages()} == {first.reference, second.reference}
    assert first.status == RequestStatus.SUBMITTED
