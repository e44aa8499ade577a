"""What an e-mail address says about an office: known agency, government suffix, not recognised, or refused.

Domains are compared as IDNA A-labels, label by label and never by the end of a string: fakegov.uk is not gov.uk.
"""

from dataclasses import dataclass
from functools import lru_cache

import tldextract
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from accounts.enums import AddressVerdict, AgencyStatus
from accounts.free_mail import BRANDS, DOMAINS
from accounts.models import Agency, AgencyDomain

# First labels under which registries take only their government ("gov.uk", "gob.mx", "police.uk").
_GOVERNMENT_LABELS = frozenset({"gc", "gob", "gok", "gos", "gouv", "gov", "govt", "gub", "gv", "mil", "police"})
# "go" is a government's label in some countries and a province's in Italy.
_GO_COUNTRIES = frozenset({"ci", "cr", "id", "jp", "ke", "kr", "th", "tz", "ug"})
# Reserved for a government by its registry, though no public suffix.
_GOVERNMENT_DOMAINS = frozenset({"admin.ch", "bund.de", "fed.us"})

_OFFICES = """
    abuse admin administration administrator bureau central contact cyber cybercrime desk dispatch duty enquiries
    enquiry fiu fraud general help helpdesk info information inquiries intake investigations kontakt legal mail
    mailbox office police post poststelle press registry request requests secretariat service support team webmaster
"""
_SHARED_MAILBOXES = frozenset(_OFFICES.split())


@dataclass(frozen=True)
class Judgement:
    """A verdict on an address, the reason for it, and what to tell the person where it is refused."""

    address: str
    verdict: AddressVerdict
    why: str
    advice: str = ""
    agency: Agency | None = None

    @property
    def domain(self) -> str:
        """The domain as an A-label."""
        return self.address.rpartition("@")[2]

    @property
    def refused(self) -> bool:
        """Say whether nobody gets in with this address."""
        return self.verdict is AddressVerdict.REFUSED


def judge(address: str) -> Judgement:
    """Return the verdict on an e-mail address; asks the registry of agencies, never the network."""
    given = address.strip()
    try:
        parsed = validate_email(given, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        advice = "Enter a complete e-mail address, like name@agency.example."
        return Judgement(given, AddressVerdict.REFUSED, f"not an e-mail address: {error}", advice)
    clean = _normalised(parsed)
    domain = clean.rpartition("@")[2]
    if refusal := _refusal(domain):
        return Judgement(clean, AddressVerdict.REFUSED, *refusal)
    if entry := registered(domain):
        return _registered_verdict(clean, entry)
    if zone := government_zone(domain):
        return Judgement(clean, AddressVerdict.GOVERNMENT_SUFFIX, f"under {zone}, which is kept for a government")
    why = f"{domain} is in no agency's entry and under no government suffix"
    return Judgement(clean, AddressVerdict.NOT_RECOGNISED, why)


def registered(domain: str) -> AgencyDomain | None:
    """Return the registry's entry for a domain: the very domain, or a parent that covers its sub-domains."""
    entries = AgencyDomain.objects.select_related("agency").filter(domain__in=_self_and_parents(domain))
    usable = [entry for entry in entries if entry.domain == domain or entry.covers_subdomains]
    return max(usable, key=lambda entry: len(entry.domain), default=None)


def government_zone(domain: str) -> str:
    """Return the suffix that makes this a government's domain, or nothing."""
    suffix = _suffixes()(domain).suffix
    for parent in _self_and_parents(domain):
        if parent in _GOVERNMENT_DOMAINS or _is_state_of_the_us(parent):
            return parent
    return next((zone for zone in _self_and_parents(suffix) if _is_government_suffix(zone)), "")


def registered_name(domain: str) -> str:
    """Return the part that somebody registered: nordvik-police.example for mail.nordvik-police.example."""
    return _suffixes()(domain).top_domain_under_public_suffix or domain


def is_disposable(domain: str) -> bool:
    """Say whether a service for throw-away addresses owns the domain."""
    return any(name in blocklist for name in _down_to_registered(domain))


def is_shared_mailbox(address: str) -> bool:
    """Say whether the name before the @ is that of an office rather than of a person."""
    local = address.partition("@")[0].lower().partition("+")[0]
    words = {word for part in local.split(".") for word in part.replace("_", "-").split("-")}
    return local in _SHARED_MAILBOXES or (bool(words) and words <= _SHARED_MAILBOXES)


def _normalised(parsed: ValidatedEmail) -> str:
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower()


def _refusal(domain: str) -> tuple[str, str] | None:
    if is_disposable(domain):
        advice = f"{domain} gives out throw-away addresses. Use the address that your agency gave you."
        return f"{domain} is a disposable mail service", advice
    if _is_free(domain):
        advice = (
            f"{domain} is a mail service that anybody can join. Use the address that your agency gave you. "
            "If your agency gives no addresses, write to us: the contact page says how."
        )
        return f"{domain} is a free mail service", advice
    return None


def _is_free(domain: str) -> bool:
    if any(name in DOMAINS for name in _down_to_registered(domain)):
        return True
    found = _suffixes()(domain)
    return found.domain in BRANDS and not government_zone(domain)


def _registered_verdict(address: str, entry: AgencyDomain) -> Judgement:
    agency = entry.agency
    if agency.status == AgencyStatus.ACTIVE:
        why = f"{entry.domain} is a domain of {agency} ({entry.source})"
        return Judgement(address, AddressVerdict.KNOWN_AGENCY, why, agency=agency)
    why = f"{entry.domain} is a domain of {agency}, which is {agency.get_status_display().lower()}"
    return Judgement(address, AddressVerdict.NOT_RECOGNISED, why, agency=agency)


def _self_and_parents(domain: str) -> list[str]:
    labels = domain.split(".") if domain else []
    return [".".join(labels[start:]) for start in range(len(labels))]


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


def _is_state_of_the_us(zone: str) -> bool:
    """RFC 1480: state.<two letters>.us belongs to the state itself."""
    labels = zone.split(".")
    return len(labels) == 3 and labels[0] == "state" and len(labels[1]) == 2 and labels[2] == "us"


@lru_cache(maxsize=1)
def _suffixes() -> tldextract.TLDExtract:
    """The Public Suffix List as it came with the package: no fetch, no cache on disk."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
