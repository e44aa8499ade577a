"""People, roles and links in fifty hands at once."""

import pytest

from accounts.models import AccessApplication, AgencyMembership, StaffRole, Suspension, User
from accounts.services import applications, invitations, lost_factor, sign_in, staff, suspensions, vetting
from accounts.services.sign_in import reset_tokens
from tests.accounts.factories import confirmed_call, make_application
from tests.accounts.helpers import last_mail, link_in
from tests.accounts.staffing import administrators, invited, proposed
from tests.accounts.suspending import told
from tests.accounts.test_lost_factor import identified
from tests.harness.race import answers, one_effect
from tests.people import PASSWORD, make_agency, make_officer, make_provider, make_staff
from tests.races.fifty import Since, fifty, fresh

pytestmark = pytest.mark.usefixtures("raced_db")


def test_one_link_makes_one_account_and_one_invitation_one_colleague():
    make_provider()
    domain = make_agency().domains.get().domain
    applications.start(f"new@{domain}", place="")
    token = link_in(last_mail("access_confirm")).split("/")[-2]
    application = AccessApplication.objects.get(email=f"new@{domain}")
    one_effect(fifty(lambda: applications.confirm(fresh(application), token=token, password=PASSWORD)))
    assert User.objects.filter(email=f"new@{domain}").count() == 1

    first, second = administrators()
    row, approver, since = invited(by=first), make_staff("approver"), Since()
    one_effect(
        fifty(
            lambda: invitations.confirm(fresh(row), by=fresh(second)),
            lambda: invitations.confirm(fresh(row), by=fresh(approver)),
            lambda: invitations.refuse(fresh(row), reason="Not known here.", by=fresh(approver)),
        )
    )
    assert len(since.mails("staff_invited")) == (fresh(row).status == "confirmed")


def test_an_officer_is_let_in_once_and_a_reset_link_is_good_once():
    make_provider()
    application = make_application(make_agency())
    analyst, one, other = make_staff("analyst"), make_staff("approver"), make_staff("approver")
    vetting.take(application, by=analyst)
    confirmed_call(application, by=analyst)
    vetting.recommend(application, by=analyst, reason="Confirmed")
    since = Since()
    one_effect(
        fifty(
            lambda: vetting.approve(fresh(application), by=fresh(one), reason="Yes"),
            lambda: vetting.decline(fresh(application), by=fresh(other), reason="No"),
            lambda: vetting.send_back(fresh(application), by=fresh(other), reason="Ask again"),
        )
    )
    let_in = fresh(application).status == "approved"
    assert AgencyMembership.objects.filter(user=application.user).count() == let_in
    assert fresh(application).status in {"approved", "rejected", "in_review"}

    officer = make_officer()
    token, since = reset_tokens.make_token(officer), Since()
    results = fifty(lambda: sign_in.set_new_password(fresh(officer), f"{PASSWORD} anew", token=token))
    assert sorted(results) == [False] * 49 + [True], answers(results)
    assert since.mails("password_changed") == ["password_changed"]


def test_a_role_is_given_once_and_a_factor_reset_once():
    first, second = administrators()
    person, approver = make_staff("analyst"), make_staff("approver")
    change = proposed(person, by=first)
    one_effect(
        fifty(
            lambda: staff.confirm(fresh(change), by=fresh(second)),
            lambda: staff.confirm(fresh(change), by=fresh(approver)),
            lambda: staff.withdraw(fresh(change), by=fresh(first)),
        )
    )
    given = StaffRole.objects.filter(user=person, role="approver").count()
    assert given == (fresh(change).status == "confirmed")

    case, since = identified(make_officer()), Since()
    one_effect(
        fifty(
            lambda: lost_factor.reset(fresh(case), reason="The agency confirmed", by=fresh(approver)),
            lambda: lost_factor.refuse(fresh(case), reason="Somebody else called", by=fresh(approver)),
        )
    )
    assert len(since.entries("lost_factor.reset", "lost_factor.refused")) == 1


def test_an_officer_is_suspended_once():
    make_provider()
    officer, analyst, since = make_officer(), make_staff("analyst"), Since()
    agency = officer.membership.agency
    one_effect(
        fifty(
            lambda: suspensions.suspend_officer(
                fresh(officer), told=told(agency), reason="Stolen mailbox", by=fresh(analyst)
            )
        )
    )
    assert Suspension.objects.filter(officer=officer).count() == 1
    assert since.entries("access.suspended", "officer.suspended") != []
