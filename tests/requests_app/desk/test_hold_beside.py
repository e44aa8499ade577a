"""The head of a case names the hold beside it, as the officer's own page does."""

import pytest

from requests_app.views.staff.common import _hold
from tests.factories import request_at
from tests.people import make_officer
from tests.preservation.holds import hold_of

pytestmark = pytest.mark.django_db


def test_the_officers_hold_of_the_same_case_file_is_named_and_nobody_elses():
    case = request_at("in_review")
    assert case.case_number
    other = hold_of(make_officer(case.agency))
    type(other).objects.filter(pk=other.pk).update(case_number=case.case_number)
    assert _hold(case) is None
    mine = hold_of(case.officer)
    assert _hold(case) is None
    type(mine).objects.filter(pk=mine.pk).update(case_number=case.case_number)
    assert _hold(case) == mine
    named = hold_of(case.officer)
    type(named).objects.filter(pk=named.pk).update(request_reference=case.reference)
    assert _hold(case) == named
    type(mine).objects.filter(pk=mine.pk).update(request_reference="MX-26-0000000")
    type(named).objects.filter(pk=named.pk).delete()
    assert _hold(case) is None
