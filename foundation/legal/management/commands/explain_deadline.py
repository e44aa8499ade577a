"""`manage.py explain_deadline`: when something is due, and why."""

import json
import re
from argparse import ArgumentParser
from datetime import datetime
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.legal import deadlines
from foundation.legal.calendars import Calendar, calendar_of
from foundation.legal.deadlines import Due
from foundation.legal.models import WorkCalendar
from foundation.legal.work_calendars import Counted, versions_of

RULES = ("business_days", "calendar_roll", "calendar_strict", "hours")
_REFUSED = 2
_PLACE = re.compile(r"\s*([A-Za-z]{2}(-.*)?)?")


class OneSentence(CommandParser):
    """Says in one sentence what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2, without the usage."""
        if self.called_from_command_line:
            self.exit(_REFUSED, f"explain_deadline: {message}\n")
        raise CommandError(f"Error: {message}", returncode=_REFUSED)


class Command(BaseCommand):
    """Print {"due", "rule", "why"} as JSON; what cannot be counted is said in one sentence, with exit code 2."""

    help = (
        "Says when something is due, by which rule, and why. Without --calendar the company's own calendar is used. "
        "Of one request: explain_request --reference."
    )
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser without the long usage."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = OneSentence  # Django names its own class there
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Rule, receipt, period, place."""
        parser.add_argument("--rule", required=True, choices=RULES)
        parser.add_argument("--received", required=True, help="with its time zone: 2026-11-20T09:00:00Z")
        period = parser.add_mutually_exclusive_group(required=True)
        period.add_argument("--days", type=int)
        period.add_argument("--hours", type=int)
        parser.add_argument("--calendar", help='a country or region (IE, GB-ENG), or a calendar here: "Dublin office"')
        parser.add_argument(
            "--calendar-version", type=int, help="as an earlier version of that calendar counted; default: the present"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute and print."""
        rule, days, hours = options["rule"], options["days"], options["hours"]
        if (rule == "hours") != (hours is not None):
            raise _refused("The rule hours takes --hours; every other rule takes --days.")
        number = days if hours is None else hours
        try:
            received = _moment(options["received"])
            due = _compute(rule, received, number, options["calendar"], options["calendar_version"])
        except OverflowError as error:
            raise _refused("That is after the year 9999, where the calendar ends.") from error
        except ValueError as error:
            raise _refused(str(error)) from error
        answer = {"due": due.at.isoformat().replace("+00:00", "Z"), "rule": due.rule, "why": due.why}
        self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _refused(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=_REFUSED)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date and time. Write it like 2026-11-20T09:00:00Z.") from error


def _compute(rule: str, received: datetime, number: int, name: str | None, version: int | None) -> Due:
    if rule == "hours":
        return deadlines.hours(received, number)
    if rule == "calendar_strict":
        return deadlines.calendar_strict(received, number)
    deadlines.calendar_strict(received, number)  # refuses what is wrong with these two, whatever the calendar
    calendar = _calendar(name, version)
    count = deadlines.business_days if rule == "business_days" else deadlines.calendar_roll
    return count(received, number, calendar)


def _calendar(name: str | None, version: int | None) -> Calendar:
    """Return the calendar of a place, else the one of this name here, else the company's own."""
    if name is None:
        return _at_version(_own_calendar(), version)
    try:
        place = calendar_of(name)
    except ValueError as error:
        return _at_version(_named(name, str(error)), version)
    if version is not None:
        raise ValueError("A place has no versions: name a calendar of this installation, or leave the version out.")
    return place


def _named(name: str, problem: str) -> WorkCalendar:
    # What looks like a place is one: no database is needed to say that there is none.
    known = [] if _PLACE.fullmatch(name) else list(WorkCalendar.objects.order_by("name"))
    found = next((row for row in known if row.name.casefold() == name.strip().casefold()), None)
    if found is None:
        here = f" Calendars here: {', '.join(row.name for row in known)}." if known else ""
        raise ValueError(problem + here)
    return found


def _at_version(calendar: WorkCalendar, version: int | None) -> Calendar:
    if version is None or version == calendar.version:
        return calendar
    versions = versions_of(calendar)
    kept: list[Counted] = versions.get(version, [])
    if not kept:
        numbers = ", ".join(map(str, sorted(versions)))
        raise ValueError(f"{calendar.name} has no version {version} that was kept, only {numbers}.")
    return kept[0].calendar


def _own_calendar() -> WorkCalendar:
    """Return the calendar of the company where there is one company, else the only one there is."""
    of_companies = list(WorkCalendar.objects.filter(provider__isnull=False).distinct()[:2])
    if len(of_companies) == 1:
        return of_companies[0]
    rows = list(WorkCalendar.objects.order_by("name")[:20])
    if len(rows) != 1:
        names = f" Calendars here: {', '.join(row.name for row in rows)}." if rows else ""
        raise ValueError(f"Say which calendar to count on: --calendar IE, --calendar GB-ENG.{names}")
    return rows[0]
