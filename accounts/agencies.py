"""Finding an agency in the registry, for people who are not yet known.

    found = find("oslo politi", email_domain="oslo.politi.example")
    found.agencies     # at most ten, the applicant's own first
    found.total        # how many match; found.more says how many are not shown

`search()` is the same without the number. The answer is for name, kind, town and country: a page for applicants shows
no domain, no number and no officer of an agency.
"""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from accounts.addresses import registered
from accounts.enums import AgencyStatus
from accounts.folding import fold
from accounts.models import Agency

MOST = 10
_SHORTEST = 2
_MOST_WORDS = 8


@dataclass(frozen=True)
class Found:
    """What a search found: at most ten agencies, those known already first, and how many match in all."""

    agencies: list[Agency]
    total: int

    @property
    def more(self) -> int:
        """How many match that are not shown: the words are to be made longer."""
        return max(0, self.total - len(self.agencies))


def search(words: str, *, beside: Agency | None = None, email_domain: str = "") -> list[Agency]:
    """Return at most ten active agencies by name, local name, town or region, after the one that is chosen already."""
    return find(words, beside=beside, email_domain=email_domain).agencies


def find(words: str, *, beside: Agency | None = None, email_domain: str = "") -> Found:
    """Return the active agencies that hold all the words, in any order, with or without accents.

    `beside` is the one that is chosen already; it stands first and is not counted among the ten. `email_domain` is
    the domain of the applicant's own address: the agency that the registry has under it comes next, whatever the
    words. An agency that was merged is found under its old name too, as the one it became.
    """
    known = _of_domain(email_domain)
    first = [beside] if beside is not None else []
    if known is not None and known not in first:
        first.append(known)
    if len(words.strip()) < _SHORTEST:
        return Found(first, len(first))
    rows = matching(words).filter(status=AgencyStatus.ACTIVE).exclude(pk__in=[agency.pk for agency in first])
    begins = When(search_text__startswith=fold(words.strip()), then=Value(0))
    rows = rows.annotate(rank=Case(begins, default=Value(1), output_field=IntegerField()))
    total = rows.count()
    found = list(rows.order_by("rank", "search_text", "pk")[:MOST]) if total else []
    room = MOST + (beside is not None) - len(first)
    return Found([*first, *found[:room]], len(first) + total)


def matching(words: str) -> QuerySet[Agency]:
    """Return the agencies in use whose name, local name, town or region holds each of the words."""
    return Agency.objects.filter(named(words), merged_into=None)


def named(words: str) -> Q:
    """Return the condition of `matching`: the agency's own names, or those of one that was merged into it.

    Written so that PostgreSQL reads the table once or twice whatever it believes of its size: right after an import it
    believes that there is nothing.
    """
    every = Q()
    for word in fold(words).split()[:_MOST_WORDS]:
        every &= Q(search_text__contains=word)
    merged = Agency.objects.filter(every, merged_into__isnull=False)
    return every | Q(pk__in=merged.values("merged_into"))


def _of_domain(domain: str) -> Agency | None:
    entry = registered(domain.lower()) if domain else None
    return entry.agency if entry and entry.agency.status == AgencyStatus.ACTIVE else None
