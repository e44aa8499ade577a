"""The requirements of sessions, one test or more for each: SEC-07 to SEC-11; and what holds when parts fail."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import UserSession
from tests.accounts.browsing import Browser
from tests.accounts.helpers import words
from tests.people import PASSWORD, client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db

DANGEROUS = {
    "accounts:factor_remove", "accounts:recovery_codes_new", "accounts:password", "accounts:decide",
    "accounts:officer_suspend", "accounts:agency_suspend", "accounts:lift", "accounts:officer_lead",
}  # fmt: skip


def at_minute(minutes: float):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


@pytest.mark.parametrize(("staff", "lasts", "ends"), [(False, 29, 31), (True, 14, 16)])
def test_sec_07_idle_sessions_end(staff, lasts, ends):
    user = make_staff("analyst") if staff else make_officer()
    client = client_for(user)
    client.get("/account/")
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=lasts), tick=True):
        assert client.get("/account/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=lasts + ends), tick=True):
        answer = client.get("/account/", follow=True)
        assert "You were signed out after a time without activity" in words(answer)


def test_sec_07_a_page_that_refreshes_itself_keeps_no_session_alive():
    client = client_for(make_officer())
    client.get("/account/")
    for minutes in (10, 20, 29):
        with at_minute(minutes):
            assert client.get("/account/", headers={"x-poll": "1"}).status_code == 200
    with at_minute(31):
        assert client.get("/account/").status_code == 302


def test_sec_08_twelve_hours_at_the_longest():
    browser = Browser()
    browser.sign_in(make_officer())
    start = timezone.now()
    for number in range(29):
        with time_machine.travel(start + timedelta(minutes=25 * number), tick=True):
            expected = 200 if 25 * number < 12 * 60 else 302
            assert browser.client.get("/account/").status_code == expected, number


def test_sec_09_the_times_are_written_down():
    text = (Path(settings.BASE_DIR) / "docs" / "sign-in.md").read_text()
    for said in ("30 minutes", "15 minutes", "12 hours", "any number of sessions"):
        assert said in text


def test_sec_10_a_new_key_at_sign_in_and_at_the_factor():
    officer, browser = make_officer(), Browser()
    keys = []
    browser.open("/sign-in/")
    for factor in (False, True):
        browser.sign_in(officer, factor=factor) if not factor else browser.sign_in(officer)
        keys.append(browser.client.cookies[settings.SESSION_COOKIE_NAME].value)
    assert len(set(keys)) == 2
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = keys[0]
    assert stolen.get("/account/")["Location"].startswith("/sign-in/?"), "the old key is dead"
    assert len(keys[0]) * 5 >= 128, "36 letters are more than 5 bits each"


def test_sec_10_signing_out_kills_the_session_on_the_server():
    browser = Browser()
    browser.sign_in(make_officer())
    key = browser.client.cookies[settings.SESSION_COOKIE_NAME].value
    answer = browser.send(browser.open("/account/"), "/sign-out/", {})
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = key
    assert stolen.get("/account/").status_code == 302
    assert not UserSession.objects.exclude(user=None).exclude(session_data="").exists()


def test_sec_10_no_page_of_somebody_signed_in_is_stored():
    client = client_for(make_officer())
    for path in ("/account/", "/requests/", "/account/session/", "/guidelines/"):
        assert "no-store" in client.get(path)["Cache-Control"], path


def test_sec_10_a_new_password_ends_every_other_session():
    officer = make_officer()
    here, there = client_for(officer), client_for(officer)
    answer = here.post("/account/password/", {"old_password": PASSWORD, "password": "a quiet harbour at dawn"})
    assert answer["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_sec_11_dangerous_acts_ask_for_a_fresh_factor():
    walk = import_module("tests.url_inventory.walk")
    rules = {route.name: route.view.access for route in walk.routes()}
    assert {name for name in DANGEROUS if not (rules[name].step_up or rules[name].strong)} == set()


def test_sec_11_a_new_password_needs_factor_and_present_password():
    officer = make_officer()
    said = {"old_password": PASSWORD, "password": "a quiet harbour at dawn"}
    stale = client_for(officer, factor_age=3600)
    assert stale.post("/account/password/", said)["Location"].startswith("/sign-in/factor/")
    client = client_for(officer)
    for _ in range(5):
        answer = client.post("/account/password/", said | {"old_password": "guess"})
        assert "This is not your present password" in words(answer)
    assert "Too many tries" in words(client.post("/account/password/", said))
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)


def test_sessions_survive_a_restart_of_the_web():
    client = client_for(make_officer())
    again = Client()  # another process knows nothing but the cookie and the database
    again.cookies = client.cookies
    assert again.get("/account/").status_code == 200


def test_a_stopped_database_gives_a_plain_page(monkeypatch):
    client = client_for(make_officer(), raise_request_exception=False)

    def refuse(*_args, **_kwargs):
        raise connections["default"].Database.OperationalError("server closed the connection")

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    for path in ("/account/", "/sign-in/"):
        answer = client.post(path, {"email": "a@b.example", "password": "x", "rules": settings.RULES_VERSION})
        assert answer.status_code == 500
        assert "The service is not available" in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
