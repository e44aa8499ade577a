"""The filters of the queue: each narrows down, nothing else stands in the address, and nobody is shown more by one."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import TeamMembership
from foundation.providers.models import Team
from requests_app import queue as reading
from requests_app import queue_choices, queue_tally
from requests_app.enums import ClarificationStatus
from requests_app.models import Clarification, ComparedRequest, DataRequest
from requests_app.queue_filters import Filters, narrowed
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/queue/"
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


def due(at, **changes):
    values = {"deadline_at": at, "first_look_due_at": at + timedelta(days=30)} | changes
    return request_at(values.pop("status", "submitted"), **values)


def references(response):
    return [row.reference for row in response.context["page"].rows]


def test_each_filter_narrows_down_and_all_of_them_together():
    user, colleague = make_staff("analyst"), make_staff("analyst")
    officer = make_officer(make_agency(country="FR"))
    team = Team.objects.create(provider=make_provider(), name="Nordic desk")
    mine = request_at("in_review", analyst=user, officer=officer)
    theirs = request_at("in_review", analyst=colleague)
    new = request_at("submitted", officer=officer, kind="enquiry")
    DataRequest.objects.filter(pk=theirs.pk).update(team=team)
    client = client_for(user)

    def shown(**query):
        return set(references(client.get(URL, query)))

    everything = {mine.reference, theirs.reference, new.reference}
    assert shown(assignee="me") == shown(assignee=str(user.pk)) == {mine.reference}
    assert shown(assignee=str(colleague.pk)) == {theirs.reference}
    assert shown(assignee="nobody") == shown(status="submitted") == {new.reference}
    assert shown(team=str(team.pk)) == {theirs.reference}
    assert shown(kind="enquiry") == {new.reference}
    assert shown(country="fr", status="in_review") == {mine.reference}
    assert shown(country="FR", status="in_review", kind="enquiry") == set()
    # What means nothing is left out; a team or person that is not there has nothing.
    assert shown(team="x", assignee=user.email, due="later", status="granted'", kind="\0") == everything
    assert shown(due_from="tomorrow", restricted="no") == everything
    assert shown(team="999999999") == shown(assignee="999999999") == set()


def test_due_days_are_utc_days_and_a_stopped_clock_is_due_on_none():
    user = make_staff("analyst")
    midnight = datetime.combine(NOON.date(), time(), UTC)
    first, last = due(midnight), due(midnight + timedelta(hours=23, minutes=59))
    tomorrow, far = due(midnight + timedelta(days=1)), due(midnight + timedelta(days=7))
    yesterday = due(midnight - timedelta(minutes=1))
    stopped = due(NOON)
    DataRequest.objects.filter(pk=stopped.pk).update(clock_stopped_at=midnight)

    def found(**given):
        return {row.reference for row in narrowed(user, Filters(**given), NOON)}

    today = {first.reference, last.reference}
    assert found(view="today") == found(due="today") == today
    assert found(due="week") == today | {tomorrow.reference}
    assert found(due="overdue") == found(view="overdue") == {yesterday.reference, first.reference}
    assert found(due_from="2027-03-11") == {tomorrow.reference, far.reference}
    assert found(due_to="2027-03-09") == {yesterday.reference}
    assert found(due_from="2027-03-10", due_to="2027-03-10") == today
    assert found(due_to="9999-12-31") == found() - {stopped.reference}


def test_active_filters_are_chips_that_take_away_only_themselves():
    due(NOON)
    colleague = make_staff("analyst", full_name="Leila Haddad")
    client = client_for(make_staff("analyst"))
    answer = client.get(URL, {"view": "mine", "country": "NO", "assignee": colleague.pk, "due_to": "2027-01-31"})
    chips = {link.get_text(" ", strip=True): link["href"] for link in page(answer).select(".moj-filter__tag")}
    assert list(chips) == [
        "Remove this filter: Country: NO",
        "Remove this filter: Assignee: Leila Haddad",
        "Remove this filter: Due until: 2027-01-31",
    ]
    assert chips["Remove this filter: Assignee: Leila Haddad"] == f"{URL}?view=mine&country=NO&due_to=2027-01-31"


def test_teams_and_people_of_another_company_are_neither_offered_nor_named():
    user = make_staff("analyst", provider=make_provider())
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    team = Team.objects.create(provider=other, name="Secret squad")
    stranger = make_staff("analyst", provider=other, full_name="Petra Fremd")
    text = words(client_for(user).get(URL, {"team": team.pk, "assignee": stranger.pk}))
    assert "Secret squad" not in text
    assert "Petra Fremd" not in text
    assert "Team: not known" in text


def test_only_readers_are_asked_about_restricted_requests_and_nobody_else_finds_one():
    hidden = request_at("in_review", restricted=True)
    open_one = request_at("in_review")
    reader, other = make_staff("analyst"), make_staff("analyst")
    hidden.named_readers.add(reader)
    assert references(client_for(reader).get(URL, {"restricted": "yes"})) == [hidden.reference]
    answer = client_for(other).get(URL)
    assert references(answer) == [open_one.reference]
    assert page(client_for(reader).get(URL)).select("#restricted")
    assert not page(answer).select("#restricted")
    assert references(client_for(other).get(URL, {"restricted": "yes"})) == []


def test_each_own_team_is_a_tab_and_only_one_tab_is_the_current_one():
    user = make_staff("analyst")
    own = Team.objects.create(provider=make_provider(), name="Nordic desk")
    Team.objects.create(provider=make_provider(), name="Another desk")
    TeamMembership.objects.create(user=user, team=own)
    row = request_at("in_review")
    DataRequest.objects.filter(pk=row.pk).update(team=own)
    request_at("in_review")
    tabs = {tab["words"]: tab for tab in client_for(user).get(URL).context["tabs"]}
    assert tabs["Nordic desk"]["count"] == "1"
    assert "Another desk" not in tabs
    answer = client_for(user).get(tabs["Nordic desk"]["url"])
    assert references(answer) == [row.reference]
    assert [tab["words"] for tab in answer.context["tabs"] if tab["current"]] == ["Nordic desk"]


def test_a_page_whose_last_row_left_goes_on_from_its_place_and_never_ends_empty(monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    made = [due(NOON + timedelta(hours=n)) for n in range(5)]
    client = client_for(make_staff("analyst"))
    second = client.get(URL).context["next"]
    DataRequest.objects.filter(pk=made[1].pk).update(status="withdrawn")
    assert references(client.get(second)) == [made[2].reference, made[3].reference]
    third = client.get(second).context["next"]
    DataRequest.objects.filter(pk=made[4].pk).update(status="withdrawn")
    answer = client.get(third)
    assert references(answer) == [made[2].reference, made[3].reference]
    assert answer.context["next"] == ""
    assert references(client.get(answer.context["previous"])) == [made[0].reference]
    # Nothing stands before the first row any more: the first page.
    before = f"{URL}?before={reading.Position.of(made[0])}"
    assert references(client.get(before)) == [made[0].reference, made[2].reference]


def test_seven_queries_for_one_row_and_for_three():
    user = make_staff("analyst")
    officer = make_officer()
    request_at("in_review", officer=officer)

    def queries():
        with CaptureQueriesContext(connection) as found:
            read_all()
        return len(found)

    def read_all():
        at = timezone.now()
        rows = reading.read_page(narrowed(user, Filters(), at)).rows
        choices = queue_choices.read(user)
        reading.counts(user, Filters(), at, {f"team:{pk}": Filters(team=pk) for pk in choices.own_teams})
        reading.activity(rows)
        reading.look_alikes(user, rows, at)

    user.permissions  # noqa: B018 - who the person is has been asked before
    assert queries() == 7
    request_at("in_review", officer=officer)
    request_at("awaiting_approval", officer=officer)
    assert queries() == 7


def test_the_tally_counts_today_and_the_median_of_thirty_days_but_nothing_restricted():
    cache.clear()
    user = make_staff("analyst")
    day = datetime.combine(NOON.date(), time(), UTC)

    def answered(received, took, **changes):
        row = request_at("granted", **changes)
        DataRequest.objects.filter(pk=row.pk).update(submitted_at=received, decided_at=received + took)
        return row

    answered(day + timedelta(hours=1), timedelta(hours=2))
    answered(day - timedelta(days=2), timedelta(hours=6))
    answered(day - timedelta(days=80), timedelta(hours=60))
    asked = answered(day - timedelta(days=3), timedelta(hours=50))
    Clarification.objects.create(
        data_request=asked, number=9, text="When?", asked_at=day - timedelta(days=3) + timedelta(hours=4),
        asked_by=user, due_at=day, status=ClarificationStatus.ANSWERED,
    )  # fmt: skip
    answered(day + timedelta(hours=1), timedelta(hours=1), restricted=True)
    found = queue_tally.read(user, NOON)
    assert (found.received, found.answered, found.median) == (1, 1, timedelta(hours=4))
    answered(day + timedelta(hours=2), timedelta(hours=2))
    assert queue_tally.read(user, NOON).received == 1  # a minute old at most
    assert queue_tally.count([make_provider().pk], NOON).received == 2
    cache.clear()


def test_activity_is_what_was_done_last_and_not_who_looked():
    row = request_at("in_review")
    client = client_for(make_staff("analyst"))
    before = reading.activity([row])
    client.get(f"/staff/requests/{row.reference}/")
    assert reading.activity([row]) == before
    client.post(f"/staff/requests/{row.reference}/notes/", {"text": "Called the desk"})
    assert reading.activity([row])[row.pk] > before.get(row.pk, row.submitted_at)
    assert "just now" in words(client.get(URL))


def test_a_request_that_looks_like_another_says_so_to_those_who_may_see_both_until_somebody_compared_them():
    identifiers = (("email", "only.here@mail.example"),)
    first, second = (request_at("in_review", identifiers=identifiers) for _ in range(2))
    alone = request_at("in_review", identifiers=(("email", "nobody.else@mail.example"),))
    reader, other = make_staff("analyst"), make_staff("analyst")
    at = timezone.now()

    def found(user):
        return reading.look_alikes(user, reading.read_page(narrowed(user, Filters(), at)).rows, at)

    assert found(other) == {first.pk, second.pk}
    badges = [tag.parent.a.text for tag in page(client_for(other).get(URL)).select("th .moj-badge")]
    assert sorted(badges) == sorted([first.reference, second.reference])
    DataRequest.objects.filter(pk=first.pk).update(restricted=True)
    first.named_readers.add(reader)
    assert found(other) == set()
    assert found(reader) == {first.pk, second.pk}
    pair = sorted([first, second], key=lambda row: row.pk)
    ComparedRequest.objects.create(
        data_request=pair[0], other=pair[1], verdict="different", compared_at=at, compared_by=reader
    )
    assert found(reader) == set()
    assert alone.pk not in found(reader)
