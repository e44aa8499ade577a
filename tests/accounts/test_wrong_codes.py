"""Wrong codes behind a right password: the owner is told, seldom, and is not kept out for long."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.services import factors
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, code_of, last_mail, words
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db


def told(user) -> int:
    return OutboundMessage.objects.filter(event="factor_wrong", to_user=user).count()


def wrong(user, times: int) -> None:
    client = client_for(user, verified=False)
    for _ in range(times):
        assert client.post("/sign-in/factor/", {"factor": "totp", "code": "000000"}).status_code == 422


@pytest.mark.parametrize("make", [make_officer, make_staff])
def test_the_fifth_wrong_code_is_told_to_the_owner_once(make, settings):
    settings.SITE_DESK_PHONE = "+44 20 7946 0100"
    user, other = make(), make_officer()
    wrong(user, 4)
    assert told(user) == 0
    wrong(user, 12)
    assert (told(user), told(other)) == (1, 0)
    mail = last_mail("factor_wrong")
    text = " ".join(mail.body_text.split())
    assert mail.to_address == user.email
    assert "Somebody who knows your password entered wrong codes" in text
    assert "Change your password if it was not you" in text
    assert "+44 20 7946 0100" in text
    assert "000000" not in text
    assert actions(action="sign_in.wrong_codes_told") == ["sign_in.wrong_codes_told"]


def test_it_is_told_once_in_15_minutes_and_three_times_a_day():
    user, begin = make_officer(), timezone.now()
    for lock, mails in enumerate([1, 2, 3, 3, 3]):
        with time_machine.travel(begin + lock * timedelta(minutes=16), tick=False):
            wrong(user, 6)
            assert told(user) == mails
    with time_machine.travel(begin + timedelta(hours=25), tick=False):
        wrong(user, 6)
    assert told(user) == 4


def test_a_recovery_code_that_is_wrong_counts_too():
    user = make_officer()
    client = client_for(user, verified=False)
    for _ in range(5):
        client.post("/sign-in/factor/", {"factor": "recovery", "recovery": "A" * 16})
    assert told(user) == 1


def test_the_owners_own_slips_are_forgotten_with_a_right_code():
    user = make_officer()
    app = user.authenticator_apps.get()
    wrong(user, 4)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        assert factors.verify_totp(user, code_of(app)) == app
    wrong(user, 1)
    assert told(user) == 0


def test_a_night_of_wrong_codes_keeps_the_owner_waiting_for_minutes_only():
    user = make_officer()
    app = user.authenticator_apps.get()
    begin = timezone.now()
    for hour in range(20):
        with time_machine.travel(begin + hour * timedelta(hours=1), tick=False):
            wrong(user, 2)
    app.refresh_from_db()
    assert app.throttling_failure_count <= factors.MOST_SLOWED
    with time_machine.travel(begin + timedelta(hours=19, minutes=20), tick=False):
        client = client_for(user, verified=False)
        answer = client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(app)})
        assert answer.status_code == 302, words(answer)
