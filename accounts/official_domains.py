"""Names that registries and governments keep for offices of a state, by country: from their file into answers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from accounts.enums import AgencyKind
from foundation.core.errors import PortalError
from foundation.legal.countries import INTERNATIONAL, jurisdiction_names

DATA = Path(__file__).parent / "data"
DOMAINS_FILE = DATA / "official_domains.yaml"
SCHEMA_FILE = DATA / "official_domains.schema.json"


class DomainsRefused(PortalError):
    """The file of official domains is not what it has to be."""


class KeptFor(StrEnum):
    """Whom a name is kept for."""

    GOVERNMENT = "government"
    POLICE = "police"
    JUSTICE = "justice"
    MILITARY = "military"
    INTERNATIONAL = "international"

    @property
    def words(self) -> str:
        """Say it in the middle of a sentence."""
        return _WORDS[self]


_WORDS = {
    KeptFor.GOVERNMENT: "a government",
    KeptFor.POLICE: "police",
    KeptFor.JUSTICE: "courts and prosecutors",
    KeptFor.MILITARY: "armed forces, which are not police",
    KeptFor.INTERNATIONAL: "organisations set up by treaty",
}


@dataclass(frozen=True)
class Pattern:
    """A name, or with "*." every name under it, that is kept for offices; a hint, never proof."""

    text: str
    kept_for: KeptFor
    country: str
    source: str

    @property
    def zone(self) -> str:
        """The name without the star."""
        return self.text.removeprefix("*.")


@dataclass(frozen=True)
class OfficialAgency:
    """An agency and the domains that are its own."""

    name: str
    local_name: str
    kind: AgencyKind
    country: str
    domains: tuple[str, ...]
    covers_subdomains: bool
    source: str

    @property
    def key(self) -> str:
        """What the registry remembers the agency by; its first domain stays the first in the file."""
        return f"official:{self.domains[0]}"


@dataclass(frozen=True)
class OfficialDomains:
    """The file as read, found by name."""

    version: str
    patterns: Mapping[str, Pattern]
    agencies: tuple[OfficialAgency, ...]
    by_domain: Mapping[str, OfficialAgency] = field(repr=False)

    def pattern_for(self, domain: str) -> Pattern | None:
        """Return the closest pattern that a domain (A-label) falls under, compared label by label."""
        names = [domain, *(f"*.{parent}" for parent in parents(domain))]
        return next((self.patterns[name] for name in names if name in self.patterns), None)

    def agency_for(self, domain: str) -> OfficialAgency | None:
        """Return whose domain (A-label) this is: the very name, or one under a name that covers its sub-domains."""
        if found := self.by_domain.get(domain):
            return found
        above = (self.by_domain.get(parent) for parent in parents(domain))
        return next((found for found in above if found and found.covers_subdomains), None)


def parents(domain: str) -> Iterator[str]:
    """Yield the names above a domain, the closest first: b.c and c for a.b.c."""
    rest = domain.partition(".")[2]
    while rest:
        yield rest
        rest = rest.partition(".")[2]


@lru_cache(maxsize=1)
def official_domains() -> OfficialDomains:
    """Return what the project's own file says; read once in a process."""
    return read()


def read(path: Path = DOMAINS_FILE) -> OfficialDomains:
    """Read and check a file; DomainsRefused names the first thing that is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DomainsRefused(f"{path.name} cannot be read: {error}") from error
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    for problem in Draft202012Validator(schema).iter_errors(content):
        where = "/".join(str(step) for step in problem.absolute_path) or "the file"
        raise DomainsRefused(f"{path.name}: {where}: {problem.message[:300]}")
    countries: Mapping[str, Any] = content["countries"]
    patterns = [pattern for code, entry in countries.items() for pattern in _patterns(code, entry)]
    agencies = tuple(_agency(code, item) for code, entry in countries.items() for item in entry.get("agencies", ()))
    _check(path.name, countries, patterns, agencies)
    by_domain = {domain: agency for agency in agencies for domain in agency.domains}
    return OfficialDomains(content["version"], {pattern.text: pattern for pattern in patterns}, agencies, by_domain)


def _patterns(code: str, entry: Mapping[str, Any]) -> Iterator[Pattern]:
    country = "" if code == INTERNATIONAL else code
    for group in entry.get("patterns", ()):
        for name in group["names"]:
            yield Pattern(name, KeptFor(group["kept_for"]), country, group["source"])


def _agency(code: str, item: Mapping[str, Any]) -> OfficialAgency:
    return OfficialAgency(
        name=item["name"],
        local_name=item.get("local_name", ""),
        kind=AgencyKind(item["kind"]),
        country=item.get("seat", code),
        domains=tuple(item["domains"]),
        covers_subdomains=item.get("covers_subdomains", False),
        source=item["source"],
    )


def _check(
    file_name: str, countries: Iterable[str], patterns: Iterable[Pattern], agencies: Iterable[OfficialAgency]
) -> None:
    """Refuse a country that does not exist, a name that stands twice, and an organisation without a seat."""
    seats = {agency.country for agency in agencies}
    nowhere = (set(countries) | seats) - jurisdiction_names().keys()
    texts = [pattern.text for pattern in patterns]
    domains = [domain for agency in agencies for domain in agency.domains]
    homeless = {agency.name for agency in agencies if agency.country == INTERNATIONAL}
    for found, what in (
        (nowhere, "is no country"),
        ({name for name in texts if texts.count(name) > 1}, "stands twice"),
        ({name for name in domains if domains.count(name) > 1}, "stands twice"),
        (homeless, "needs a seat"),
    ):
        if found:
            raise DomainsRefused(f"{file_name}: {min(found)} {what}.")
