"""`manage.py check_calendars`: whether a newer holidays library would count otherwise. Nothing is moved."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.legal.calendars import HOLIDAYS_VERSION
from foundation.legal.models import WorkCalendar
from foundation.legal.recount import would_move
from foundation.legal.work_calendars import calendar_from, keep_version, library_changes, state_of

_FORM = "%Y-%m-%d %H:%M UTC"


class Command(BaseCommand):
    """Compare what calendars were counted on with the library of today, and open deadlines with today's count.

    Exit code 0: nothing differs. 1: something does, and is listed. Meant for every update and every day.
    """

    help = "Lists public days off and open deadlines that would be counted otherwise today. Moves nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what differs, calendar by calendar."""
        different = 0
        for calendar in WorkCalendar.objects.order_by("name"):
            if not calendar.versions.filter(version=calendar.version).exists():
                keep_version(calendar, at=timezone.now())
                self.stdout.write(f"{calendar.name} v{calendar.version}: kept with holidays {HOLIDAYS_VERSION}.")
            different += self._public_days(calendar) + self._deadlines(calendar)
        if different:
            raise CommandError(
                "Nothing was moved. An administrator counts again under Catalogue, Working days.", returncode=1
            )
        self.stdout.write("Every calendar and every open deadline stands as it would be counted today.")

    def _public_days(self, calendar: WorkCalendar) -> int:
        found = library_changes(calendar)
        for each in found:
            before, now = each.before or "a working day", each.now or "a working day"
            self.stdout.write(f"{calendar.name} v{calendar.version}: {each.day} was {before}, is {now}.")
        return len(found)

    def _deadlines(self, calendar: WorkCalendar) -> int:
        newer = calendar_from(state_of(calendar), version=calendar.version)
        found = would_move(calendar, newer, reader=None)
        for moved in found:
            clock = moved.clock
            self.stdout.write(
                f"{calendar.name}: {clock.what} of {clock.label} stands at {clock.due.strftime(_FORM)}, would be "
                f"{moved.at.strftime(_FORM)} ({'earlier' if moved.earlier else 'later'}; {clock.rule})."
            )
        return len(found)
