"""The next two weeks of deadlines: days, teams, filters in the address, and nothing that the reader may not know of."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.notifications.running_clocks import ShownDeadline
from requests_app import agenda
from requests_app.agenda import Filters
from requests_app.models import DataRequest
from tests.factories import request_at, team_of
from tests.people import client_for, make_provider, make_staff

URL = "/staff/deadlines/"
NOW = datetime(2026, 12, 28, 10, 0, tzinfo=UTC)
QUERIES = 28


class Reader:
    pk = 7


def due(hours, **more):
    facts = {"clock": "Answer", "label": f"R{hours}", "url": "/r/", "team": "", **more}
    return ShownDeadline(due=NOW + timedelta(hours=hours), **facts)


def test_days_are_rows_and_what_is_overdue_stands_on_top():
    days = agenda.plan([due(30), due(-1), due(0), due(5), due(4, exigent=True), due(-9, stopped=True)], at=NOW)
    assert [day.key for day in days[:3]] == ["overdue", "2026-12-28", "2026-12-29"]
    assert [row.label for row in days[0].rows] == ["R-1", "R0"]
    assert [row.label for row in days[1].rows] == ["R4", "R5"]
    assert [(days[-1].key, days[-1].total)] == [("stopped", 1)]
    assert len(days) == agenda.DAYS + 2


def test_without_anything_overdue_there_is_no_such_row():
    assert [day.day for day in agenda.plan([], at=NOW)] == [date(2026, 12, 28) + timedelta(days=n) for n in range(14)]


def test_filters_by_team_clock_and_person():
    rows = [due(1, team="East"), due(2, team="", person_id=7), due(3, team="East", clock="Question", person_id=8)]

    def left(**asked):
        return [row.label for row in agenda.narrowed(rows, Filters.read(asked), reader=Reader())]

    assert left() == ["R1", "R2", "R3"]
    assert left(team="East") == ["R1", "R3"]
    assert left(team="none") == ["R2"]
    assert left(view="mine") == ["R2"]
    assert left(clock="Question") == ["R3"]
    assert agenda.teams_of(rows) == ["East", ""]
    assert agenda.plan(rows, at=NOW)[0].counts(["East", ""]) == [2, 1]


@pytest.mark.parametrize("day", ["rubbish", "2026-13-45", "\0", "' OR 1=1"])
def test_a_day_that_is_none_is_left_out(day):
    assert Filters.read({"day": day}).day == ""


def test_the_span_reaches_to_the_end_of_the_fourteenth_day():
    since, until = agenda.span(NOW)
    assert until == datetime(2027, 1, 11, tzinfo=UTC)
    assert since < NOW - timedelta(days=365)


def test_a_long_day_is_cut_and_says_so():
    days = agenda.plan([due(1, clock=str(n)) for n in range(agenda.LISTED + 3)], at=NOW)
    ((_day, rows, more),) = agenda.listed(days, Filters())
    assert (len(rows), more) == (agenda.LISTED, 3)
    ((_day, rows, more),) = agenda.listed(days, Filters(day="2026-12-28"))
    assert more == 0


def listed(client, query=""):
    page = client.get(f"{URL}{query}")
    assert page.status_code == 200
    return set(re.findall(r"[A-Z]{2}-\d\d-[0-9A-Z]{7}", page.content.decode().partition('id="list"')[2]))


@pytest.mark.django_db
def test_the_page_lists_by_team_and_hides_what_is_restricted():
    team = team_of(make_provider())
    analyst = make_staff("analyst")
    late, mine, closed = (request_at("in_review", analyst=analyst if n == 1 else None) for n in range(3))
    soon = timezone.now() + timedelta(days=3)
    DataRequest.objects.update(acknowledged_at=timezone.now())
    DataRequest.objects.filter(pk=late.pk).update(deadline_at=timezone.now() - timedelta(days=1), team=team)
    DataRequest.objects.filter(pk=mine.pk).update(deadline_at=soon, team=None)
    DataRequest.objects.filter(pk=closed.pk).update(deadline_at=soon, restricted=True)
    client = client_for(analyst)
    assert listed(client) == {late.reference, mine.reference}
    assert listed(client, "?view=mine") == {mine.reference}
    assert listed(client, f"?team={team.name}") == {late.reference}
    assert listed(client, "?team=none") == {mine.reference}
    assert listed(client, "?day=overdue") == {late.reference}
    assert listed(client, f"?day={soon:%Y-%m-%d}") == {mine.reference}
    assert listed(client, "?day=x&team=%00&clock=nothing&view=zzz") == set()
    closed.named_readers.add(analyst)
    assert closed.reference in listed(client)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_as_often_for_one_as_for_many(count):
    for _n in range(count):
        row = request_at("in_review")
        DataRequest.objects.filter(pk=row.pk).update(deadline_at=timezone.now() + timedelta(days=2))
    client = client_for(make_staff("analyst"))
    client.get(URL)
    with CaptureQueriesContext(connection) as asked:
        client.get(URL)
    assert len(asked) == QUERIES


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "status"), [("preservation_admin", 200), ("auditor", 200), ("administrator", 403)])
def test_who_may_see_it(role, status):
    assert client_for(make_staff(role)).get(URL).status_code == status
