"""Single sign-on of staff, against a real provider: whom it brings in, and what it never does."""

from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import AuthenticatorApp, StaffRole, User
from accounts.services import single_sign_on
from accounts.services.sign_in import PER_ADDRESS, end_all_sessions
from accounts.services.single_sign_on import Identity, NotOurs
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from tests.accounts.company import CALLBACK, DOMAIN, START, at_the_company, comes_back, goes_there, signs_in
from tests.accounts.helpers import actions, code_of, last_mail, words
from tests.people import PASSWORD, client_for, make_agency, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db

RULES = {"rules": settings.RULES_VERSION}
REFUSED = "This does not open an account here"
FAILED = "Signing in with Meridian account did not work"


def said(client: Client) -> str:
    return words(client.get("/sign-in/"))


def why() -> list[str]:
    rows = AuditEvent.objects.filter(action="sign_in.failed").order_by("pk")
    return [row.reason for row in rows]


def test_the_company_account_then_the_factor_here_then_work(company):
    analyst = make_staff("analyst")
    device, person = AuthenticatorApp.objects.get(user=analyst), company.employ(analyst.email)
    client = Client()
    address = goes_there(client, following="/staff/queue/")
    before = client.session.session_key
    answer = comes_back(client, at_the_company(address, person))
    assert answer["Location"] == "/staff/queue/"
    assert client.session.session_key != before, "signing in gets a new session key"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    for path in ("/staff/queue/", "/account/", "/start/", "/staff/access/"):
        assert client.get(path)["Location"].startswith("/sign-in/factor/?next="), path
    half = client.session.session_key
    answer = client.post("/sign-in/factor/", {"factor": "totp", "code": code_of(device), "next": "/staff/queue/"})
    assert answer["Location"] == "/staff/queue/"
    assert client.session.session_key != half
    assert client.get("/staff/queue/").status_code == 200
    assert actions()[:3] == ["sign_in.sso_linked", "sign_in.sso_accepted", "sign_in.factor_accepted"]
    event = AuditEvent.objects.get(action="sign_in.sso_accepted")
    assert f'"rules":"{settings.RULES_VERSION}"'.encode() in bytes(event.payload)


def test_the_request_carries_state_nonce_and_pkce(company):
    query = parse_qs(urlsplit(goes_there(Client())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 16
    assert len(query["nonce"][0]) >= 22
    assert sorted(query["scope"][0].split()) == ["email", "openid"]
    assert query["redirect_uri"] == [f"http://localhost:8000{CALLBACK}"]
    again = parse_qs(urlsplit(goes_there(Client())).query)
    assert not {*query["state"], *query["nonce"]} & {*again["state"], *again["nonce"]}


def test_what_the_browser_sends_along_changes_nothing_of_it(company):
    client = Client(SERVER_NAME="127.0.0.1")
    extra = {"process": "connect", "auth_params": "prompt=none", "scope": "admin", "action": "x"} | RULES
    query = parse_qs(urlsplit(client.post(f"{START}?auth_params=nonce%3Dmine&scope=admin", extra)["Location"]).query)
    assert sorted(query["scope"][0].split()) == ["email", "openid"]
    assert "prompt" not in query
    assert query["nonce"] != ["mine"]


def test_the_link_is_made_once_told_by_mail_and_keeps_nothing_else(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email.upper())
    for _ in range(2):
        assert signs_in(Client(), person).status_code == 302
    link = SocialAccount.objects.get()
    assert (link.provider, link.uid, link.user) == (company.issuer, person["sub"], analyst)
    assert link.extra_data == {}
    assert SocialToken.objects.count() == 0
    assert actions().count("sign_in.sso_linked") == 1
    mail = last_mail("sso_linked")
    assert mail.to_user_id == analyst.pk
    assert OutboundMessage.objects.filter(event="sso_linked").count() == 1
    assert "Meridian account" in mail.body_text
    assert "Single sign-on With Meridian account, since" in words(client_for(analyst).get("/account/"))


def test_from_then_on_the_account_counts_and_not_its_address(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    signs_in(Client(), person)
    other = make_staff("approver")
    company.bend_token(email=other.email, email_verified=True)
    client = Client()
    signs_in(client, person)
    assert client.get("/sign-in/factor/").wsgi_request.user == analyst
    assert SocialAccount.objects.count() == 1


def test_another_account_with_the_same_address_is_refused(company):
    analyst = make_staff("analyst")
    signs_in(Client(), company.employ(analyst.email))
    imposter = company.employ(analyst.email)
    answer = signs_in(Client(), imposter)
    assert answer.status_code == 403
    assert REFUSED in words(answer)
    assert SocialAccount.objects.count() == 1
    assert why() == ["another account is linked"]


def nobody() -> str:
    return f"nobody@{DOMAIN}"


def officer() -> str:
    return make_officer(make_agency(domain=DOMAIN)).email


def applicant() -> str:
    return make_user(f"applicant@{DOMAIN}").email


def disabled() -> str:
    return make_staff("analyst", is_active=False).email


def without_a_role() -> str:
    former = make_staff("analyst")
    StaffRole.objects.filter(user=former).update(ended_at=timezone.now())
    return former.email


def of_another_domain() -> str:
    return make_staff("analyst", email="analyst@contractor.example").email


@pytest.mark.parametrize("make", [nobody, officer, applicant, disabled, without_a_role, of_another_domain])
def test_nobody_else_comes_in_and_all_read_the_same(make, company):
    email, before = make(), User.objects.count()
    client = Client()
    answer = signs_in(client, company.employ(email), following="/account/")
    assert answer.status_code == 403
    assert REFUSED in words(answer)
    assert email not in answer.content.decode()
    assert client.get("/account/")["Location"].startswith("/sign-in/?")
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)
    assert actions() == ["sign_in.failed"]
    assert f"nobody@{DOMAIN}" not in AuditEvent.objects.get().object_label
    reference = signs_in(Client(), company.employ(nobody()))
    assert words(answer) == words(reference)


def test_an_address_that_the_company_did_not_verify_links_nothing(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email, verified=False)
    for _ in range(2):
        assert signs_in(Client(), person).status_code == 403
    assert why() == ["address not verified"] * 2
    for lie in ("true", 1, "yes", None):
        company.bend_token(email_verified=lie)
        assert signs_in(Client(), person).status_code == 403, lie
    assert SocialAccount.objects.count() == 0


def test_the_address_may_come_from_the_userinfo_of_the_same_person(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    company.bend_token(drop=("email", "email_verified"))
    assert signs_in(Client(), person).status_code == 302
    assert company.calls.count("/o/userinfo/") == 1
    SocialAccount.objects.all().delete()


def test_a_disabled_account_gets_nothing_though_it_was_linked(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    signs_in(Client(), person)
    User.objects.filter(pk=analyst.pk).update(is_active=False)
    assert signs_in(Client(), person).status_code == 403
    User.objects.filter(pk=analyst.pk).update(is_active=True)
    StaffRole.objects.filter(user=analyst).update(ended_at=timezone.now())
    assert signs_in(Client(), person).status_code == 403
    assert why() == ["disabled", "no staff"]


def test_disabled_between_the_look_and_the_lock(company):
    analyst = make_staff("analyst")
    identity = Identity(company.issuer, "7", analyst.email, email_verified=True)
    found = single_sign_on.find(identity)
    User.objects.filter(pk=analyst.pk).update(is_active=False)
    with pytest.raises(NotOurs):
        single_sign_on.admit(found, identity, place="")
    assert SocialAccount.objects.count() == 0


def test_one_account_of_the_company_is_never_linked_to_two_people(company):
    first, second = make_staff("analyst"), make_staff("analyst")
    one = Identity(company.issuer, "7", first.email, email_verified=True)
    two = Identity(company.issuer, "7", second.email, email_verified=True)
    found = single_sign_on.find(two)
    single_sign_on.admit(single_sign_on.find(one), one, place="")
    with pytest.raises(NotOurs):
        single_sign_on.admit(found, two, place="")
    assert SocialAccount.objects.get().user == first


def test_sessions_end_with_the_epoch(company):
    analyst = make_staff("analyst")
    client = Client()
    signs_in(client, company.employ(analyst.email))
    assert client.get("/sign-in/factor/").status_code == 200
    end_all_sessions(analyst, by=None, reason="test")
    assert client.get("/sign-in/factor/")["Location"].startswith("/sign-in/?")


def test_a_locked_account_stays_locked_also_for_single_sign_on(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    for _ in range(PER_ADDRESS.most):
        Client().post("/sign-in/", RULES | {"email": analyst.email, "password": "wrong wrong wrong"})
    client = Client()
    assert signs_in(client, person)["Location"] == "/sign-in/"
    assert "Too many tries. Wait 15 minutes" in said(client)
    assert client.get("/account/")["Location"].startswith("/sign-in/?")


def test_single_sign_on_counts_no_failure(company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    for _ in range(PER_ADDRESS.most + 2):
        assert signs_in(Client(), person).status_code == 302


def test_starting_is_limited_for_each_place(company, monkeypatch):
    monkeypatch.setattr(single_sign_on, "TRIES", single_sign_on.Limit("sso.place", 2, timedelta(minutes=15)))
    client = Client()
    assert [client.post(START, RULES)["Location"].partition("?")[0] for _ in range(3)][-1] == "/sign-in/"
    assert "Too many tries" in said(client)
    assert len(company.calls) == 2


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x()"])
def test_only_own_paths_are_gone_on_to(place, company):
    analyst = make_staff("analyst")
    person = company.employ(analyst.email)
    client = Client()
    address = at_the_company(goes_there(client, following=place), person)
    assert comes_back(client, f"{address}&next={place}")["Location"] == "/start/"


def test_the_button_stands_where_single_sign_on_is_set_up(company, settings):
    assert "Staff of Meridian Exchange Agree and sign in with Meridian account" in said(Client())
    settings.SSO_OIDC_ISSUER = ""
    assert "Meridian account" not in said(Client())
    assert Client().post(START, RULES)["Location"] == Client().get(CALLBACK)["Location"] == "/sign-in/"
    assert company.calls == []


def test_getting_the_address_of_the_button_leads_to_it(company):
    assert Client().get(f"{START}?next=/account/")["Location"] == "/sign-in/?next=%2Faccount%2F"
    assert Client(enforce_csrf_checks=True).post(START, RULES).status_code == 403
    client = Client()
    assert client.post(START)["Location"] == "/sign-in/"
    assert "Read the rules on this page" in said(client)
    assert company.calls == []


def test_somebody_signed_in_already_is_not_made_another_one(company):
    analyst, other = make_staff("analyst"), make_staff("approver")
    client = Client()
    address = at_the_company(goes_there(client), company.employ(other.email))
    client.force_login(analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert comes_back(client, address)["Location"] == "/start/"
    assert client.get("/sign-in/factor/").wsgi_request.user == analyst
    assert client.post(START, RULES)["Location"] == "/start/"


def test_where_it_is_required_staff_have_no_password_and_officers_do(company, settings):
    settings.SSO_REQUIRED_FOR_STAFF = True
    analyst, an_officer = make_staff("analyst"), make_officer()
    right = Client().post("/sign-in/", RULES | {"email": analyst.email, "password": PASSWORD})
    assert right.status_code == 422
    assert "Staff sign in with Meridian account, not with a password" in words(right)
    wrong = Client().post("/sign-in/", RULES | {"email": analyst.email, "password": "wrong wrong wrong"})
    unknown = Client().post("/sign-in/", RULES | {"email": nobody(), "password": PASSWORD})
    assert words(wrong) == words(unknown)
    assert Client().post("/sign-in/", RULES | {"email": an_officer.email, "password": PASSWORD}).status_code == 302
    assert signs_in(Client(), company.employ(analyst.email)).status_code == 302


def test_step_up_asks_for_the_factor_here(company):
    analyst = make_staff("analyst")
    client = client_for(analyst, factor_age=3600)
    company.calls.clear()
    assert client.get("/account/recovery-codes/new/")["Location"].startswith("/sign-in/factor/?next=")
    assert company.calls == []


@pytest.mark.parametrize("there", [True, False])
def test_signing_out_ends_the_session_here_and_there_where_asked(there, company, settings):
    settings.SSO_SIGN_OUT_THERE = there
    analyst = make_staff("analyst")
    client, browser, person = Client(), requests.Session(), company.employ(analyst.email)
    comes_back(client, at_the_company(goes_there(client), person, browser=browser))
    answer = client.post("/sign-out/")
    assert client.get("/sign-in/factor/")["Location"].startswith("/sign-in/?")
    assert "Clear-Site-Data" in answer
    if not there:
        assert answer["Location"] == "/"
        return
    assert answer["Location"].startswith(f"{company.issuer}/logout/?client_id=portal&post_logout_redirect_uri=")
    assert analyst.email not in answer["Location"]
    assert browser.get(answer["Location"], timeout=30, allow_redirects=False).status_code < 400


def test_unlinking_lets_a_new_account_in(company):
    analyst = make_staff("analyst")
    signs_in(Client(), company.employ(analyst.email))
    new = company.employ(analyst.email)
    assert signs_in(Client(), new).status_code == 403
    call_command("unlink_single_sign_on", analyst.email.upper(), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("unlink_single_sign_on", analyst.email)
    assert signs_in(Client(), new).status_code == 302
    assert SocialAccount.objects.get().uid == new["sub"]
    assert last_mail("sso_unlinked").to_user_id == analyst.pk


def test_a_look_at_the_way_back_takes_up_no_code_and_asks_no_provider(company):
    analyst, client = make_staff("analyst"), Client()
    back = at_the_company(goes_there(client), company.employ(analyst.email))
    way = f"{CALLBACK}?{urlsplit(back).query}"
    assert client.head(way)["Location"] == "/sign-in/"
    assert actions() == []
    assert comes_back(client, back).status_code == 302
    assert client.get("/sign-in/factor/").status_code == 200
