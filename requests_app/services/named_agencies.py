"""Which agency of the registry a list or a colleague means: by its domain, an address of it, or its exact name."""

from django.db.models import QuerySet

from accounts.enums import AgencyStatus
from accounts.models import Agency
from foundation.core.errors import Incomplete

_UNKNOWN = "We do not know the agency {!r}. Write its name as in the registry, or its e-mail domain."
_SEVERAL = "There are several agencies of the name {!r}. Write the e-mail domain of the one that is meant."
_INACTIVE = "The agency {} is not active here. Only an active agency can be chosen."
_MOST_WORDS = 60


def find(words: str, *, country: str = "") -> Agency:
    """Return the active agency these words name. Raises Incomplete where there is none, or several of one name.

    An address or domain counts exactly as the registry has it: no look-alike and no parent domain is taken for it,
    except where the registry itself says that a domain covers those below it. `country` (ISO 3166-1 alpha-2) narrows
    a name.
    """
    words = " ".join(words.split())
    if not words:
        raise Incomplete("Name the agency.")
    shown = words[:_MOST_WORDS]
    agencies = _of_domain(words) if "." in words and " " not in words else _of_name(words, country)
    if not agencies:
        raise Incomplete(_UNKNOWN.format(shown))
    active = [agency for agency in agencies if agency.status == AgencyStatus.ACTIVE]
    if not active:
        raise Incomplete(_INACTIVE.format(agencies[0].name))
    if len(active) > 1:
        raise Incomplete(_SEVERAL.format(shown))
    return active[0]


def _of_domain(words: str) -> list[Agency]:
    domain = words.rsplit("@", 1)[-1].lower().rstrip(".")
    found = list(_known().filter(domains__domain=domain).distinct())
    parts = domain.split(".")
    above = [".".join(parts[n:]) for n in range(1, len(parts) - 1)]
    return found or list(_known().filter(domains__domain__in=above, domains__covers_subdomains=True).distinct()[:2])


def _of_name(words: str, country: str) -> list[Agency]:
    rows = _known().filter(name__iexact=words)
    return list((rows.filter(country=country) if country else rows).order_by("pk")[:5])


def _known() -> QuerySet[Agency]:
    return Agency.objects.filter(merged_into=None)
