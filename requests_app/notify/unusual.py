"""What is told of the weekly report: that it is there, that it waits. Nothing of what stands in it."""

from datetime import datetime

from accounts.permissions import Permission
from foundation.notifications.outbox import send
from requests_app.models import UnusualReport
from requests_app.notify.recipients import holders


def made(report: UnusualReport, *, at: datetime) -> None:
    """Tell auditors; where there is none, whoever keeps watch over the trail otherwise."""
    _tell("weekly_report", report, Permission.READ_TRAIL, at=at)


def waits(report: UnusualReport, *, at: datetime) -> None:
    """Remind auditors."""
    _tell("weekly_report_waits", report, Permission.READ_TRAIL, at=at)


def unread(report: UnusualReport, *, at: datetime) -> None:
    """Tell administrators, who do not read it, that nobody has."""
    _tell("weekly_report_unread", report, Permission.MANAGE_PEOPLE, at=at)


def _tell(event: str, report: UnusualReport, permission: Permission, *, at: datetime) -> None:
    people = holders(report.provider, [permission])
    for person in people if people.exists() else holders(report.provider, [Permission.SEE_TRAIL_STATE]):
        key = f"{event}:{report.provider_id}:{report.week}:{person.pk}"
        send(event, dedupe_key=key, to_user=person, context={"week": report.week.isoformat()}, at=at)
