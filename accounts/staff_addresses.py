"""Which addresses a colleague may be invited with: the company's own, of one person, and nobody's who is an officer."""

from django.conf import settings

from accounts.addresses import Judgement, is_disposable, is_free, judge
from accounts.enums import AddressVerdict
from accounts.look_alikes import Index, mixes_scripts
from accounts.mail_hosts import FORWARDING_DOMAINS
from accounts.models import User
from accounts.skeletons import readable

_OWN = "Use the address that the company gave this person."
_BOTH = "Nobody is staff and officer."


def staff_address_refusal(email: str) -> str:
    """Say why no colleague is invited with this address, or nothing.

    Where STAFF_EMAIL_DOMAINS names the company's domains, only those count, each exactly as it stands there; else
    everything but services that anybody can join, services that only hand mail on, domains of authorities, and domains
    that imitate one of the colleagues.
    """
    found = judge(email)
    if "@" not in found.address or not found.domain:
        return f"{found.address} is not an e-mail address."
    if refusal := _of_anybody(found):
        return refusal
    local = found.address.rpartition("@")[0]
    if "+" in local:
        return f"Take away what follows the plus in {found.address}: one person has one account."
    if found.agency is not None or found.verdict is AddressVerdict.KNOWN_AGENCY:
        return f"{found.domain} is a domain of an agency. {_BOTH}"
    if known := settings.STAFF_EMAIL_DOMAINS:
        return "" if found.domain in known else f"Colleagues have an address at {_listed(known)}. {_OWN}"
    if found.verdict is AddressVerdict.GOVERNMENT_SUFFIX:
        return f"{found.domain} is kept for authorities. {_BOTH}"
    return _of_an_impostor(found.domain)


def nobody_at(email: str) -> str:
    """Return the domain of this address where no colleague has one at it, or nothing; A-labels with what they show.

    Where STAFF_EMAIL_DOMAINS names the company's domains nothing is new about them.
    """
    domain = judge(email).domain
    known = _domains_of_colleagues()
    if settings.STAFF_EMAIL_DOMAINS or not known or domain in known:
        return ""
    return _shown(domain)


def _shown(domain: str) -> str:
    """The domain, and what A-labels look like to people."""
    seen = readable(domain)
    return domain if seen == domain else f"{domain} ({seen})"


def _of_an_impostor(domain: str) -> str:
    """Say that the domain is made to be taken for the colleagues' one, or nothing."""
    known = _domains_of_colleagues()
    if domain in known:
        return ""
    if mixes_scripts(domain):
        return f"{_shown(domain)} mixes letters of several scripts. {_OWN}"
    copy = Index(known).find(domain)
    if copy is None or copy.known not in known:
        return ""
    return (
        f"{_shown(domain)} looks like the domain of your colleagues, {copy.known}, but is another one: it {copy.how}. "
        f"{_OWN} If it is the company's, the operator names both in STAFF_EMAIL_DOMAINS."
    )


def _domains_of_colleagues() -> frozenset[str]:
    """The domains at which colleagues who hold a role have their address."""
    held = User.objects.filter(staff_roles__ended_at=None, staff_roles__isnull=False, is_active=True)
    return frozenset(email.rpartition("@")[2] for email in held.values_list("email", flat=True))


def _of_anybody(found: Judgement) -> str:
    """Say that the domain is none of a company, or that the address is none at all, or nothing."""
    domain = found.domain
    if is_disposable(domain):
        return f"{domain} gives out throw-away addresses. {_OWN}"
    if domain in FORWARDING_DOMAINS:
        return f"{domain} only hands mail on to an address that we do not see. {_OWN}"
    if is_free(domain):
        return f"{domain} is a mail service that anybody can join. {_OWN}"
    if found.refused:
        return f"{found.address} cannot be used: {found.why}. {_OWN}"
    return ""


def _listed(domains: list[str]) -> str:
    return domains[0] if len(domains) == 1 else f"{', '.join(domains[:-1])} or {domains[-1]}"
