"""A batch of India's Sahyog portal, line by line: a request for data, a notice to take content down, or neither.

Section 79(3)(b) of the Information Technology Act 2000 is about removing content, and no ground to disclose anything
(its requests for data stand on section 94 of the Bharatiya Nagarik Suraksha Sanhita 2023). A line that wants both is
refused: each of the two is decided by itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import Agency, User
from foundation.core.errors import Incomplete, PortalError
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from requests_app.enums import Channel, ImportOutcome
from requests_app.models import DataRequest, TakedownNotice
from requests_app.permissions import entering_refusal
from requests_app.services import line_reading, named_agencies, recording, takedowns
from requests_app.services.batch_files import Line
from requests_app.services.line_reading import INDIA, Notes
from requests_app.services.recording import AskedFor, OrderGiven, Recorded

MOST = 300
COLUMNS = (
    "external_reference", "law", "process_type", "agency", "officer_name", "officer_email", "officer_phone",
    "case_number", "offence", "facts", "order_number", "order_date", "issuing_authority", "identifiers", "categories",
    "date_from", "date_to", "arrived_at", "content", "reason",
)  # fmt: skip
NEEDED = ("external_reference", "law", "agency")
HEADINGS = {name: name for name in COLUMNS} | {
    "reference": "external_reference", "sahyog_id": "external_reference", "sahyog_reference": "external_reference",
    "legal_basis": "law", "section": "law", "section_of_law": "law", "fir_number": "case_number", "fir": "case_number",
    "police_station": "agency", "email": "officer_email", "phone": "officer_phone", "urls": "content", "url": "content",
    "from": "date_from", "to": "date_to", "received_at": "arrived_at", "records": "categories",
}  # fmt: skip
COUNTRY = "IN"
_REMOVAL = re.compile(r"79\s*\(?\s*3\s*\)?\s*\(?\s*b\b", re.IGNORECASE)
_DATA = re.compile(r"\b9[14]\b|BNSS|Cr\.?\s?PC|3\s*\(\s*1\s*\)\s*\(\s*j\s*\)", re.IGNORECASE)
_BOTH = (
    "It is a notice to take content down and asks for data as well. Each is decided by itself: divide it into two "
    "lines with numbers of their own."
)
# Of a line that was taken nothing is kept twice: the request or the notice has it.
_KEPT = ("external_reference", "law", "agency", "case_number", "arrived_at")
_TYPES = (("94", "IN-BNSS-94"), ("91", "IN-BNSS-94"), ("3(1)(j)", "IN-ITR-3-1-J"))


@dataclass
class Judged:
    """One line with its answer, and what would be made of it."""

    line: Line
    outcome: ImportOutcome
    said: list[str] = field(default_factory=list)
    request: Recorded | None = None
    notice: takedowns.Notice | None = None
    known_as: str = ""

    @property
    def corrected(self) -> bool:
        """Whether it is taken, with something read differently from how it was written."""
        return bool(self.said) and self.outcome in {ImportOutcome.ACCEPTED, ImportOutcome.TAKEDOWN}

    @property
    def reference(self) -> str:
        """The number that Sahyog gave it."""
        return self.line.get("external_reference")[:100]

    def kept(self) -> dict[str, str]:
        """Return what is stored of the line itself: all of one that was refused."""
        names = COLUMNS if self.outcome == ImportOutcome.REFUSED else _KEPT
        return {name: value for name in names if (value := self.line.get(name))}


def judge(lines: Iterable[Line], *, provider: Provider, by: User, at: datetime) -> list[Judged]:
    """Answer each line as an import would at this moment; nothing is written."""
    lines = list(lines)
    numbers = {line.get("external_reference") for line in lines}
    known = _known(provider, numbers)
    types = {kind.code: kind for kind in offered_types(provider, COUNTRY, at)}
    found: list[Judged] = []
    seen: dict[str, int] = {}
    for line in lines:
        number = line.get("external_reference")
        if number and number in known:
            answer = Judged(line, ImportOutcome.KNOWN, [f"It is {known[number]} here."], known_as=known[number])
        elif number in seen:
            answer = Judged(line, ImportOutcome.KNOWN, [f"The same number stands in line {seen[number]} already."])
        else:
            answer = _answered(line, provider, by, at, types)
            if number and answer.outcome != ImportOutcome.REFUSED:
                seen[number] = line.number
        found.append(answer)
    return found


def _known(provider: Provider, numbers: set[str]) -> dict[str, str]:
    """Return our references by the numbers that Sahyog gave; of all, because a number is never used twice."""
    about: dict[str, Any] = {"provider": provider, "channel": Channel.SAHYOG, "external_reference__in": numbers}
    found = dict(DataRequest.objects.filter(**about).values_list("external_reference", "reference"))
    found |= dict(TakedownNotice.objects.filter(**about).values_list("external_reference", "reference"))
    return {number: reference or "a request" for number, reference in found.items()}


def _answered(line: Line, provider: Provider, by: User, at: datetime, types: dict[str, ProcessType]) -> Judged:
    notes = Notes()
    try:
        if not line.get("external_reference"):
            raise Incomplete("It has no number of Sahyog.")
        if len(line.get("external_reference")) > 100:
            raise Incomplete("Its number is longer than 100 characters.")
        if _is_removal(line):
            notice = _notice(line, provider, by, at, notes)
            return Judged(line, ImportOutcome.TAKEDOWN, notes.said, notice=notice)
        request = _request(line, provider, by, at, types, notes)
        return Judged(line, ImportOutcome.ACCEPTED, notes.said, request=request)
    except PortalError as refusal:
        return Judged(line, ImportOutcome.REFUSED, [str(refusal)])


def _is_removal(line: Line) -> bool:
    """Say whether the line is a notice to take content down. Raises Incomplete where it is that and a request too."""
    law = line.get("law")
    removal = bool(_REMOVAL.search(law)) or line.get("process_type").upper() == "IN-IT-79"
    if not law and not line.get("process_type"):
        raise Incomplete("It names no law.")
    data = bool(_DATA.search(_REMOVAL.sub("", law))) or bool(line.get("categories") or line.get("identifiers"))
    if removal and data:
        raise Incomplete(_BOTH)
    if not removal and line.get("content"):
        raise Incomplete(f"It names content to take down without section 79(3)(b). {_BOTH}")
    return removal


def _arrived(line: Line, at: datetime, notes: Notes) -> datetime:
    arrived = line_reading.moment(line.get("arrived_at"), "time of arrival", INDIA, notes)
    if arrived is None:
        notes.say("It has no time of arrival: it counts from now.")
    elif not at - recording.OLDEST <= arrived <= at:
        raise Incomplete("Its time of arrival is in the future, or too long ago to be true.")
    return arrived or at


def _may_enter(agency: Agency | None, provider: Provider, by: User) -> None:
    if refusal := entering_refusal(by, provider.pk, agency.pk if agency else None):
        raise Incomplete(refusal)


def _sender(line: Line, notes: Notes) -> Agency | None:
    """Return who sent a notice. It gets no data, so a notice of an authority outside our registry is taken too."""
    try:
        return named_agencies.find(line.get("agency"), country=COUNTRY)
    except Incomplete as unknown:
        notes.say(f"{unknown} The notice is taken all the same.")
        return None


def _notice(line: Line, provider: Provider, by: User, at: datetime, notes: Notes) -> takedowns.Notice:
    content = "\n".join(line_reading.parts(line.get("content")))
    if not content:
        raise Incomplete("It names nothing to take down.")
    arrived = _arrived(line, at, notes)
    if arrived < at - takedowns.OLDEST:
        raise Incomplete("Its time of arrival is more than a year ago.")
    agency = _sender(line, notes)
    _may_enter(agency, provider, by)
    return takedowns.Notice(
        arrived_at=arrived, authority=(line.get("issuing_authority") or line.get("agency"))[:200], content=content,
        external_reference=line.get("external_reference"), law=line.get("law")[:200] or takedowns.LAW,
        reason=line.get("reason") or line.get("facts"), officer_words=line.get("officer_name")[:200], agency=agency,
    )  # fmt: skip


def _request(
    line: Line, provider: Provider, by: User, at: datetime, types: dict[str, ProcessType], notes: Notes
) -> Recorded:
    agency = named_agencies.find(line.get("agency"), country=COUNTRY)
    _may_enter(agency, provider, by)
    found = line_reading.identifiers(line.get("identifiers"), notes)
    if not found:
        raise Incomplete("It names no identifier.")
    asked = line_reading.categories(line.get("categories"))
    first = line_reading.day(line.get("date_from"), "first day", notes)
    last = line_reading.day(line.get("date_to"), "last day", notes)
    if not asked:
        raise Incomplete("It does not say which records it asks for.")
    if first is None or last is None or last < first:
        raise Incomplete("It has no first and last day of the records, in this order.")
    kind = _type(line, types, notes)
    order = OrderGiven(
        process_type=kind, section_of_law=line.get("law")[:200], issuing_authority=line.get("issuing_authority")[:200],
        docket=line.get("order_number")[:100],
        issued_on=line_reading.day(line.get("order_date"), "day of the order", notes),
    )  # fmt: skip
    return Recorded(
        provider=provider, agency=agency, arrived_at=_arrived(line, at, notes),
        officer=_officer(line, agency, at, notes),
        title=f"Sahyog {line.get('external_reference')}"[:150], case_number=line.get("case_number")[:100],
        offence=line.get("offence")[:300], facts=line.get("facts"), jurisdiction=COUNTRY,
        external_reference=line.get("external_reference"), officer_words=line.get("officer_name")[:150],
        officer_phone=line.get("officer_phone")[:30], order=order, identifiers=found,
        records=[AskedFor(str(category), first, last, INDIA) for category in asked],
    )  # fmt: skip


def _type(line: Line, types: dict[str, ProcessType], notes: Notes) -> ProcessType | None:
    """Return the type of process by its code, else by the section that the law names."""
    code = line.get("process_type").upper()
    if code and code not in types:
        raise Incomplete(f"The type of process {code[:40]} is none that we take from India.")
    law = line.get("law").replace(" ", "")
    known = code or next((found for words, found in _TYPES if words in law), "")
    if known not in types:
        notes.say("The type of process is not known: whoever reviews it says which it is.")
    return types.get(known)


def _officer(line: Line, agency: Agency, at: datetime, notes: Notes) -> User | None:
    address = line.get("officer_email")
    vetted = recording.vetted_officers(agency, at=at).filter(email__iexact=address).first() if address else None
    if vetted is None:
        notes.say("No vetted officer of the agency has this address: nothing is released before one is named.")
        return None
    found: User = vetted
    return found
