"""Finding an agency in the registry, for people who are not yet known."""

from django.db.models import Q

from accounts.enums import AgencyStatus
from accounts.models import Agency

MOST = 10
_SHORTEST = 2


def search(words: str, *, beside: Agency | None = None) -> list[Agency]:
    """Return at most ten active agencies by name, local name or town, after the one that is chosen already."""
    chosen = [beside] if beside is not None else []
    if len(words) < _SHORTEST:
        return chosen
    named = Q(name__icontains=words) | Q(local_name__icontains=words) | Q(town__icontains=words)
    found = Agency.objects.filter(named, status=AgencyStatus.ACTIVE, merged_into=None).order_by("name", "pk")
    return chosen + [agency for agency in found[: MOST + 1] if agency not in chosen][:MOST]
