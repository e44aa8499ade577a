"""How long before the end a company reminds: its own leads, changed while holds run, and nobody told twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.notifications.models import OutboundMessage
from foundation.providers.models import Provider
from preservation import schedule
from preservation.models import PreservationHold
from preservation.services import planning, sweeping
from preservation.tasks import plan as plan_task
from tests.preservation.holds import hold_of

END = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
DAY = timedelta(days=1)


def leads(*days):
    Provider.objects.update(hold_leads=list(days))


def subjects():
    found = OutboundMessage.objects.filter(event="hold_reminder").order_by("pk")
    return [message.subject.partition("Your hold ends ")[2] for message in found]


def walk(first, last):
    """Plan and sweep every 6 hours; reminders go out at 6 in the morning."""
    at = first
    while at <= last:
        planning.plan_all(at=at)
        sweeping.sweep(at=at)
        at += timedelta(hours=6)


@pytest.mark.django_db
def test_a_company_reminds_when_it_says():
    hold_of()
    leads(45, 2)
    walk(END - 60 * DAY, END)
    assert subjects() == ["in 45 days", "in 2 days"]
    started = OutboundMessage.objects.get(event="hold_started")
    assert "30, 14 and 7 days and 1 day" in started.body_text
    leads(45, 2)
    other = hold_of()
    assert "45 and 2 days" in OutboundMessage.objects.get(event="hold_started", reference=other.reference).body_text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("new", "told"),
    [
        ((30, 20, 5), ["in 30 days", "in 20 days", "in 5 days"]),  # one more in between: it comes
        ((40, 28), ["in 30 days", "in 28 days"]),  # longer than what is left: not told afterwards
        ((30,), ["in 30 days"]),  # fewer: nothing more
        ((25, 30), ["in 30 days", "in 25 days"]),
    ],
)
def test_a_change_holds_from_the_next_plan_on_and_doubles_nothing(new, told):
    hold_of()
    walk(END - 40 * DAY, END - 29 * DAY)
    leads(*new)
    now = END - 29 * DAY
    planning.plan_all(at=now)
    assert planning.plan_all(at=now) == 0
    walk(now, END - timedelta(hours=1))
    assert subjects() == told


@pytest.mark.django_db
def test_the_plan_leaves_what_is_due_what_is_far_and_what_does_not_run_down(monkeypatch):
    monkeypatch.setattr(planning, "BATCH", 2)
    due, far, kept = hold_of(), hold_of(), hold_of(status="process_served")
    near = [hold_of() for _n in range(5)]
    now = END - 17 * DAY
    rows = PreservationHold.objects
    rows.filter(pk=due.pk).update(next_action_at=now - DAY)
    rows.filter(pk=far.pk).update(expires_at=END + 300 * DAY, next_action_at=END + 270 * DAY)
    rows.filter(pk__in=[hold.pk for hold in near]).update(next_action_at=END - 14 * DAY)
    leads(16)
    assert planning.plan_all(at=now) == 5
    planned = dict(rows.values_list("pk", "next_action_at"))
    assert {planned[hold.pk] for hold in near} == {datetime(2027, 2, 2, 6, tzinfo=UTC)}
    assert (planned[due.pk], planned[far.pk], planned[kept.pk]) == (now - DAY, END + 270 * DAY, None)
    plan_task()


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zones are given
    st.lists(st.integers(0, 120), max_size=6),
    st.integers(0, 200 * 24),
)
def test_the_schedule_of_any_leads_is_walked_once_each(end, days, hours):
    at, told = end - timedelta(hours=hours), []
    expected = [lead for lead, moment in schedule.reminders(end, days) if at < moment < end]
    while (at := schedule.next_action(end, after=at, leads=days)) < end:
        told.append(schedule.lead_due(end, at=at, leads=days))
    assert told == expected
