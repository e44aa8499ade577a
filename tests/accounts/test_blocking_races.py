"""Two decide about a blocked colleague at the same moment: one wins, and no half of each remains."""

import pytest

from accounts.services import blocking, staff
from foundation.notifications.models import OutboundMessage
from tests.accounts.staffing import administrators, again, blocked
from tests.harness.race import race
from tests.people import make_provider, make_staff


@pytest.fixture(autouse=True)
def _ready(committed_db):
    make_provider()


def test_two_agree_at_the_same_moment_and_one_is_told():
    first, second = administrators()
    approver, person = make_staff("approver"), make_staff("analyst")
    change = blocked(person, by=first)
    blocking.ask_lift(change, reason="A mistake", by=first)
    results = race(lambda: blocking.lift(change, by=second), lambda: blocking.lift(change, by=approver))
    assert sorted(type(found).__name__ for found in results) == ["RoleChange", "TransitionRefused"], results
    assert OutboundMessage.objects.filter(event="staff_open_again").count() == 1


def test_one_lifts_and_another_closes_at_the_same_moment():
    first, second = administrators()
    approver, person = make_staff("approver"), make_staff("analyst")
    change = blocked(person, by=first)
    blocking.ask_lift(change, reason="A mistake", by=first)
    race(lambda: blocking.lift(change, by=second), lambda: staff.confirm(change, by=approver))
    change.refresh_from_db()
    assert again(person).is_active == (change.status == "lifted")
    assert bool(again(person).roles) == (change.status == "lifted")
