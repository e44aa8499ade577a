"""The requirements of signing in, one test or more for each: SEC-01, 03, 05, 06, 27, 28 and 30."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher
from django.test import Client
from django.utils import timezone

from accounts.access import Audience, declared
from accounts.known_devices import Device
from accounts.models import User
from accounts.services import limits, reverification, sign_in
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from lers.settings import PASSWORD_HASHERS
from requests_app.models import RestrictionQuestion
from tests.accounts.browsing import Browser
from tests.accounts.helpers import actions, last_mail, words
from tests.harness.hashers import FastHasher
from tests.people import PASSWORD, client_for, make_officer, make_staff, make_user
from tests.url_inventory.walk import routes

pytestmark = pytest.mark.django_db

RULES = settings.RULES_VERSION
# Who comes there has no second factor to show: anybody, whoever shows it just now, and systems whose calls are signed.
NOT_SIGNED_IN = {Audience.PUBLIC, Audience.PASSWORD, Audience.COMPANY}
OLD_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def tries(email: str, password: str = "wrong wrong wrong", *, client: Client | None = None, **options):
    said = {"email": email, "password": password, "rules": RULES}
    return (client or Client()).post("/sign-in/", said, **options)


# SEC-01 --------------------------------------------------------------------------------------------------------------
def test_sec_01_no_view_is_for_people_with_only_a_password_but_the_second_step_and_its_loss():
    for_password = {route.name for route in routes() if declared(route.view).audience is Audience.PASSWORD}
    assert for_password == {
        "accounts:factor", "accounts:factor_new", "accounts:factor_qr", "accounts:passkey_ask",
        "accounts:passkey_ask_new", "accounts:lost_factor", "accounts:lost_factor_withdraw",
    }  # fmt: skip


def test_sec_01_no_view_of_allauth_or_django_otp_has_an_address():
    assert [r.name for r in routes() if r.view.__module__.partition(".")[0] in {"allauth", "django_otp_webauthn"}] == []


@pytest.mark.parametrize("who", ["officer", "analyst", "administrator", "newcomer"])
def test_sec_01_a_password_opens_no_page(who):
    """The walk over every address and method is tests/url_inventory; this one has no exception list to grow."""
    user = make_officer() if who == "officer" else make_user() if who == "newcomer" else make_staff(who)
    client = client_for(user, verified=False)
    for route in routes():
        if declared(route.view).audience in NOT_SIGNED_IN or "<" in route.pattern:
            continue
        for method in ("get", "post", "head"):
            answer = getattr(client, method)(f"/{route.pattern.lstrip('^').rstrip('$')}")
            assert answer.status_code == 302, route.name
            assert answer["Location"].startswith(("/sign-in/factor/", "/account/factors/new/")), route.name


@pytest.mark.parametrize("who", ["nobody", "only a password", "counsel", "administrator"])
def test_sec_01_what_systems_call_is_opened_by_no_person(who):
    client = Client(enforce_csrf_checks=True)
    if who != "nobody":
        user = make_staff("counsel" if who == "only a password" else who)
        client = client_for(user, verified=who != "only a password")
    for_systems = [route for route in routes() if declared(route.view).audience is Audience.COMPANY]
    assert [route.name for route in for_systems] == ["company:restrictions"]
    for route in for_systems:
        path, body = f"/{route.pattern}", '{"key": "q1", "account": "ACC-7", "asks": "access", "language": "en"}'
        refused = client.generic("POST", path, body, "application/json")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "bad_signature")
        others = [client.generic(method, path).status_code for method in ("GET", "HEAD", "PUT", "DELETE")]
        assert others == [405] * 4
    assert not RestrictionQuestion.objects.exists()


# SEC-03 --------------------------------------------------------------------------------------------------------------
def test_sec_03_no_mail_carries_a_code_or_a_link_that_signs_in():
    officer = make_officer()
    sign_in.ask_reset(officer.email, place="198.51.100.1")
    path = last_mail("password_reset").body_text.partition("testserver")[0]
    client = Client()
    assert path
    assert client.get("/account/").status_code == 302
    browser = Browser()
    browser.sign_in(officer)
    for mail in OutboundMessage.objects.exclude(event="password_reset"):
        assert "http" not in mail.body_text, mail.event


# SEC-05: test_passwords.py; here what the pages do with it -----------------------------------------------------------
def test_sec_05_passwords_are_hashed_with_argon2():
    assert PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    assert get_hasher("argon2").__class__ is Argon2PasswordHasher


def test_sec_05_long_passwords_are_taken_whole_and_may_be_pasted():
    officer = make_officer()
    client = client_for(officer)
    new = "a quiet harbour at dawn, with gulls " * 5
    client.post("/account/password/", {"old_password": PASSWORD, "password": new})
    officer.refresh_from_db()
    assert officer.check_password(new)
    assert not officer.check_password(new[:72])
    assert "onpaste" not in client.get("/account/password/").content.decode()


# SEC-06 --------------------------------------------------------------------------------------------------------------
def test_sec_06_the_wait_doubles_and_is_no_longer_than_four_hours():
    limit, at, waits = limits.Limit("t", 5, timedelta(minutes=15)), timezone.now(), []
    for _lock in range(7):
        assert [limits.try_with_back_off(limit, "a", at=at) for _ in range(5)] == [None] * 5
        until = limits.try_with_back_off(limit, "a", at=at)
        assert limits.try_with_back_off(limit, "a", at=at + timedelta(minutes=1)) == until, "tries do not lengthen it"
        waits.append((until - at) / timedelta(minutes=1))
        at = until
    assert waits == [15, 30, 60, 120, 240, 240, 240]
    at += timedelta(days=1, minutes=1)
    assert [limits.try_with_back_off(limit, "a", at=at) for _ in range(6)][5] == at + timedelta(minutes=15)


def test_sec_06_five_failures_lock_and_the_right_password_waits_too():
    officer = make_officer()
    for _ in range(5):
        tries(officer.email)
    answer = tries(officer.email, PASSWORD)
    assert "Too many tries. Wait 15 minutes" in words(answer)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert tries(officer.email, PASSWORD).status_code == 302
    assert AuditEvent.objects.filter(action="sign_in.failed").count() == 6


def test_sec_06_a_forged_forwarding_header_evades_nothing():
    officer = make_officer()
    for number in range(5):
        tries(officer.email, headers={"x-forwarded-for": f"203.0.113.{number}"})
    assert "Too many" in words(tries(officer.email, PASSWORD, headers={"x-forwarded-for": "203.0.113.99"}))


def test_sec_06_behind_our_proxy_only_its_own_entry_counts(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for number in range(sign_in.PER_PLACE.most):
        assert "is wrong" in words(
            tries(f"n{number}@x.example", headers={"x-forwarded-for": f"10.0.0.{number}, 203.0.113.5"})
        )
    assert "Too many" in words(tries("last@x.example", headers={"x-forwarded-for": "192.0.2.1, 203.0.113.5"}))


def test_sec_06_strangers_do_not_lock_the_owner_out_of_a_known_device():
    officer = make_officer()
    browser = Browser()
    browser.sign_in(officer)
    browser.send(browser.open("/account/"), "/sign-out/", {})
    for _ in range(6):
        answer = tries(officer.email)
    assert "Too many" in words(answer)
    browser.sign_in(officer)
    assert browser.open("/account/").status_code == 200
    forged = Client()
    forged.cookies[settings.DEVICE_COOKIE_NAME] = browser.client.cookies[settings.DEVICE_COOKIE_NAME].value + "x"
    assert "Too many" in words(tries(officer.email, PASSWORD, client=forged))


def test_sec_06_a_new_password_by_mail_ends_the_lock():
    officer = make_officer()
    for _ in range(6):
        tries(officer.email)
    token = sign_in.reset_tokens.make_token(officer)
    assert sign_in.set_new_password(officer, "another long and quiet sentence", token=token)
    assert tries(officer.email, "another long and quiet sentence").status_code == 302


@pytest.mark.parametrize("who", ["wrong password", "nobody", "inactive", "no password"])
def test_sec_06_the_password_is_hashed_once_whoever_it_is(who, monkeypatch):
    user = make_officer(is_active=who != "inactive")
    if who == "no password":
        user.set_unusable_password()
        user.save()
    hashed = []
    encode = FastHasher.encode
    monkeypatch.setattr(FastHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    answer = tries("nobody@nordvik.example" if who == "nobody" else user.email)
    assert "is wrong" in words(answer)
    assert len(hashed) == 1


def test_sec_06_asking_for_a_new_password_does_the_same_work_for_everybody(django_assert_num_queries):
    officer = make_officer()
    counts = []
    for email in (officer.email, "nobody@nordvik.example"):
        sign_in.ask_reset("warm@up.example", place="x")
        from_now = AuditEvent.objects.count()
        sign_in.ask_reset(email, place="198.51.100.9")
        counts.append(AuditEvent.objects.count() - from_now)
    assert counts == [1, 1]
    assert [mail.to_user_id for mail in OutboundMessage.objects.all()] == [officer.pk]


# SEC-27 --------------------------------------------------------------------------------------------------------------
def test_sec_27_an_account_that_is_disabled_is_out_at_once():
    officer = make_officer()
    client = client_for(officer)
    officer.is_active = False
    officer.save()
    assert client.get("/account/").status_code == 302
    assert tries(officer.email, PASSWORD).status_code == 422


def test_sec_27_access_that_nobody_uses_ends_after_ninety_days():
    assert timedelta(days=90) == reverification.UNUSED


# SEC-28 --------------------------------------------------------------------------------------------------------------
def test_sec_28_the_rules_stand_above_the_form_and_are_agreed_to():
    officer = make_officer()
    text = words(Client().get("/sign-in/"))
    assert text.index("Everything you do here is recorded") < text.index("Agree and go on to step 2")
    tries(officer.email, PASSWORD)
    event = AuditEvent.objects.get(action="sign_in.password_accepted")
    assert f'"rules":"{RULES}"'.encode() in bytes(event.payload)


@pytest.mark.parametrize("version", [None, "", "2020-01"])
def test_sec_28_nobody_comes_in_who_has_not_seen_them(version):
    officer = make_officer()
    said = {"email": officer.email, "password": PASSWORD} | ({"rules": version} if version is not None else {})
    answer = Client().post("/sign-in/", said)
    assert answer.status_code == 422
    assert "Read the rules on this page" in words(answer)
    assert f'name="rules" value="{RULES}"' in answer.content.decode()
    assert actions() == []


# SEC-30 --------------------------------------------------------------------------------------------------------------
def mails_of_new_devices(user: User) -> int:
    return OutboundMessage.objects.filter(event="new_device", to_user=user).count()


def test_sec_30_a_new_device_is_told_once():
    officer = make_officer(time_zone="Europe/Oslo")
    browser = Browser()
    browser.sign_in(officer)
    assert mails_of_new_devices(officer) == 1
    text = " ".join(last_mail("new_device").body_text.split())
    for said in ("Firefox on Windows", "198.51.100.20", "Oslo time (", " UTC)", "call us at once"):
        assert said in text
    assert "http" not in text
    browser.send(browser.open("/account/"), "/sign-out/", {})
    browser.sign_in(officer)
    assert mails_of_new_devices(officer) == 1
    Browser(agent=OLD_AGENT).sign_in(officer)
    assert mails_of_new_devices(officer) == 2
    assert actions(action="sign_in.new_device") == ["sign_in.new_device"] * 2


def test_sec_30_a_new_network_on_a_known_device_is_told():
    officer = make_officer()
    browser = Browser()
    browser.sign_in(officer)
    browser.send(browser.open("/account/"), "/sign-out/", {})
    browser.client.defaults["REMOTE_ADDR"] = "198.51.7.9"
    browser.sign_in(officer)
    assert mails_of_new_devices(officer) == 1, "the same network"
    browser.send(browser.open("/account/"), "/sign-out/", {})
    browser.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    browser.sign_in(officer)
    assert mails_of_new_devices(officer) == 2


def test_sec_30_the_cookie_of_a_device_names_nobody():
    officer = make_officer()
    browser = Browser()
    browser.sign_in(officer)
    cookie = browser.client.cookies[settings.DEVICE_COOKIE_NAME]
    assert officer.email.partition("@")[0] not in cookie.value
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_sec_30_a_device_remembers_a_few_people():
    device = Device("x")
    for number in range(9):
        for place in range(20):
            device.add(f"{number}@x.example", f"10.{place}.0.1")
    assert len(device.people) == 5
    assert {len(networks) for networks in device.people.values()} == {8}
    assert device.knows("8@x.example")
    assert not device.knows("0@x.example")


def test_sec_30_a_new_password_is_told_with_time_and_device():
    officer = make_officer(time_zone="America/New_York")
    client = client_for(officer, headers={"user-agent": OLD_AGENT})
    client.post("/account/password/", {"old_password": PASSWORD, "password": "another long and quiet sentence"})
    text = " ".join(last_mail("password_changed").body_text.split())
    assert "Firefox on Linux" in text
    assert "New York time (" in text
