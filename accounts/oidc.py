"""The company's OpenID Connect provider: asked where to send people, and for the word of who came back.

State, PKCE and the exchange of the code are allauth's. Added here, because allauth (65) leaves it out: a nonce; the
signature of every ID token, with the algorithm its key is for; the issuer of the discovery document; calls to nobody
but the provider; one address to come back to, from PUBLIC_URL. None of allauth's own pages are used: its ways to sign
up and to connect accounts do not exist here.
"""

from hmac import compare_digest
from secrets import token_urlsafe
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from allauth.socialaccount import app_settings
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.services.single_sign_on import Identity

# Signatures that only the provider can make. With HS256 whoever knows the client's secret could, with "none" anybody.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_CLOCKS_DIFFER = 30  # seconds
_MOST_BYTES, _LONGEST = 1_000_000, 10
_CONNECT_SECONDS = 3


class Unavailable(Exception):
    """The provider cannot be reached, or does not answer as one does. str() is for the log."""


class Refused(Exception):
    """What came back proves nobody's identity. str() is a word for the trail."""


def begin(request: HttpRequest, *, following: str) -> HttpResponse:
    """Send the person to the provider; `following` is a path of ours to go on to afterwards. Raises Unavailable."""
    try:
        answer: HttpResponse = _provider(request).redirect(request, AuthProcess.LOGIN, next_url=following)
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    return answer


def finish(request: HttpRequest) -> tuple[Identity, str, str]:
    """Return who came back, the path to go on to, and where to sign out there (or nothing).

    Raises Refused, or Unavailable.
    """
    provider = _provider(request)
    try:
        state = provider.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied as error:
        raise Refused("state") from error
    if request.GET.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        raise Refused("issuer")
    if "error" in request.GET or not request.GET.get("code"):
        raise Refused("cancelled" if request.GET.get("error") == "access_denied" else "error")
    company = provider.get_oauth2_adapter(request)
    try:
        identity = company.identity(state.get("pkce_code_verifier"), nonce=str(state.get("nonce", "")))
    except OAuth2Error as error:
        raise Refused("code") from error
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    return identity, str(state.get("next") or ""), company.sign_out_address


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address, as browsers compare them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


class ProviderSession(requests.Session):
    """Asks the provider and nobody else: no redirects, limits on time and size."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Return the answer, read to its end. Raises Unavailable, or requests' own errors."""
        if origin_of(str(url)) not in settings.SSO_ORIGINS:
            raise Unavailable("it names an address elsewhere")
        limits = {
            "timeout": (_CONNECT_SECONDS, app_settings.REQUESTS_TIMEOUT),
            "allow_redirects": False,
            "stream": True,
        }
        response = super().request(method, url, *args, **(kwargs | limits))
        response._content = _read(response)  # noqa: SLF001 - what .content, .text and .json() look into
        return response


def _read(response: requests.Response) -> bytes:
    ends, found = monotonic() + _LONGEST, b""
    for part in response.iter_content(4096):
        found += part
        if len(found) > _MOST_BYTES or monotonic() > ends:
            raise Unavailable("its answer is too long")
    return found


class StaffProvider(OpenIDConnectProvider):  # type: ignore[misc] # allauth has no types
    """The provider that the settings name; the only one there is."""

    @property
    def issuer(self) -> str:
        """Its address, which every token of its names."""
        return str(self.app.provider_id)

    def get_oauth2_adapter(self, request: HttpRequest) -> "Company":
        """Return what talks to it."""
        return Company(request, self)

    def get_default_scope(self) -> list[str]:
        """Ask for the address only: name and picture are nobody's business here."""
        return ["openid", "email"]

    def redirect(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send the person there, with a nonce that the token must bring back."""
        nonce = token_urlsafe(24)
        answer: HttpResponse = super().redirect(request, *args, auth_params={"nonce": nonce}, nonce=nonce, **kwargs)
        return answer


class Company(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # allauth has no types
    """One exchange with the provider."""

    def __init__(self, request: HttpRequest, provider: StaffProvider) -> None:
        super().__init__(request, provider.issuer)
        self._provider = provider
        self._config: dict[str, Any] = {}

    def get_provider(self) -> StaffProvider:
        """Return the provider of the settings, not one of the database."""
        return self._provider

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return the address to come back to; no Host header has a say in it."""
        return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('accounts:sso_back')}"

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Raises Unavailable where that is not what it must be."""
        if not self._config:
            address = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = _asked("GET", address)
            wanted = [found.get(key) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if found.get("issuer") != self._provider.issuer:
                raise Unavailable("its discovery document names another issuer")
            if any(origin_of(str(value)) not in settings.SSO_ORIGINS for value in wanted):
                raise Unavailable("its discovery document names an address elsewhere")
            # What a provider understands that does not say (OpenID Connect Discovery 1.0, 3).
            self._config = {"token_endpoint_auth_methods_supported": ["client_secret_basic"]} | found
        return self._config

    @property
    def sign_out_address(self) -> str:
        """Where the person can end the session there (OpenID Connect RP-Initiated Logout 1.0), or nothing."""
        address = str(self.openid_config.get("end_session_endpoint", ""))
        if not settings.SSO_SIGN_OUT_THERE or origin_of(address) not in settings.SSO_ORIGINS:
            return ""
        query = {"client_id": settings.SSO_OIDC_CLIENT_ID, "post_logout_redirect_uri": f"{settings.PUBLIC_URL}/"}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def identity(self, verifier: str | None, *, nonce: str) -> Identity:
        """Exchange the code for a token, and read in it who came. Raises Refused, OAuth2Error or Unavailable."""
        client = self.get_client(self.request, self._provider.app)
        answer = self.get_access_token_data(self.request, self._provider.app, client, pkce_code_verifier=verifier)
        claims = self._claims(answer.get("id_token"))
        if not nonce or not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Refused("nonce")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= app_settings.UID_MAX_LENGTH:
            raise Refused("subject")
        about = claims if {"email", "email_verified"} <= set(claims) else self._about(answer, subject)
        email = str(about.get("email") or "").strip().lower()
        return Identity(self._provider.issuer, subject, email, about.get("email_verified") is True)

    def _claims(self, token: Any) -> dict[str, Any]:
        """Return what a signed token for us says now. Raises Refused."""
        if not isinstance(token, str):
            raise Refused("token")
        client, must = settings.SSO_OIDC_CLIENT_ID, ["exp", "iat", "iss", "aud", "sub"]
        try:
            key = self._key(jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token, key.key, algorithms=[str(key.algorithm_name)], audience=client, issuer=self._provider.issuer,
                leeway=_CLOCKS_DIFFER, options={"require": must},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Refused("token") from error
        others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if others else client) != client:
            raise Refused("token")
        return claims

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """Return the provider's key that a token names. The key, not the token, says with which algorithm."""
        keys = jwt.PyJWKSet.from_dict(_asked("GET", self.openid_config["jwks_uri"])).keys
        usable = [key for key in keys if key.public_key_use in {None, "sig"} and key.algorithm_name in ALGORITHMS]
        found = [key for key in usable if "kid" not in header or key.key_id == header["kid"]]
        if len(found) != 1:
            raise Refused("key")
        return found[0]

    def _about(self, answer: dict[str, Any], subject: str) -> dict[str, Any]:
        """Return what the provider says of the person where the token does not hold the address."""
        address = self.openid_config.get("userinfo_endpoint")
        if not address:
            return {}
        found = _asked("GET", str(address), headers={"Authorization": f"Bearer {answer['access_token']}"})
        if found.get("sub") != subject:  # OpenID Connect Core 1.0, 5.3.2
            raise Refused("subject")
        return found


def _provider(request: HttpRequest) -> StaffProvider:
    app = SocialApp(
        provider=StaffProvider.id,
        provider_id=settings.SSO_OIDC_ISSUER,
        name=settings.SSO_OIDC_NAME,
        client_id=settings.SSO_OIDC_CLIENT_ID,
        secret=settings.SSO_OIDC_CLIENT_SECRET,
        settings={"oauth_pkce_enabled": True},
    )
    return StaffProvider(request, app=app)


def _asked(method: str, address: str, **more: Any) -> dict[str, Any]:
    with ProviderSession() as session:
        response = session.request(method, address, **more)
    if response.status_code != requests.codes.ok:
        raise Unavailable(f"it answered {response.status_code}")
    found = response.json()
    if not isinstance(found, dict):
        raise Unavailable("it answered something else")
    return found
