"""After a change of what somebody signs in with downloads wait, and a new factor opens nothing dangerous for a day."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts import cool_down
from accounts.access import FACTOR_AT
from accounts.enums import CoolDownReason
from accounts.models import AuthenticatorApp, User
from accounts.services import cool_down as service
from accounts.services import factors
from accounts.services.factors import Adding
from foundation.notifications.models import OutboundMessage
from tests.accounts.authenticator import ask, enrolled, send
from tests.accounts.helpers import actions, code_for, code_of, last_mail, words
from tests.people import client_for, make_factor, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=24)


@pytest.fixture
def officer():
    return make_officer(time_zone="Europe/Oslo")


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def enrol(user: User, adding: Adding, *, at=None):
    secret = factors.new_secret()
    code = code_for(secret.text)
    return factors.enrol(user, secret, code, adding=adding, at=at)


def show(client: Client, app: AuthenticatorApp, **query: str):
    AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=-1)
    said = {"factor": "totp", "code": code_of(AuthenticatorApp.objects.get(pk=app.pk))}
    return client.post(reverse("accounts:factor", query=query), said)


def _release() -> str:
    return reverse("staff_records:release", kwargs={"reference": "MX-26-ABCDEFG", "number": 1})


# Downloads wait -------------------------------------------------------------------------------------------------------
def added(user):
    enrol(user, Adding.MORE)


def removed(user):
    factors.remove(user, factors.factors_of(user)[-1])


def renewed(user):
    factors.make_recovery_codes(user, renewed=True)


def used(user):
    factors.use_recovery_code(user, factors.make_recovery_codes(user)[0])


@pytest.mark.parametrize(
    ("change", "why"), [(added, "ADDED"), (removed, "REMOVED"), (renewed, "CODES_RENEWED"), (used, "CODE_USED")]
)
def test_downloads_wait_after_every_change_and_decisions_go_on(officer, change, why):
    make_factor(officer, name="Second")
    before = timezone.now()
    change(officer)
    person = again(officer)
    assert before + DAY <= person.downloads_wait_until <= timezone.now() + DAY
    assert person.cool_down_why == CoolDownReason[why]
    assert person.cool_down_until is None
    said = cool_down.download_refusal(person, at=timezone.now())
    assert f"{person.downloads_wait_until:%H:%M} UTC, because {CoolDownReason[why].label}" in said
    assert cool_down.refusal(person, "approve", at=timezone.now()) == ""
    assert cool_down.download_refusal(person, at=person.downloads_wait_until) == ""
    assert actions(action="cool_down.started") == ["cool_down.started"]


def test_removing_all_that_count_stops_decisions_too(officer):
    old = factors.factors_of(officer)[0]
    added(officer)
    factors.remove(officer, old)
    assert again(officer).cool_down_why == CoolDownReason.REPLACED
    assert cool_down.refusal(again(officer), "approve", at=timezone.now())


def test_removing_one_of_several_old_ones_stops_downloads_only(officer):
    second = make_factor(officer, name="Second")
    factors.remove(officer, factors.factor_of(officer, "totp", second.pk))
    assert (again(officer).cool_down_until, again(officer).cool_down_why) == (None, CoolDownReason.REMOVED)


def test_a_lesser_change_does_not_shorten_a_greater_one(officer):
    at = timezone.now()
    service.start(officer, why=CoolDownReason.REPLACED, at=at)
    service.start(officer, why=CoolDownReason.ADDED, at=at + timedelta(hours=1))
    person = again(officer)
    assert (person.cool_down_until, person.downloads_wait_until) == (at + DAY, at + DAY + timedelta(hours=1))
    assert cool_down.downloads_until(person, at=at + DAY) == person.downloads_wait_until
    assert cool_down.until(person, at=at + DAY) is None


def test_0_hours_switch_all_of_it_off(officer, settings):
    settings.FACTOR_COOL_DOWN_HOURS = 0
    device = enrol(officer, Adding.MORE)
    assert again(officer).downloads_wait_until is None
    assert cool_down.counts(device, officer, at=timezone.now())


# A new factor ---------------------------------------------------------------------------------------------------------
def test_the_first_factor_of_an_account_counts_at_once_and_starts_nothing():
    user = make_user()
    device = enrol(user, Adding.FIRST)
    assert cool_down.counts(device, again(user), at=timezone.now())
    assert again(user).downloads_wait_until is None
    second = enrol(user, Adding.MORE)
    assert cool_down.counts(device, again(user), at=timezone.now()), "the first one goes on counting"
    assert not cool_down.counts(second, again(user), at=timezone.now())
    assert cool_down.counts(second, again(user), at=timezone.now() + DAY)


def test_a_first_factor_inherits_nothing_from_one_that_is_gone():
    user = make_user()
    enrol(user, Adding.FIRST)
    AuthenticatorApp.objects.filter(user=user).delete()
    device = enrol(user, Adding.FIRST)
    assert not cool_down.counts(device, again(user), at=timezone.now())
    assert again(user).cool_down_why == CoolDownReason.REPLACED


def test_what_takes_the_place_of_all_does_not_count_either(officer):
    device = enrol(officer, Adding.INSTEAD)
    assert not cool_down.counts(device, again(officer), at=timezone.now())
    assert again(officer).cool_down_until is not None


@pytest.mark.parametrize("passkeys", [True, False], ids=["passkey needed", "a code will do"])
def test_a_passkey_made_at_an_unlocked_desk_releases_nothing(settings, passkeys):
    settings.PASSKEY_FOR_DECISIONS = passkeys
    approver = make_staff("approver", time_zone="Europe/Oslo")
    desk = client_for(approver)
    key = enrolled(desk, name="Stolen key")
    thief = client_for(approver, verified=False)
    assert send(thief, key.show(ask(thief))).status_code == 302
    assert thief.get("/account/").status_code == 200
    answer = thief.post(_release())
    assert answer.url.startswith("/sign-in/factor/?next=")
    assert "older=1" in answer.url
    text = words(thief.get(answer.url))
    assert "“Stolen key” counts from" in text
    assert "your time)" in text
    if passkeys:
        assert "Until then ask a colleague" in text
    else:
        assert "Confirm with one you have had for longer: Authenticator app" in text
    assert send(thief, key.show(ask(thief))).status_code == 302
    assert "older=1" in thief.post(_release()).url, "showing it again changes nothing"
    WebAuthnCredential.objects.update(created_at=timezone.now() - DAY)
    assert thief.post(_release()).status_code == 404, "past the door: there is no such request"


def test_the_older_factor_goes_on_releasing(settings):
    settings.PASSKEY_FOR_DECISIONS = False
    approver = make_staff("approver")
    client, old = client_for(approver), approver.authenticator_apps.get()
    enrolled(client)
    assert client.post(_release()).status_code == 404, "the session showed the older one"
    new = make_factor(approver, name="New app", at=timezone.now())
    assert show(client, new).status_code == 302
    assert "older=1" in client.post(_release()).url
    assert show(client, old, older="1").status_code == 302
    assert client.post(_release()).status_code == 404


@pytest.mark.parametrize("first", [True, False], ids=["the first", "one more"])
def test_a_new_colleague_decides_with_the_first_factor(first):
    approver = make_staff("approver")
    AuthenticatorApp.objects.filter(user=approver).delete()
    device = enrol(approver, Adding.FIRST) if first else make_factor(approver, at=timezone.now())
    client = client_for(again(approver), verified=False)
    assert show(client, device).status_code == 302
    assert client.post(_release()).status_code == (404 if first else 302)


def test_the_own_account_can_be_mended_with_a_new_factor(officer):
    device = enrol(officer, Adding.INSTEAD)
    client = client_for(officer, verified=False)
    show(client, device)
    for place in ("/account/password/", "/account/recovery-codes/new/", "/account/factors/new/"):
        assert client.get(place).status_code == 200, place


def test_who_knows_the_password_only_reads_no_names_of_factors(officer):
    make_factor(officer, name="Grandmother", at=timezone.now())
    half = client_for(officer, verified=False)
    text = words(half.get("/sign-in/factor/?older=1&need=passkey"))
    assert "Grandmother" not in text
    assert "Grandmother" not in words(half.get("/sign-in/factor/?older=1"))


def test_a_factor_is_added_only_by_who_showed_one_a_moment_ago(officer):
    stale = client_for(officer, factor_age=configured.STEP_UP_SECONDS + 1)
    assert stale.get("/account/factors/new/").url.startswith("/sign-in/factor/")
    session = stale.session
    session[FACTOR_AT] = timezone.now().isoformat()
    session.save()
    assert stale.get("/account/factors/new/").status_code == 200


# What people read -----------------------------------------------------------------------------------------------------
def test_the_account_page_says_why_downloads_wait_and_until_when(officer):
    client = client_for(officer)
    assert "Downloads of records" not in words(client.get("/account/"))
    added(officer)
    text = words(client.get("/account/"))
    ends = again(officer).downloads_wait_until
    assert f"{ends:%H:%M} UTC (" in text
    assert "They wait 24 hours, because a passkey or app was added." in text


def test_the_account_page_of_staff_says_which_factor_counts_from_when():
    approver = make_staff("approver")
    client = client_for(approver)
    make_factor(approver, name="Other phone", at=timezone.now())
    text = words(client.get("/account/"))
    assert text.count("New: it counts for what cannot be taken back from") == 1
    assert "Downloads of records" not in text


@pytest.mark.parametrize("place", ["/account/factors/new/", "/account/recovery-codes/new/", "remove"])
def test_who_is_about_to_change_something_is_warned_before(officer, place):
    second = make_factor(officer, name="Second")
    url = f"/account/factors/totp/{second.pk}/remove/" if place == "remove" else place
    text = words(client_for(officer).get(url))
    assert "no records can be downloaded with your account for 24 hours after this" in text


def test_every_mail_about_a_factor_says_what_waits(officer):
    make_factor(officer, name="Second")
    for change in (added, removed, renewed, used):
        change(officer)
    told = OutboundMessage.objects.filter(event__startswith="factor_")
    assert told.count() == 4
    for mail in told:
        text = " ".join(mail.body_text.split())
        assert "no records can be downloaded with your account until" in text, mail.event
        assert text.count("Oslo time (") == 2, mail.event


def test_the_mails_of_staff_speak_of_what_staff_do():
    approver = make_staff("approver")
    added(approver)
    assert "does not count for approving and releasing until" in last_mail("factor_enrolled").body_text
    renewed(approver)
    assert "until" not in last_mail("factor_codes").body_text
    enrol(approver, Adding.INSTEAD)
    assert "nothing can be approved or released" in last_mail("factor_enrolled").body_text


def test_the_first_factor_is_told_too_and_names_no_wait():
    user = make_user()
    enrol(user, Adding.FIRST)
    assert "until" not in last_mail("factor_enrolled").body_text
