"""An unused account is closed at the very moment at which somebody uses it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import StaffRole, User
from accounts.services import unused_staff
from accounts.services.reverification import note_verified
from tests.accounts.staffing import again
from tests.harness.race import beside, race, wait_for_waiters
from tests.people import make_provider, make_staff


@pytest.fixture(autouse=True)
def _ready(committed_db):
    make_provider()


def unused() -> User:
    user = make_staff("analyst")
    StaffRole.objects.filter(user=user).update(granted_at=timezone.now() - timedelta(days=365))
    User.objects.filter(pk=user.pk).update(last_verified_at=timezone.now() - timedelta(days=91))
    return user


def test_a_second_factor_that_is_shown_just_now_keeps_the_account_open():
    user = unused()
    epoch = again(user).session_epoch
    with beside() as start:
        with transaction.atomic():
            note_verified(user, at=timezone.now())
            closing = start(unused_staff.sweep)
            wait_for_waiters(1)
        assert closing.result(timeout=30) == 0
    assert (again(user).is_active, again(user).session_epoch) == (True, epoch)


def test_two_workers_close_it_once():
    user = unused()
    assert sorted(race(unused_staff.sweep, unused_staff.sweep)) == [0, 1]
    assert not again(user).is_active
