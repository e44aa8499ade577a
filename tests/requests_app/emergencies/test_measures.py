"""When an emergency was taken and decided is kept, and said, also where several are taken at once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from requests_app.enums import BulkAct
from requests_app.models import EmergencyCase
from requests_app.queue import emergencies
from requests_app.services import case_clocks, emergency_cases, triage
from requests_app.services.bulk import Change, carry_out, mark_of
from requests_app.services.emergency_cases import Measured
from requests_app.services.intake import submit_emergency
from tests.factories import emergency_type
from tests.people import make_officer, make_provider, make_staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def filed():
    emergency_type()
    return submit_emergency(
        make_provider(), key=uuid.uuid4(), values={"danger": "x", "phone": "1"}, identifiers=[], categories=[],
        by=make_officer(), at=AT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("took", "in_time", "words"),
    [
        (timedelta(seconds=20), True, "in 1 min, in time"),
        (timedelta(minutes=5), True, "in 5 min, in time"),
        (timedelta(minutes=5, seconds=1), False, "in 6 min, late"),
        (timedelta(hours=1, minutes=7), False, "in 1 h 7 min, late"),
        (timedelta(days=2, hours=3), False, "in 2 d 3 h, late"),
    ],
)
def test_a_measure_in_words(took, in_time, words):
    assert Measured(took, in_time).words == words


def test_taken_and_decided_are_kept_once_and_shown_on_the_request_and_in_the_band():
    made, reader = filed(), make_staff("analyst")
    triage.take(made, by=reader, at=AT + 4 * MINUTE)
    emergency_cases.decided(made, AT + 31 * MINUTE)
    emergency_cases.taken(made, AT + 50 * MINUTE)
    emergency_cases.decided(made, AT + 50 * MINUTE)
    case = EmergencyCase.objects.get()
    assert (case.taken_at, case.decided_at) == (AT + 4 * MINUTE, AT + 31 * MINUTE)
    made.refresh_from_db()
    notes = {clock.name: clock.note for clock in case_clocks.read(made).clocks}
    assert notes["emergency_take"] == "First taken in 4 min, in time"
    assert notes["emergency_decide"] == "Decided in 31 min, late"
    (row,) = emergencies(reader)
    assert emergency_cases.measured(row.emergency_case)[0].words == "in 4 min, in time"


def test_one_that_is_handed_over_before_anybody_took_it_still_waits():
    made, reader, other = filed(), make_staff("analyst"), make_staff("analyst")
    triage.assign(made, to=other, by=reader, at=AT + MINUTE)
    assert EmergencyCase.objects.get().taken_at is None
    triage.take(made, by=other, at=AT + 2 * MINUTE)
    assert EmergencyCase.objects.get().taken_at == AT + 2 * MINUTE


def test_of_several_that_are_taken_at_once_each_has_its_own():
    rows, reader, take = [filed(), filed()], make_staff("analyst"), Change(BulkAct.TAKE)
    shown = {row.reference: mark_of(row, take) for row in rows}
    done = carry_out(shown, take, by=reader, at=AT + 3 * MINUTE)
    assert all(one.changed for one in done)
    assert list(EmergencyCase.objects.values_list("taken_at", flat=True)) == [AT + 3 * MINUTE] * 2
