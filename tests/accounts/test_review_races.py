"""Two people of the desk at the same moment. Each call has its own connection and really commits."""

import pytest

from accounts.models import Agency, DeclaredConflict
from accounts.services import conflicts, letting_in, vetting
from foundation.core.errors import PortalError
from tests.accounts.factories import make_application
from tests.accounts.helpers import actions
from tests.harness.race import race
from tests.people import make_agency, make_provider, make_staff

pytestmark = pytest.mark.usefixtures("committed_db")


def refused(results: list[object]) -> int:
    assert all(not isinstance(r, Exception) or isinstance(r, PortalError) for r in results), results
    return sum(isinstance(r, PortalError) for r in results)


@pytest.mark.parametrize("status", ["submitted", "in_review"])
def test_one_of_two_takes_it_and_the_other_is_told(status):
    make_provider()
    application = make_application(make_agency(), status=status)
    people = [make_staff("analyst") for _ in range(3)]
    results = race(*[lambda by=by: vetting.take(application, by=by) for by in people])
    assert refused(results) == 2
    application.refresh_from_db()
    assert application.reviewer in people
    assert actions(action="access.taken") == ["access.taken"]


def test_two_who_put_an_agency_into_the_registry_make_one_entry():
    make_provider()
    application = make_application()
    one, other = make_staff("analyst"), make_staff("approver")
    results = race(lambda: letting_in.adopt(application, by=one), lambda: letting_in.adopt(application, by=other))
    assert refused(results) == 1
    assert Agency.objects.filter(name="Douane de Valclair").count() == 1


def test_two_clicks_declare_one_conflict():
    agency, analyst = make_agency(), make_staff("analyst")
    race(*[lambda: conflicts.declare(by=analyst, reason="Brother", agency=agency)] * 3)
    assert DeclaredConflict.objects.count() == 1
