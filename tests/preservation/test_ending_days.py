"""Holds that end within seven days: one way of counting in the headline, the strip, the tag and the filter."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from preservation import schedule
from preservation.models import PreservationHold
from preservation.status_words import status
from tests.people import client_for, make_staff
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "counted"),
    [("2026-12-27 23:59:59", True), ("2026-12-28 23:59:59", True), ("2026-12-29 00:00:00", False)],
)
def test_the_last_of_the_days_is_whole(ends, counted):
    now = at("2026-12-21 14:20")
    assert (at(ends) < schedule.within(7, at=now)) is counted
    assert (schedule.days_left(at(ends), at=now) <= 7) is counted


def test_headline_tag_and_filter_agree():
    now = timezone.now()
    end_of_day = now.astimezone(UTC).replace(hour=23, minute=59, second=59)
    hold, later = hold_of(at=now - timedelta(days=80)), hold_of(at=now - timedelta(days=80))
    PreservationHold.objects.filter(pk=hold.pk).update(expires_at=end_of_day + timedelta(days=7), title="Seventh")
    PreservationHold.objects.filter(pk=later.pk).update(expires_at=end_of_day + timedelta(days=8), title="Eighth")
    PreservationHold.objects.update(acceptance="rule")
    hold.refresh_from_db()
    later.refresh_from_db()
    words = [status(row, asked=False, extended=False, now=now)[0] for row in (hold, later)]
    assert words == ["Ending", "Active"]
    client = client_for(make_staff("preservation_admin"))
    page = client.get("/staff/holds/").content.decode()
    assert re.search(r'end within 7 days</dt><dd><a class="govuk-link" href="\?state=ending#list">1</a>', page)
    for query in ("within=7", "state=ending"):
        listed = client.get(f"/staff/holds/?{query}").content.decode().partition('id="list"')[2]
        assert "Seventh" in listed
        assert "Eighth" not in listed
    assert client.get("/staff/holds/?within=7&state=ended").status_code == 200
