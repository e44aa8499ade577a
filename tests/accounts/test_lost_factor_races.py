"""Two people who reset the same person at the same moment, each on a connection of their own."""

import pytest

from accounts.models import AuthenticatorApp, LostFactor
from accounts.services import lost_factor
from foundation.core.errors import PortalError
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions
from tests.accounts.test_lost_factor import asked, identified
from tests.harness.race import race
from tests.people import make_officer, make_staff

pytestmark = pytest.mark.usefixtures("committed_db")


def test_two_resets_of_the_same_person_are_one():
    case = identified(make_officer())
    one, other = make_staff("approver"), make_staff("approver")
    results = race(
        lambda: lost_factor.reset(case, reason="Confirmed by the agency", by=one),
        lambda: lost_factor.reset(case, reason="Confirmed by the agency", by=other),
    )
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 1, results
    assert isinstance(refused[0], PortalError)
    assert actions(action="lost_factor.reset") == ["lost_factor.reset"]
    assert OutboundMessage.objects.filter(event="lost_factor_reset").count() == 1
    assert not AuthenticatorApp.objects.filter(user=case.user).exists()
    assert LostFactor.objects.get(pk=case.pk).decided_by in {one, other}


def test_one_resets_while_another_refuses():
    case = identified(make_officer())
    one, other = make_staff("approver"), make_staff("approver")
    results = race(
        lambda: lost_factor.reset(case, reason="Confirmed by the agency", by=one),
        lambda: lost_factor.refuse(case, reason="Somebody else called", by=other),
    )
    assert sum(isinstance(result, PortalError) for result in results) == 1, results
    left = AuthenticatorApp.objects.filter(user=case.user).exists()
    assert left == (LostFactor.objects.get(pk=case.pk).status == "refused"), "what stays is what was decided"


def test_two_tabs_that_ask_make_one_case():
    officer = make_officer()
    results = race(*[lambda: asked(officer)] * 3)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert LostFactor.objects.filter(user=officer).count() == 1
