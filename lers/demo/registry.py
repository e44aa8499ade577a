"""The demo's agencies: domains and directory numbers, entered by one person and confirmed by another."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.enums import AgencyKind, AgencyStatus
from accounts.models import Agency, AgencyDomain, AgencyNumber
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from lers.demo.events import Event
from lers.demo.people import HARLOW, NORDVIK, NORTHMOOR, OSTHEIDE, PORTO_SERENO, STRAITS_QUAY, VALCLAIR, who


@dataclass(frozen=True)
class Known:
    """An agency as the demo's directory has it."""

    name: str
    local_name: str
    country: str
    town: str
    kind: AgencyKind
    domain: str
    number: str
    number_label: str
    source: str


AGENCIES = (
    Known("Nordvik Police District", "Nordvik politidistrikt", "NO", "Nordvik", AgencyKind.POLICE, NORDVIK,
          "+441632960100", "Operations centre", "National police directory, edition 2026-09"),
    Known("Northmoor Police", "", "GB", "Northmoor", AgencyKind.POLICE, NORTHMOOR,
          "+441632960200", "Force control room", "Police almanac 2026"),
    Known("Valclair Customs", "Douane de Valclair", "FR", "Valclair", AgencyKind.TAX, VALCLAIR,
          "+441632960300", "Switchboard", "Directory of customs services, 2026"),
    Known("Harlow Financial Crimes Task Force", "", "US", "Harlow", AgencyKind.POLICE, HARLOW,
          "+12025550140", "Duty desk", "Federal directory of task forces, 2026"),
    Known("Ostheide Police Headquarters", "Polizeidirektion Ostheide", "DE", "Ostheide", AgencyKind.POLICE, OSTHEIDE,
          "+493023125110", "Führungs- und Lagezentrum", "Behördenverzeichnis 2026"),
    Known("Porto Sereno Civil Police", "Polícia Civil de Porto Sereno", "BR", "Porto Sereno", AgencyKind.POLICE,
          PORTO_SERENO, "+441632960410", "Central", "Directory of civil police, 2026"),
    Known("Straits Quay Police Division", "", "SG", "Singapore", AgencyKind.POLICE, STRAITS_QUAY,
          "+441632960510", "Operations room", "Government directory, October 2026"),
)  # fmt: skip


def ensure_agencies(*, at: datetime) -> dict[str, Agency]:
    """Make the agencies that are missing, and return all of them by their domain."""
    return {known.domain: _ensure(known, at) for known in AGENCIES}


@transaction.atomic
def _ensure(known: Known, at: datetime) -> Agency:
    if entry := AgencyDomain.objects.select_related("agency").filter(domain=known.domain).first():
        return entry.agency
    enters, confirms = who("analyst"), who("second_analyst")
    agency = Agency.objects.create(
        name=known.name,
        local_name=known.local_name,
        country=known.country,
        town=known.town,
        kind=known.kind,
        generic_address=f"contact@{known.domain}",
        police_power_confirmed=known.kind is AgencyKind.POLICE,
        police_power_source=known.source if known.kind is AgencyKind.POLICE else "",
        police_power_at=at if known.kind is AgencyKind.POLICE else None,
        police_power_by=confirms if known.kind is AgencyKind.POLICE else None,
        source=known.source,
        status=AgencyStatus.ACTIVE,
        created_at=at,
    )
    AgencyDomain.objects.create(agency=agency, domain=known.domain, source=known.source, added_at=at)
    AgencyNumber.objects.create(
        agency=agency,
        number=known.number,
        label=known.number_label,
        source=known.source,
        source_date=at.date(),
        entered_at=at,
        entered_by=enters,
        confirmed_at=at + timedelta(hours=2),
        confirmed_by=confirms,
    )
    facts: dict[str, JSON] = {
        "entered_by": enters.email, "confirmed_by": confirms.email, "source": known.source, "numbers": [known.number],
        "of_domains": [[known.domain, agency.pk]],
    }  # fmt: skip
    record(Event.AGENCY_MADE, by=None, obj=agency, data=facts, at=at)
    return agency
