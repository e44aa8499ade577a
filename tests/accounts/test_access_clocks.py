"""The promise to applicants: reminded of a working day before, told of when it is broken, and listed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.deadlines import a_working_day_before
from accounts.enums import AgencyStatus, ApplicationStatus
from accounts.models import AccessApplication, AgencyMembership
from accounts.services.appeals import appeal
from foundation.legal.models import WorkCalendar
from foundation.notifications.models import OutboundMessage
from foundation.notifications.reminders import remind
from foundation.notifications.running_clocks import deadlines_between
from tests.accounts.applied import applied
from tests.people import make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# A Thursday; the promise of three working days ends on Tuesday.
SENT = datetime(2026, 11, 19, 10, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 17, tzinfo=UTC)
SOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


def waiting(**changes):
    """An application that was sent on that Thursday."""
    return applied(
        changes.pop("agency", None) or make_agency(),
        **({"submitted_at": SENT, "created_at": SENT, "due_at": DUE, "remind_at": SOON} | changes),
    )


def told(event="access_due"):
    found = OutboundMessage.objects.filter(event=event).order_by("pk")
    return [(m.to_user_id, m.subject.partition("] ")[2]) for m in found]


@pytest.mark.parametrize(
    ("due", "zone", "before"),
    [
        (datetime(2026, 11, 24, 17, tzinfo=UTC), "UTC", datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 23, 17, tzinfo=UTC), "UTC", datetime(2026, 11, 20, 17, tzinfo=UTC)),
        # Easter Monday is none in Ireland, and the clocks change on the Sunday before the 30th of March 2027.
        (datetime(2027, 3, 30, 16, tzinfo=UTC), "Europe/Dublin", datetime(2027, 3, 26, 17, tzinfo=UTC)),
    ],
)
def test_the_desk_is_reminded_at_the_same_hour_of_the_last_working_day_before(due, zone, before):
    calendar = WorkCalendar(name="Desk", country="IE", time_zone=zone)
    assert a_working_day_before(due, calendar) == before


def test_a_promise_has_its_reminder_with_it():
    make_provider()
    agency, approver = make_agency(), make_staff("approver")
    declined = applied(agency, status=ApplicationStatus.REJECTED, decided_at=SENT - DAY, decided_by=approver)
    again = appeal(declined, by=declined.user, text="I do work for this agency.", at=SENT)
    assert (again.due_at, again.remind_at) == (DUE, SOON)


def test_the_desk_is_told_before_at_and_after_and_the_applicant_once():
    first, second, approver = make_staff("analyst"), make_staff("analyst"), make_staff("approver")
    make_staff("administrator")
    application = waiting(reviewer=second, status=ApplicationStatus.IN_REVIEW)
    remind(at=SOON - timedelta(seconds=1))
    assert told() == []
    for _again in range(2):
        remind(at=SOON)
    assert told() == [(second.pk, "An application must be decided by the next working day")]
    for _again in range(2):
        remind(at=DUE)
    assert told()[1:] == [(first.pk, "An application is overdue"), (second.pk, "An application is overdue")]
    for _again in range(2):
        remind(at=DUE + DAY)
    assert [pk for pk, _words in told()[3:]] == [first.pk, second.pk, approver.pk]
    assert told("access_late") == [(application.user_id, "Your application takes longer")]
    words = OutboundMessage.objects.get(event="access_late")
    assert "24 Nov 2026, 18:00 Oslo time (17:00 UTC)" in " ".join(words.body_text.split())
    for secret in (application.badge, application.phone, application.agency.name, second.full_name, second.pseudonym):
        assert secret not in words.body_text


def test_second_person_is_told_where_the_first_has_recommended():
    analyst, one, two = make_staff("analyst"), make_staff("approver"), make_staff("approver")
    waiting(status=ApplicationStatus.AWAITING_APPROVAL, recommended_by=one, recommended_at=SENT, reviewer=analyst)
    remind(at=SOON)
    assert [pk for pk, _words in told()] == [two.pk]
    assert "waits for a second person" in OutboundMessage.objects.get().body_text


def test_a_conflict_a_question_and_a_decision_keep_the_desk_unbothered():
    free, conflicted = make_staff("analyst"), make_staff("analyst")
    agency = make_agency()
    conflicted.conflicts.create(agency=agency, reason="Brother works there", declared_at=SENT)
    waiting(agency=agency)
    waiting(status=ApplicationStatus.ACTION_NEEDED)
    waiting(status=ApplicationStatus.APPROVED)
    remind(at=DUE)
    assert [pk for pk, _words in told()] == [free.pk]
    assert len(told("access_late")) == 1


def test_an_applicant_of_a_suspended_agency_is_not_told_and_staff_read_so():
    make_staff("analyst")
    waiting(agency=make_agency(status=AgencyStatus.SUSPENDED))
    remind(at=DUE)
    assert told("access_late") == []
    assert "is not told that we are late" in " ".join(OutboundMessage.objects.get().body_text.split())


def test_a_promise_that_moves_is_told_of_anew():
    make_staff("analyst")
    application = waiting()
    remind(at=DUE)
    AccessApplication.objects.filter(pk=application.pk).update(due_at=DUE + 7 * DAY, remind_at=SOON + 7 * DAY)
    for _again in range(2):
        remind(at=DUE + 7 * DAY)
    assert [words for _pk, words in told()] == [
        "An application is overdue", "An application is overdue",
    ]  # fmt: skip


def test_applications_and_verifications_are_listed_for_who_may_see_them():
    analyst, approver, other = make_staff("analyst"), make_staff("approver"), make_staff("preservation_admin")
    application = waiting(reviewer=analyst, status=ApplicationStatus.IN_REVIEW)
    now = timezone.now()
    year, unused, gone = (make_officer(last_verified_at=now) for _n in range(3))
    AgencyMembership.objects.filter(user=year).update(verify_again_at=now + 5 * DAY)
    type(unused).objects.filter(pk=unused.pk).update(last_verified_at=now - 85 * DAY)
    AgencyMembership.objects.filter(user=unused).update(approved_at=now - 100 * DAY)
    AgencyMembership.objects.filter(user=gone).update(verify_again_at=now + 5 * DAY, suspended_at=now)

    def listed(reader):
        found = deadlines_between(reader, min(now, DUE) - DAY, max(now, DUE) + 14 * DAY)
        return sorted((row.clock, row.label) for row in found if row.clock in {"Application", "Verification"})

    mine = ("Application", application.reference)
    officers = [("Verification", user.full_name) for user in (year, unused)]
    assert listed(analyst) == [mine]
    assert listed(approver) == sorted([mine, *officers])
    assert listed(other) == []
    row = next(iter(deadlines_between(analyst, DUE, DUE + DAY)))
    assert (row.person_id, row.url) == (analyst.pk, f"/staff/access/{application.reference}/")
