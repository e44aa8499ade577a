"""Several factors for each person, secrets that no copy of the database gives away, and codes that work once."""

import base64
import json
import re
from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AuthenticatorApp, RecoveryCode
from accounts.models.factors import STEP_SECONDS, step_of
from accounts.services import factors
from accounts.services.limits import Limit
from foundation.audit.models import AuditEvent
from foundation.documents.errors import DocumentDamaged
from foundation.notifications.models import OutboundMessage
from tests.accounts.authenticator import enrolled
from tests.accounts.helpers import actions, code_for, code_of, last_mail, page, words
from tests.harness.race import one_effect, race
from tests.people import client_for, make_factor, make_officer, make_user

FIFTY = 50


@pytest.fixture
def no_limit(monkeypatch):
    """So that what refuses the second use is the code itself, not the count of tries."""
    monkeypatch.setattr(factors, "WRONG_CODES", Limit("factor.test", 10_000, timedelta(minutes=15)))


@pytest.fixture
def officer(db):
    return make_officer()


def code_at(secret: bytes, step: int) -> str:
    totp = TOTP(secret)
    totp.time = step * STEP_SECONDS
    return f"{totp.token():06d}"


# Codes ----------------------------------------------------------------------------------------------------------------
def test_sec_04_a_code_is_good_for_30_seconds_and_once(officer):
    app = officer.authenticator_apps.get()
    at = timezone.now()
    now = int(at.timestamp()) // 30
    for early_or_late, good in {-2: False, -1: True, 0: True, 1: True, 2: False}.items():
        found = step_of(app.bin_key, code_at(app.bin_key, now + early_or_late), at=at)
        assert (found == now + early_or_late) if good else found is None, early_or_late
    code = code_at(app.bin_key, now)
    assert factors.verify_totp(officer, code, at=at) == app
    with pytest.raises(factors.CodeRefused):
        factors.verify_totp(officer, code, at=at)
    with pytest.raises(factors.CodeRefused):
        factors.verify_totp(officer, code_at(app.bin_key, now - 1), at=at)


@pytest.mark.usefixtures("committed_db", "no_limit")
def test_sec_04_one_code_used_50_times_at_once_works_exactly_once():
    officer = make_officer()
    code = code_of(officer.authenticator_apps.get())
    one_effect(race(*[lambda: factors.verify_totp(officer, code)] * FIFTY), factors.CodeRefused)
    assert actions(action="sign_in.factor_accepted") == ["sign_in.factor_accepted"]
    assert len(actions(action="sign_in.factor_refused")) == FIFTY - 1


@pytest.mark.usefixtures("committed_db", "no_limit")
def test_sec_04_one_code_posted_50_times_at_once_opens_exactly_one_session():
    officer = make_officer()
    code = code_of(officer.authenticator_apps.get())
    clients = [client_for(officer, verified=False) for _ in range(FIFTY)]
    answers = race(*[lambda c=c: c.post("/sign-in/factor/", {"factor": "totp", "code": code}) for c in clients])
    assert Counter(getattr(a, "status_code", a) for a in answers) == {302: 1, 422: FIFTY - 1}
    assert sum(c.get("/account/").status_code == 200 for c in clients) == 1


def test_the_code_that_sets_an_app_up_does_not_sign_in(db):
    user = make_user()
    secret = factors.new_secret()
    code = code_for(secret.text)
    factors.enrol(user, secret, code)
    with pytest.raises(factors.CodeRefused):
        factors.verify_totp(user, code)


def test_the_second_app_works_too_and_slows_the_first_one_down_never(officer):
    second = make_factor(officer, name="Other phone")
    assert factors.verify_totp(officer, code_of(second)) == second
    first = officer.authenticator_apps.get(name="Authenticator app")
    assert first.throttling_failure_count == 0
    assert factors.verify_totp(officer, code_of(first)) == first


# Recovery codes -------------------------------------------------------------------------------------------------------
def test_sec_29_recovery_codes_have_80_bits_are_hashed_shown_once_and_used_once(officer):
    client = client_for(officer)
    answer = client.post("/account/recovery-codes/new/", follow=True)
    shown = [item.get_text().replace(" ", "") for item in page(answer).select("ol li .app-code")]
    assert len(set(shown)) == 10
    assert all(len(base64.b32decode(code)) * 8 >= 80 for code in shown)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_recoverycode")
        stored = str(cursor.fetchall()).upper()
    assert not any(code in stored for code in shown)
    assert not any(code in str(client.session.items()) for code in shown), "not even while they wait to be shown"
    client.post("/account/recovery-codes/")
    assert not page(client.get("/account/recovery-codes/")).select("ol li .app-code")
    factors.use_recovery_code(officer, shown[0])
    with pytest.raises(factors.CodeRefused):
        factors.use_recovery_code(officer, shown[0])
    assert factors.codes_left(officer) == 9
    factors.make_recovery_codes(officer)
    with pytest.raises(factors.CodeRefused):
        factors.use_recovery_code(officer, shown[1])


@pytest.mark.usefixtures("committed_db", "no_limit")
def test_sec_29_one_recovery_code_used_50_times_at_once_works_exactly_once():
    officer = make_officer()
    code = factors.make_recovery_codes(officer)[0]
    one_effect(race(*[lambda: factors.use_recovery_code(officer, code)] * FIFTY), factors.CodeRefused)
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_after_a_recovery_code_everything_that_was_there_goes(officer):
    phone, elsewhere = client_for(officer), client_for(officer)
    enrolled(phone)
    code = factors.make_recovery_codes(officer)[0]
    client = client_for(officer, verified=False)
    client.post("/sign-in/factor/", {"factor": "recovery", "recovery": code})
    answer = client.get("/account/factors/new/")
    assert "takes the place of every passkey and app" in words(answer)
    secret = page(answer).select_one("ol strong.app-code").get_text()
    assert "/account/recovery-codes/" in client.post("/account/factors/new/", {"code": code_for(secret)})["Location"]
    assert [f.kind for f in factors.factors_of(officer)] == ["totp"]
    assert elsewhere.get("/account/").status_code == 302
    assert "do not work any more" in " ".join(last_mail("factor_enrolled").body_text.split())


# Mails ----------------------------------------------------------------------------------------------------------------
def test_sec_30_the_owner_is_told_of_every_change_of_a_factor(officer):
    client = client_for(officer)
    enrolled(client, name="Secret name")
    client.post(_remove(officer, "totp"))
    client = client_for(officer)  # another app, so that a factor is there to show
    codes = factors.make_recovery_codes(officer, renewed=True)
    factors.use_recovery_code(officer, codes[0])
    told = OutboundMessage.objects.order_by("pk")
    assert [m.event for m in told] == ["factor_enrolled", "factor_removed", "factor_codes", "factor_recovery"]
    for message in told:
        assert message.to_user_id == officer.pk
        assert "If it was not you, call us at once." in message.body_text
        assert "Secret name" not in message.body_text
        assert not re.search(r"https?://\S+/(account|sign-in)", message.body_text)
    assert "a passkey" in " ".join(told[0].body_text.split())
    assert "an authenticator app" in " ".join(told[1].body_text.split())


# Several --------------------------------------------------------------------------------------------------------------
def _remove(user, kind: str) -> str:
    factor = next(f for f in factors.factors_of(user) if f.kind == kind)
    return f"/account/factors/{kind}/{factor.pk}/remove/"


def test_the_account_page_shows_each_factor(officer):
    client = client_for(officer)
    enrolled(client, name="Work laptop")
    factors.make_recovery_codes(officer)
    text = words(client.get("/account/"))
    for said in ("Authenticator app", "Work laptop", "Passkey, added", "not used since", "10 left"):
        assert said in text
    factors.verify_totp(officer, code_of(officer.authenticator_apps.get()))
    assert "last used" in words(client.get("/account/"))


@pytest.mark.parametrize("number", [1, 3])
def test_queries_of_the_account_page(officer, number, django_assert_num_queries):
    client = client_for(officer)
    for n in range(number - 1):
        make_factor(officer, name=f"Phone {n}")
    client.get("/account/")
    with django_assert_num_queries(QUERIES):
        client.get("/account/")


QUERIES = 11


def test_a_factor_gets_another_name(officer):
    client = client_for(officer)
    app = officer.authenticator_apps.get()
    place = f"/account/factors/totp/{app.pk}/"
    assert client.post(place, {"name": ""}).status_code == 422
    assert client.post(place, {"name": "x" * 61}).status_code == 422
    assert client.post(place, {"name": "Duty phone"})["Location"] == "/account/"
    assert "Duty phone" in words(client.get(place))
    assert actions(action="factor.renamed") == ["factor.renamed"]


def test_the_last_factor_stays(officer):
    client = client_for(officer)
    place = _remove(officer, "totp")
    assert "only second factor" in words(client.get(place))
    answer = client.post(place, follow=True)
    assert "Add another one first" in words(answer)
    assert factors.has_factor(officer)


def test_removing_needs_a_fresh_factor_and_ends_what_was_opened_with_it(officer):
    first = client_for(officer)
    make_factor(officer, name="Lost phone")
    lost = client_for(officer, verified=False)
    lost.post(
        "/sign-in/factor/", {"factor": "totp", "code": code_of(officer.authenticator_apps.get(name="Lost phone"))}
    )
    assert lost.get("/account/").status_code == 200
    place = f"/account/factors/totp/{officer.authenticator_apps.get(name='Lost phone').pk}/remove/"
    stale = client_for(officer, factor_age=3600)
    assert stale.post(place)["Location"].startswith("/sign-in/factor/?next=")
    assert first.post(place)["Location"] == "/account/"
    assert first.get("/account/").status_code == 200
    assert lost.get("/account/")["Location"].startswith("/sign-in/factor/")
    assert first.post(place).status_code == 404
    assert actions(action="factor.removed") == ["factor.removed"]


@pytest.mark.parametrize("tail", ["", "remove/"])
def test_factors_of_others_are_not_there(officer, tail):
    other = make_officer()
    make_factor(other)
    client = client_for(officer)
    for place in (f"totp/{other.authenticator_apps.first().pk}", "passkey/1", "totp/99999999999999999999", "x/1"):
        for send in (client.get, client.post):
            assert send(f"/account/factors/{place}/{tail}").status_code == 404
    assert other.authenticator_apps.count() == 2


def test_there_is_an_end_to_how_many(officer):
    for n in range(factors.MOST - 1):
        make_factor(officer, name=f"Phone {n}")
    client = client_for(officer)
    secret = page(client.get("/account/factors/new/")).select_one("ol strong.app-code").get_text()
    answer = client.post("/account/factors/new/", {"code": code_for(secret)})
    assert answer.status_code == 422
    assert "Remove one first" in words(answer)


@pytest.mark.usefixtures("committed_db")
def test_two_who_remove_at_once_leave_one():
    officer = make_officer()
    make_factor(officer, name="Other")
    both = factors.factors_of(officer)
    results = race(*[lambda f=f: factors.remove(officer, f) for f in both])
    assert sorted(type(r).__name__ for r in results) == ["NoneType", "NotAllowed"]
    assert len(factors.factors_of(officer)) == 1


# Sealed secrets -------------------------------------------------------------------------------------------------------
def test_a_copy_of_the_database_holds_no_secret(officer):
    app = officer.authenticator_apps.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_secret FROM accounts_authenticatorapp WHERE id = %s", [app.pk])
        stored = bytes(cursor.fetchone()[0])
    assert app.bin_key not in stored
    assert app.bin_key.hex().encode() not in stored


def test_a_secret_moved_to_another_account_does_not_open(officer):
    mine, theirs = officer.authenticator_apps.get(), make_factor(make_user())
    AuthenticatorApp.objects.filter(pk=theirs.pk).update(sealed_secret=bytes(mine.sealed_secret))
    with pytest.raises(DocumentDamaged):
        AuthenticatorApp.objects.get(pk=theirs.pk).bin_key  # noqa: B018 - opening it is the test


def test_secrets_open_after_the_master_key_was_replaced(officer, settings):
    secret = officer.authenticator_apps.get().bin_key
    settings.DOCUMENT_MASTER_KEYS = f"next:{'ab' * 32},{settings.DOCUMENT_MASTER_KEYS}"
    assert officer.authenticator_apps.get().bin_key == secret
    assert make_factor(officer).master_key_id == "next"


def test_apps_of_earlier_versions_are_sealed_and_go_on_working(db):
    migration = import_module("accounts.migrations.0007_authenticator_apps")
    user = make_user()
    old = TOTPDevice.objects.create(user=user, name="My app", last_t=7)
    TOTPDevice.objects.create(user=user, name="Never confirmed", confirmed=False)
    migration.seal(apps, None)
    app = user.authenticator_apps.get()
    assert (app.name, app.bin_key, app.last_step, app.created_at) == ("My app", old.bin_key, 7, old.created_at)
    assert factors.verify_totp(user, code_of(app)) == app
    assert not TOTPDevice.objects.exists()
    migration.open_again(apps, None)
    assert TOTPDevice.objects.get().key == old.key


def test_nothing_of_a_factor_is_in_the_trail(officer):
    client = client_for(officer)
    enrolled(client, name="Grandmother")
    for event in AuditEvent.objects.all():
        said = json.loads(bytes(event.payload))
        assert "Grandmother" not in str(said)
        assert "challenge" not in str(said.get("data"))
