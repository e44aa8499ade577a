"""The settings of single sign-on, read and checked before anything starts (docs/single-sign-on.md)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from lers.secrets import read_address

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LONGEST = 200  # the column that keeps whose word a link rests on


@dataclass(frozen=True)
class SingleSignOn:
    """What the environment says; without an issuer there is no single sign-on."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    origins: list[str]
    domains: list[str]
    required: bool
    sign_out_there: bool


def read_single_sign_on(env: environ.Env, *, production: bool) -> SingleSignOn:
    """Return the settings. Raises ImproperlyConfigured where they are incomplete, or not safe for production."""
    issuer = env.str("SSO_OIDC_ISSUER", default="").strip()
    addresses = [issuer, *env.list("SSO_OIDC_HOSTS", default=[])] if issuer else []
    found = SingleSignOn(
        issuer=issuer,
        client_id=env.str("SSO_OIDC_CLIENT_ID", default=""),
        client_secret=read_address("SSO_OIDC_CLIENT_SECRET"),
        name=env.str("SSO_OIDC_NAME", default="the company account"),
        origins=[_origin(address, production=production) for address in addresses],
        domains=[domain.strip().lower() for domain in env.list("SSO_STAFF_DOMAINS", default=[])],
        required=env.bool("SSO_REQUIRED_FOR_STAFF", default=False),
        sign_out_there=env.bool("SSO_SIGN_OUT_THERE", default=False),
    )
    missing = [
        name
        for name, value in (
            ("SSO_OIDC_CLIENT_ID", found.client_id),
            ("SSO_OIDC_CLIENT_SECRET", found.client_secret),
            ("SSO_STAFF_DOMAINS", found.domains),
        )
        if issuer and not value
    ]
    if missing:
        raise ImproperlyConfigured(f"SSO_OIDC_ISSUER is set. Set {', '.join(missing)} too.")
    if found.required and not issuer:
        raise ImproperlyConfigured("SSO_REQUIRED_FOR_STAFF needs SSO_OIDC_ISSUER, or no member of staff could sign in.")
    if len(issuer) > _LONGEST:
        raise ImproperlyConfigured(f"SSO_OIDC_ISSUER is longer than {_LONGEST} characters.")
    return found


def _origin(address: str, *, production: bool) -> str:
    """Return the origin of an address of the provider: https, or http to this very machine while trying out."""
    parts = urlsplit(address)
    tried_out = not production and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or tried_out):
        raise ImproperlyConfigured(f"Single sign-on: {address} must be an https address.")
    if parts.username or parts.query or parts.fragment or set(parts.netloc) & set(" ;,*'\""):
        raise ImproperlyConfigured(f"Single sign-on: {address} may hold no name, query or fragment.")
    return f"{parts.scheme}://{parts.netloc}".lower()
