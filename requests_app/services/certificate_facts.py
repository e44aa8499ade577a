"""What a custodian states in a certificate, form by form, and what the portal knows of it before anybody types."""

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts.models import User
from foundation.legal.countries import jurisdiction_names
from foundation.notifications.site import site_details
from requests_app.enums import CertificateForm, DataCategory, LineDecision
from requests_app.models import DisclosurePackage, RequestLine
from requests_app.release_enums import CertificateKind
from requests_app.services import certificate_texts as texts
from requests_app.services.archive import stamp
from requests_app.services.letters import period_words

_US = (CertificateForm.US_902_11, CertificateForm.US_902_13, CertificateForm.US_902_14)
_EXTRACTED = "Exported by the company's systems for the lines of the request, and checked row by row against the grant."
_ADDED = "Files whose source begins with “Added by hand” were taken out by a person of the company."
_SEARCHED = "The identifiers below were looked up in the company's systems, and the records of each kind and period."
_SYSTEM = "The company's production systems, which write records of accounts, sign-ins and transactions as they happen."


@dataclass(frozen=True)
class Fact:
    """One thing the custodian states. kind: text, long, date, or choice."""

    name: str
    label: str
    hint: str = ""
    required: bool = True
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()


_PERSON = (
    Fact("name", "Name of whoever signs"),
    Fact("title", "Title or occupation"),
    Fact("employer", "Employer"),
    Fact("address", "Address of the employer", kind="long"),
    Fact("authority", "Signs as", kind="choice", choices=tuple(
        (value, words.split(" ", 1)[1].capitalize()) for value, words in texts.AUTHORITY.items()
    )),
)  # fmt: skip
_SYSTEMS = Fact(
    "system", "The system", "What it is, that its result is accurate, and whether it worked properly", kind="long"
)
_EXTRACTION = Fact("extraction", "How the records were taken out of it", kind="long")
_EXCEPTIONS = Fact("exceptions", "Exceptions and what was left out", "Empty where there is none", False, "long")
_WHEN = (
    Fact("place", "Place where it is signed"),
    Fact("executed_on", "Day on which it is signed", "Leave it empty to write it by hand", False, "date"),
)
_COUNTRY = Fact("country", "Country where it is signed", "A false statement is an offence under its law")
# 18 USC 3505(c)(2): made and signed in a foreign country.
_FOREIGN = replace(_COUNTRY, hint="Outside the United States. A false statement is an offence under its law")
_INDIA = (
    Fact("relation", "Son, daughter or spouse of", "As the Schedule asks"),
    Fact("source", "Source of the record", kind="choice", choices=tuple(texts.INDIA_SOURCES.items())),
    Fact("make", "Make and model", required=False),
    Fact("color", "Colour", required=False),
    Fact("serial", "Serial number", required=False),
    Fact("cloud_id", "IMEI, UIN, UID, MAC or cloud ID", "As applicable", required=False),
    Fact("other", "Other information about the source", required=False),
    Fact("control", "The source is", kind="choice", choices=tuple(texts.INDIA_CONTROL.items())),
    Fact("time_ist", "Time of signing (IST, 24 hours)", "For example 14:30. Empty to write it by hand", False),
)
_US_PLACE = Fact("inside", "Signed", kind="choice", choices=(
    (texts.INSIDE, "Inside the United States"), (texts.OUTSIDE, "Outside the United States"),
))  # fmt: skip


def needed_facts(form: str, kind: str) -> list[Fact]:
    """Return what a custodian states in a certificate of this form and kind, in the order in which it is asked."""
    search = kind == CertificateKind.SEARCH
    facts = [*_PERSON]
    if search:
        facts += [
            _SYSTEMS,
            Fact("search", "How it was searched", kind="long"),
            Fact("searched_on", "Day of the search", kind="date"),
        ]
    else:
        facts += [_SYSTEMS, _EXTRACTION]
    facts.append(_EXCEPTIONS)
    if form == CertificateForm.IN_63_4:
        facts += _INDIA
    if form in _US:
        facts.append(_US_PLACE)
    if form in (CertificateForm.US_3505, CertificateForm.GENERIC):
        facts.append(_FOREIGN if form == CertificateForm.US_3505 else _COUNTRY)
    return [*facts, *_WHEN]


def default_facts(package: DisclosurePackage, form: str, custodian: User) -> dict[str, Any]:
    """Return what the portal knows before anybody types: whoever drafts and whoever signs look at each of it."""
    data_request = package.data_request
    entity, now = data_request.legal_entity, timezone.now()
    country = entity.country if entity else ""
    return {
        "name": custodian.get_full_name(),
        "title": "Custodian of records",
        "employer": company(package),
        "address": (entity.service_address if entity else "") or site_details().postal_address,
        "authority": texts.CUSTODIAN,
        "system": data_request.provider.records_system.strip() or _SYSTEM,
        "extraction": _extraction(package),
        "search": _SEARCHED,
        "searched_on": format_date((data_request.decided_at or now).astimezone(UTC), "Y-m-d"),
        "exceptions": "",
        "relation": "",
        "source": "server",
        "make": "",
        "color": "",
        "serial": "",
        "cloud_id": "",
        "other": "",
        "control": "operated",
        "time_ist": "",
        "inside": texts.INSIDE if country == "US" else texts.OUTSIDE,
        "country": country_words(country),
        "place": "",
        "executed_on": "",
    }


def _extraction(package: DisclosurePackage) -> str:
    """Return how the files were taken out, by whom as far as their rows say."""
    by_hand = package.items.filter(added__isnull=False).exists()
    exported = not by_hand or package.items.filter(added=None).exists()
    return " ".join([*([_EXTRACTED] if exported else []), *([_ADDED] if by_hand else [])])


def country_words(code: str) -> str:
    """Return the name of a country for the words of an oath; empty where none is known."""
    return jurisdiction_names().get(code, "")


def company(package: DisclosurePackage) -> str:
    """Return the company that keeps the records."""
    entity = package.data_request.legal_entity
    return entity.name if entity else package.data_request.provider.name


def searched(package: DisclosurePackage) -> list[tuple[str, str, str]]:
    """Return what was looked for and not found: identifier, kind of records, period."""
    rows: list[RequestLine] = list(
        package.data_request.lines.filter(decision=LineDecision.NO_RECORDS).select_related("target").order_by("pk")
    )
    return [(line.target.given, str(DataCategory(line.category).label), period_words(line)) for line in rows]


def span(package: DisclosurePackage) -> str:
    """Return the whole period that the files cover, in UTC."""
    rows = [(line.period_from, line.period_to) for line in package.lines.all()]
    if not rows:
        return ""
    return f"{stamp(min(first for first, _ in rows))} to {stamp(max(last for _, last in rows))} (end not included)"
