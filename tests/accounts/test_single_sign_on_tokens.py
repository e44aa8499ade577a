"""What comes back from the provider is believed only where every part of it holds: in each test one is bent."""

import base64
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client

from accounts import oidc
from foundation.audit.models import AuditEvent
from tests.accounts.company import CALLBACK, START, at_the_company, comes_back, goes_there, signs_in
from tests.accounts.helpers import words
from tests.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.people import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

RULES = {"rules": settings.RULES_VERSION}
LONG_AGO, LATER = 1_500_000_000, 4_000_000_000
FAILED = "Signing in with Meridian account did not work. Start again."
DOWN = "Signing in with Meridian account does not work at the moment. Sign in with your password, or try again later."


@pytest.fixture
def analyst():
    return make_staff("analyst")


@pytest.fixture
def person(company, analyst):
    return company.employ(analyst.email)


def stays_out(client: Client, answer, sentence: str = FAILED) -> None:
    """Led back to the sign-in page with a sentence; nobody is signed in, nothing is linked."""
    assert answer.status_code == 302, answer.content
    assert answer["Location"].partition("?")[0] == "/sign-in/"
    assert sentence in words(client.get("/sign-in/"))
    assert client.get("/account/")["Location"].startswith("/sign-in/?")
    assert SocialAccount.objects.count() == 0
    assert not AuditEvent.objects.filter(action__in=["sign_in.sso_accepted", "sign_in.sso_linked"]).exists()


def why() -> list[str]:
    return list(AuditEvent.objects.filter(action="sign_in.failed").order_by("pk").values_list("reason", flat=True))


def bent(address: str, **changes: str) -> str:
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return parts._replace(query=urlencode(query)).geturl()


def strange_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_bending_nothing_lets_in(company, person):
    """The line alone changes nothing: what the other tests refuse is what they bent."""
    company.bend_token()
    assert signs_in(Client(), person)["Location"] == "/start/"


def test_a_way_back_works_once(company, person):
    client = Client()
    address = at_the_company(goes_there(client), person)
    assert comes_back(client, address)["Location"] == "/start/"
    client.logout()
    assert comes_back(client, address)["Location"] == "/sign-in/"
    assert client.get("/account/")["Location"].startswith("/sign-in/?")
    assert company.calls.count("/o/token/") == 1
    assert why() == ["state"]


def test_a_way_back_works_in_no_other_browser(company, person):
    address = at_the_company(goes_there(Client()), person)
    stranger = Client()
    stays_out(stranger, comes_back(stranger, address))
    other = Client()
    goes_there(other)
    stays_out(other, comes_back(other, address))
    assert "/o/token/" not in company.calls


@pytest.mark.parametrize("state", ["", "x" * 16, "\x00", "0" * 5000])
def test_a_wrong_state(state, company, person):
    client = Client()
    address = at_the_company(goes_there(client), person)
    stays_out(client, comes_back(client, bent(address, state=state)))
    assert "/o/token/" not in company.calls


def test_the_code_of_another_sign_in_does_not_fit(company, person, analyst):
    """Who slips their own code into somebody's browser fails on PKCE, at the provider."""
    thief = company.employ(make_staff("analyst").email)
    stolen = parse_qs(urlsplit(at_the_company(goes_there(Client()), thief)).query)["code"][0]
    client = Client()
    address = at_the_company(goes_there(client), person)
    stays_out(client, comes_back(client, bent(address, code=stolen)))
    assert why() == ["code"]


@pytest.mark.parametrize(
    ("bend", "reason"),
    [
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"drop": ("nonce",)}, "nonce"),
        ({"aud": "another client"}, "token"),
        ({"aud": ["another client"]}, "token"),
        ({"aud": [CLIENT_ID, "another client"]}, "token"),
        ({"aud": [CLIENT_ID, "another client"], "azp": "another client"}, "token"),
        ({"azp": "another client"}, "token"),
        ({"drop": ("aud",)}, "token"),
        ({"iss": "https://accounts.evil.example"}, "token"),
        ({"drop": ("iss",)}, "token"),
        ({"exp": LONG_AGO}, "token"),
        ({"drop": ("exp",)}, "token"),
        ({"iat": LATER}, "token"),
        ({"nbf": LATER}, "token"),
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 192}, "subject"),
        ({"drop": ("sub",)}, "token"),
        ({"algorithm": "none"}, "token"),
        ({"algorithm": "HS256", "key": CLIENT_SECRET.ljust(32)}, "token"),
        ({"headers": {"kid": "of nobody"}}, "key"),
    ],
    ids=str,
)
def test_a_token_that_says_something_else(bend, reason, company, person):
    company.bend_token(**bend)
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == [reason]


def test_a_token_signed_by_somebody_else(company, person):
    company.bend_token(key=strange_key())
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["token"]


def test_a_token_with_one_changed_letter(company, person):
    def change(answer):
        head, said, signature = answer["id_token"].split(".")
        content = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).replace(b'"sub": "', b'"sub": "1')
        answer["id_token"] = f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{signature}"

    company.bend(change)
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["token"]


def test_a_token_without_a_signature_that_names_no_algorithm(company, person):
    def change(answer):
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        answer["id_token"] = f"{head}.{answer['id_token'].split('.')[1]}."

    company.bend(change)
    client = Client()
    stays_out(client, signs_in(client, person))


def test_the_public_key_is_no_secret_to_sign_with(company, person):
    """The classic: HS256, with the provider's public key as the secret."""
    public = company.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def change(answer):
        _head, said, _signature = answer["id_token"].split(".")
        kid = oidc.jwt.get_unverified_header(answer["id_token"])["kid"]
        head = base64.urlsafe_b64encode(f'{{"alg":"HS256","kid":"{kid}"}}'.encode()).decode().rstrip("=")
        mac = oidc.jwt.algorithms.HMACAlgorithm(oidc.jwt.algorithms.HMACAlgorithm.SHA256)
        signature = mac.sign(f"{head}.{said}".encode(), public)
        answer["id_token"] = f"{head}.{said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    company.bend(change)
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["token"]


def test_another_algorithm_than_the_one_the_key_is_for(company, person):
    company.bend_token(algorithm="RS512")
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["token"]


@pytest.mark.parametrize(
    "keys",
    [{"keys": []}, {}, {"keys": "x"}, {"keys": ["x"]}, {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, ["x"]],
    ids=str,
)
def test_keys_that_are_none(keys, company, person):
    company.bend(lambda _found: keys, path="/o/.well-known/jwks.json")
    client = Client()
    answer = signs_in(client, person)
    assert answer["Location"] == "/sign-in/"
    assert SocialAccount.objects.count() == 0


def test_a_key_for_encryption_signs_nothing(company, person):
    def change(found):
        found["keys"][0]["use"] = "enc"

    company.bend(change, path="/o/.well-known/jwks.json")
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["key"]


@pytest.mark.parametrize("token", [None, 7, "", "x", "a.b.c", {"a": 1}], ids=str)
def test_what_is_no_token(token, company, person):
    def change(answer):
        answer["id_token"] = token

    company.bend(change)
    client = Client()
    stays_out(client, signs_in(client, person))


def test_userinfo_of_somebody_else(company, person):
    """Whoever could swap the userinfo would otherwise give a stranger an address."""
    bend = company.bend_token

    def both(path, body):
        if path == "/o/userinfo/":
            return b'{"sub": "of another", "email": "x", "email_verified": true}'
        return first(path, body)

    bend(drop=("email",))
    first, company.tampering = company.tampering, both
    client = Client()
    stays_out(client, signs_in(client, person))
    assert why() == ["subject"]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://accounts.evil.example"},
        {"token_endpoint": "https://accounts.evil.example/token"},
        {"authorization_endpoint": "https://accounts.evil.example/authorize"},
        {"jwks_uri": "http://127.0.0.1:9/keys"},
        {"jwks_uri": None},
        {"token_endpoint": ["x"]},
    ],
    ids=str,
)
def test_a_discovery_document_that_leads_elsewhere(changes, company, person):
    company.bend(lambda found: found | changes, path="/o/.well-known/openid-configuration")
    client = Client()
    answer = client.post(START, RULES)
    stays_out(client, answer, DOWN)
    assert set(company.calls) <= {"/people/", "/o/.well-known/openid-configuration"}


def test_a_provider_that_redirects_is_not_followed(company, person):
    client = Client()
    address = at_the_company(goes_there(client), person)
    company.calls.clear()
    company.elsewhere = f"{company.origin}/o/userinfo/"
    stays_out(client, comes_back(client, address), DOWN)
    assert company.calls == ["/o/.well-known/openid-configuration"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_provider_that_is_down_leaves_the_password(when, company, person, analyst):
    client = Client()
    if when == "before":
        company.down = True
        answer = client.post(START, RULES | {"next": "/staff/queue/"})
        assert answer["Location"] == "/sign-in/?next=%2Fstaff%2Fqueue%2F"
    else:
        address = at_the_company(goes_there(client), person)
        company.down = True
        answer = comes_back(client, address)
    stays_out(client, answer, DOWN)
    said = {"email": analyst.email, "password": PASSWORD}
    assert client.post("/sign-in/", RULES | said)["Location"] == "/start/"


def test_a_provider_that_says_nothing_is_not_waited_for(company, person, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    client = Client()
    company.silent = 2.0
    begun = time.monotonic()
    answer = client.post(START, RULES)
    assert time.monotonic() - begun < 1.5
    stays_out(client, answer, DOWN)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"{" + b" " * 2_000_000], ids=len)
def test_a_provider_that_talks_nonsense(body, company, person):
    company.tampering = lambda _path, _body: body
    client = Client()
    stays_out(client, client.post(START, RULES), DOWN)


@pytest.mark.parametrize("path", ["/o/token/", "/o/.well-known/jwks.json"])
def test_nonsense_on_the_way_back(path, company, person):
    client = Client()
    address = at_the_company(goes_there(client), person)
    company.tampering = lambda asked, body: b"[" if asked == path else body
    answer = comes_back(client, address)
    assert answer["Location"] == "/sign-in/"
    assert SocialAccount.objects.count() == 0


def test_only_the_provider_is_ever_asked(company, person):
    with oidc.ProviderSession() as session:
        for address in (
            f"http://127.0.0.1:9{CALLBACK}",
            "http://169.254.169.254/",
            company.origin.replace("127.0.0.1", "localhost"),
        ):
            with pytest.raises(oidc.Unavailable):
                session.get(address)


def test_who_cancels_reads_it(company, person):
    client = Client()
    state = parse_qs(urlsplit(goes_there(client)).query)["state"][0]
    answer = client.get(CALLBACK, {"state": state, "error": "access_denied", "error_description": "<b>no</b>"})
    stays_out(client, answer, "You did not finish signing in with Meridian account.")
    assert why() == ["cancelled"]


def test_an_answer_in_the_name_of_another_issuer(company, person):
    client = Client()
    address = at_the_company(goes_there(client), person)
    stays_out(client, comes_back(client, bent(address, iss="https://accounts.evil.example")))
    assert why() == ["issuer"]


def test_strangers_at_the_way_back_fill_no_trail(company, monkeypatch):
    client = Client()
    for _ in range(70):
        client.get(CALLBACK, {"state": "x", "code": "y"})
    assert len(why()) == 60


def test_signatures_are_really_the_provider_s(company):
    """Not of this test's making: the provider's own process signs with the key it publishes."""
    published = requests.get(f"{company.issuer}/.well-known/jwks.json", timeout=30).json()["keys"]
    assert [(key["kty"], key["alg"]) for key in published] == [("RSA", "RS256")]
    assert not {"d", "p", "q"} & set(published[0])
    assert oidc.jwt.PyJWK(published[0]).key.public_numbers() == company.key.public_key().public_numbers()
