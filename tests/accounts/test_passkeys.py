"""Passkeys on the server: the ceremony in order, and everything that a browser would not let through."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts.access import FACTOR_KIND, declared
from accounts.services import factors, passkeys
from foundation.audit.models import AuditEvent
from tests.accounts.authenticator import SoftKey, ask, ask_new, encoded, enrolled, send, send_new
from tests.accounts.helpers import actions, code_of, last_mail, words
from tests.harness.race import race
from tests.people import client_for, make_officer, make_staff, make_user

ORIGIN = "http://localhost:8000"


@pytest.fixture
def officer(request):
    request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")
    return make_officer()


@pytest.fixture
def key(officer):
    return enrolled(client_for(officer))


def data_of(event: AuditEvent) -> dict:
    return json.loads(bytes(event.payload))["data"]


def refusals() -> list[str]:
    rows = AuditEvent.objects.filter(action="sign_in.factor_refused").order_by("pk")
    return [data_of(row).get("why") for row in rows]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


# Setting up -----------------------------------------------------------------------------------------------------------
def test_the_first_factor_may_be_a_passkey(db):
    user = make_user()
    client = client_for(user, verified=False)
    assert client.get("/account/")["Location"].startswith("/account/factors/new/")
    before = client.session.session_key
    key = SoftKey()
    options = ask_new(client)
    assert options["rp"] == {"name": settings.SITE_NAME, "id": "localhost"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    answer = send_new(client, key.make(options), passkey_name="Blue key", next="/access/mine/")
    assert answer["Location"] == "/account/recovery-codes/?next=%2Faccess%2Fmine%2F"
    assert client.session.session_key != before, "a rise in trust gets a new session key"
    assert client.session[FACTOR_KIND] == "passkey"
    assert [(f.kind, f.name) for f in factors.factors_of(user)] == [("passkey", "Blue key")]
    assert "a passkey" in " ".join(last_mail("factor_enrolled").body_text.split())
    assert "factor.enrolled" in actions()
    assert "Blue key" in words(client.get("/account/"))


def test_a_passkey_is_added_to_an_app_and_the_app_stays(officer):
    client = client_for(officer)
    enrolled(client)
    assert [f.kind for f in factors.factors_of(officer)] == ["totp", "passkey"]
    assert is_in(client)
    options = ask_new(client)
    assert [item["id"] for item in options["excludeCredentials"]] == [encoded(c.credential_id) for c in _credentials()]


def _credentials():
    return WebAuthnCredential.objects.order_by("pk")


def test_who_has_not_shown_a_factor_adds_none(officer):
    for client in (client_for(officer, verified=False), client_for(officer, factor_age=3600)):
        assert client.post("/account/factors/new/passkey/").status_code == 403
        assert send_new(client, "{}")["Location"].startswith("/sign-in/factor/")
    assert not _credentials().exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"verified": False},
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://evil.localhost:8000"},
        {"origin": "http://127.0.0.1:8000"},
        {"rp": "evil.example"},
    ],
    ids=str,
)
def test_a_new_passkey_is_refused(officer, wrong):
    client = client_for(officer)
    answer = send_new(client, SoftKey().make(ask_new(client), **wrong))
    assert answer.status_code == 422
    assert passkeys.NOT_SAVED in words(answer)
    assert not _credentials().exists()
    assert refusals() == ["InvalidRegistrationResponse"]


def test_an_answer_enrols_once(officer):
    client = client_for(officer)
    answer = SoftKey().make(ask_new(client))
    assert send_new(client, answer).status_code == 302
    assert passkeys.TOO_LATE in words(send_new(client, answer))
    assert _credentials().count() == 1


def test_a_key_of_somebody_else_is_nobody_elses(officer, key):
    client = client_for(make_officer())
    answer = send_new(client, key.make(ask_new(client)))
    assert passkeys.NOT_SAVED in words(answer)
    assert _credentials().get().user == officer


# Showing --------------------------------------------------------------------------------------------------------------
def test_signing_in_with_a_passkey(officer, key):
    client = client_for(officer, verified=False)
    assert not is_in(client)
    before = client.session.session_key
    options = ask(client)
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"
    assert send(client, key.show(options), next="/account/")["Location"] == "/account/"
    assert is_in(client)
    assert client.session.session_key != before
    assert client.session[FACTOR_KIND] == "passkey"
    assert data_of(AuditEvent.objects.get(action="sign_in.factor_accepted")) == {"kind": "passkey"}
    assert _credentials().get().last_used_at is not None


def test_a_passkey_makes_the_factor_fresh(officer, key):
    client = client_for(officer, factor_age=3600)
    place = "/account/recovery-codes/new/"
    assert client.get(place).status_code == 302
    assert send(client, key.show(ask(client)), next=place)["Location"] == place
    assert client.get(place).status_code == 200


def test_a_passkey_without_a_counter_works_again_and_again(officer):
    key = enrolled(client_for(officer), counting=False)
    for _ in range(3):
        client = client_for(officer, verified=False)
        assert send(client, key.show(ask(client))).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"verified": False},
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://requests.localhost:8000"},
        {"origin": "http://localhost:8000.evil.example"},
        {"rp": "evil.example"},
        {"kind": "create"},
    ],
    ids=str,
)
def test_an_answer_is_refused(officer, key, wrong):
    client = client_for(officer, verified=False)
    answer = send(client, key.show(ask(client), **wrong))
    assert answer.status_code == 422
    assert passkeys.REFUSED in words(answer)
    assert not is_in(client)
    assert refusals() == ["InvalidAuthenticationResponse"]


def test_an_answer_is_not_played_again(officer, key):
    client, other = client_for(officer, verified=False), client_for(officer, verified=False)
    answer = key.show(ask(client))
    assert send(client, answer).status_code == 302
    assert passkeys.TOO_LATE in words(send(other, answer)), "that session asked for nothing"
    ask(other)
    assert passkeys.REFUSED in words(send(other, answer)), "that session asked for something else"
    assert not is_in(other)
    assert refusals() == ["challenge", "InvalidAuthenticationResponse"]


def test_a_challenge_asked_by_another_session_is_not_good_here(officer, key):
    client, other = client_for(officer, verified=False), client_for(officer, verified=False)
    options = ask(client)
    ask(other)
    assert send(other, key.show(options)).status_code == 422


def test_an_answer_sent_fifty_times_at_once_opens_one_session(committed_db, officer, monkeypatch):
    monkeypatch.setattr(factors, "WRONG_CODES", type(factors.WRONG_CODES)("test", 1000, timedelta(hours=1)))
    key = enrolled(client_for(officer), counting=False)
    options, state = passkeys.ask(officer)
    answer = key.show(options)
    results = race(*[lambda: passkeys.verify(officer, state, answer)] * 50)
    accepted = [r for r in results if isinstance(r, WebAuthnCredential)]
    assert len(accepted) == 1
    assert sum(isinstance(r, factors.CodeRefused) for r in results) == 49, results


def test_the_passkey_of_another_person_is_refused(officer, key):
    other = make_officer()
    enrolled(client_for(other))
    client = client_for(other, verified=False)
    assert send(client, key.show(ask(client))).status_code == 422
    assert not is_in(client)
    assert refusals() == ["credential_user_mismatch"]


def test_a_removed_passkey_is_refused_and_its_sessions_end(officer, key):
    inside = client_for(officer, verified=False)
    send(inside, key.show(ask(inside)))
    assert is_in(inside)
    waiting = client_for(officer, verified=False)
    options = ask(waiting)
    factors.remove(officer, factors.factors_of(officer)[1])
    assert send(waiting, key.show(options)).status_code == 422
    assert refusals() == ["credential_not_found"]
    assert not is_in(inside)
    assert waiting.post("/sign-in/factor/passkey/").status_code == 404


def test_a_copy_of_a_passkey_is_noticed(officer, key):
    client = client_for(officer, verified=False)
    send(client, key.show(ask(client)))
    key.counter -= 1  # the copy has not counted what the original did
    again = client_for(officer, verified=False)
    assert send(again, key.show(ask(again))).status_code == 422
    assert not is_in(again)
    assert refusals() == ["counter"]


def test_another_key_with_the_same_name_does_not_sign(officer, key):
    forged = SoftKey()
    forged.id, forged.counter = key.id, 100
    client = client_for(officer, verified=False)
    assert send(client, forged.show(ask(client))).status_code == 422
    assert not is_in(client)


def test_a_counter_beyond_the_database_is_no_crash(officer, key):
    key.counter = 2**31 + 5
    client = client_for(officer, verified=False)
    assert send(client, key.show(ask(client))).status_code == 422


@pytest.mark.parametrize(
    "answer",
    ["", "x", "[]", "{}", "null", '"text"', "{", "[" * 5000, "\x00", '{"id": 1}', '{"id": "\\ud800", "rawId": "a"}'],
)
def test_answers_that_are_none(officer, key, answer):
    client = client_for(officer, verified=False)
    ask(client)
    assert send(client, answer).status_code == 422
    fresh = client_for(officer)
    ask_new(fresh)
    assert send_new(fresh, answer).status_code == 422


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "attestationObject"])
@pytest.mark.parametrize("value", ["", "!", "AAAA", None, 7, [], encoded(b"{}"), encoded(b"[]"), encoded(b"\xff" * 90)])
def test_broken_parts(officer, key, part, value):
    client, fresh = client_for(officer, verified=False), client_for(officer)
    shown, made = json.loads(key.show(ask(client))), json.loads(SoftKey().make(ask_new(fresh)))
    for given, browser, deliver in ((shown, client, send), (made, fresh, send_new)):
        if part in given["response"]:
            given["response"][part] = value
            assert deliver(browser, json.dumps(given)).status_code == 422


def test_a_challenge_ends_after_five_minutes(officer, key):
    client = client_for(officer, verified=False)
    options = ask(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=passkeys.SECONDS + 2), tick=False):
        assert passkeys.TOO_LATE in words(send(client, key.show(options)))


@pytest.mark.parametrize("wrong", ["codes", "answers"])
def test_a_stranger_with_the_password_does_not_lock_an_owner_out_who_has_a_passkey(officer, key, wrong):
    stranger, owner = client_for(officer, verified=False), client_for(officer, verified=False)
    for _ in range(factors.WRONG_CODES.most + 2):
        if wrong == "codes":
            stranger.post("/sign-in/factor/", {"factor": "totp", "code": "000000"})
        else:
            send(stranger, key.show(ask(stranger), verified=False))
    if wrong == "codes":
        locked = stranger.post("/sign-in/factor/", {"factor": "totp", "code": "000000"})
        assert factors.TOO_MANY in words(locked)
    assert send(owner, key.show(ask(owner))).status_code == 302
    assert is_in(owner)


def test_the_library_signs_nobody_in_by_itself(db):
    assert settings.OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN is False
    for path in ("/webauthn/", "/authentication/begin/", "/webauthn/authentication/complete/"):
        assert Client().post(path).status_code == 404
    assert "webauthn" not in "".join(settings.AUTHENTICATION_BACKENDS).lower()
    for path in ("/sign-in/factor/passkey/", "/account/factors/new/passkey/"):
        assert Client().post(path)["Location"].startswith("/sign-in/?next=")
        assert Client().get(path)["Location"].startswith("/sign-in/?next=")


def test_the_page_offers_a_code_too_and_works_without_script(officer, key):
    client = client_for(officer, verified=False)
    answer = client.get("/sign-in/factor/")
    assert "Use my passkey" in words(answer)
    assert b'data-passkey="get"' in answer.content
    code = code_of(officer.authenticator_apps.get())
    assert client.post("/sign-in/factor/", {"factor": "totp", "code": code}).status_code == 302
    assert client.session[FACTOR_KIND] == "totp"


# Where a code is not enough -------------------------------------------------------------------------------------------


def test_sec_02_a_passkey_is_offered_to_all_and_needed_by_staff_who_release(db, settings):
    for person in (make_officer(), make_staff("analyst"), make_user()):
        client = client_for(person)
        assert b'data-passkey="create"' in client.get("/account/factors/new/").content
    settings.PASSKEY_FOR_DECISIONS = True
    approver = make_staff("approver")
    client = client_for(approver)
    release = _address("staff_records:release")
    answer = client.post(release)
    assert answer["Location"].startswith("/sign-in/factor/?next=")
    assert answer["Location"].endswith("need=passkey")
    page = client.get(answer["Location"])
    assert "You have no passkey yet" in words(page)
    assert b'name="code"' not in page.content
    key = enrolled(client)
    WebAuthnCredential.objects.update(created_at=timezone.now() - timedelta(days=2))  # a new one: test_cool_down.py
    assert client.post(release).status_code == 302, "setting one up is not showing it"
    page = client.get(answer["Location"])
    assert "This needs your passkey" in words(page)
    assert send(client, key.show(ask(client)), next="/staff/approvals/")["Location"] == "/staff/approvals/"
    assert client.post(release).status_code == 404, "past the door: there is no such request"
    client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(approver.authenticator_apps.get())})
    assert client.post(release).status_code == 302, "the newest factor counts"


def test_without_the_setting_a_code_is_enough(db, settings):
    settings.PASSKEY_FOR_DECISIONS = False
    assert client_for(make_staff("approver")).post(_address("staff_records:release")).status_code == 404


@pytest.mark.parametrize("name", ["accounts:decide", "staff:sign", "staff_records:release", "holds:decide"])
def test_every_decision_asks_for_a_passkey(name):
    assert declared(resolve(_address(name)).func).strong


def _address(name: str) -> str:
    kwargs = {"reference": "MX-26-ABCDEFG"}
    if name == "staff_records:release":
        kwargs["number"] = 1
    if name == "holds:decide":
        kwargs["uid"] = "7f6a0f3e-6f0e-4a55-9a0c-2f9a7f1f0e11"
    return reverse(name, kwargs=kwargs)
