"""The sample company that a fresh installation answers for."""

from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from foundation.audit.trail import record
from foundation.legal.calendars import zone_of
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import Jurisdiction, WorkCalendar
from foundation.legal.work_calendars import keep_version
from foundation.providers.connectors.demo import cases
from foundation.providers.events import ProviderEvent
from foundation.providers.models import AnswersEnquiries, EntryPoint, LegalEntity, Provider, Team

SLUG = "meridian"
_INDIA = {
    "title": "Requests from India come through the Sahyog portal",
    "law": (
        "Section 94 of the Bharatiya Nagarik Suraksha Sanhita (BNSS), 2023; section 79(3)(b) of the Information "
        "Technology Act, 2000."
    ),
    "national_channel": (
        "Send requests under section 94 BNSS and notices under section 79(3)(b) of the Information Technology Act "
        "through the Sahyog portal of the Indian Cyber Crime Coordination Centre (I4C), Ministry of Home Affairs. Your "
        "nodal officer has the access. We answer there."
    ),
    "victims": (
        "Victims report to the National Cyber Crime Reporting Portal, https://cybercrime.gov.in, or call the helpline "
        "1930."
    ),
    "guidelines": (
        "In this portal you can still send an emergency, ask us to keep records, and follow a request that is here "
        "already."
    ),
    "redirects": True,
    "allows_filing": False,
}
_CHINA = {
    "title": "Requests from mainland China have an entry of their own",
    "law": "Criminal Procedure Law of the PRC; Law of the PRC on International Criminal Judicial Assistance.",
    "national_channel": (
        "Write to the address below on the paper of your authority. The desk there answers how "
        "your request goes on: as a rule through the central authority for judicial assistance."
    ),
    "address": "Government requests (China), Meridian Exchange Operations Ltd, 12 Sample Quay, Dublin, Ireland",
    "victims": "Victims report to their local public security bureau, or call 110.",
    "language": "zh",
    "redirects": True,
    "allows_filing": True,
}
_SEALED = (
    "General Counsel, sealed, to be opened by the addressee only\n"
    "Meridian Exchange Operations Ltd, 12 Sample Quay, Dublin, Ireland\n"
    "Call the desk first: counsel sends somebody to take it."
)
_SAUDI = "Our Gulf desk looks at your request. It works from Sunday to Thursday."
_NORWAY = (
    "Name Meridian Exchange Operations Ltd, Dublin, in the order. Norwegian, Swedish, Danish and English are read "
    "here; add a translation if you have one."
)


@transaction.atomic
def ensure_demo_provider(at: datetime) -> Provider:
    """Return the sample company with its calendar, companies, teams and entry points; made once, then left alone."""
    calendar = _calendar("Dublin office", at, country="IE", time_zone="Europe/Dublin")
    provider, new = Provider.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "Meridian Exchange", "reference_prefix": "MX", "calendar": calendar, "connector": "demo",
            "connector_settings": {"seed": "meridian"}, "emergency_phone": settings.EMERGENCY_PHONE,
            "answers_enquiries": AnswersEnquiries.VETTED, "languages": ["en", "no", "sv", "da"],
            "sealed_channel": _SEALED,
        },
    )  # fmt: skip
    if new:
        _companies(provider)
        _teams(provider, at)
        facts = {"teams": provider.teams.count(), "entry_points": provider.entry_points.count()}
        record(ProviderEvent.SET_UP, by=None, obj=provider, data=facts, at=at)
    return provider


def _calendar(name: str, at: datetime, **place: object) -> WorkCalendar:
    """Return a calendar, with what its first version is counted on."""
    year = at.year + (at.month > 6)
    closure = {"from": f"{year}-12-28", "to": f"{year}-12-31", "name": "Year-end closure"}
    row, _ = WorkCalendar.objects.get_or_create(
        name=name, defaults={"closes_at": time(17), "closures": [closure] if place["country"] == "IE" else [], **place}
    )
    keep_version(row, at=at)
    return row


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


def _teams(provider: Provider, at: datetime) -> None:
    oncall = "oncall@meridian.example"
    europe = Team.objects.create(provider=provider, name="Europe desk", on_call_address=oncall)
    asia = Team.objects.create(provider=provider, name="Asia desk", on_call_address=oncall)
    provider.restricted_team = Team.objects.create(
        provider=provider, name="Restricted requests", on_call_address=oncall
    )
    provider.save(update_fields=["restricted_team"])
    # Friday and Saturday are its weekend.
    riyadh = _calendar("Riyadh desk", at, country="SA", time_zone="Asia/Riyadh")
    gulf = Team.objects.create(provider=provider, name="Gulf desk", on_call_address=oncall, calendar=riyadh)
    _entry_point(provider, "SA", team=gulf, guidelines=_SAUDI)
    _entry_point(provider, "IN", team=asia, **_INDIA)
    _entry_point(provider, "CN", team=asia, **_CHINA)
    _entry_point(provider, "NO", team=europe, guidelines=_NORWAY)


def _entry_point(provider: Provider, code: str, **values: object) -> None:
    jurisdiction, _ = Jurisdiction.objects.get_or_create(
        code=code, defaults={"name": jurisdiction_names()[code], "time_zone": zone_of(code)}
    )
    EntryPoint.objects.create(provider=provider, jurisdiction=jurisdiction, **values)
