"""explain_deadline against every mode, regions, other weekends, clock changes, year ends, closures, and bad input."""

import json
import subprocess
import sys
from datetime import UTC, datetime, time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from foundation.legal.models import WorkCalendar
from foundation.legal.work_calendars import keep_version

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def explain(rule, received, period, calendar="", *more):
    out = StringIO()
    unit = "hours" if rule == "hours" else "days"
    place = [f"--calendar={calendar}"] if calendar else []
    call_command(
        "explain_deadline", f"--rule={rule}", f"--received={received}", f"--{unit}={period}", *place, *more, stdout=out
    )
    return json.loads(out.getvalue())


@pytest.mark.parametrize(
    ("rule", "received", "period", "place", "due"),
    [
        # Regions: the summer bank holiday is England's, Corpus Christi Bavaria's.
        ("business_days", "2026-08-28T09:00Z", 1, "GB", "2026-08-31T16:00:00Z"),
        ("business_days", "2026-08-28T09:00Z", 1, "GB-ENG", "2026-09-01T16:00:00Z"),
        ("business_days", "2026-06-03T09:00Z", 1, "DE-BY", "2026-06-05T15:00:00Z"),
        ("business_days", "2026-06-03T09:00Z", 1, "DE-BE", "2026-06-04T15:00:00Z"),
        # Friday and Saturday, Friday only, Friday and Sunday, and a state that rests otherwise than its country.
        ("business_days", "2026-11-19T06:00Z", 1, "SA", "2026-11-22T14:00:00Z"),
        ("business_days", "2026-11-19T06:00Z", 1, "EG", "2026-11-22T15:00:00Z"),
        ("business_days", "2026-11-19T06:00Z", 1, "IR", "2026-11-21T13:30:00Z"),
        ("business_days", "2026-11-19T06:00Z", 1, "BN", "2026-11-21T09:00:00Z"),
        ("business_days", "2026-11-19T06:00Z", 1, "MY-02", "2026-11-22T09:00:00Z"),
        ("business_days", "2026-11-19T06:00Z", 1, "MY-14", "2026-11-20T09:00:00Z"),
        ("calendar_roll", "2026-11-10T06:00Z", 10, "SA", "2026-11-22T23:59:59Z"),
        # The nights the clocks change: closing time stays closing time, hours stay hours.
        ("business_days", "2026-10-23T09:00Z", 1, "IE", "2026-10-27T17:00:00Z"),
        ("business_days", "2026-03-27T09:00Z", 1, "IE", "2026-03-30T16:00:00Z"),
        ("hours", "2026-03-28T22:00+00:00", 8, "", "2026-03-29T06:00:00Z"),
        ("hours", "2026-10-24T22:00+01:00", 8, "", "2026-10-25T05:00:00Z"),
        ("hours", "2026-11-01T01:30-04:00", 1, "", "2026-11-01T06:30:00Z"),
        # Ends of years and the leap day.
        ("business_days", "2026-12-31T09:00Z", 1, "IE", "2027-01-04T17:00:00Z"),
        ("calendar_roll", "2026-12-16T09:00Z", 10, "IE", "2026-12-28T23:59:59Z"),
        ("calendar_strict", "2026-12-31T23:59:59Z", 1, "", "2027-01-01T23:59:59Z"),
        ("calendar_strict", "2027-11-30T12:00Z", 91, "", "2028-02-29T23:59:59Z"),
        ("calendar_strict", "2026-11-20T09:00:00Z", 90, "", "2027-02-18T23:59:59Z"),
    ],
)
def test_every_way_of_counting(rule, received, period, place, due):
    found = explain(rule, received, period, place)
    assert found["due"] == due
    assert found["rule"].startswith(f"{rule} {period}")
    assert found["why"].endswith(".")


def test_a_calendar_of_this_installation_by_its_name(db):
    row = WorkCalendar.objects.create(
        name="Dublin office", country="IE", time_zone="Europe/Dublin", closes_at=time(16, 30), version=3,
        closures=[{"from": "2026-11-23", "to": "2026-11-24", "name": "Office move"}],
    )  # fmt: skip
    found = explain("business_days", "2026-11-20T09:00Z", 1, "dublin office")
    assert found["due"] == "2026-11-25T16:30:00Z"
    assert "Mon 23 Nov 2026 (Office move)" in found["why"]
    assert found["rule"].startswith("business_days 1, IE v3, ")
    assert explain("business_days", "2026-11-20T09:00Z", 1, "IE")["due"] == "2026-11-23T17:00:00Z"
    keep_version(row, at=AT)
    row.closures, row.version = [], 4
    row.save()
    assert explain("business_days", "2026-11-20T09:00Z", 1, "Dublin office")["due"] == "2026-11-23T16:30:00Z"
    earlier = explain("business_days", "2026-11-20T09:00Z", 1, "Dublin office", "--calendar-version=3")
    assert earlier == found
    with pytest.raises(CommandError, match="has no version 2 that was kept, only 3, 4"):
        explain("business_days", "2026-11-20T09:00Z", 1, "Dublin office", "--calendar-version=2")
    with pytest.raises(CommandError, match="Calendars here: Dublin office"):
        explain("business_days", "2026-11-20T09:00Z", 1, "Dublin offices")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--rule=weeks", "--received=2026-11-20T09:00Z", "--days=3"], "invalid choice"),
        (["--rule=hours", "--received=2026-11-20T09:00Z"], "--days --hours is required"),
        (["--rule=hours", "--received=2026-11-20T09:00Z", "--hours=two"], "invalid int value"),
        (["--rule=hours", "--received=2026-11-20", "--hours=2"], "no time zone"),
        (["--rule=hours", "--received=tomorrow", "--hours=2"], "is no date and time"),
        (["--rule=hours", "--received=9999-12-31T09:00Z", "--hours=48"], "after the year 9999"),
        (["--rule=calendar_strict", "--received=2026-11-20T09:00Z", "--days=0"], "A period has"),
        (["--rule=business_days", "--received=2026-11-20T09:00Z", "--days=3", "--calendar=DE-XX"], "no calendar"),
        (["--rule=business_days", "--received=2026-11-20T09:00Z", "--days=3", "--calendar="], "no calendar"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(args, message):
    with pytest.raises(CommandError, match=message) as refused:
        call_command("explain_deadline", *args)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_the_shell_reads_one_line_and_code_2():
    command = [sys.executable, "manage.py", "explain_deadline", "--rule=weeks", "--received=now", "--days=1"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
