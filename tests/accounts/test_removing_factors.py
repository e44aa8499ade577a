"""The page before a factor is removed says what will be true after it, and the mail says the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import cool_down
from accounts.models import User
from accounts.services import cool_down as service
from accounts.services.cool_down import CoolDownReason
from tests.accounts.authenticator import enrolled
from tests.accounts.helpers import last_mail, words
from tests.people import client_for, make_factor, make_officer, make_staff

pytestmark = pytest.mark.django_db
NOTHING, GOES_ON = "nothing can be approved or released", "Approving and releasing go on with"


def page_and_mail(user, app) -> tuple[str, str, User]:
    """What stands before, what the mail says after, and the person as they are then."""
    client, place = client_for(user), f"/account/factors/totp/{app.pk}/remove/"
    before = words(client.get(place))
    assert client.post(place).status_code == 302
    return before, " ".join(last_mail("factor_removed").body_text.split()), User.objects.get(pk=user.pk)


def test_nothing_is_left_that_counts():
    approver = make_staff("approver")
    app = approver.authenticator_apps.get()
    make_factor(approver, name="New app", at=timezone.now() - timedelta(minutes=30))
    before, mail, after = page_and_mail(approver, app)
    assert NOTHING in before
    assert GOES_ON not in before
    assert NOTHING in mail
    assert cool_down.refusal(after, "approve", at=timezone.now())


def test_one_is_left_that_counts_and_is_named(settings):
    settings.PASSKEY_FOR_DECISIONS = False
    approver = make_staff("approver")
    app = approver.authenticator_apps.get()
    make_factor(approver, name="Old phone")
    make_factor(approver, name="New phone", at=timezone.now())
    before, mail, after = page_and_mail(approver, app)
    assert f"{GOES_ON}: Old phone." in before
    assert NOTHING not in before + mail
    assert cool_down.refusal(after, "approve", at=timezone.now()) == ""


def test_where_a_passkey_is_needed_an_old_app_does_not_decide(settings):
    settings.PASSKEY_FOR_DECISIONS = True
    approver = make_staff("approver")
    enrolled(client_for(approver), name="New key")
    app = approver.authenticator_apps.get()
    make_factor(approver, name="Old phone")
    before, _mail, _after = page_and_mail(approver, app)
    assert "need a passkey, and you keep none" in before
    assert GOES_ON not in before


def test_a_wait_that_runs_already_is_named(settings):
    settings.PASSKEY_FOR_DECISIONS = False
    approver = make_staff("approver")
    app = approver.authenticator_apps.get()
    make_factor(approver, name="Old phone")
    service.start(approver, why=CoolDownReason.ADDRESS, at=timezone.now())
    before, mail, _after = page_and_mail(approver, app)
    assert "Approving and releasing wait as they do now" in before
    assert GOES_ON not in before
    assert NOTHING in mail


@pytest.mark.parametrize("old", [True, False])
def test_officers_read_that_downloads_wait(old):
    officer = make_officer()
    app = officer.authenticator_apps.get()
    make_factor(officer, name="Other", at=None if old else timezone.now())
    before, mail, after = page_and_mail(officer, app)
    assert "no records can be downloaded with your account" in before
    assert ("counts for other acts that cannot be taken back from" in before) is not old
    assert "no records can be downloaded" in mail
    assert cool_down.download_refusal(after, at=timezone.now())


def test_without_the_rule_nothing_is_said(settings):
    settings.FACTOR_COOL_DOWN_HOURS = 0
    approver = make_staff("approver")
    app = approver.authenticator_apps.get()
    make_factor(approver, name="Other", at=timezone.now())
    before, _mail, _after = page_and_mail(approver, app)
    assert NOTHING not in before
    assert "downloaded" not in before
