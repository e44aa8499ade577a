"""The sample company that a fresh installation answers for."""

from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from foundation.legal.calendars import zone_of
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import Jurisdiction, WorkCalendar
from foundation.providers.connectors.demo import cases
from foundation.providers.models import EntryPoint, LegalEntity, Provider, Team

SLUG = "meridian"
_INDIA = (
    "Serve requests under section 94 of the Bharatiya Nagarik Suraksha Sanhita (BNSS) and notices under section "
    "79(3)(b) of the Information Technology Act through the Sahyog portal of I4C, Ministry of Home Affairs. You can "
    "still use this portal for emergencies, for keeping records, and to follow a request."
)
_NORWAY = (
    "Name Meridian Exchange Operations Ltd, Dublin, in the order. Norwegian, Swedish, Danish and English are read "
    "here; add a translation if you have one."
)


@transaction.atomic
def ensure_demo_provider(at: datetime) -> Provider:
    """Return the sample company with its calendar, companies, teams and entry points; made once, then left alone."""
    calendar, _ = WorkCalendar.objects.get_or_create(
        name="Dublin office", defaults={"country": "IE", "time_zone": "Europe/Dublin", "closes_at": time(17)}
    )
    provider, new = Provider.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "Meridian Exchange", "reference_prefix": "MX", "calendar": calendar, "connector": "demo",
            "connector_settings": {"seed": "meridian"}, "emergency_phone": settings.EMERGENCY_PHONE,
        },
    )  # fmt: skip
    if new:
        _companies(provider)
        _teams(provider)
    return provider


def _companies(provider: Provider) -> None:
    LegalEntity.objects.create(
        provider=provider, name=cases.ENTITY, country="IE", is_default=True,
        products="Exchange and wallets for customers everywhere but in the United States",
        service_address="Government requests, Meridian Exchange Operations Ltd, 12 Sample Quay, Dublin, Ireland",
    )  # fmt: skip
    LegalEntity.objects.create(
        provider=provider, name=cases.US_ENTITY, country="US",
        products="Exchange and wallets for customers in the United States",
        service_address="Government requests, Meridian US LLC, 200 Sample Street, Dover, Delaware, United States",
    )  # fmt: skip


def _teams(provider: Provider) -> None:
    oncall = "oncall@meridian.example"
    europe = Team.objects.create(provider=provider, name="Europe desk", on_call_address=oncall)
    asia = Team.objects.create(provider=provider, name="Asia desk", on_call_address=oncall)
    _entry_point(provider, "IN", team=asia, national_channel=_INDIA)
    _entry_point(provider, "NO", team=europe, guidelines=_NORWAY)


def _entry_point(provider: Provider, code: str, **values: object) -> None:
    jurisdiction, _ = Jurisdiction.objects.get_or_create(
        code=code, defaults={"name": jurisdiction_names()[code], "time_zone": zone_of(code)}
    )
    EntryPoint.objects.create(provider=provider, jurisdiction=jurisdiction, **values)
