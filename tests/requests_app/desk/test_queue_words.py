"""The queue says what it counts, what it left out of an address, and the same words everywhere."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from requests_app.models import SavedView
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/queue/"


def test_an_emergency_nobody_took_is_told_apart_in_the_head_and_in_the_file():
    past = timezone.now() - timedelta(minutes=1)
    request_at("submitted", kind="emergency", first_look_due_at=past, deadline_at=past + timedelta(minutes=12))
    client = client_for(make_staff("analyst"))
    assert "overdue (1 emergency above) 1" in words(client.get(URL))
    answer = client.post(f"{URL}export/", {"reason": "Meeting", "file_type": "csv"})
    heads, line = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    told = dict(zip(heads, line, strict=True))
    assert (told["Answer overdue"], told["First look late"], told["Status"]) == ("No", "Yes", "New")
    label = AuditEvent.objects.get(action="queue.export_started").object_label
    assert label == "List: All open, 1 request"


def test_tabs_count_and_lead_without_the_other_filters():
    request_at("in_review", officer=make_officer(make_agency(country="FR")))
    request_at("in_review")
    answer = client_for(make_staff("analyst")).get(URL, {"country": "FR", "view": "unassigned"})
    tabs = {tab["words"]: tab for tab in answer.context["tabs"]}
    assert (tabs["All open"]["count"], tabs["All open"]["url"]) == ("2", URL)
    assert [name for name, tab in tabs.items() if tab["current"]] == ["Unassigned"]
    assert tabs["Unassigned"]["url"] == f"{URL}?view=unassigned"
    assert "Remove this filter: Country" in words(answer)


def test_the_filter_of_a_status_says_what_the_table_says():
    request_at("submitted")
    shown = page(client_for(make_staff("analyst")).get(URL, {"status": "submitted"}))
    assert shown.select_one("#status option[selected]").get_text(strip=True) == "New"
    assert "Status: New" in shown.select_one(".moj-filter__tag").get_text(" ", strip=True)
    assert "Submitted" not in shown.select_one("main").get_text()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"country": "GB'\"><script>"}, "A filter in this address is not known and was left out."),
        ({"due_from": "9999-99-99"}, "A filter in this address is not known and was left out."),
        ({"team": "99999"}, "Team: not known"),
        ({"due_from": "2026-12-02", "due_to": "2026-12-01"}, "Due from is after Due until"),
    ],
)
def test_what_an_address_cannot_mean_is_said(query, said):
    client = client_for(make_staff("analyst"))
    assert said in words(client.get(URL, query))
    assert said not in words(client.get(URL, {"country": "NO", "nonsense": "x"}))


def test_a_long_name_of_a_view_is_refused_whole():
    client = client_for(make_staff("analyst"))
    answer = client.post(f"{URL}views/new/?kind=freeze", {"name": "n" * 400})
    assert answer.status_code == 422
    assert "A name has at most 40 characters. This one has 400." in words(answer)
    assert f'value="{"n" * 400}"' in answer.content.decode()
    assert "maxlength" not in str(page(answer).select_one("#id_name"))
    assert not SavedView.objects.exists()


def test_only_open_requests_and_those_of_the_same_agency_within_a_year_look_like_duplicates():
    same = make_officer(make_agency())
    identifiers = (("email", "once@mail.example"),)
    request_at("in_review", officer=same, identifiers=identifiers)
    now = timezone.now()
    client = client_for(make_staff("analyst"))

    def told():
        return "Duplicate?" in words(client.get(URL))

    other = request_at("closed", officer=make_officer(make_agency()), identifiers=identifiers)
    assert not told()
    type(other).objects.filter(pk=other.pk).update(agency=same.membership.agency)
    assert told()
    type(other).objects.filter(pk=other.pk).update(submitted_at=now - timedelta(days=366))
    assert not told()
