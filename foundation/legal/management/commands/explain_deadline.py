"""`manage.py explain_deadline`: when something is due, and why."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.legal import deadlines
from foundation.legal.calendars import Calendar, calendar_of
from foundation.legal.deadlines import Due
from foundation.legal.models import WorkCalendar

RULES = ("business_days", "calendar_roll", "calendar_strict", "hours")


class Command(BaseCommand):
    """Print {"due", "rule", "why"} as JSON."""

    help = "Says when something is due, by which rule, and why. Without --calendar the desk's own calendar is used."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Rule, receipt, period, place."""
        parser.add_argument("--rule", required=True, choices=RULES)
        parser.add_argument("--received", required=True, help="with its time zone: 2026-11-20T09:00:00Z")
        period = parser.add_mutually_exclusive_group(required=True)
        period.add_argument("--days", type=int)
        period.add_argument("--hours", type=int)
        parser.add_argument("--calendar", help="a country or a region: IE, GB-ENG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute and print."""
        rule, days, hours = options["rule"], options["days"], options["hours"]
        if (rule == "hours") != (hours is not None):
            raise CommandError("The rule hours takes --hours; every other rule takes --days.")
        number = days if hours is None else hours
        try:
            due = _compute(rule, datetime.fromisoformat(options["received"]), number, options["calendar"])
        except (ValueError, OverflowError) as error:
            raise CommandError(str(error)) from error
        answer = {"due": due.at.isoformat().replace("+00:00", "Z"), "rule": due.rule, "why": due.why}
        self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _compute(rule: str, received: datetime, number: int, place: str | None) -> Due:
    if rule == "hours":
        return deadlines.hours(received, number)
    if rule == "calendar_strict":
        return deadlines.calendar_strict(received, number)
    calendar: Calendar = calendar_of(place) if place else _own_calendar()
    count = deadlines.business_days if rule == "business_days" else deadlines.calendar_roll
    return count(received, number, calendar)


def _own_calendar() -> WorkCalendar:
    rows = list(WorkCalendar.objects.all()[:2])
    if len(rows) != 1:
        raise CommandError("Say which calendar to count on: --calendar IE, --calendar GB-ENG.")
    return rows[0]
