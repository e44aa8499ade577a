import json
from datetime import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from foundation.legal.models import WorkCalendar
from tests.people import make_provider


def explain(*args):
    out = StringIO()
    call_command("explain_deadline", *args, stdout=out)
    return json.loads(out.getvalue())


def test_it_prints_due_rule_and_why():
    found = explain("--rule=business_days", "--received=2026-11-20T09:00:00Z", "--days=3", "--calendar=GB-ENG")
    assert found["due"] == "2026-11-25T17:00:00Z"
    assert found["rule"].startswith("business_days 3, GB-ENG v1, holidays ")
    assert "Wed 25 Nov 2026" in found["why"]


def test_holds_and_hours_need_no_calendar_and_no_database():
    hold = explain("--rule=calendar_strict", "--received=2026-11-20T09:00Z", "--days=90")
    assert hold["due"] == "2027-02-18T23:59:59Z"
    assert explain("--rule=hours", "--received=2026-10-24T22:00+01:00", "--hours=8")["due"] == "2026-10-25T05:00:00Z"


def test_without_a_place_it_counts_on_the_only_calendar_there_is(db):
    args = ("--rule=calendar_roll", "--received=2026-12-16T09:00Z", "--days=10")
    with pytest.raises(CommandError, match="--calendar"):
        explain(*args)
    WorkCalendar.objects.create(
        name="Desk", country="IE", time_zone="Europe/Dublin", closes_at=time(17), extra_closed=["2026-12-28"]
    )
    assert explain(*args)["due"] == "2026-12-29T23:59:59Z"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--rule=hours", "--received=2026-11-20T09:00", "--hours=8"), "no time zone"),
        (("--rule=hours", "--received=yesterday", "--hours=8"), "is no date and time"),
        (("--rule=hours", "--received=2026-11-20T09:00Z", "--days=8"), "takes --hours"),
        (("--rule=calendar_strict", "--received=2026-11-20T09:00Z", "--hours=8"), "takes --days"),
        (("--rule=calendar_strict", "--received=2026-11-20T09:00Z", "--days=0"), "A period has"),
        (("--rule=business_days", "--received=2026-11-20T09:00Z", "--days=3", "--calendar=XX"), "no calendar for XX"),
    ],
)
def test_what_it_cannot_count_it_says(args, message):
    with pytest.raises(CommandError, match=message):
        explain(*args)


def test_without_a_place_the_calendar_of_the_one_company_counts_and_hides_no_other_error(db):
    WorkCalendar.objects.create(name="Spare", country="GB", time_zone="Europe/London", closes_at=time(17))
    with pytest.raises(CommandError, match="no time zone"):
        explain("--rule=calendar_roll", "--received=2026-12-16T09:00", "--days=10")
    with pytest.raises(CommandError, match="A period has"):
        explain("--rule=calendar_roll", "--received=2026-12-16T09:00Z", "--days=0")
    company = make_provider()
    found = explain("--rule=calendar_roll", "--received=2026-12-16T09:00Z", "--days=10")
    assert found["rule"].startswith(f"calendar_roll 10, {company.calendar.country}")
