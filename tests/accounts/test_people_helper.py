import pytest

from accounts.permissions import Permission, has_permission
from tests.people import client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_an_officer_may_file_and_a_colleague_shares_the_agency():
    agency = make_agency()
    officer, lead = make_officer(agency), make_officer(agency, lead=True)
    assert officer.is_officer
    assert has_permission(lead, Permission.FILE_REQUEST)
    assert officer.membership.agency == lead.membership.agency


def test_staff_hold_the_rights_of_their_roles():
    staff = make_staff("auditor", "preservation_admin")
    assert has_permission(staff, Permission.READ_TRAIL)
    assert has_permission(staff, Permission.DECIDE_HOLDS)
    assert not has_permission(make_user(), Permission.SEE_QUEUE)


def test_the_browser_is_signed_in_and_verified():
    assert client_for(make_staff("analyst")).get("/").context["user"].is_verified()
    assert not client_for(make_staff("analyst"), verified=False).get("/").context["user"].is_verified()
