"""Two people change staff at the same moment: one wins, the other reads why not, and no rule is broken together."""

import pytest

from accounts.models import StaffRole, User
from accounts.services import invitations, staff
from accounts.services.staff_rules import administrators as who_can_sign_in
from accounts.services.staff_rules import new_token
from foundation.core.errors import PortalError
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import last_mail, link_in
from tests.accounts.staffing import administrators, invited, proposed
from tests.harness.race import race
from tests.people import PASSWORD, make_provider, make_staff


@pytest.fixture(autouse=True)
def _ready(committed_db):
    make_provider()


def refusals(results):
    return [str(found) for found in results if isinstance(found, PortalError)]


def test_two_confirm_the_same_change_and_one_is_told():
    first, second = administrators()
    approver, person = make_staff("approver"), make_staff("analyst")
    change = proposed(person, by=first)
    results = race(lambda: staff.confirm(change, by=second), lambda: staff.confirm(change, by=approver))
    assert len(refusals(results)) == 1, results
    assert StaffRole.objects.filter(user=person, role="approver").count() == 1


def test_two_administrators_cannot_end_each_other():
    first, second = administrators()
    approvers = make_staff("approver"), make_staff("approver")
    changes = proposed(second, "leave", by=first), proposed(first, "leave", by=second)
    results = race(
        lambda: staff.confirm(changes[0], by=approvers[0]), lambda: staff.confirm(changes[1], by=approvers[1])
    )
    assert len(refusals(results)) == 1, results
    assert who_can_sign_in().count() == 1


def test_two_administrators_cannot_block_each_other_at_once():
    first, second = administrators()
    make_staff("approver")  # with the one who is left, two who can lift it
    results = race(
        lambda: proposed(second, "leave", at_once=True, by=first),
        lambda: proposed(first, "leave", at_once=True, by=second),
    )
    assert len(refusals(results)) == 1, results
    assert who_can_sign_in().count() == 1


def test_two_roles_that_exclude_each_other_are_not_both_given():
    first, second = administrators()
    person, approver = make_staff("counsel"), make_staff("approver")
    end = proposed(person, "end", role="counsel", by=first)
    grant = proposed(person, role="dpo", by=first)
    staff.confirm(grant, by=second)
    staff.confirm(end, by=approver)
    assert set(StaffRole.objects.filter(user=person, ended_at=None).values_list("role", flat=True)) == {"dpo"}


def test_an_invitation_is_accepted_once_and_confirmed_once():
    first, second = administrators()
    row = invited(by=first)
    approver = make_staff("approver")
    results = race(lambda: invitations.confirm(row, by=second), lambda: invitations.confirm(row, by=approver))
    assert len(refusals(results)) == 1, results
    assert OutboundMessage.objects.filter(event="staff_invited").count() == 1
    token = link_in(last_mail("staff_invited")).rstrip("/").rpartition("/")[2]
    accepting = [lambda: invitations.accept(row, token=token, password=PASSWORD)] * 2
    results = race(*accepting)
    assert len(refusals(results)) == 1, results
    assert User.objects.filter(email=row.email).count() == 1
    assert new_token()[0] != new_token()[0]
