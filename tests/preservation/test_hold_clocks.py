"""Holds on the page of deadlines, and copies that stay after a hold is over."""

from datetime import timedelta

import pytest

from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from preservation import notify
from preservation.models import PreservationHold
from preservation.services import sweeping
from tests.people import make_officer, make_provider, make_staff
from tests.preservation.holds import extension_of, hold_of, now

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told():
    return list(OutboundMessage.objects.filter(event="hold_not_deleted").values_list("to_user", flat=True))


def listed(reader, since, until, clock="Hold"):
    return [(row.label, row.note) for row in deadlines_between(reader, since, until) if row.clock == clock]


def test_staff_are_told_when_the_end_passed_and_the_copies_stay():
    admin = make_staff("preservation_admin")
    make_staff("analyst")
    conflicted = make_staff("preservation_admin")
    kept, gone = hold_of(), hold_of()
    conflicted.conflicts.create(agency=kept.agency, reason="Brother works there", declared_at=kept.starts_at)
    sweeping.sweep(at=kept.expires_at)
    PreservationHold.objects.filter(pk=gone.pk).update(status="destroyed", destroyed_at=kept.expires_at)
    kept.refresh_from_db()
    remind(at=kept.expires_at + 4 * HOUR)
    ended = kept.grace_until
    remind(at=ended + 3 * HOUR)
    assert told() == []
    for later, number in ((4 * HOUR, 1), (5 * HOUR, 1), (DAY, 2), (6 * DAY, 2), (8 * DAY, 3)):
        remind(at=ended + later)
        assert told() == [admin.pk] * number
    message = OutboundMessage.objects.filter(event="hold_not_deleted").first()
    for secret in (kept.case_number, kept.title, "48213377", kept.agency.name):
        assert secret not in message.body_text
    label = "Copies of an ended hold"
    assert listed(admin, ended, ended + DAY, label) == []  # it is not yet time, and they go by themselves
    late = now() - 8 * HOUR
    PreservationHold.objects.filter(pk=kept.pk).update(grace_until=late)
    assert listed(admin, late, late + DAY, label) == [(kept.reference, "Not deleted")]
    assert listed(make_staff("approver"), late - 8 * HOUR, late, label) == []


@pytest.mark.parametrize("status", ["declined", "released"])
def test_copies_that_stay_after_another_end_are_told_of_too(status):
    admin, hold = make_staff("preservation_admin"), hold_of()
    column = {f"{status}_at": now() - 5 * HOUR} | ({"decline_code": "other"} if status == "declined" else {})
    PreservationHold.objects.filter(pk=hold.pk).update(status=status, next_action_at=None, **column)
    remind(at=now())
    assert told() == [admin.pk]


def test_copies_that_wait_for_a_late_request_are_not_told_of():
    make_staff("preservation_admin")
    hold = hold_of()
    extension_of(hold)
    past = now() - DAY
    PreservationHold.objects.filter(pk=hold.pk).update(
        status="expired", next_action_at=None, expired_at=past, grace_until=past
    )
    remind(at=now())
    assert told() == []


def test_a_hold_that_should_have_ended_is_told_of_and_one_that_waits_for_us_is_not():
    admin = make_staff("preservation_admin")
    stuck, asked = hold_of(), hold_of()
    extension_of(asked)
    remind(at=stuck.expires_at + 4 * HOUR)  # nobody swept
    assert told() == [admin.pk]
    assert OutboundMessage.objects.get(event="hold_not_deleted").reference == stuck.reference


def test_who_decides_on_holds_elsewhere_and_reviews_here_is_not_told():
    hold = hold_of()
    elsewhere = make_provider(
        name="Other Exchange", slug="other", reference_prefix="OX", calendar=hold.provider.calendar
    )
    stranger = make_staff("preservation_admin", provider=elsewhere)
    stranger.staff_roles.create(provider=hold.provider, role="analyst", granted_at=hold.starts_at)
    admin = make_staff("preservation_admin", provider=hold.provider)
    assert list(notify.administrators(hold)) == [admin]


def test_running_holds_are_listed_for_who_may_see_them():
    admin, analyst = make_staff("preservation_admin"), make_staff("analyst")
    plain, restricted, kept = hold_of(), hold_of(), hold_of(status="process_served")
    extension_of(plain)
    PreservationHold.objects.filter(pk=restricted.pk).update(restricted=True)
    since, until = plain.expires_at - DAY, plain.expires_at + DAY
    mine = (plain.reference, "More time is asked for")
    assert listed(analyst, since, until) == [mine]
    assert sorted(listed(admin, since, until)) == sorted([mine, (restricted.reference, "")])
    assert listed(make_officer(), since, until) == []
    assert listed(admin, until, until + DAY) == []
    assert kept.reference not in {label for label, _note in listed(admin, since, until)}
