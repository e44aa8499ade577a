"""Deadlines of applications that stand on a calendar, for administrators who change it (foundation.legal.recount)."""

from collections.abc import Iterator

from django.urls import reverse

from accounts.deadlines import a_working_day_before
from accounts.models import AccessApplication, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.legal.events import LegalEvent
from foundation.legal.models import WorkCalendar
from foundation.legal.open_clocks import OpenClock
from foundation.legal.recount import Moved, Moving
from foundation.providers.models import Provider

_CHUNK = 500


def open_clocks(calendar: WorkCalendar, reader: User | None) -> Iterator[OpenClock]:
    """Yield the applications that wait for the desk, where the desk that vets works on this calendar."""
    operator = Provider.objects.order_by("pk").first()
    if operator is None or operator.calendar_id != calendar.pk:
        return
    opens = reader is not None and has_permission(reader, Permission.SEE_APPLICATIONS)
    rows = AccessApplication.objects.waiting().exclude(due_at=None).exclude(submitted_at=None)
    for row in rows.only("reference", "submitted_at", "due_at", "due_rule").iterator(_CHUNK):
        if row.submitted_at is None or row.due_at is None:
            continue
        url = reverse("accounts:review", args=[row.reference]) if opens else ""
        yield OpenClock(str(row.pk), "Application", row.reference, row.submitted_at, row.due_at, row.due_rule, url)


def move(moving: Moving, moved: Moved) -> bool:
    """Write the promise of one application, with its entry; False where it is decided or stands elsewhere."""
    unchanged = AccessApplication.objects.waiting().filter(due_at=moved.clock.due, due_rule=moved.clock.rule)
    row = unchanged.select_for_update(of=("self",)).filter(pk=moved.clock.key).first()
    if row is None:
        return False
    AccessApplication.objects.filter(pk=row.pk).update(
        due_at=moved.at, due_rule=moved.rule, remind_at=a_working_day_before(moved.at, moving.calendar)
    )
    record(
        LegalEvent.DEADLINE_MOVED, by=moving.by, obj=row, reason=moving.reason, data=moving.facts(moved), at=moving.at
    )
    return True
