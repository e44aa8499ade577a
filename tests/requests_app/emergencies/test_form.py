"""The form for a phone at night, and the page that says from minute to minute how far it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack
from foundation.notifications.models import OutboundMessage
from requests_app.forms.soon import Local
from requests_app.models import DataRequest
from requests_app.services import triage
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.emergencies.aftermath import emergency_in
from tests.requests_app.officer.helpers import make_desk
from tests.requests_app.officer.test_emergency import answers

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # 16:00 in Oslo


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (None, "16:30", datetime(2026, 11, 22, 15, 30, tzinfo=UTC)),
        (None, "15:30", datetime(2026, 11, 22, 14, 30, tzinfo=UTC)),  # a moment ago: the form says that it is over
        (None, "02:00", datetime(2026, 11, 23, 1, 0, tzinfo=UTC)),
        ("2026-11-25", "09:00", datetime(2026, 11, 25, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_clock_is_the_next_one_in_its_zone(day, clock, moment):
    given = Local(datetime.fromisoformat(day).date() if day else None, datetime.strptime(clock, "%H:%M").time())  # noqa: DTZ007
    assert given.in_zone("Europe/Oslo", NOW) == moment


def test_a_time_and_a_zone_are_enough_and_an_extension_is_taken():
    make_desk()
    officer = make_officer(time_zone="Asia/Kolkata")
    client = client_for(officer)
    page = client.get("/emergency/new/").content.decode()
    assert '<option value="Asia/Kolkata" selected>' in page
    assert 'inputmode="tel"' in page
    zone = ZoneInfo("Asia/Kolkata")
    soon = (timezone.now() + timedelta(hours=3)).astimezone(zone)
    data = answers(needed_by=f"{soon:%H:%M}", needed_zone="Asia/Kolkata", phone="+44 1632 960901, extension 4471")
    assert client.post("/emergency/new/", data).status_code == 302
    row = DataRequest.objects.get()
    assert row.needed_by.astimezone(zone).strftime("%H:%M") == f"{soon:%H:%M}"
    assert timezone.now() < row.needed_by < timezone.now() + timedelta(hours=3)
    assert row.emergency["phone"].endswith("extension 4471")


@pytest.mark.parametrize("typed", ["25:10", "2026-02-30 10:00", "soon"])
def test_a_time_that_is_none_is_said_and_everything_typed_is_kept(typed):
    make_desk()
    client = client_for(make_officer())
    page = client.post("/emergency/new/", answers(needed_by=typed, needed_zone="UTC"))
    assert page.status_code == 422
    assert "By when do you need the data?" in page.content.decode()
    assert f'value="{typed}"' in page.content.decode()
    assert "Girl, 14, missing since 16:10." in page.content.decode()
    assert not DataRequest.objects.exists()


def test_the_page_after_it_says_how_far_it_is_and_nothing_of_who():
    row = emergency_in("submitted")
    url, client, analyst = (
        reverse("officer:emergency", args=[row.reference]),
        client_for(row.officer),
        make_staff("analyst"),
    )
    page = client.get(url, headers={"X-Poll": "1"}).content.decode()
    assert page.count("Not yet") == 4  # and no page has left
    OutboundMessage.objects.create(
        event="emergency_alert", dedupe_key=f"emergency:{row.pk}:user1", to_address="desk@meridian.example",
        urgent=True, state="done", finished_at=timezone.now(), created_at=timezone.now(), message_id="1@meridian",
        due_at=timezone.now(),
    )  # fmt: skip
    page = client.get(url, headers={"X-Poll": "1"}).content.decode()
    assert page.count("Not yet") == 3
    assert "data-poll" in page
    triage.take(row, by=analyst)
    call = {
        "about_reference": row.reference,
        "number": row.agency.numbers.get(),
        "called_by": analyst,
        "spoke_to": "Desk",
    }
    CallBack.objects.create(**call, purpose="request", called_at=timezone.now(), result="no_answer")
    assert client.get(url).content.decode().count("Not yet") == 2
    CallBack.objects.create(**call, purpose="supervisor", called_at=timezone.now(), result="confirmed")
    assert client.get(url).content.decode().count("Not yet") == 2
    CallBack.objects.create(**call, purpose="request", called_at=timezone.now(), result="confirmed")
    page = client.get(url).content.decode()
    assert page.count("Not yet") == 1
    assert analyst.get_full_name() not in page
    assert analyst.pseudonym not in page
    DataRequest.objects.filter(pk=row.pk).update(status="refused", decided_at=timezone.now())
    page = client.get(url).content.decode()
    assert "Not yet" not in page
    assert "data-poll" not in page
    assert "read our decision" in page


def test_a_number_is_corrected_and_what_was_sent_is_kept():
    row = emergency_in("in_review")
    client, url = client_for(row.officer), reverse("officer:emergency_contact", args=[row.reference])
    before = dict(row.emergency)
    same = {name: before[name] for name in ("phone", "supervisor", "supervisor_phone")}
    client.post(url, same)
    assert not row.amendments.exists()
    assert client.post(url, same | {"phone": ""}).status_code == 422
    client.post(url, same | {"phone": "+47 22 00 00 00"})
    made = DataRequest.objects.get(pk=row.pk)
    assert made.emergency == before | {"phone": "+47 22 00 00 00"}
    assert made.amendments.get().text == f"The officer's number: +47 22 00 00 00. Before: {before['phone']}."
    staff = client_for(row.test_people.analyst).get(reverse("staff:request", args=[row.reference])).content.decode()
    assert "+47 22 00 00 00" in staff
    assert client_for(make_officer()).post(url, same).status_code == 404
    lead = client_for(make_officer(row.agency, lead=True))
    assert lead.post(url, same | {"phone": "0"}).status_code == 302
    assert DataRequest.objects.get(pk=row.pk).emergency["phone"] == "+47 22 00 00 00"
