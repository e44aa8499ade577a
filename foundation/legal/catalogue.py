"""The catalogue of legal process: from its file into rows, and which types a jurisdiction is offered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.legal import deadlines, ranks
from foundation.legal.calendars import Calendar, zone_of
from foundation.legal.countries import EU, EU_MEMBERS, INTERNATIONAL, jurisdiction_names, not_bound_by
from foundation.legal.deadlines import Due
from foundation.legal.events import LegalEvent
from foundation.legal.models import BarsNotice, CountingMode, Jurisdiction, ProcessType
from foundation.legal.notice_duties import duty_of
from foundation.legal.ranks import RANKS_FILE

# What a court or the police of any country may order stands in their law; the catalogue has one type for each.
GENERAL_COURT_ORDER, GENERAL_POLICE_ORDER = "INT-COURT-ORDER", "INT-POLICE-ORDER"
ASSETS = "assets"
DATA = Path(__file__).parent / "data"
CATALOGUE_FILE = DATA / "legal_process.yaml"
SCHEMA_FILE = DATA / "legal_process.schema.json"

Entry = Mapping[str, Any]

# Taken from the entry as they stand; null becomes an empty text.
_COPIED = ("code", "name", "authority", "issuer", "reaches", "compels", "response_days", "emergency_hours",
           "preservation_days", "extension_days", "required_documents", "route", "source")  # fmt: skip
_TEXTS = ("local_name", "notice_citation", "note")
_KEY = {"id", "code", "catalogue_version"}
# Supplements with a value and its citation, by code.
_SOURCED = ("maximum_extensions", "maximum_hold_days", "file_within_days", "foreign_days", "destroy_after",
            "minimum_rank", "counting_mode", "valid_from", "valid_to", "prospective", "stop_screen",
            "needs_counsel", "not_accepted")  # fmt: skip


class CatalogueRefused(PortalError):
    """The catalogue file is not what it has to be."""


@dataclass(frozen=True)
class Catalogue:
    """The file as read: its version, its entries, and what is known besides by code."""

    version: str
    types: Sequence[Entry]
    supplements: Mapping[str, Any] = field(default_factory=dict)

    def of(self, name: str, code: str, key: str = "value") -> Any:
        """Return a value of the supplement of this name for a code, None where there is none."""
        return self.supplements.get(name, {}).get(code, {}).get(key)

    def has(self, name: str, code: str) -> bool:
        """Whether the code has a supplement of this name."""
        return code in self.supplements.get(name, {})


@dataclass(frozen=True)
class Loaded:
    """What loading did."""

    version: str
    types: int
    new: int
    jurisdictions: int


def read(path: Path = CATALOGUE_FILE) -> Catalogue:
    """Read and check a catalogue file; CatalogueRefused names the first thing that is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueRefused(f"{path.name} cannot be read: {error}") from error
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    for problem in Draft202012Validator(schema).iter_errors(content):
        where = "/".join(str(step) for step in problem.absolute_path) or "the file"
        raise CatalogueRefused(f"{path.name}: {where}: {problem.message[:300]}")
    catalogue = Catalogue(content["version"], content["types"], content.get("supplements", {}))
    _check_codes(catalogue, path.name)
    _check_ranks(catalogue, path.name)
    return catalogue


def _check_codes(catalogue: Catalogue, file_name: str) -> None:
    """Refuse a code that stands twice, a supplement to none, and a jurisdiction that does not exist."""
    codes = [entry["code"] for entry in catalogue.types]
    twice = {code for code in codes if codes.count(code) > 1}
    loose = {code for named in catalogue.supplements.values() for code in named} - set(codes)
    nowhere = {entry["jurisdiction"] for entry in catalogue.types} - jurisdiction_names().keys()
    for found, what in ((twice, "stands twice"), (loose, "is no type"), (nowhere, "is no jurisdiction")):
        if found:
            raise CatalogueRefused(f"{file_name}: {min(found)} {what}.")


def _check_ranks(catalogue: Catalogue, file_name: str) -> None:
    """Refuse a lowest rank that stands on no scale: nobody could be compared with it."""
    for entry in catalogue.types:
        rank = catalogue.of("minimum_rank", entry["code"], "at_least")
        if rank is not None and ranks.place_of(rank, entry["jurisdiction"]) is None:
            raise CatalogueRefused(f"{file_name}: minimum_rank of {entry['code']}: {rank} is not in {RANKS_FILE.name}.")


@transaction.atomic
def load(at: datetime | None = None, *, path: Path = CATALOGUE_FILE) -> Loaded:
    """Write jurisdictions and process types as the file says; loading the same file again changes nothing.

    Types of older versions stay for the requests that point to them, and are offered no longer. What a company
    decided (foundation.providers.models.ProcessPolicy) is kept by code, and is not touched.
    """
    at = at or timezone.now()
    catalogue = read(path)
    names = jurisdiction_names()
    Jurisdiction.objects.bulk_create(
        [Jurisdiction(code=code, name=name, time_zone=zone_of(code)) for code, name in names.items()],
        update_conflicts=True, unique_fields=["code"], update_fields=["name", "time_zone"],
    )  # fmt: skip
    before = ProcessType.objects.filter(catalogue_version=catalogue.version).count()
    types = [process_type_of(entry, catalogue) for entry in catalogue.types]
    ProcessType.objects.bulk_create(
        types, update_conflicts=True, unique_fields=["code", "catalogue_version"],
        update_fields=[column.name for column in ProcessType._meta.concrete_fields if column.name not in _KEY],
    )  # fmt: skip
    _end_older(catalogue, at)
    new = ProcessType.objects.filter(catalogue_version=catalogue.version).count() - before
    if new:
        data: dict[str, JSON] = {"version": catalogue.version, "types": len(types), "new": new}
        record(LegalEvent.CATALOGUE_LOADED, by=None, object_type="legal.catalogue", object_id=catalogue.version,
               object_label=f"Catalogue {catalogue.version}", data=data, at=at)  # fmt: skip
    return Loaded(catalogue.version, len(types), new, len(names))


def _end_older(catalogue: Catalogue, at: datetime) -> None:
    """End the older rows of codes that are in no version after them: those of known codes give way by themselves."""
    codes = [entry["code"] for entry in catalogue.types]
    older = ProcessType.objects.filter(catalogue_version__lt=catalogue.version, valid_to=None).exclude(code__in=codes)
    older.update(valid_to=at.date() - timedelta(days=1))


def process_type_of(entry: Entry, catalogue: Catalogue) -> ProcessType:
    """Return the unsaved row of one entry, with what follows from it."""
    code = entry["code"]
    valid_from, valid_to = catalogue.of("valid_from", code), catalogue.of("valid_to", code)
    duty, duty_law = duty_of(code)
    return ProcessType(
        **{name: entry[name] for name in _COPIED},
        **{name: entry[name] or "" for name in _TEXTS},
        catalogue_version=catalogue.version,
        jurisdiction_id=entry["jurisdiction"],
        bars_notice=entry["bars_notice"] or BarsNotice.UNKNOWN,
        notice_duty=duty,
        notice_duty_law=duty_law,
        counting_mode=catalogue.of("counting_mode", code) or counting_mode(entry),
        minimum_rank=catalogue.of("minimum_rank", code, "words") or "",
        rank_at_least=catalogue.of("minimum_rank", code, "at_least") or "",
        maximum_extensions=catalogue.of("maximum_extensions", code),
        maximum_hold_days=catalogue.of("maximum_hold_days", code),
        file_within_days=catalogue.of("file_within_days", code),
        foreign_days=catalogue.of("foreign_days", code),
        destroy_after=catalogue.has("destroy_after", code),
        valid_from=date.fromisoformat(valid_from) if valid_from else None,
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
        accepted=not catalogue.has("not_accepted", code),
        needs_counsel=catalogue.has("needs_counsel", code),
        stop_screen=catalogue.has("stop_screen", code),
        prospective=catalogue.has("prospective", code),
        value_sources={name: catalogue.of(name, code, "source") for name in _SOURCED if catalogue.has(name, code)},
        is_emergency=is_emergency(entry),
        is_preservation=is_preservation(entry),
    )


def is_emergency(entry: Entry) -> bool:
    """Whether the type is a request without process because a life is in danger."""
    return str(entry["code"]).endswith(("-EDR", "-EMERGENCY"))


def is_preservation(entry: Entry) -> bool:
    """Whether the type only asks to keep data: the law, or the policy, gives it a first period."""
    return entry["preservation_days"] is not None


def counting_mode(entry: Entry) -> CountingMode:
    """Return how periods of this type are counted: a hold never rolls, an emergency counts hours."""
    if is_preservation(entry):
        return CountingMode.CALENDAR_STRICT
    return CountingMode.HOURS if is_emergency(entry) else CountingMode.CALENDAR_ROLL


def types_for(jurisdiction_code: str, at: datetime) -> QuerySet[ProcessType]:
    """Return the types in force that the catalogue itself has switched on.

    What a company takes is another question: ask `foundation.providers.policy.offered_types`.
    """
    return types_in_force(jurisdiction_code, at).filter(accepted=True)


def types_in_force(jurisdiction_code: str, at: datetime) -> QuerySet[ProcessType]:
    """Return the types that exist for a jurisdiction: its own first, then the EU's, then the general ones.

    Only the newest version of each code, in force at this time. Annotated with `tier` (0, 1, 2), so that a page can
    group them.
    """
    code, day = jurisdiction_code.upper(), at.date()
    in_force = Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day)
    newest = ProcessType.objects.filter(*in_force).order_by("code", "-catalogue_version").distinct("code")
    places = [code, INTERNATIONAL] + ([EU] if code in EU_MEMBERS else [])
    offered = ProcessType.objects.filter(pk__in=newest.values("pk"), jurisdiction__in=places).exclude(
        code__in=not_bound_by(code)
    )
    tier = Case(When(jurisdiction=code, then=Value(0)), When(jurisdiction=EU, then=Value(1)), default=Value(2))
    return offered.annotate(tier=tier).select_related("jurisdiction").order_by("tier", "name", "code")


def for_assets(types: QuerySet[ProcessType]) -> QuerySet[ProcessType]:
    """Return those of these types under which assets may be frozen or seized.

    The general court order is among them: whether that court's law lets it is for the review to find.
    """
    return types.filter(Q(reaches__contains=[ASSETS]) | Q(code=GENERAL_COURT_ORDER))


def answer_due(
    process_type: ProcessType, received: datetime, calendar: Calendar, *, emergency: bool = False
) -> Due | None:
    """Return when the law behind the type wants the answer, None where it sets no time.

    A date on the document itself always goes first: the caller looks there before.
    """
    if (emergency or process_type.is_emergency) and process_type.emergency_hours:
        return deadlines.hours(received, process_type.emergency_hours)
    days = process_type.response_days
    if days is None:
        return None
    match process_type.counting_mode:
        case CountingMode.HOURS:
            return deadlines.hours(received, days * 24)
        case CountingMode.BUSINESS_DAYS:
            return deadlines.business_days(received, days, calendar)
        case CountingMode.CALENDAR_STRICT:
            return deadlines.calendar_strict(received, days)
    return deadlines.calendar_roll(received, days, calendar)
