"""People for tests: officers, staff, and browsers signed in as them.

    officer = make_officer()                                # vetted, in an active agency with a known domain
    lead = make_officer(officer.membership.agency, lead=True)
    analyst = make_staff("analyst")
    client = client_for(officer)                            # second factor verified just now
    stale = client_for(analyst, factor_age=3600)            # verified, but too long ago for a step-up
    half = client_for(officer, verified=False)              # password only

Every make_… writes rows; call them in tests that have a database.
"""

import secrets
from datetime import datetime, time, timedelta
from itertools import count

from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.access import FACTOR_AT
from accounts.enums import AgencyStatus, DeskRole
from accounts.models import (
    Agency,
    AgencyDomain,
    AgencyMembership,
    AgencyNumber,
    AuthenticatorApp,
    StaffRole,
    User,
)
from foundation.legal.models import WorkCalendar
from foundation.providers.models import Provider

PASSWORD = "lantern mosaic gravel otter"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_number = count(1)


def make_provider(**changes) -> Provider:
    """The one provider of a test, made once."""
    if not changes and (known := Provider.objects.order_by("pk").first()):
        return known
    calendar, _made = WorkCalendar.objects.get_or_create(
        name="Desk", defaults={"country": "IE", "time_zone": "UTC", "closes_at": time(17)}
    )
    values = {
        "name": "Meridian Exchange",
        "slug": "meridian",
        "reference_prefix": "MX",
        "calendar": calendar,
        "emergency_phone": "+44 20 7946 0112",
    }
    return Provider.objects.create(**(values | changes))


def make_agency(name: str = "", *, domain: str = "", number: bool = True, **changes) -> Agency:
    """An active agency with its e-mail domain and a confirmed directory number."""
    n = next(_number)
    name = name or f"Nordvik Police {n}"
    at = timezone.now()
    values = {
        "name": name,
        "country": "NO",
        "town": "Nordvik",
        "status": AgencyStatus.ACTIVE,
        "police_power_confirmed": True,
        "created_at": at,
    }
    agency = Agency.objects.create(**(values | changes))
    AgencyDomain.objects.create(
        agency=agency, domain=domain or f"nordvik{n}-police.example", source="National police directory", added_at=at
    )
    if number:
        AgencyNumber.objects.create(
            agency=agency,
            number=f"+441632960{n % 1000:03}",
            label="Control room",
            source="National police directory",
            entered_at=at - timedelta(days=30),
            confirmed_at=at - timedelta(days=29),
            confirmed_by=make_user(),
        )
    return agency


def make_user(email: str = "", *, password: str = PASSWORD, **changes) -> User:
    """Somebody with a confirmed address and neither agency nor role."""
    n = next(_number)
    values = {"full_name": f"Person {n}", "email_confirmed_at": timezone.now()}
    return User.objects.create_user(email or f"person{n}@example.org", password, **(values | changes))


def make_officer(agency: Agency | None = None, *, lead: bool = False, **changes) -> User:
    """A vetted officer who may act now, with a second factor."""
    agency = agency or make_agency()
    email = changes.pop("email", "") or f"officer{next(_number)}@{agency.domains.first().domain}"
    user = make_user(email, **changes)
    at = timezone.now()
    AgencyMembership.objects.create(
        user=user,
        agency=agency,
        role=DeskRole.LEAD if lead else DeskRole.OFFICER,
        rank="Inspector",
        unit="Cyber crime",
        badge="20714",
        phone="+441632960901",
        started_at=at,
        approved_at=at,
        verify_again_at=at + timedelta(days=365),
    )
    make_factor(user)
    return user


def make_staff(*roles: str, provider: Provider | None = None, **changes) -> User:
    """A member of the provider's staff with these roles (analyst if none is named), with a second factor."""
    n = next(_number)
    email = changes.pop("email", "") or f"staff{n}@meridian.example"
    user = make_user(email, **({"pseudonym": f"reviewer {n}"} | changes))
    provider = provider or make_provider()
    for role in roles or ("analyst",):
        StaffRole.objects.create(user=user, provider=provider, role=role, granted_at=timezone.now())
    make_factor(user)
    return user


def make_factor(user: User, *, name: str = "Authenticator app", at: datetime | None = None) -> AuthenticatorApp:
    """A confirmed authenticator app, in use for a long time unless `at` says when it was added."""
    added = at or timezone.now() - timedelta(days=90)
    return AuthenticatorApp.objects.make(user=user, secret=secrets.token_bytes(20), name=name, at=added)


def client_for(user: User, *, verified: bool = True, factor_age: float = 0, **options) -> Client:
    """A browser in which this person is signed in; verified=False: with the password only."""
    client = Client(**options)
    client.force_login(user, backend=BACKEND)
    if verified:
        device = AuthenticatorApp.objects.filter(user=user, confirmed=True).first() or make_factor(user)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session[FACTOR_AT] = (timezone.now() - timedelta(seconds=factor_age)).isoformat()
        session.save()
    return client
