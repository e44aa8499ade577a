"""The reference of a hold finds what was written about its extensions too, and nothing of another hold."""

import pytest

from accounts.services import trail
from accounts.trail_filter import Filter
from foundation.audit.trail import record
from tests.people import make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db


def test_the_reference_of_a_hold_finds_its_extensions():
    hold, other = hold_of(), hold_of()
    for one in (hold, other):
        record("hold.extension_noted", by=None, obj=extension_of(one))
    wanted = Filter(reference=hold.reference, action="hold.extension_noted")
    found = trail.read(by=make_staff("auditor"), wanted=wanted)
    assert [entry.object_id for entry in found] == [str(hold.extensions.get().pk)]
