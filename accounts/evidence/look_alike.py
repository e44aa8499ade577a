"""Whether the domain of the applicant imitates one that we know."""

from functools import lru_cache

from django.db.models import Q

from accounts.addresses import government_zone, registered
from accounts.domain_names import parts_of
from accounts.evidence.finding import Finding, domain_of, failed, look, passed
from accounts.look_alikes import Imitation, Index, mixes_scripts
from accounts.models import AccessApplication, Agency, AgencyDomain
from accounts.name_words import ADDITIONS, GENERIC
from accounts.official_domains import official_domains
from accounts.skeletons import fold, readable

# Lists of thousands of public bodies: their names are names of towns, which others carry with good reason.
_LISTED = Q(agency__import_key__isnull=False) & ~Q(agency__import_key__startswith="official:")
_TELLING = 5
_IMPOSTOR = (
    "Addresses like this are made to deceive. Decline unless the agency itself confirms the domain when you call."
)
_CHANCE = "It may be chance. Ask the agency about this domain when you call."


def look_alike(application: AccessApplication) -> Finding:
    """Compare the domain with every domain of the registry and of the file of official domains."""
    name = domain_of(application.email)
    if mixes_scripts(name):
        said = f"{name} ({readable(name)}) mixes letters of several scripts, or cannot be read."
        return failed(said, _IMPOSTOR)
    if entry := registered(name):
        return passed(f"{name} is on file as a domain of {entry.agency}.", "A registered domain imitates nobody.")
    zone = government_zone(name)
    found = _index().find(name, zone=zone)
    if found is not None and found.plain:
        return failed(f"{name} {found.how}{_whose(found)}.", _IMPOSTOR)
    if word := _carries_name(application.agency, name):
        said = f"{name} carries the name of {application.agency} ({word}), but is not its domain."
        return look(said, _CHANCE) if zone else failed(said, _IMPOSTOR)
    if found is not None:
        return look(f"{name} {found.how}{_whose(found)}.", _CHANCE)
    if zone:
        said = f"{name} looks like no other domain that we know. Strangers get no name under {zone}."
        return passed(said, "An imitation would have to come from inside the government.")
    return passed(f"{name} looks like no domain of a known agency.", "It says nothing about who owns it.")


def _whose(found: Imitation) -> str:
    if not found.known:
        return ""
    entry = AgencyDomain.objects.select_related("agency").filter(domain=found.known).first()
    official = official_domains().agency_for(found.known)
    owner = entry.agency.name if entry else official.name if official else ""
    return f": {found.known}{f', {owner}' if owner else ''}"


def _carries_name(agency: Agency | None, name: str) -> str:
    """Return the telling word of the named agency that stands in a domain which is not its own, or nothing."""
    if agency is None or not agency.domains.exists():
        return ""
    label = fold(readable(parts_of(name)[1]))
    words = f"{agency.name} {agency.local_name}".lower().replace("-", " ").split()
    telling = [word for word in words if len(word) >= _TELLING and word not in GENERIC | ADDITIONS]
    return next((word for word in telling if fold(word) in label), "")


def _index() -> Index:
    """Return the index of all known names; built again when the registry changed."""
    domains = AgencyDomain.objects.order_by("domain")
    brands = domains.exclude(_LISTED & Q(agency__police_power_confirmed=False))
    official = [domain for agency in official_domains().agencies for domain in agency.domains]
    return _built(
        tuple(domains.values_list("domain", flat=True)),
        frozenset([*brands.values_list("domain", flat=True), *official]),
    )


@lru_cache(maxsize=1)
def _built(domains: tuple[str, ...], brands: frozenset[str]) -> Index:
    return Index({*domains, *brands}, brands=brands)
