"""What the figures count, slice by slice and month by month, and that nothing restricted is in any of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import CallBackResult, CallPurpose
from accounts.models import AccessApplication, ApplicationDecision, CallBack
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.providers.models import Team
from requests_app import queue
from requests_app.models import DataRequest, EmergencyCase, Figures, TakedownNotice
from requests_app.queue_filters import Filters
from requests_app.services import figures
from requests_app.services.figure_sections import shown
from tests.factories import request_at
from tests.people import make_agency, make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
HOUR = 3600


def counted(at=NOW):
    figures.count(make_provider(), at=at)
    return figures.read_all(make_provider())


@pytest.fixture
def people():
    return {
        "officer": make_officer(make_agency(country="NO")),
        "abroad": make_officer(make_agency(country="US")),
        "analyst": make_staff("analyst"),
        "approver": make_staff("approver"),
    }


def made(people, status, *, at, who="officer", **more):
    given = {"officer": people[who], "analyst": people["analyst"], "approver": people["approver"]}
    return request_at(status, at=at, identifiers=(("email", "a@mail.example"),), **given, **more)


def test_each_slice_and_month_has_what_was_received_open_and_decided_in_it(people):
    started = datetime(2026, 10, 5, 8, tzinfo=UTC)
    produced = made(people, "produced", at=started)
    refused = made(people, "refused", at=datetime(2026, 11, 2, 8, tzinfo=UTC), who="abroad", channel="email")
    opened = made(people, "in_review", at=NOW - timedelta(days=3), deadline_at=NOW + timedelta(hours=30))
    made(people, "withdrawn", at=started)
    made(people, "draft", at=started)
    made(people, "produced", at=NOW - timedelta(days=500))
    DataRequest.objects.filter(pk=produced.pk).update(clock_stood=timedelta(hours=1))
    found = counted()
    whole = found.of("all", "")
    assert (whole["received"], whole["answered"], whole["open"]) == (4, 2, 1)
    assert {k: v for k, v in whole.items() if k.startswith("decisions.")} == {
        "decisions.in_full": 1, "decisions.refused": 1,
    }  # fmt: skip
    assert whole["gone.withdrawn"] == 1
    assert whole["status.in_review"] == 1
    assert (whole["clocks.3"], whole["ages.1"]) == (1, 1)
    assert whole["times.oldest"] == whole["times.age"] == 71 * HOUR  # sent an hour after it was begun
    # Decided five hours after it was begun: four after it came in, one of them the officer's.
    assert found.of("all", "", OCTOBER)["times.decided"] == 3 * HOUR
    assert found.of("all", "", OCTOBER)["times.waited"] == HOUR
    assert found.of("all", "", OCTOBER)["times.released"] == 4 * HOUR
    assert found.of("all", "", NOVEMBER)["times.decided"] == 4 * HOUR
    assert found.of("country", "US")["decisions.refused"] == 1
    assert found.of("country", "US")["refusals.jurisdiction"] == 1
    assert "open" not in found.of("country", "US")
    assert found.of("channel", "email")["received"] == 1
    assert found.of("kind", "disclosure", OCTOBER)["received"] == 2
    assert found.of("type", "TEST-COURT-ORDER")["received"] == 4
    assert found.of("team", str(opened.team_id))["open"] == 1
    assert refused.jurisdiction == "US"


def test_every_decided_request_has_one_outcome_whatever_else_its_row_says(people):
    at = datetime(2026, 10, 5, 8, tzinfo=UTC)
    ends = (
        ("closed", "in_full"), ("closed", "none"), ("refused", "in_full"), ("redirected", "in_part"),
        ("withdrawn", "no_records"), ("withdrawn", "none"), ("lapsed", "none"), ("closed", "none"),
    )  # fmt: skip
    for number, (status, outcome) in enumerate(ends):
        row = made(people, "produced", at=at, channel="history", external_reference=f"OLD-{number}")
        decided = at + timedelta(days=1) if number < 5 else None
        DataRequest.objects.filter(pk=row.pk).update(status=status, outcome=outcome, decided_at=decided)
    found = counted()
    for values in (found.of("all", ""), found.of("channel", "history", OCTOBER)):
        kinds = {name.partition(".")[2]: n for name, n in values.items() if name.startswith("decisions.")}
        assert kinds == {"in_full": 1, "no_records": 1, "other": 1, "refused": 1, "redirected": 1}
        assert sum(kinds.values()) == values["answered"] == 5
        assert [values[f"gone.{name}"] for name in ("withdrawn", "lapsed", "closed")] == [1, 1, 1]
    said = shown(found, "channel", "history", OCTOBER, months=[OCTOBER], countries={})
    sections = {section.key: section for section in said.period}
    assert sum(int(row.cells[0]) for row in sections["decisions"].rows) == 5
    assert "without a decision: 1 withdrawn, 1 expired, 1 closed." in sections["decisions"].note
    assert "brought over from earlier lists" in sections["times"].empty
    DataRequest.objects.exclude(decided_at=None).delete()
    then = counted()
    said = shown(then, "channel", "history", OCTOBER, months=[OCTOBER], countries={})
    section = next(one for one in said.period if one.key == "decisions")
    assert section.empty.startswith("Nothing was decided. Of what came in then, without a decision: 1 withdrawn")


def test_late_is_what_the_queue_calls_late(people):
    at, later = timezone.now(), timedelta(days=5)
    hour = timedelta(hours=1)
    made(people, "in_review", at=at - later, deadline_at=at - hour)
    made(people, "in_review", at=at - later, deadline_at=at + hour)
    made(people, "awaiting_officer", at=at - later, deadline_at=at - hour)
    made(people, "submitted", at=at - later, deadline_at=at + later, first_look_due_at=at - hour)
    made(people, "submitted", at=at - hour, kind="emergency", deadline_at=at + hour, first_look_due_at=at - hour / 2)
    made(people, "granted", at=at - later, kind="emergency", deadline_at=at - hour)
    found = counted(timezone.now()).of("all", "")
    clocks = {name: number for name, number in found.items() if name.startswith("clocks.")}
    assert clocks == {"clocks.overdue": 3, "clocks.1": 1, "clocks.stopped": 1}
    assert queue.counts(people["analyst"], Filters(), timezone.now())[queue.ALL_OVERDUE] == 3
    assert found["open"] == 6


def test_what_lacks_a_first_look_or_a_country_counts_all_the_same(people):
    row = made(people, "submitted", at=NOW - timedelta(days=1), deadline_at=NOW + timedelta(hours=30))
    DataRequest.objects.filter(pk=row.pk).update(first_look_due_at=None, jurisdiction="")
    found = counted()
    assert found.of("all", "")["clocks.3"] == 1
    assert found.of("country", "none")["open"] == 1
    assert "" not in found.keys("country")


def test_no_restricted_request_is_in_any_figure_and_its_team_is_no_slice(people):
    at = NOW - timedelta(days=2)
    made(people, "in_review", at=at)
    before = counted().slices
    closed = Team.objects.create(provider=make_provider(), name="Sealed")
    make_provider().__class__.objects.update(restricted_team=closed)
    for status in ("in_review", "produced", "refused"):
        hidden = made(people, status, at=at, who="abroad", restricted=True, team=closed, channel="post")
        call(people, hidden.agency, about=hidden.reference)
    emergency = made(people, "submitted", at=at, kind="emergency", restricted=True, who="abroad")
    EmergencyCase.objects.create(data_request=emergency, filed_at=at)
    after = counted()
    assert after.slices == before
    assert "US" not in after.keys("country")
    # A request of that team which everybody may read counts, but not under the team's name.
    made(people, "in_review", at=at, team=closed)
    again = counted()
    assert again.of("all", "")["open"] == 2
    assert str(closed.pk) not in again.keys("team")


def call(people, agency, *, about="", result=CallBackResult.NOT_CONFIRMED, at=NOW - timedelta(days=1)):
    return CallBack.objects.create(
        agency=agency, about_reference=about, purpose=CallPurpose.REQUEST, number=agency.numbers.first(), result=result,
        called_at=at, called_by=people["analyst"],
    )  # fmt: skip


def test_emergencies_are_counted_by_when_they_were_filed_whatever_became_of_them(people):
    at = NOW - timedelta(days=1)
    moments = {"filed_at": at, "take_by": at + timedelta(minutes=5), "decide_by": at + timedelta(minutes=30)}
    for status, taken, decided in (("produced", 4, 20), ("in_review", 9, None), ("submitted", None, None)):
        row = made(people, status, at=at, kind="emergency")
        DataRequest.objects.filter(pk=row.pk).update(taken_at=None, decided_at=None)
        minutes = {"taken_at": taken, "decided_at": decided}
        said = {name: at + timedelta(minutes=n) for name, n in minutes.items() if n is not None}
        EmergencyCase.objects.create(data_request=row, **moments, **said)
    ordinary = made(people, "draft", at=at, submitted_at=at)
    EmergencyCase.objects.create(
        data_request=ordinary, **moments, ordinary_at=at, ordinary_by=people["analyst"], ordinary_reason="No danger."
    )
    found = counted()
    for slice_of in (("all", ""), ("kind", "emergency"), ("country", "NO")):
        values = {k.partition(".")[2]: v for k, v in found.of(*slice_of).items() if k.startswith("emergencies.")}
        assert values == {
            "filed": 4, "taken_in_time": 1, "taken_due": 3, "decided_in_time": 1, "decided_due": 3, "ordinary": 1,
        }  # fmt: skip
    assert found.of("all", "")["times.emergency_decided"] == 20 * 60


def test_calls_that_confirmed_nothing_and_declined_applications_count_by_month_and_country(people):
    norway, states = people["officer"].membership.agency, people["abroad"].membership.agency
    row = made(people, "in_review", at=NOW - timedelta(days=3))
    call(people, norway, about=row.reference)
    call(people, states, result=CallBackResult.NO_ANSWER, at=NOW - timedelta(days=30))
    call(people, states, result=CallBackResult.CONFIRMED)
    application = AccessApplication.objects.create(
        reference="AC-1", email="x@y.example", verdict="known", created_at=NOW, proposed_agency={"country": "DE"}
    )
    ApplicationDecision.objects.create(
        application=application, act="decline", made_at=NOW - timedelta(days=1), made_by=people["approver"]
    )
    found = counted()
    whole = found.of("all", "")
    assert (whole["failed.not_confirmed"], whole["failed.no_answer"], whole["failed.declined"]) == (1, 1, 1)
    assert found.of("country", "NO", NOVEMBER)["failed.not_confirmed"] == 1
    assert found.of("country", "US", OCTOBER)["failed.no_answer"] == 1
    assert found.of("country", "US", NOVEMBER) == {"failed.calls": 1}
    assert found.of("country", "DE")["failed.declined"] == 1


def test_takedown_notices_are_counted_apart():
    TakedownNotice.objects.create(
        provider=make_provider(), reference="TD-1", channel="sahyog", jurisdiction="IN", authority="A ministry",
        law="IT Act s.79(3)(b)", content="a", arrived_at=NOW - timedelta(days=2), deadline_at=NOW - timedelta(hours=12),
        deadline_rule="test",
    )  # fmt: skip
    whole = counted().of("all", "")
    assert whole == {"takedowns.received": 1, "takedowns.open": 1, "takedowns.late": 1}


def test_the_row_of_the_whole_desk_is_the_job(people):
    provider, at = make_provider(), timezone.now()
    assert figures.sweep(at) == 1
    assert figures.sweep(at + timedelta(minutes=9)) == 0
    row = made(people, "submitted", at=at - timedelta(days=1))
    assert figures.sweep(at + timedelta(minutes=10)) == 1
    assert figures.read(provider).of("all", "")["open"] == 1
    DataRequest.objects.filter(pk=row.pk).update(status="withdrawn")
    later = at + timedelta(minutes=12)
    assert figures.count_again(provider, by=people["analyst"], at=later)
    assert not figures.count_again(provider, by=people["analyst"], at=later)
    assert figures.read(provider).again
    assert figures.sweep(later) == 1
    assert not figures.read(provider).again
    assert "open" not in figures.read(provider).of("all", "")
    assert not figures.count_again(provider, by=people["analyst"], at=later)  # counted a moment ago
    assert AuditEvent.objects.filter(action="figures.asked_to_count_again").count() == 1
    # Asked while a worker counts already: it is done once more.
    assert figures.count_again(provider, by=people["analyst"], at=later + timedelta(minutes=1))
    figures.count(provider, at=later + timedelta(seconds=50))
    assert figures.read(provider).again
    for stranger in (make_staff("administrator"), people["officer"]):
        with pytest.raises(NotAllowed):
            figures.count_again(provider, by=stranger, at=later + timedelta(hours=1))


def test_the_number_of_passes_does_not_depend_on_how_much_there_is(people):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            counted()
        return len(seen)

    made(people, "produced", at=NOW - timedelta(days=9))
    one = queries()
    for who, kind in (("abroad", "disclosure"), ("officer", "emergency"), ("abroad", "emergency")):
        made(people, "in_review", at=NOW - timedelta(days=9), who=who, kind=kind)
    assert queries() == one
    assert Figures.objects.filter(dimension="country", month=None).count() == 2
