"""Days of another time zone stay days of that zone when the records of a request are changed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import Incomplete
from requests_app.deadlines import instants
from requests_app.models import RequestLine
from requests_app.services import amendments
from tests.factories import request_at
from tests.people import client_for

pytestmark = pytest.mark.django_db

OSLO = "Europe/Oslo"
DAY = date(2026, 5, 5)


@pytest.fixture
def asked_in_oslo():
    sent = request_at("in_review", categories=("logins", "registration"))
    sent.records_asked = [
        {"category": c, "from": "2026-05-05", "to": "2026-05-05", "zone": OSLO, "order": None}
        for c in ("logins", "registration")
    ]
    sent.save()
    begins, ends = instants(DAY, DAY, OSLO)
    RequestLine.objects.filter(data_request=sent).update(period_from=begins, period_to=ends)
    return sent


def post(sent, **given):
    return client_for(sent.officer).post(f"/requests/{sent.reference}/change/records/", given)


def test_what_is_asked_is_named_in_its_own_days(asked_in_oslo):
    sent = asked_in_oslo
    words = "5 May 2026 to 5 May 2026, Europe/Oslo (4 May 2026, 22:00 until 5 May 2026, 22:00 UTC)"
    page = client_for(sent.officer).get(f"/requests/{sent.reference}/change/records/").content.decode()
    assert page.count(words) == 2
    assert f'<option value="{OSLO}" selected>' in page
    key = next(item.key for item in amendments.asked(sent) if item.category == "logins")
    post(sent, action="out", records=[key])
    assert [entry["category"] for entry in type(sent).objects.get(pk=sent.pk).records_asked] == ["registration"]
    staff = client_for(sent.assignee).get(f"/staff/requests/{sent.reference}/").content.decode()
    assert words in staff


def test_more_is_asked_in_the_zone_that_is_chosen(asked_in_oslo):
    sent = asked_in_oslo
    given = {"action": "add", "category": "transactions", "covered": "on", "zone": OSLO}
    for end in ("first", "last"):
        given |= {f"{end}_day": 5, f"{end}_month": 5, f"{end}_year": 2026}
    for _click in range(2):
        assert post(sent, **given).status_code == 302
    made = sent.lines.filter(category="transactions")
    assert set(made.values_list("period_from", "period_to")) == {instants(DAY, DAY, OSLO)}
    assert type(sent).objects.get(pk=sent.pk).records_asked[-1]["zone"] == OSLO
    assert sent.amendments.get().after["added"][0]["words"].startswith("Transactions, 5 May 2026 to 5 May 2026, Europe")
    assert post(sent, **(given | {"zone": "Mars/Base"})).status_code == 422


def test_a_day_that_did_not_exist_or_a_zone_that_does_not_is_refused(asked_in_oslo):
    sent = asked_in_oslo
    gone = {"category": "transactions", "first": date(2011, 12, 30), "last": date(2011, 12, 30)}
    with pytest.raises(Incomplete, match="did not exist"):
        amendments.add_records(sent, **gone, zone="Pacific/Apia", by=sent.officer)
    with pytest.raises(Incomplete, match="time zones"):
        amendments.add_records(sent, **gone, zone="Mars/Base", by=sent.officer)
    today = timezone.now().date()
    ahead = gone | {"first": today, "last": today + timedelta(days=2)}
    with pytest.raises(Incomplete, match="after today"):
        amendments.add_records(sent, **ahead, zone=OSLO, by=sent.officer)
