"""Signing in: password, limits, second factor, recovery codes, step-up, signing out, a new password."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import AuthenticatorApp, RecoveryCode, Throttle, User
from accounts.services import factors, limits, sign_in
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from tests.accounts.helpers import actions, code_for, code_of, last_mail, link_in, page, words
from tests.people import PASSWORD, client_for, make_factor, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another long and quiet sentence"
RULES = settings.RULES_VERSION


def with_password(user: User, *, client: Client | None = None, password: str = PASSWORD, url: str = "/sign-in/"):
    return (client or Client()).post(url, {"email": user.email, "password": password, "rules": RULES})


def test_password_then_factor_then_work():
    officer = make_officer()
    device = AuthenticatorApp.objects.get(user=officer)
    client = Client()
    assert client.get("/account/")["Location"] == "/sign-in/?next=%2Faccount%2F"
    answer = with_password(officer, client=client, url="/sign-in/?next=/account/")
    assert answer["Location"] == "/account/"
    answer = client.get("/account/")
    assert answer["Location"] == "/sign-in/factor/?next=%2Faccount%2F"
    key = client.session.session_key
    answer = client.post(answer["Location"], {"factor": "totp", "code": code_of(device), "next": "/account/"})
    assert answer["Location"] == "/account/"
    assert client.session.session_key != key, "a rise in trust gets a new session key"
    assert officer.email in words(client.get("/account/"))
    assert actions() == ["sign_in.password_accepted", "sign_in.factor_accepted", "sign_in.new_device"]


def test_the_session_ends_after_twelve_hours_however_busy(settings):
    officer = make_officer()
    client = Client()
    with_password(officer, client=client)
    ends = client.session.get_expiry_date()
    assert abs(ends - timezone.now() - timedelta(hours=12)) < timedelta(minutes=1)
    client.get("/sign-in/factor/")
    assert client.session.get_expiry_date() == ends


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "x"]
)
def test_only_own_paths_are_gone_on_to(place):
    officer = make_officer()
    client = Client()
    answer = client.post("/sign-in/", {"email": officer.email, "password": PASSWORD, "next": place, "rules": RULES})
    assert answer["Location"] == "/start/"
    device = AuthenticatorApp.objects.get(user=officer)
    answer = client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(device), "next": place})
    assert answer["Location"] == "/start/"


def test_wrong_password_unknown_address_and_closed_account_read_the_same():
    officer, closed = make_officer(), make_officer(is_active=False)
    wrong = with_password(officer, password="wrong wrong wrong")
    unknown = Client().post("/sign-in/", {"email": "nobody@nordvik.example", "password": PASSWORD, "rules": RULES})
    inactive = with_password(closed)
    assert wrong.status_code == unknown.status_code == inactive.status_code == 422
    texts = {words(answer) for answer in (wrong, unknown, inactive)}
    assert len(texts) == 1
    assert "The e-mail address or the password is wrong" in texts.pop()
    assert actions() == ["sign_in.failed"] * 3
    assert "nobody@" not in "".join(AuditEvent.objects.values_list("object_label", flat=True))


def test_five_failures_lock_the_address_everywhere_whether_it_exists_or_not():
    officer = make_officer()
    for email in (officer.email, "nobody@nordvik.example"):
        client = Client(REMOTE_ADDR="203.0.113.7")
        for _ in range(5):
            answer = client.post("/sign-in/", {"email": email, "password": "wrong wrong wrong", "rules": RULES})
            assert "is wrong" in words(answer)
        for place in ("203.0.113.7", "203.0.113.8"):
            client = Client(REMOTE_ADDR=place)
            answer = client.post("/sign-in/", {"email": email, "password": PASSWORD, "rules": RULES})
            assert "Too many tries. Wait 15 minutes" in words(answer)
    assert not Throttle.objects.filter(key__contains="@").exists()


def test_right_passwords_are_not_counted():
    officer = make_officer()
    for _ in range(8):
        assert with_password(officer).status_code == 302


def test_counts_end_with_their_time():
    limit = limits.Limit("test", 2, timedelta(minutes=1))
    at = timezone.now()
    assert [limits.try_once(limit, "a", at=at) for _ in range(3)] == [True, True, False]
    assert limits.try_once(limit, "b", at=at)
    assert limits.try_once(limit, "a", at=at + timedelta(minutes=1))
    assert limits.forget_old(at=at + timedelta(days=3)) == 2


def test_a_code_works_once():
    officer = make_officer()
    device = AuthenticatorApp.objects.get(user=officer)
    code = code_of(device)
    first, second = client_for(officer, verified=False), client_for(officer, verified=False)
    assert first.post("/sign-in/factor/", {"factor": "totp", "code": code}).status_code == 302
    answer = second.post("/sign-in/factor/", {"factor": "totp", "code": f" {code[:3]} {code[3:]} "})
    assert answer.status_code == 422
    assert "was used before" in words(answer)
    assert second.get("/account/").status_code == 302


def test_wrong_codes_are_slowed_down_and_then_stopped():
    officer = make_officer()
    client = client_for(officer, verified=False)
    for _ in range(factors.WRONG_CODES.most):
        assert client.post("/sign-in/factor/", {"factor": "totp", "code": "000000"}).status_code == 422
    device = AuthenticatorApp.objects.get(user=officer)
    answer = client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(device)})
    assert "Too many wrong codes" in words(answer)
    answer = client.post("/sign-in/factor/", {"factor": "recovery", "recovery": "A" * 16})
    assert "Too many wrong codes" in words(answer)
    assert actions(action="sign_in.factor_refused") == ["sign_in.factor_refused"] * factors.WRONG_CODES.most


def test_who_knows_only_the_password_cannot_set_up_another_factor():
    officer = make_officer()
    client = client_for(officer, verified=False)
    assert client.get("/account/factors/new/")["Location"].startswith("/sign-in/factor/")
    assert client.post("/account/factors/new/", {"code": "123456"})["Location"].startswith("/sign-in/factor/")
    assert client.get("/account/factors/new/qr.png").status_code == 404
    stale = client_for(officer, factor_age=3600)
    assert stale.get("/account/factors/new/")["Location"].startswith("/sign-in/factor/")


def test_a_fresh_factor_adds_another_one():
    officer = make_officer()
    client, elsewhere = client_for(officer), client_for(officer)
    secret = page(client.get("/account/factors/new/")).select_one("ol strong.app-code").get_text()
    answer = client.post("/account/factors/new/", {"code": code_for(secret), "name": "Work phone"})
    assert answer["Location"] == "/account/"
    names = AuthenticatorApp.objects.filter(user=officer).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["Authenticator app", "Work phone"]
    assert client.get("/account/").status_code == elsewhere.get("/account/").status_code == 200
    assert last_mail("factor_enrolled").to_user_id == officer.pk


def test_a_recovery_code_leads_to_a_new_app_and_nowhere_else():
    officer = make_officer()
    code = factors.make_recovery_codes(officer)[0]
    assert len(code) == 16, "80 bits"
    assert not RecoveryCode.objects.filter(code_hash=code).exists()
    client = client_for(officer, verified=False)
    typed = f"{code[:4].lower()} {code[4:8]}-{code[8:]}"
    answer = client.post("/sign-in/factor/", {"factor": "recovery", "recovery": typed, "next": "/account/"})
    assert answer["Location"] == "/account/factors/new/?next=%2Faccount%2F"
    assert client.get("/account/").status_code == 302
    assert client.get("/sign-in/factor/")["Location"] == "/account/factors/new/", "leaving the page burns no code"
    other = client_for(officer, verified=False)
    assert other.post("/sign-in/factor/", {"factor": "recovery", "recovery": code}).status_code == 422
    secret = page(client.get("/account/factors/new/")).select_one("ol strong.app-code").get_text()
    assert client.post("/account/factors/new/", {"code": code_for(secret)}).status_code == 302
    assert client.get("/account/").status_code == 200
    assert AuthenticatorApp.objects.filter(user=officer).count() == 1
    assert last_mail("factor_recovery")
    assert "factor.recovery_code_used" in actions()


def test_recovery_codes_of_one_are_no_codes_of_another():
    officer, other = make_officer(), make_officer()
    code = factors.make_recovery_codes(officer)[0]
    with pytest.raises(factors.CodeRefused):
        factors.use_recovery_code(other, code)


def test_new_recovery_codes_need_a_fresh_factor():
    officer = make_officer()
    stale = client_for(officer, factor_age=3600)
    assert stale.post("/account/recovery-codes/new/")["Location"].startswith("/sign-in/factor/?next=")
    client = client_for(officer)
    first = page(client.post("/account/recovery-codes/new/", follow=True)).select("ol li .app-code")
    assert len(first) == 10
    client.post("/account/recovery-codes/")
    assert not page(client.get("/account/recovery-codes/")).select("ol li .app-code")


def test_the_step_up_page_makes_the_factor_fresh():
    officer = make_officer()
    client = client_for(officer, factor_age=3600)
    device = AuthenticatorApp.objects.get(user=officer)
    place = "/account/recovery-codes/new/"
    assert "Before you go on" in words(client.get(f"/sign-in/factor/?next={place}"))
    answer = client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(device), "next": place}, follow=True)
    assert "Make new recovery codes" in words(answer)


def test_signing_out_is_a_post():
    client = client_for(make_officer())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/account/").status_code == 302
    assert Client().post("/sign-out/").status_code == 302
    assert actions() == ["sign_in.signed_out"]


def test_signing_out_everywhere():
    officer = make_officer()
    here, there = client_for(officer), client_for(officer)
    here.post("/account/sessions/end/")
    assert here.get("/account/").status_code == there.get("/account/").status_code == 302


def test_a_new_password_by_mail_signs_nobody_in():
    officer = make_officer()
    elsewhere = client_for(officer)
    client = Client()
    known = client.post("/sign-in/forgotten/", {"email": officer.email.upper()}, follow=True)
    unknown = Client().post("/sign-in/forgotten/", {"email": "nobody@nordvik.example"}, follow=True)
    assert words(known) == words(unknown)
    assert OutboundMessage.objects.count() == 1
    link = link_in(last_mail("password_reset"))
    assert client.get(link).status_code == 200
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": NEW_PASSWORD})["Location"] == "/sign-in/"
    assert client.get("/account/")["Location"].startswith("/sign-in/?")
    assert elsewhere.get("/account/")["Location"].startswith("/sign-in/?")
    assert client.post(link, {"password": NEW_PASSWORD}).status_code == 410
    assert with_password(officer, password=NEW_PASSWORD, client=client)["Location"] == "/start/"
    assert client.get("/account/")["Location"].startswith("/sign-in/factor/")
    assert last_mail("password_changed").to_user_id == officer.pk


def test_whose_link_is_used_a_moment_before_is_not_told_that_the_password_is_set(monkeypatch):
    """Two post at once: both found the link good, one was first."""
    officer, client = make_officer(), Client()
    client.post("/sign-in/forgotten/", {"email": officer.email})
    link = link_in(last_mail("password_reset"))
    good = sign_in.set_new_password

    def slower(user, password, **more):
        good(User.objects.get(pk=user.pk), "what the faster one typed: heron, quay", **more)
        return good(user, password, **more)

    monkeypatch.setattr(sign_in, "set_new_password", slower)
    assert client.post(link, {"password": NEW_PASSWORD}).status_code == 410
    assert not User.objects.get(pk=officer.pk).check_password(NEW_PASSWORD)


def test_a_reset_link_ends_after_an_hour_and_with_the_epoch():
    officer = make_officer()
    token = sign_in.reset_tokens.make_token(officer)
    assert sign_in.reset_tokens.check_token(officer, token)
    later = sign_in.ResetTokens()
    later._now = lambda: sign_in.ResetTokens()._now() + timedelta(seconds=sign_in.RESET_SECONDS + 1)
    assert not later.check_token(officer, token)
    officer.session_epoch += 1
    assert not sign_in.reset_tokens.check_token(officer, token)


@pytest.mark.parametrize("path", ["/sign-in/new-password/x/y/", "/sign-in/new-password/MQ/abc-def/"])
def test_broken_reset_links(path):
    assert Client().get(path).status_code == 410


def test_resets_are_limited_for_each_address():
    officer = make_officer()
    for _ in range(5):
        Client().post("/sign-in/forgotten/", {"email": officer.email})
    assert OutboundMessage.objects.count() == 3


def test_everybody_starts_where_their_work_is():
    assert client_for(make_staff("auditor", "administrator")).get("/start/")["Location"].startswith("/staff/")
    assert client_for(make_staff("administrator")).get("/start/")["Location"] == "/staff/people/"
    applicant = make_user()
    make_factor(applicant)
    assert client_for(applicant).get("/start/")["Location"] == "/access/mine/"


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/", "/signup/", "/accounts/login/", "/accounts/email/", "/accounts/password/reset/",
        "/accounts/social/connections/", "/sign-up/", "/accounts/confirm-email/x/",
    ],
)  # fmt: skip
def test_allauth_has_no_pages_of_its_own(path):
    assert Client().get(path).status_code == 404
