"""Lists put into the registry: they say that a domain is known, and never touch what people entered or corrected."""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import agency_list
from accounts.addresses import is_disposable, is_free, registered_name
from accounts.agency_list import Line, ListRefused
from accounts.enums import AgencyKind, AgencyStatus
from accounts.events import Event
from accounts.models import Agency, AgencyDomain, BlockedDomain, User
from accounts.official_domains import OfficialAgency, official_domains
from accounts.permissions import Permission
from accounts.services.agencies import require
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record

_LOCK = 7_326_104_412
_BATCH = 5_000
# Domains that one entry of the trail names.
_NOTED = 500
_LONGEST_SOURCE = 200
_NAMED = 5

TWICE = "the domain stands in the file twice"
ANYBODYS = "anybody can get an address there"
BLOCKED = "blocked by the desk"
REMOVED = "removed from the registry by somebody of the desk"
ANOTHERS = "in the registry as another agency's"


@dataclass(frozen=True)
class Listed:
    """An agency as a list has it; `key` makes it the same agency in the next edition."""

    key: str
    name: str
    country: str
    kind: AgencyKind
    source: str
    domains: tuple[str, ...]
    covers_subdomains: bool = False
    local_name: str = ""
    region: str = ""
    town: str = ""


@dataclass
class Imported:
    """What putting a list into the registry did; every domain of the list is in exactly one of the three."""

    agencies: int = 0
    domains: int = 0
    already_there: int = 0
    # Reason to domains.
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, reason: str, domain: str) -> None:
        """Count a domain that was left out."""
        self.skipped.setdefault(reason, []).append(domain)

    @property
    def summary(self) -> str:
        """The counts as a sentence."""
        left_out = sum(len(domains) for domains in self.skipped.values())
        return (
            f"{self.agencies} agencies and {self.domains} domains made, {self.already_there} domains there already, "
            f"{left_out} skipped."
        )

    @property
    def reasons(self) -> list[str]:
        """Why domains were skipped, a line for each reason with the first of them."""
        return [
            f"Skipped {len(domains)}, {reason}: {', '.join(domains[:_NAMED])}{', …' if len(domains) > _NAMED else ''}"
            for reason, domains in self.skipped.items()
        ]

    @property
    def facts(self) -> dict[str, JSON]:
        """The counts, for the trail."""
        skipped: dict[str, JSON] = {reason: len(domains) for reason, domains in self.skipped.items()}
        return {
            "agencies": self.agencies,
            "domains": self.domains,
            "already_there": self.already_there,
            "skipped": skipped,
        }


def import_csv(file: IO[bytes], *, source: str, by: User | None, at: datetime | None = None) -> Imported:
    """Put the public list of .gov domains into the registry: one agency per organisation, part, town and state.

    Sets "domain known" and nothing else: no police power, no numbers, no generic address, and no names under a domain.
    Importing again, or a later edition, adds what is new. Raises ListRefused, with the lines, for a file that is not
    such a list (then nothing is changed), and NotAllowed for a person without the right.
    """
    at = at or timezone.now()
    if by is not None:
        require(by, Permission.MANAGE_AGENCIES)
    source = " ".join(source.split())
    if not source or len(source) > _LONGEST_SOURCE:
        raise ListRefused(f"Say where the list comes from, in at most {_LONGEST_SOURCE} letters.")
    content = file.read(agency_list.MOST_BYTES + 1)
    lines = agency_list.read(io.BytesIO(content))
    done = Imported()
    try:
        with transaction.atomic():
            _put(_by_agency(lines, source, done), done, by=by, at=at)
            digest = hashlib.sha256(content).hexdigest()
            facts: dict[str, JSON] = {"rows": len(lines), "sha256": digest, **done.facts}
            record(Event.AGENCIES_IMPORTED, by=by, object_type="accounts.agency_list", object_label=source,
                   data=facts, at=at)  # fmt: skip
    except IntegrityError as error:
        raise ListRefused("Somebody changed the registry meanwhile. Nothing was imported: do it again.") from error
    return done


@transaction.atomic
def load_official(*, at: datetime | None = None) -> Imported:
    """Put the agencies of the file of official domains into the registry; what is there already stays as it is.

    Raises DomainsRefused where the file is wrong.
    """
    at = at or timezone.now()
    official, done = official_domains(), Imported()
    _put([_listed(agency) for agency in official.agencies], done, by=None, at=at)
    if done.agencies or done.domains:
        record(Event.AGENCIES_IMPORTED, by=None, object_type="accounts.official_domains", object_id=official.version,
               object_label=f"Official domains {official.version}", data=done.facts, at=at)  # fmt: skip
    return done


def _listed(agency: OfficialAgency) -> Listed:
    return Listed(
        key=agency.key,
        name=agency.name,
        local_name=agency.local_name,
        country=agency.country,
        kind=agency.kind,
        source=agency.source,
        domains=agency.domains,
        covers_subdomains=agency.covers_subdomains,
    )


def _by_agency(lines: Iterable[Line], source: str, done: Imported) -> list[Listed]:
    """Gather the lines of each agency; the first line of a domain counts."""
    gathered: dict[str, list[Line]] = {}
    seen: set[str] = set()
    for line in lines:
        if line.domain in seen:
            done.skip(TWICE, line.domain)
        elif is_free(line.domain) or is_disposable(line.domain):
            done.skip(ANYBODYS, line.domain)
        else:
            gathered.setdefault(line.key, []).append(line)
        seen.add(line.domain)
    return [_of_lines(mine, source) for mine in gathered.values()]


def _of_lines(mine: Sequence[Line], source: str) -> Listed:
    first = mine[0]
    return Listed(
        key=first.key,
        name=first.name,
        country="US",
        kind=first.kind,
        source=source,
        domains=tuple(line.domain for line in mine),
        region=first.region,
        town=first.town,
    )


def _put(listed: Sequence[Listed], done: Imported, *, by: User | None, at: datetime) -> None:
    """Add what the registry does not have, in a number of queries that does not grow with what is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    known = _known_agencies(listed)
    wanted = [(item, domain) for item in listed for domain in item.domains]
    new = list(_new_domains(wanted, known, done))
    missing = {item.key: item for item, _domain in new if item.key not in known}
    made = Agency.objects.bulk_create([_agency(item, at) for item in missing.values()], batch_size=_BATCH)
    owners = known | {str(agency.import_key): agency.pk for agency in made}
    AgencyDomain.objects.bulk_create(
        [
            AgencyDomain(
                agency_id=owners[item.key], domain=domain, covers_subdomains=item.covers_subdomains,
                source=item.source, added_at=at, added_by=by,
            )
            for item, domain in new
        ],
        batch_size=_BATCH,
    )  # fmt: skip
    done.agencies, done.domains = len(made), len(new)
    _note({domain: owners[item.key] for item, domain in new}, by=by, at=at)


def _note(owners: Mapping[str, int], *, by: User | None, at: datetime) -> None:
    """Write down whose each new domain is, so many to an entry."""
    rows = sorted(owners.items())
    for start in range(0, len(rows), _NOTED):
        part: list[JSON] = [list(row) for row in rows[start : start + _NOTED]]
        record(Event.AGENCY_DOMAINS_IMPORTED, by=by, object_type="accounts.agency_list",
               data={"of_domains": part}, at=at)  # fmt: skip


def _agency(item: Listed, at: datetime) -> Agency:
    return Agency(
        name=item.name, local_name=item.local_name, country=item.country, region=item.region, town=item.town,
        kind=item.kind, status=AgencyStatus.ACTIVE, source=item.source, import_key=item.key, created_at=at,
    )  # fmt: skip


def _known_agencies(listed: Sequence[Listed]) -> dict[str, int]:
    """Return the agencies that came from the list before, by key; one that was merged stands for the other."""
    rows: Iterable[tuple[str | None, int]] = Agency.objects.filter(
        import_key__in=[item.key for item in listed]
    ).values_list("import_key", "pk")
    merged: Mapping[int, Any] = dict(Agency.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    return {str(key): _end_of(pk, merged) for key, pk in rows}


def _end_of(pk: int, merged: Mapping[int, int]) -> int:
    seen: set[int] = set()
    while pk in merged and pk not in seen:
        seen.add(pk)
        pk = merged[pk]
    return pk


def _new_domains(
    wanted: Sequence[tuple[Listed, str]], known: Mapping[str, int], done: Imported
) -> Iterator[tuple[Listed, str]]:
    """Yield what is to be added, and count the rest."""
    names = [domain for _item, domain in wanted]
    there: dict[str, int] = dict(AgencyDomain.objects.filter(domain__in=names).values_list("domain", "agency_id"))
    blocked = set(BlockedDomain.objects.filter(lifted_at=None).values_list("domain", flat=True))
    removed = _removed_by_staff()
    for item, domain in wanted:
        if domain in there:
            if there[domain] == known.get(item.key):
                done.already_there += 1
            else:
                done.skip(ANOTHERS, domain)
        elif blocked and not blocked.isdisjoint({domain, registered_name(domain)}):
            done.skip(BLOCKED, domain)
        elif domain in removed:
            done.skip(REMOVED, domain)
        else:
            yield item, domain


def _removed_by_staff() -> set[str]:
    """Return the domains that somebody took out of an agency's entry; only the trail still knows them."""
    entries = AuditEvent.objects.filter(object_type=Agency._meta.label_lower, action=Event.AGENCY_DOMAIN_REMOVED)
    payloads = entries.values_list("payload", flat=True)
    return {str(json.loads(bytes(payload))["data"].get("domain", "")) for payload in payloads}
