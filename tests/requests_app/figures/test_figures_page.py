"""The page of figures and its file: what they show of which slice, to whom, and what the trail says."""

import csv
import hashlib
import io
import json
import re
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from foundation.core.plots import bars, by_month
from requests_app.services import figures
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

URL, FILE = "/staff/figures/", "/staff/figures/download/"
REASON = {"reason": "Meeting of the board", "file_type": "csv"}


@pytest.fixture
def officers():
    return {"NO": make_officer(make_agency(country="NO")), "US": make_officer(make_agency(country="US"))}


def made(officers, country, status="in_review", **more):
    more.setdefault("at", timezone.now() - timedelta(days=2))
    return request_at(status, officer=officers[country], identifiers=(("email", "a@mail.example"),), **more)


def count():
    return figures.count(make_provider())


def numbers(answer):
    pairs = re.findall(r'app-figures__item"><dt>([^<]*)</dt><dd>([^<]*)</dd>', answer.content.decode())
    return dict(pairs)


def test_an_empty_installation_says_so_before_and_after_the_first_count():
    client = client_for(make_staff("analyst"))
    text = words(client.get(URL))
    assert "Not counted yet." in text
    assert "Download as a file" not in text
    assert client.post(FILE, REASON).status_code == 422
    count()
    page = client.get(URL)
    text = words(page)
    assert "Counted" in text
    for said in ("No request came in yet.", "No request is open.", "Nothing was decided.", "No emergency was filed."):
        assert said in text
    assert "<svg" not in page.content.decode().partition("<main")[2]


def test_a_slice_and_a_month_stand_in_the_address_and_plots_have_their_tables(officers):
    made(officers, "NO", deadline_at=timezone.now() - timedelta(hours=1))
    made(officers, "US", "refused", at=timezone.now() - timedelta(days=1))
    count()
    client = client_for(make_staff("counsel"))
    whole = client.get(URL)
    assert numbers(whole)["open now"] == numbers(whole)["overdue now"] == "1"
    assert numbers(whole)["received"] == "2"
    html = whole.content.decode()
    assert "of=country%3AUS" in html  # the comparison leads there
    for key in ("load", "status", "decisions", "refusals"):
        assert f'aria-labelledby="{key}-title {key}-desc"' in html
        assert f'<section class="app-plotted" aria-labelledby="{key}"' in html
    main = html.partition("<main")[2]
    assert " style=" not in main
    ids = re.findall(r' id="([^"]+)"', main)
    assert len(ids) == len(set(ids))
    states = client.get(URL, {"of": "country:US"})
    assert "Figures: " in words(states)
    assert (numbers(states)["received"], numbers(states)["open now"]) == ("1", "0")
    assert "Jurisdiction" in words(states)
    long_ago = figures.months(timezone.now())[0]
    empty = client.get(URL, {"of": "country:US", "month": f"{long_ago:%Y-%m}"})
    assert numbers(empty)["received"] == "0"
    assert f"{long_ago:%B %Y}" in words(empty)


@pytest.mark.parametrize(
    "query",
    ["of=country:XX", "of=person:1", "of=team:0", "month=1999-01", "month=x", "of=country:%00", "company=other"],
)
def test_what_the_address_cannot_mean_is_left_out(officers, query):
    made(officers, "NO")
    count()
    answer = client_for(make_staff("analyst")).get(f"{URL}?{query}")
    assert answer.status_code == 200
    assert numbers(answer)["received"] == "1"


def test_restricted_requests_are_on_no_page_and_in_no_file_not_even_their_readers(officers):
    made(officers, "NO")
    hidden = made(officers, "US", "submitted", kind="emergency", restricted=True, channel="fax")
    reader = make_staff("analyst")
    hidden.named_readers.add(reader)
    count()
    page = client_for(reader).get(URL)
    main = words(page)
    assert numbers(page)["open now"] == "1"
    assert "No emergency was filed." in main
    for value in ("country:US", "channel:fax", "kind:emergency"):
        assert value not in page.content.decode()
    content = client_for(reader).post(FILE, REASON).content.decode("utf-8-sig")
    assert {line[1] for line in csv.reader(io.StringIO(content))} & {"Fax", "United States", "US"} == set()


def test_the_page_takes_the_same_queries_for_one_request_and_for_three(officers):
    client = client_for(make_staff("analyst"))

    def queries():
        count()
        client.get(URL)
        with CaptureQueriesContext(connection) as seen:
            client.get(URL)
        return len(seen)

    made(officers, "NO")
    one = queries()
    made(officers, "US", "refused")
    made(officers, "US", kind="freeze")
    assert queries() == one == 11


def test_failed_verifications_say_where_and_when_but_not_those_of_restricted_requests(officers):
    seen, hidden = made(officers, "NO"), made(officers, "US", restricted=True)
    for row in (seen, hidden):
        CallBack.objects.create(
            agency=row.agency, about_reference=row.reference, purpose="request", number=row.agency.numbers.first(),
            result="not_confirmed", called_at=timezone.now(), called_by=make_staff("analyst"),
        )  # fmt: skip
    count()
    client = client_for(make_staff("analyst"))
    html = client.get(URL).content.decode()
    by_country = html.partition('id="failed-countries"')[2].partition("</table>")[0]
    assert "Norway" in by_country or "NO" in by_country
    assert "United States" not in html
    by_month = html.partition('id="failed-months"')[2].partition("</tbody>")[0]
    assert by_month.partition("<tbody")[2].count("<tr") == 1
    # A call need not be about a request: other slices do not have them.
    assert 'id="failed"' not in client.get(URL, {"of": "kind:disclosure"}).content.decode()


def test_figures_that_nobody_counts_any_more_say_so(officers):
    made(officers, "NO")
    at = timezone.now()
    client = client_for(make_staff("analyst"))
    for minutes, old in ((59, False), (61, True)):
        figures.count(make_provider(), at=at - timedelta(minutes=minutes))
        assert ("more than an hour old" in words(client.get(URL))) is old


def test_anybody_of_the_desk_has_them_counted_again_once_at_a_time(officers):
    made(officers, "NO")
    figures.count(make_provider(), at=timezone.now() - timedelta(minutes=5))
    client = client_for(make_staff("custodian"))
    assert client.get(f"{URL}again/").url == URL
    answer = client.post(f"{URL}again/?of=country:NO")
    assert answer.url == f"{URL}?of=country%3ANO"
    assert "Being counted." in words(client.get(answer.url))
    assert "being counted already" in words(client.post(f"{URL}again/", follow=True))
    assert AuditEvent.objects.filter(action="figures.asked_to_count_again").count() == 1
    assert client_for(make_staff("administrator")).post(f"{URL}again/").status_code == 403


def test_the_file_has_every_slice_and_leaves_its_reason_and_its_hash(officers):
    made(officers, "NO")
    made(officers, "US", "refused")
    count()
    user = make_staff("auditor")
    answer = client_for(user).post(FILE, REASON)
    assert answer["Content-Disposition"].startswith('attachment; filename="figures-')
    assert answer["Cache-Control"] == "no-store"
    head, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    table = {(line[0], line[1], line[2]): dict(zip(head, line, strict=True)) for line in lines}
    now = "Now, and the last 12 months"
    assert table["Whole desk", "", now]["Received"] == "2"
    assert table["Whole desk", "", now]["Open: In review"] == "1"
    refused = [row for (of, _which, month), row in table.items() if of == "Country" and row["Decided: Declined"] == "1"]
    assert len(refused) == 2  # in all, and in its month
    assert {row["Median hours: From receipt to the decision"] for row in refused} == {"4.00"}
    assert {row["Declined because: Jurisdiction"] for row in refused} == {"1"}
    event = AuditEvent.objects.get(action="figures.taken_as_a_file")
    assert event.reason == "Meeting of the board"
    facts = json.loads(bytes(event.payload))["data"]
    assert facts["rows"] == len(lines)
    assert facts["sha256"] == hashlib.sha256(answer.content).hexdigest()
    sheet = openpyxl.load_workbook(
        io.BytesIO(client_for(user).post(FILE, REASON | {"file_type": "xlsx"}).content)
    ).active
    assert [cell.value for cell in sheet[1]] == head


def test_the_file_wants_the_right_a_reason_and_a_fresh_factor(officers):
    made(officers, "NO")
    count()
    for role in ("counsel", "custodian", "administrator"):
        client = client_for(make_staff(role))
        assert client.post(FILE, REASON).status_code == 403
    assert client_for(make_staff("analyst"), factor_age=3600).post(FILE, REASON).url.startswith("/sign-in/factor/")
    answer = client_for(make_staff("analyst")).post(FILE, {"reason": " ", "file_type": "xlsx"})
    assert answer.status_code == 422
    assert "Write why you need the file" in words(answer)
    assert not AuditEvent.objects.filter(action="figures.taken_as_a_file").exists()


def test_bars_are_in_proportion_and_stay_in_the_picture():
    plot = bars("x", "X", [("A", 200, "200"), ("B", 50, "50"), ("C", 0, "0"), ("D", 0.001, "few")])
    assert [bar.width for bar in plot.rows] == [266, 66.5, 0, 1]
    assert "A: 200, B: 50" in plot.description
    assert bars("x", "X", [("A", 0, "0")]) is None
    months = figures.months(timezone.now())
    drawn = by_month("m", "M", ("In", "Out"), [(month, n, 12 - n) for n, month in enumerate(months)], months[-1])
    assert [words for _y, words in drawn.ticks] == ["0", "10", "20"]
    assert all(place.columns[1].x + place.columns[1].width <= drawn.width for place in drawn.places)
    assert [place.chosen for place in drawn.places] == [False] * 11 + [True]
    assert drawn.places[-1].columns[0].top + drawn.places[-1].columns[0].height == drawn.bottom
