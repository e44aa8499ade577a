"""Reminders and ends: each once, whoever sweeps, and at a cost of what is due."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.trail import entries_for
from foundation.notifications.models import OutboundMessage
from preservation import notify
from preservation.models import PreservationHold
from preservation.services import extensions, life, sweeping
from tests.harness.race import race
from tests.people import make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of

END = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
LEAD_DAYS = {30: datetime(2027, 1, 19, 6, tzinfo=UTC), 14: datetime(2027, 2, 4, 6, tzinfo=UTC),
             7: datetime(2027, 2, 11, 6, tzinfo=UTC), 1: datetime(2027, 2, 17, 6, tzinfo=UTC)}  # fmt: skip


def subjects(user=None, event="hold_reminder"):
    found = OutboundMessage.objects.filter(event=event).order_by("pk")
    return [m.subject.partition("] ")[2] for m in (found.filter(to_user=user) if user else found)]


@pytest.mark.django_db
def test_the_whole_life_of_a_hold_that_nobody_touches():
    admin, analyst = make_staff("preservation_admin"), make_staff("analyst")
    hold = hold_of()
    for moment in LEAD_DAYS.values():
        assert sweeping.sweep(at=moment - timedelta(seconds=1)) == 0
        assert sweeping.sweep(at=moment) == 1
        assert sweeping.sweep(at=moment) == 0
    assert subjects(hold.officer) == [
        "Your hold ends in 30 days",
        "Your hold ends in 14 days",
        "Your hold ends in 7 days",
        "Your hold ends tomorrow",
    ]
    assert len(subjects(admin, "hold_reminder_staff")) == 4
    assert subjects(analyst, "hold_reminder_staff") == []
    assert sweeping.sweep(at=END - timedelta(seconds=1)) == 0
    assert sweeping.sweep(at=END) == 1
    hold.refresh_from_db()
    assert (hold.status, hold.expired_at, hold.next_action_at, hold.work_at) == ("expired", END, None, hold.grace_until)
    assert subjects(hold.officer, "hold_ended") == ["Your hold has ended"]
    assert sweeping.sweep(at=END + timedelta(days=400)) == 0
    actions = list(entries_for(hold).values_list("action", flat=True))
    assert actions.count("hold.reminded") == 4
    assert actions[-1] == "hold.expired"


@pytest.mark.django_db
def test_keys_are_of_hold_end_lead_and_recipient():
    hold = hold_of()
    sweeping.sweep(at=LEAD_DAYS[14])
    assert OutboundMessage.objects.get(event="hold_reminder").dedupe_key == (
        f"hold:{hold.pk}:2027-02-18:14d:{hold.officer_id}"
    )


@pytest.mark.django_db
def test_what_a_sweeper_missed_is_said_once_with_the_days_that_are_left():
    hold = hold_of()
    assert sweeping.sweep(at=datetime(2027, 2, 14, 12, tzinfo=UTC)) == 1  # 30, 14 and 7 were missed
    assert subjects(hold.officer) == ["Your hold ends in 4 days"]
    sweeping.sweep(at=LEAD_DAYS[1])
    assert subjects(hold.officer)[1:] == ["Your hold ends tomorrow"]


@pytest.mark.django_db
def test_mails_hold_no_fact_of_the_case_and_say_what_is_left():
    make_staff("preservation_admin")
    hold = hold_of()
    sweeping.sweep(at=LEAD_DAYS[7])
    for message in OutboundMessage.objects.filter(event__startswith="hold_reminder"):
        for secret in (hold.case_number, hold.title, "48213377", hold.agency.name):
            assert secret not in message.body_text
    officer = OutboundMessage.objects.get(event="hold_reminder")
    assert "We remind you again, 1 day before." in officer.body_text
    sweeping.sweep(at=LEAD_DAYS[1])
    assert "This is the last reminder." in OutboundMessage.objects.filter(event="hold_reminder").last().body_text


@pytest.mark.django_db
def test_an_administrator_with_a_conflict_is_not_told():
    admin, hold = make_staff("preservation_admin"), hold_of()
    admin.conflicts.create(agency=hold.agency, reason="Brother works there", declared_at=AT)
    sweeping.sweep(at=LEAD_DAYS[7])
    assert list(notify.administrators(hold)) == []
    assert subjects(admin, "hold_reminder_staff") == []


def test_two_sweepers_at_once_write_nothing_twice(committed_db):
    make_staff("preservation_admin")
    officer = make_officer()
    for _n in range(6):
        hold_of(officer)
    done = race(*[lambda: sweeping.sweep(at=LEAD_DAYS[7])] * 3)
    assert sum(done) == 6
    assert OutboundMessage.objects.filter(event="hold_reminder").count() == 6
    assert OutboundMessage.objects.filter(event="hold_reminder_staff").count() == 6
    done = race(*[lambda: sweeping.sweep(at=END)] * 3)
    assert sum(done) == 6
    assert OutboundMessage.objects.filter(event="hold_ended").count() == 6
    assert PreservationHold.objects.filter(status="expired").count() == 6


def test_a_sweeper_and_a_decision_at_once_leave_one_truth(committed_db):
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    results = race(lambda: sweeping.sweep(at=END), lambda: extensions.grant(extension, by=admin, at=END))
    assert not [r for r in results if isinstance(r, Exception)]
    hold.refresh_from_db()
    assert hold.status == "active"
    assert hold.expires_at == datetime(2027, 5, 19, 23, 59, 59, tzinfo=UTC)
    assert hold.next_action_at == datetime(2027, 4, 19, 6, tzinfo=UTC)
    assert not OutboundMessage.objects.filter(event="hold_ended").exists()


@pytest.mark.django_db
def test_one_hold_that_fails_does_not_stop_the_others(monkeypatch, caplog):
    bad, good = hold_of(), hold_of()

    def failing(hold, lead, **kwargs):
        if hold.pk == bad.pk:
            raise RuntimeError("no template")
        return notify_reminder(hold, lead, **kwargs)

    notify_reminder = notify.reminder
    monkeypatch.setattr(notify, "reminder", failing)
    assert sweeping.sweep(at=LEAD_DAYS[7]) == 1
    assert f"Hold {bad.pk} could not" in caplog.text
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.reminded_lead == 7
    assert bad.next_action_at <= LEAD_DAYS[7]
    monkeypatch.undo()
    assert sweeping.sweep(at=LEAD_DAYS[7]) == 1


@pytest.mark.django_db
def test_a_hold_with_process_or_treaty_does_not_run_down():
    for status in ("process_served", "on_treaty"):
        hold = hold_of(status=status)
        assert hold.next_action_at is None
    assert sweeping.sweep(at=END + timedelta(days=30)) == 0
    assert PreservationHold.objects.filter(status__in=["process_served", "on_treaty"]).count() == 2


@pytest.mark.django_db
def test_after_the_request_it_runs_down_again_and_never_ends_unannounced():
    early, late = hold_of(status="process_served"), hold_of(status="process_served")
    early = life.detach_process(early, at=LEAD_DAYS[7] + timedelta(hours=1))
    assert (early.status, early.expires_at, early.next_action_at) == ("active", END, LEAD_DAYS[1])
    at = END + timedelta(days=30)
    late = life.detach_process(late, at=at)
    assert late.expires_at == datetime(2027, 3, 27, 23, 59, 59, tzinfo=UTC)  # 7 days, announced
    assert late.request_reference == "MX-26-7K4Q9TX", "what followed it stays known"
    assert subjects(late.officer, "hold_resumed") == ["Your hold runs down again"]


def many(hold, count):
    """Holds that run down later than this one."""
    PreservationHold.objects.bulk_create(
        PreservationHold(
            reference=f"HD-30-{n:07}",
            provider=hold.provider,
            officer=hold.officer,
            agency=hold.agency,
            status="active",
            created_at=AT,
            starts_at=AT,
            expires_at=END + timedelta(days=31 + n % 300),
            next_action_at=END + timedelta(days=1 + n % 300),
        )
        for n in range(count)
    )


@pytest.mark.django_db
def test_the_cost_grows_with_what_is_due_not_with_what_is_stored():
    hold = hold_of()
    with CaptureQueriesContext(connection) as one:
        sweeping.sweep(at=LEAD_DAYS[30])
    many(hold, 300)
    with CaptureQueriesContext(connection) as again:
        assert sweeping.sweep(at=LEAD_DAYS[14]) == 1
    assert len(again) == len(one)
    with CaptureQueriesContext(connection) as none:
        assert sweeping.sweep(at=LEAD_DAYS[14]) == 0
    assert len(none) == 2  # what is due, and what falls because nobody said that the authority went to court


def test_a_sweep_reads_the_partial_index_only(committed_db):
    many(hold_of(), 3000)
    with committed_db.owner() as cursor:
        cursor.execute("ANALYZE preservation_preservationhold")
    sweeps = {"hold_due": PreservationHold.objects.due(END), "hold_work_due": PreservationHold.objects.work_due(AT)}
    for index, queryset in sweeps.items():
        plan = queryset.values_list("pk")[:500].explain()
        assert index in plan
        assert "Seq Scan" not in plan
