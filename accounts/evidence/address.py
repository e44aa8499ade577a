"""What the address says: whose domain it is, and whether the mailbox is one person's."""

import re
import unicodedata

from accounts.addresses import Judgement, is_disposable, is_shared_mailbox, judge, registered_name
from accounts.enums import AddressVerdict
from accounts.evidence.finding import Finding, day, domain_of, failed, look, passed, sentences
from accounts.evidence.resolver import NoSuchName, Resolver, Unreachable
from accounts.mail_hosts import FORWARDING_DOMAINS, forwarder
from accounts.models import AccessApplication, Agency

_SHOWN = 5
_STOLEN = "The address is the agency's. So is a stolen mailbox: the call-back decides."


def domain(application: AccessApplication) -> Finding:
    """Compare the domain of the address with the registry, and with the agency that the applicant names."""
    found = judge(application.email)
    if found.verdict is AddressVerdict.REFUSED:
        return failed(sentences(found.why), "Nobody gets in with such an address now. Ask for the official one.")
    if found.verdict is AddressVerdict.KNOWN_AGENCY:
        return _known(application, found)
    if application.agency is not None and (held := _held(application.agency)):
        return _not_held(application.agency, found, held)
    parts = [found.why, found.for_staff]
    if found.for_staff:
        return failed(sentences(*parts), "The registry knows this domain, but its agency may not act. Find out why.")
    if found.verdict is AddressVerdict.GOVERNMENT_SUFFIX:
        return passed(
            sentences(*parts),
            "Only offices get such a name, schools and utilities too: it says nothing of police power.",
        )
    return look(
        sentences(*parts),
        "Many real forces have such a domain, and so have impostors. Look for it at a source of your own.",
    )


def _known(application: AccessApplication, found: Judgement) -> Finding:
    if application.agency_id is None or found.agency == application.agency:
        return passed(sentences(found.why), _STOLEN)
    return failed(
        f"{found.why}, not of {application.agency}, which the applicant names.",
        "The address belongs to another agency. Ask which one employs the applicant.",
    )


def _held(agency: Agency) -> str:
    rows = list(agency.domains.order_by("domain")[: _SHOWN + 1])
    names = [f"{row.domain} (since {day(row.added_at)})" for row in rows[:_SHOWN]]
    return ", ".join(names) + (", and more" if len(rows) > _SHOWN else "")


def _not_held(agency: Agency, found: Judgement, held: str) -> Finding:
    said = f"{found.domain} is not a domain of {agency}. On file: {held}"
    if found.verdict is AddressVerdict.GOVERNMENT_SUFFIX:
        return look(
            sentences(said, found.why),
            "It may be a domain of the agency that we do not have yet. Let the agency confirm it when you call.",
        )
    return failed(
        sentences(said, found.for_staff),
        "An address outside the agency's own domains is the usual sign of an impostor. Ask the agency when you call.",
    )


def mailbox(application: AccessApplication) -> Finding:
    """Say whether the mailbox is an office's, and whether the name before the @ is the applicant's."""
    local = application.email.partition("@")[0]
    if is_shared_mailbox(application.email):
        return look(
            f"{local} is the name of an office, not of a person.",
            "Access is for one named officer. Ask for the officer's own address.",
        )
    names = [word for word in _words(application.full_name) if len(word) > 1]
    if not names:
        return passed(
            f"{local} is not the name of an office. The name has no Latin letters to compare with it.",
            "Whether the mailbox is this person's must come from the call-back.",
        )
    bare = "".join(_words(local))
    held = [name for name in names if len(name) > 2 and name in bare]
    badge = "".join(_words(application.badge))
    if held:
        what = "the surname" if names[-1] in held else "the name"
        return passed(f"{local} holds {what} ({held[-1]}).", "The name before the @ fits the applicant.")
    if len(badge) > 2 and badge in bare:
        return passed(f"{local} holds the badge number.", "The name before the @ fits the applicant.")
    initials = "".join(name[0] for name in names)
    if re.sub(r"\d", "", bare) in {initials, initials[0] + initials[-1]}:
        return passed(f"{local} holds the initials ({initials}).", "The name before the @ may be the applicant's.")
    return look(
        f"Nothing of the name {application.full_name} is in {local}.",
        "Some agencies give out numbers. Ask whose mailbox it is when you call.",
    )


def disposable(application: AccessApplication) -> Finding:
    """Say whether the mail is thrown away or handed on to somewhere else."""
    name = domain_of(application.email)
    if is_disposable(name):
        return failed(
            f"{name} is on the list of services for throw-away addresses.", "No agency uses such a service. Decline."
        )
    if registered_name(name) in FORWARDING_DOMAINS or name in FORWARDING_DOMAINS:
        return failed(
            f"{name} hands all mail on to a private mailbox.",
            "No agency uses such a service. Ask for the official address.",
        )
    hosts, note = _hosts(name)
    if service := next(filter(None, map(forwarder, hosts)), ""):
        return look(
            f"Mail for {name} goes to {service}, which hands it on to any mailbox.",
            "We cannot see who reads it. Ask the agency whether its mail really goes this way.",
        )
    if "+" in application.email.partition("@")[0]:
        return look(
            f"{application.email} has a part behind a plus: the same mailbox has as many addresses as it likes.",
            "Ask for the plain address, and look for other applications of the same mailbox.",
        )
    said = sentences(f"{name} is on no list of throw-away or forwarding services", note)
    return passed(said, "Nothing says that others read this mail.")


def _hosts(name: str) -> tuple[list[str], str]:
    """Return the mail servers of a domain, and a word where they were not looked at (another check tells why)."""
    resolver = Resolver.configured()
    if resolver is None:
        return [], "where its mail goes was not looked at"
    try:
        return [host for _preference, host in resolver.mail_hosts(name)], ""
    except NoSuchName:
        return [], "the domain does not exist"
    except Unreachable:
        return [], "where its mail goes could not be looked at"


def _words(text: str) -> list[str]:
    """Return the words of a text in plain small letters: Ærø Müller gives aro and muller."""
    plain = text.lower()
    for seen, meant in (("æ", "ae"), ("ø", "o"), ("ß", "ss"), ("ł", "l"), ("đ", "d"), ("\u0131", "i"), ("œ", "oe")):
        plain = plain.replace(seen, meant)
    folded = unicodedata.normalize("NFKD", plain)
    return re.findall(r"[a-z0-9]+", "".join(c for c in folded if not unicodedata.combining(c)))
