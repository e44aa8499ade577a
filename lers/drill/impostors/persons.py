"""People of a drill: each run makes its own, so that a database that lived through a drill before can be used again."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.enums import DeskRole
from accounts.models import Agency, AgencyMembership, AuthenticatorApp, StaffRole, User
from accounts.permissions import Role
from foundation.audit.trail import record
from foundation.providers.models import Provider
from lers.demo.events import Event
from lers.demo.people import STAFF_DOMAIN
from lers.drill.impostors.browser import Authenticator

PASSWORD = "seven grey herons over water"  # noqa: S105 - of people who exist in a drill only


@dataclass(frozen=True)
class Person:
    """Somebody with an account, a password and an app."""

    user: User
    app: Authenticator


@transaction.atomic
def officer(agency: Agency, name: str, *, lead: bool = False) -> Person:
    """Make an officer of an agency, vetted half a year ago."""
    at = timezone.now() - timedelta(days=180)
    domain = agency.domains.order_by("pk").values_list("domain", flat=True)[0]
    person = _person(name, domain)
    AgencyMembership.objects.create(
        user=person.user, agency=agency, role=DeskRole.LEAD if lead else DeskRole.OFFICER, rank="Inspector",
        unit="Cyber crime", badge=secrets.token_hex(3), phone="+441632960188", started_at=at, approved_at=at,
        verify_again_at=at + timedelta(days=365),
    )  # fmt: skip
    return person


@transaction.atomic
def colleague(provider: Provider, role: Role, name: str) -> Person:
    """Make somebody of the company's staff."""
    person = _person(name, STAFF_DOMAIN)
    at = timezone.now() - timedelta(days=180)
    StaffRole.objects.create(user=person.user, provider=provider, role=role, granted_at=at)
    return person


def unique(email: str) -> str:
    """Return the address with something in it that no drill before had."""
    local, _at, domain = email.partition("@")
    return f"{local}.{secrets.token_hex(3)}@{domain}"


def _person(name: str, domain: str) -> Person:
    at, now = timezone.now() - timedelta(days=180), timezone.now()
    email = unique(f"{name.lower().replace(' ', '.')}@{domain}")
    secret = secrets.token_bytes(20)
    user = User.objects.create_user(
        email, PASSWORD, full_name=name, pseudonym=f"reviewer {secrets.randbelow(10**6)}", email_confirmed_at=at,
        date_joined=at, last_verified_at=now - timedelta(days=1),
    )  # fmt: skip
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    AuthenticatorApp.objects.make(user=user, secret=secret, name="Authenticator app", at=at)
    record(Event.PERSON_MADE, by=None, obj=user, data={"role": "drill"}, at=at)
    return Person(user, Authenticator(secret))
