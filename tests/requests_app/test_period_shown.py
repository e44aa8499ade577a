"""A reviewer reads the period that was asked for, also where its days are those of another time zone."""

from datetime import date

import pytest

from requests_app.deadlines import instants
from requests_app.models import RequestLine
from requests_app.templatetags.desk import period


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "20 Mar 2026 to 7 Nov 2026"),
        ("America/Sao_Paulo", "20 Mar 2026, 03:00 until 8 Nov 2026, 03:00 UTC"),
        ("Europe/Berlin", "19 Mar 2026, 23:00 until 7 Nov 2026, 23:00 UTC"),
    ],
)
def test_days_of_another_zone_are_shown_as_moments(zone, said):
    first, after = instants(date(2026, 3, 20), date(2026, 11, 7), zone)
    assert period(RequestLine(category="logins", period_from=first, period_to=after)) == said
