"""Who runs the mail of the domain, and whether others may send in its name: MX, SPF (RFC 7208), DMARC (RFC 7489)."""

from dataclasses import dataclass

from accounts.addresses import registered, registered_name
from accounts.enums import SignalOutcome
from accounts.evidence.finding import Finding, domain_of, failed, sentences, unknown, worst
from accounts.evidence.resolver import NoSuchName, Resolver, Unreachable
from accounts.mail_hosts import business_host, consumer_host, forwarder
from accounts.models import AccessApplication, Agency

TRIES = 5
_REDIRECTS = 3
_SHOWN = 2
_FOREIGN = (
    "No agency of a state leaves its mail like this without a reason. Compare the domain with a source of your own."
)
_ALONE = "It says how the domain is run, and nothing of the person. The call-back decides."

Part = tuple[SignalOutcome, str]


@dataclass(frozen=True)
class _Policy:
    """What DMARC says of mail in the domain's name, and where it says so."""

    word: str
    where: str


def mail_server(application: AccessApplication) -> Finding:
    """Look up mail servers, SPF and DMARC of the applicant's domain, and beside them those of the known domain."""
    resolver = Resolver.configured()
    if resolver is None:
        return unknown(
            "Could not be checked: DNS checks are switched off in this installation (VETTING_DNS=off).",
            "Look the domain's mail servers up yourself, or let a second person decide.",
        )
    domain = domain_of(application.email)
    try:
        hosts = _hosts(resolver, domain)
    except NoSuchName:
        return failed(f"The domain {domain} does not exist.", "No mail reaches this address any more. Do not approve.")
    except Unreachable as error:
        return unknown(
            f"Could not be checked: {error}.",
            "It says nothing about the applicant. The check is tried again by itself, then a second person decides.",
            tries=TRIES,
        )
    if isinstance(hosts, str):
        return failed(hosts, "No mail reaches this address. Do not approve.")
    parts = [_about_hosts(domain, hosts), _about_spf(resolver, domain), _about_dmarc(resolver, domain)]
    outcome = worst(part[0] for part in parts)
    compared = _known(resolver, application.agency, domain) if outcome is not SignalOutcome.PASS else ""
    said = sentences(*(part[1] for part in parts), compared)
    explanation = _ALONE if outcome is SignalOutcome.PASS else _FOREIGN
    return Finding(outcome, said, explanation, TRIES if outcome is SignalOutcome.UNKNOWN else 0)


def _hosts(resolver: Resolver, domain: str) -> list[str] | str:
    """Return the mail servers (none: mail goes to the domain's own address), or the sentence that there is no way."""
    found = resolver.mail_hosts(domain)
    if found and all(not host for _preference, host in found):
        return f"{domain} says that it takes no mail (null MX, RFC 7505)."
    if not found and not resolver.has_address(domain):
        return f"{domain} has neither a mail server nor an address."
    return [host for _preference, host in found if host]


def _about_hosts(domain: str, hosts: list[str]) -> Part:
    if not hosts:
        return SignalOutcome.WARN, "no mail server of its own: mail goes to the address of the web site"
    shown = ", ".join(host[:80] for host in hosts[:_SHOWN])
    for host in hosts:
        if service := consumer_host(host) or forwarder(host):
            return SignalOutcome.WARN, f"mail server {shown}: a shared host for everybody ({service})"
    if service := next(filter(None, map(business_host, hosts)), ""):
        return SignalOutcome.PASS, f"mail server {shown} ({service})"
    own = all(registered_name(host) == registered_name(domain) for host in hosts)
    return SignalOutcome.PASS, f"mail server {shown}{', its own' if own else ''}"


def _about_spf(resolver: Resolver, domain: str) -> Part:
    try:
        ending = _spf(resolver, domain)
    except Unreachable as error:
        return SignalOutcome.UNKNOWN, f"SPF could not be checked: {error}"
    if ending in {"-all", "~all"}:
        return SignalOutcome.PASS, f"SPF ends with {ending}"
    return SignalOutcome.WARN, {
        "": "no SPF record: anybody may send in its name",
        "several": "several SPF records, so none counts",
        "+all": "SPF ends with +all: anybody may send in its name",
    }.get(ending, f"SPF ends with {ending}: it says nothing about others who send in its name")


def _spf(resolver: Resolver, domain: str) -> str:
    """Return how the record ends (-all, ~all, ?all, +all; ?all where it says nothing), "" for none, or "several"."""
    for _round in range(_REDIRECTS + 1):
        records = [text for text in resolver.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
        if len(records) != 1:
            return "several" if records else ""
        terms = records[0].lower().split()[1:]
        for term in terms:
            if term.lstrip("+-~?") == "all":
                return term if term != "all" else "+all"
        target = next((term.partition("=")[2] for term in terms if term.startswith("redirect=")), "")
        if not target:
            return "?all"
        domain = target.rstrip(".")
    return "?all"


def _about_dmarc(resolver: Resolver, domain: str) -> Part:
    try:
        policy = _dmarc(resolver, domain)
    except Unreachable as error:
        return SignalOutcome.UNKNOWN, f"DMARC could not be checked: {error}"
    if policy is None:
        return SignalOutcome.WARN, "no DMARC policy"
    where = "" if policy.where == domain else f" at {policy.where}"
    if policy.word in {"reject", "quarantine"}:
        return SignalOutcome.PASS, f"DMARC p={policy.word}{where}"
    return SignalOutcome.WARN, f"DMARC p={policy.word}{where}: forged mail in its name is let through"


def _dmarc(resolver: Resolver, domain: str) -> _Policy | None:
    """Return the policy of the domain, or that of its registered name for sub-domains (RFC 7489, 6.6.3)."""
    owner = registered_name(domain)
    for name in dict.fromkeys((domain, owner)):
        records = [text for text in resolver.texts(f"_dmarc.{name}") if text.replace(" ", "").startswith("v=DMARC1")]
        if len(records) != 1:
            continue
        tags = dict(part.strip().partition("=")[::2] for part in records[0].split(";") if "=" in part)
        tags = {key.strip().lower(): value.strip().lower() for key, value in tags.items()}
        word = tags.get("p", "") if name == domain else tags.get("sp", tags.get("p", ""))
        return _Policy(word if word in {"none", "quarantine", "reject"} else "none", name)
    return None


def _known(resolver: Resolver, agency: Agency | None, domain: str) -> str:
    """Say how the agency's own domain is run, where the applicant's is another one."""
    if agency is None:
        return ""
    entry = registered(domain)
    known = agency.domains.order_by("added_at", "pk").first()
    if known is None or (entry is not None and entry.agency_id == agency.pk):
        return ""
    try:
        hosts = _hosts(resolver, known.domain)
        policy = _dmarc(resolver, known.domain)
    except (NoSuchName, Unreachable):
        return f"the known domain {known.domain} could not be looked up beside it"
    if isinstance(hosts, str):
        return f"the known domain: {hosts}"
    word = f"p={policy.word}" if policy else "no DMARC policy"
    return f"the known domain {known.domain}: {_about_hosts(known.domain, hosts)[1]}, {word}"
