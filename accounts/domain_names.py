"""Reading the domain that a person typed, for the registry of agencies and the list of blocked domains."""

from functools import lru_cache

import tldextract
from email_validator import EmailNotValidError, validate_email

from foundation.core.errors import PortalError


class DomainRefused(PortalError):
    """This is no domain that one owner has."""


def read_domain(text: str) -> str:
    """Return the domain as an IDNA A-label in lower case.

    Takes "Nordvik-Police.example", "@nordvik-police.example", a whole address, and letters of any script. Raises
    DomainRefused for what is no domain (an IP literal too), and for a public suffix such as gov.uk, under which many
    register.
    """
    given = text.strip().rstrip(".").rpartition("@")[2]
    try:
        parsed = validate_email(f"somebody@{given}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        wrong = "This is not a domain. Write it like nordvik-police.example, without https:// and without a path."
        raise DomainRefused(wrong) from error
    domain = parsed.ascii_domain.lower()
    if is_public_suffix(domain):
        raise DomainRefused(f"{domain} is an ending under which many register, not the domain of one agency.")
    return domain


def is_public_suffix(domain: str) -> bool:
    """Say whether registries give out names under this domain (gov.uk, com), so that nobody owns it."""
    return bool(domain) and _suffixes()(domain).suffix == domain


def parts_of(domain: str) -> tuple[str, str, str]:
    """Return sub-domain, registered label and public suffix: ("mail", "nordvik-police", "example").

    Private suffixes count (metpolice.uk.com is registered under uk.com); what is itself a suffix has no label.
    """
    found = _suffixes()(domain, include_psl_private_domains=True)
    if found.suffix:
        return found.subdomain, found.domain, found.suffix
    rest, _dot, suffix = domain.rpartition(".")  # the list's own rule for endings that are not on it
    sub, _dot, label = rest.rpartition(".")
    return sub, label, suffix


@lru_cache(maxsize=1)
def _suffixes() -> tldextract.TLDExtract:
    """The Public Suffix List as it came with the package: no fetch, no cache on disk."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
