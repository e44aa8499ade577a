"""What the company takes: its own word on each type of legal process, and which countries it sends elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from foundation.legal import catalogue
from foundation.legal.models import Jurisdiction, ProcessType
from foundation.providers.models import EntryPoint, ProcessPolicy, Provider


@dataclass(frozen=True)
class Policy:
    """What holds for a type at a company; `version` 0: nobody decided, and the catalogue's own values hold."""

    accepted: bool
    needs_counsel: bool
    note: str = ""
    changed_at: datetime | None = None
    version: int = 0


def offered_types(provider: Provider, jurisdiction: str, at: datetime) -> QuerySet[ProcessType]:
    """Return the types this company takes from officers of a jurisdiction, as `catalogue.types_in_force` orders them.

    Annotated with `tier` (0 its own, 1 the EU's, 2 the general ones), `taken` (always True here) and `counsel`.
    """
    decided: Any = with_policy(catalogue.types_in_force(jurisdiction, at), provider)
    offered: QuerySet[ProcessType] = decided.filter(taken=True)
    return offered


def with_policy(types: QuerySet[ProcessType], provider: Provider) -> QuerySet[ProcessType]:
    """Annotate types with `taken` and `counsel`: what the company decided, else what the catalogue says."""
    decided = ProcessPolicy.objects.filter(provider=provider, code=OuterRef("code"))
    return types.annotate(
        taken=Coalesce(Subquery(decided.values("accepted")), F("accepted")),
        counsel=Coalesce(Subquery(decided.values("needs_counsel")), F("needs_counsel")),
    )


def policy_of(provider: Provider, process_type: ProcessType) -> Policy:
    """Return whether the company takes this type, and whether counsel looks first."""
    row = ProcessPolicy.objects.filter(provider=provider, code=process_type.code).first()
    if row is None:
        return Policy(process_type.accepted, process_type.needs_counsel)
    return Policy(row.accepted, row.needs_counsel, row.note, row.changed_at, row.lock_version)


def redirect_for(provider: Provider, jurisdiction: Jurisdiction | str) -> EntryPoint | None:
    """Return the entry point that sends officers of this jurisdiction to a national channel, or None.

    Emergencies may be filed here all the same, always; other requests only where it `allows_filing`.
    """
    code = jurisdiction if isinstance(jurisdiction, str) else jurisdiction.pk
    points = EntryPoint.objects.select_related("team", "jurisdiction", "provider")
    return points.filter(provider=provider, jurisdiction_id=code.upper(), redirects=True).first()


def languages_read(provider: Provider, point: EntryPoint | None) -> tuple[str, ...]:
    """Return the codes of the languages in which orders are read: the company's, and that of the country's own entry.

    `point` is the entry point of the country that asks, None where it has none.
    """
    known = list(provider.languages)
    if point is not None and point.language and point.language not in known:
        known.append(point.language)
    return tuple(known)
