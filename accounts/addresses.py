"""What an e-mail address says about an office: known agency, government suffix, not recognised, or refused.

Domains are compared as IDNA A-labels, label by label and never by the end of a string: fakegov.uk is not gov.uk.
Asked in this order: is it an address, is the mail service open to anybody, has the desk blocked the domain, is it in an
active agency's entry, is it on the file of official domains, is its public suffix a government's.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

import tldextract
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from accounts.enums import AddressVerdict, AgencyStatus
from accounts.free_mail import BRANDS, DOMAINS
from accounts.models import Agency, AgencyDomain, BlockedDomain
from accounts.official_domains import KeptFor, Pattern, official_domains, parents

# First labels under which registries take only their government ("gov.uk", "gob.mx", "police.uk").
_GOVERNMENT_LABELS = frozenset({"gc", "gob", "gok", "gos", "gouv", "gov", "govt", "gub", "gv", "mil", "police"})
# "go" is a government's label in some countries and a province's in Italy.
_GO_COUNTRIES = frozenset({"ci", "cr", "id", "jp", "ke", "kr", "th", "tz", "ug"})
_KEPT_BY_LABEL = {"mil": KeptFor.MILITARY, "police": KeptFor.POLICE}

# Top-level domains whose country is not their own two letters.
_COUNTRY_OF_TLD = {"uk": "GB", "gov": "US", "mil": "US"}
# Countries' domains that are sold to everybody, and so say nothing of a country.
_SOLD = """
    ac ag ai am bz cc co fm gg io la ly me ms nu pw sc sh so st tk to tv vc vg ws
"""
_SOLD_TO_ANYBODY = frozenset(_SOLD.split())

_OFFICES = """
    abuse admin administration administrator bureau central contact cyber cybercrime desk dispatch duty enquiries
    enquiry fiu fraud general help helpdesk info information inquiries intake investigations kontakt legal mail
    mailbox office police post poststelle press registry request requests secretariat service support team webmaster
"""
_SHARED_MAILBOXES = frozenset(_OFFICES.split())

_WRITE_IT = "Enter a complete e-mail address, like name@agency.example."
_ANOTHER_WAY = "If your agency gives no addresses, write to us: the contact page says how."


@dataclass(frozen=True)
class Judgement:
    """A verdict on an address and the reason for it; `why` and `advice` give nothing away to a stranger.

    `advice` says what to do where the address is refused or not recognised. `country` is the agency's, else that of the
    pattern, else that of the top-level domain; "" where none is known. `for_staff` is what only the desk may read.
    """

    address: str
    verdict: AddressVerdict
    why: str
    advice: str = ""
    agency: Agency | None = None
    country: str = ""
    for_staff: str = ""

    @property
    def domain(self) -> str:
        """The domain as an A-label."""
        return self.address.rpartition("@")[2]

    @property
    def refused(self) -> bool:
        """Say whether nobody gets in with this address."""
        return self.verdict is AddressVerdict.REFUSED


def judge(address: str) -> Judgement:
    """Return the verdict on an e-mail address, whatever was typed; asks the database, never the network.

    An agency that is suspended, or only proposed, counts as one that is not there: who has no access learns nothing
    of it. `agency` and `for_staff` name it for the desk.
    """
    given = address.strip()
    try:
        parsed = validate_email(given, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        return Judgement(given, AddressVerdict.REFUSED, *_malformed(given, error))
    clean = _normalised(parsed)
    domain = clean.rpartition("@")[2]
    if refusal := _refusal(domain):
        return Judgement(clean, AddressVerdict.REFUSED, *refusal, country=country_of(domain))
    entries = _entries(domain)
    entry = _usable(entries, domain)
    if entry is not None and entry.agency.status == AgencyStatus.ACTIVE:
        why = f"{entry.domain} is a domain of {entry.agency} ({entry.source})"
        return Judgement(
            clean, AddressVerdict.KNOWN_AGENCY, why, agency=entry.agency, country=entry.agency.country
        )  # fmt: skip
    return _without_agency(clean, domain, entry, for_staff=_about_entries(entry, entries))


def registered(domain: str) -> AgencyDomain | None:
    """Return the registry's entry for a domain: the very domain, or a parent that covers its sub-domains."""
    return _usable(_entries(domain), domain)


def government_zone(domain: str) -> str:
    """Return the name that makes this a government's domain, or nothing: gov.uk for met.gov.uk."""
    found = _kept(domain)
    return found.zone if found else ""


def country_of(domain: str) -> str:
    """Return the country that a domain says by itself, "" where it says none (.com, .int, .io)."""
    if found := _kept(domain):
        return found.country
    return _country_of_tld(domain)


def registered_name(domain: str) -> str:
    """Return the part that somebody registered: nordvik-police.example for mail.nordvik-police.example."""
    found = _suffixes()(domain)
    if found.suffix:
        return found.top_domain_under_public_suffix or domain
    # The list's own rule for endings that are not on it, .example among them: the last label is the suffix.
    return ".".join(domain.split(".")[-2:])


def is_disposable(domain: str) -> bool:
    """Say whether a service for throw-away addresses owns the domain."""
    return any(name in blocklist for name in _down_to_registered(domain))


def is_free(domain: str) -> bool:
    """Say whether the domain belongs to a mail service that anybody can join."""
    if any(name in DOMAINS for name in _down_to_registered(domain)):
        return True
    return _suffixes()(domain).domain in BRANDS and not government_zone(domain)


def is_shared_mailbox(address: str) -> bool:
    """Say whether the name before the @ is that of an office rather than of a person."""
    local = address.partition("@")[0].lower().partition("+")[0]
    words = {word for part in local.split(".") for word in part.replace("_", "-").split("-")}
    return local in _SHARED_MAILBOXES or (bool(words) and words <= _SHARED_MAILBOXES)


def _normalised(parsed: ValidatedEmail) -> str:
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower()


def _malformed(given: str, error: EmailNotValidError) -> tuple[str, str]:
    if not given:
        return "no address was given", _WRITE_IT
    if _is_ip_literal(given.rpartition("@")[2]):
        advice = f"An address on a bare number belongs to no agency. {_WRITE_IT}"
        return "the part after the @ is an IP address, not a domain", advice
    if given.startswith('"'):
        advice = f"An address in quotation marks cannot be used. {_WRITE_IT}"
        return "the part before the @ is in quotation marks", advice
    return f"not an e-mail address: {str(error).rstrip('.')}", _WRITE_IT


def _is_ip_literal(domain: str) -> bool:
    bare = domain.strip("[]").removeprefix("IPv6:")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return domain.startswith("[")
    return True


def _refusal(domain: str) -> tuple[str, str] | None:
    if is_disposable(domain):
        advice = f"{domain} gives out throw-away addresses. Use the address that your agency gave you. {_ANOTHER_WAY}"
        return f"{domain} is a disposable mail service", advice
    if is_free(domain):
        advice = (
            f"{domain} is a mail service that anybody can join. Use the address that your agency gave you. "
            f"{_ANOTHER_WAY}"
        )
        return f"{domain} is a free mail service", advice
    if BlockedDomain.objects.filter(domain__in=_down_to_registered(domain), lifted_at=None).exists():
        advice = f"We cannot take an address at {domain} here. Call us or write to us: the contact page says how."
        return "blocked by the desk", advice
    return None


def _without_agency(address: str, domain: str, entry: AgencyDomain | None, *, for_staff: str) -> Judgement:
    """Judge a domain that is in no active agency's entry by the file of official domains and the public suffix."""
    agency = entry.agency if entry is not None else None
    hint, country = _hint(domain)
    if hint:
        return Judgement(
            address, AddressVerdict.GOVERNMENT_SUFFIX, hint, agency=agency, country=country, for_staff=for_staff
        )  # fmt: skip
    why = f"{domain} is in no active agency's entry and under no name that is kept for a government"
    advice = (
        f"We do not know {domain} yet. You can apply all the same: name your agency, and we ask there, at a number "
        "that we find ourselves."
    )
    return Judgement(
        address, AddressVerdict.NOT_RECOGNISED, why, advice, agency=agency, country=country, for_staff=for_staff
    )  # fmt: skip


def _hint(domain: str) -> tuple[str, str]:
    """Return what makes this an office's domain, as words, and the country; "" where nothing does."""
    if official := official_domains().agency_for(domain):
        local = f" ({official.local_name})" if official.local_name else ""
        return f"{domain} is official: {official.name}{local}, {official.source}", official.country
    if kept := _kept(domain):
        zone = kept.zone if "." in kept.zone else f".{kept.zone}"
        under = f"under {zone}, which is " if kept.zone != domain else ""
        return f"{domain} is {under}kept for {kept.kept_for.words}", kept.country
    return "", _country_of_tld(domain)


def _entries(domain: str) -> list[AgencyDomain]:
    """Return the registry's entries for a domain and the names above it, the closest first."""
    found = AgencyDomain.objects.select_related("agency").filter(domain__in=_self_and_parents(domain))
    return sorted(found, key=lambda entry: -len(entry.domain))


def _usable(entries: list[AgencyDomain], domain: str) -> AgencyDomain | None:
    return next((entry for entry in entries if entry.domain == domain or entry.covers_subdomains), None)


def _about_entries(entry: AgencyDomain | None, entries: list[AgencyDomain]) -> str:
    if entry is not None:
        return f"{entry.domain} is a domain of {entry.agency}, which is {entry.agency.get_status_display().lower()}"
    if entries:
        above = entries[0]
        return f"{above.domain} is a domain of {above.agency}, whose entry does not cover the names under it"
    return ""


def _kept(domain: str) -> Pattern | None:
    """Return what keeps this name for offices: a pattern of the file, else a label in the Public Suffix List."""
    if found := official_domains().pattern_for(domain):
        return found
    zones = _self_and_parents(_suffixes()(domain).suffix)
    zone = next((zone for zone in zones if _is_government_suffix(zone)), "")
    if not zone:
        return None
    kept_for = _KEPT_BY_LABEL.get(zone.partition(".")[0], KeptFor.GOVERNMENT)
    return Pattern(f"*.{zone}", kept_for, _country_of_tld(zone), "Public Suffix List")


def _country_of_tld(domain: str) -> str:
    tld = domain.rpartition(".")[2]
    if tld in _COUNTRY_OF_TLD:
        return _COUNTRY_OF_TLD[tld]
    return tld.upper() if len(tld) == 2 and tld not in _SOLD_TO_ANYBODY else ""


def _self_and_parents(domain: str) -> list[str]:
    return [domain, *parents(domain)] if domain else []


def _down_to_registered(domain: str) -> list[str]:
    """Return the domain and its parents as far as one owner reaches."""
    owner = registered_name(domain)
    return [name for name in _self_and_parents(domain) if name == owner or name.endswith(f".{owner}")]


def _is_government_suffix(zone: str) -> bool:
    first, _, rest = zone.partition(".")
    known = _suffixes().tlds
    if zone not in known and f"*.{rest}" not in known:
        return False
    return first in _GOVERNMENT_LABELS or (first == "go" and rest in _GO_COUNTRIES)


@lru_cache(maxsize=1)
def _suffixes() -> tldextract.TLDExtract:
    """The Public Suffix List as it came with the package: no fetch, no cache on disk."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
