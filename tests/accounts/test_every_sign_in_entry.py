"""Every event of signing in leaves its entry: who, from where, when and with what outcome."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import UserSession
from accounts.services import factors
from foundation.audit.models import AuditEvent
from tests.accounts.company import at_the_company, comes_back, goes_there
from tests.accounts.helpers import code_for, code_of, last_mail, link_in, page
from tests.people import PASSWORD, client_for, make_factor, make_officer, make_staff

PLACE = "198.51.100.7"
NEW = "a quiet harbour at dawn"


def _password(client, user, password=PASSWORD):
    return client.post("/sign-in/", {"email": user.email, "password": password, "rules": settings.RULES_VERSION})


def _code(client, code, factor="totp", name="code"):
    return client.post("/sign-in/factor/", {"factor": factor, name: code})


def _half(user):
    return client_for(user, verified=False, REMOTE_ADDR=PLACE)


def _whole(user):
    return client_for(user, REMOTE_ADDR=PLACE)


def _signs_in(user):
    _password(Client(REMOTE_ADDR=PLACE), user)


def _fails(user):
    _password(Client(REMOTE_ADDR=PLACE), user, "wrong wrong wrong")


def _is_locked_out(user):
    for _try in range(6):
        _fails(user)


def _shows_a_factor(user):
    _code(_half(user), code_of(user.authenticator_apps.get()))


def _shows_a_wrong_code(user):
    _code(_half(user), "000000")


def _shows_a_wrong_recovery_code(user):
    factors.make_recovery_codes(user)
    _code(_half(user), "A" * 16, "recovery", "recovery")


def _uses_a_recovery_code(user):
    _code(_half(user), factors.make_recovery_codes(user)[0], "recovery", "recovery")


def _signs_out(user):
    _whole(user).post("/sign-out/")


def _stays_away(user):
    client = _whole(user)
    client.get("/account/")
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        client.get("/account/")


def _ends_another_session(user):
    client_for(user)
    other = UserSession.objects.get(user=user)
    _whole(user).post(f"/account/sessions/{other.uid}/end/")


def _ends_all_sessions(user):
    _whole(user).post("/account/sessions/end/")


def _adds_a_factor(user):
    client = _whole(user)
    secret = page(client.get("/account/factors/new/")).select_one("ol strong.app-code").get_text()
    client.post("/account/factors/new/", {"code": code_for(secret), "name": "Work phone"})


def _removes_a_factor(user):
    client = _whole(user)
    spare = make_factor(user, name="Spare")
    client.post(f"/account/factors/totp/{spare.pk}/remove/")


def _makes_recovery_codes(user):
    _whole(user).post("/account/recovery-codes/new/")


def _changes_the_password(user):
    _whole(user).post("/account/password/", {"old_password": PASSWORD, "password": NEW})


def _guesses_the_password(user):
    _whole(user).post("/account/password/", {"old_password": "guess", "password": NEW})


def _asks_for_a_new_password(user):
    Client(REMOTE_ADDR=PLACE).post("/sign-in/forgotten/", {"email": user.email})


def _sets_a_new_password(user):
    _asks_for_a_new_password(user)
    client, link = Client(REMOTE_ADDR=PLACE), link_in(last_mail("password_reset"))
    client.get(link)
    client.post(link, {"password": NEW})


# Act, its entry, outcome, what its facts say, and whether the person did it (a guess is nobody's, and about somebody).
_ACTS = (
    (_signs_in, "sign_in.password_accepted", "ok", {"rules": settings.RULES_VERSION}, True),
    (_fails, "sign_in.failed", "refused", {"locked": False, "known": True}, False),
    (_is_locked_out, "sign_in.failed", "refused", {"locked": True, "known": True}, False),
    (_shows_a_factor, "sign_in.factor_accepted", "ok", {"kind": "totp"}, True),
    (_shows_a_wrong_code, "sign_in.factor_refused", "refused", {"kind": "totp"}, True),
    (_shows_a_wrong_recovery_code, "sign_in.factor_refused", "refused", {"kind": "recovery"}, True),
    (_uses_a_recovery_code, "factor.recovery_code_used", "ok", {}, True),
    (_signs_out, "sign_in.signed_out", "ok", {}, True),
    (_stays_away, "sign_in.session_timed_out", "ok", {}, True),
    (_ends_another_session, "sign_in.session_ended", "ok", {}, True),
    (_ends_all_sessions, "sign_in.all_sessions_ended", "ok", {}, True),
    (_adds_a_factor, "factor.enrolled", "ok", {"kind": "totp"}, True),
    (_removes_a_factor, "factor.removed", "ok", {"kind": "totp"}, True),
    (_makes_recovery_codes, "factor.recovery_codes_made", "ok", {}, True),
    (_changes_the_password, "password.set", "ok", {}, True),
    (_guesses_the_password, "password.refused", "refused", {}, True),
    (_asks_for_a_new_password, "password.reset_asked", "ok", {"known": True}, False),
    (_sets_a_new_password, "password.set", "ok", {}, True),
)


@pytest.mark.parametrize(
    ("act", "action", "outcome", "facts", "own"), _ACTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_it_leaves_its_entry(db, act, action, outcome, facts, own):
    user, begun = make_officer(), timezone.now()
    act(user)
    _holds(user, action, outcome, facts, own=own, begun=begun)


def _holds(user, action, outcome, facts, *, own=True, begun, ip=PLACE):
    entry = AuditEvent.objects.filter(action=action).latest("pk")
    said = json.loads(bytes(entry.payload))
    assert (entry.actor_id, entry.actor_kind) == ((str(user.pk), "accounts.user") if own else ("", "anonymous"))
    assert (entry.object_type, entry.object_id) == ("accounts.user", str(user.pk))
    assert (entry.ip, entry.outcome, bool(entry.request_id)) == (ip, outcome, True)
    assert facts.items() <= said["data"].items()
    assert begun <= entry.occurred_at
    assert len(said["occurred_at"]) == len("2026-11-23T04:50:00.123456Z"), "UTC, with microseconds"
    whole = bytes(entry.payload).decode()
    assert not any(secret in whole for secret in (PASSWORD, NEW, "wrong wrong wrong", "A" * 16))


def test_somebody_else_who_ends_the_sessions_is_named(db):
    officer, analyst, begun = make_officer(), make_staff("analyst"), timezone.now()
    _whole(analyst).post(f"/staff/officers/{officer.pk}/sessions/end/", {"reason": "Two countries within an hour"})
    entry = AuditEvent.objects.get(action="sign_in.all_sessions_ended")
    assert (entry.actor_id, entry.object_id, entry.reason, entry.ip) == (
        str(analyst.pk), str(officer.pk), "Two countries within an hour", PLACE,
    )  # fmt: skip
    assert entry.occurred_at >= begun


def test_single_sign_on_leaves_its_entries(db, company):
    analyst, begun = make_staff("analyst"), timezone.now()
    person, client = company.employ(analyst.email), Client(REMOTE_ADDR=PLACE)
    comes_back(client, at_the_company(goes_there(client), person))
    _holds(analyst, "sign_in.sso_linked", "ok", {}, begun=begun)
    _holds(analyst, "sign_in.sso_accepted", "ok", {"rules": settings.RULES_VERSION}, begun=begun)
    again = Client(REMOTE_ADDR=PLACE)
    comes_back(again, at_the_company(goes_there(again), company.employ(analyst.email)))
    _holds(analyst, "sign_in.failed", "refused", {}, own=False, begun=begun)
