"""A batch of India's Sahyog portal, line by line: a request for data, a notice to take content down, or neither.

Section 79(3)(b) of the Information Technology Act 2000 is about removing content, and no ground to disclose anything
(its requests for data stand on section 94 of the Bharatiya Nagarik Suraksha Sanhita 2023). A line that wants both is
refused: each of the two is decided by itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db.models.functions import Upper

from accounts.models import Agency, User
from foundation.core.errors import Incomplete, PortalError
from foundation.core.secret_boxes import mask_lines
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from requests_app.enums import Channel, ImportOutcome
from requests_app.models import DataRequest, TakedownNotice
from requests_app.permissions import entering_refusal
from requests_app.services import hand_overs, line_reading, named_agencies, takedowns
from requests_app.services.batch_files import Line
from requests_app.services.line_reading import INDIA, Faults, Notes, reasons
from requests_app.services.recording import AskedFor, OrderGiven, Recorded

MOST = 300
COLUMNS = (
    "external_reference", "law", "process_type", "agency", "officer_name", "officer_email", "officer_phone",
    "case_number", "offence", "facts", "order_number", "order_date", "issuing_authority", "identifiers", "categories",
    "date_from", "date_to", "arrived_at", "content", "reason",
)  # fmt: skip
NEEDED = ("external_reference", "law", "agency")
# What a line of either kind must have besides.
NEEDED_FOR_DATA = ("identifiers", "categories", "date_from", "date_to")
NEEDED_FOR_NOTICE = ("content",)
# Sahyog hands things over at once: what is older than this is likelier a typing error.
OLDEST = takedowns.OLDEST
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
_TYPES = (
    (re.compile(r"(?<![0-9])9[14](?![0-9])"), "IN-BNSS-94"),
    (re.compile(r"3\(1\)\(j\)"), "IN-ITR-3-1-J"),
)


@dataclass
class Judged:
    """One line with its answer, and what would be made of it."""

    line: Line
    outcome: ImportOutcome
    said: list[str] = field(default_factory=list)
    request: Recorded | None = None
    notice: takedowns.Notice | None = None

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
        names, cells = COLUMNS if self.outcome == ImportOutcome.REFUSED else _KEPT, storable(self.line.cells)
        return {name: value for name in names if (value := cells.get(name, "").strip())}


@dataclass(frozen=True)
class _Desk:
    """Where and when lines are answered, and what the registry says: asked once for each agency of a file."""

    provider: Provider
    at: datetime
    types: dict[str, ProcessType]
    find: Callable[[str], Agency]
    entering: Callable[[int | None], str | None]
    officers: Callable[[int], list[User]]


def _desk(provider: Provider, by: User, at: datetime) -> _Desk:
    types = {kind.code: kind for kind in offered_types(provider, COUNTRY, at)}
    return _Desk(
        provider, at, types,
        find=cache(lambda words: named_agencies.find(words, country=COUNTRY)),
        entering=cache(lambda agency: entering_refusal(by, provider.pk, agency)),
        officers=cache(lambda agency: hand_overs.candidates(agency, at=at)),
    )  # fmt: skip


def storable(cells: Mapping[str, str]) -> dict[str, str]:
    """Return cells as they may be kept: of a private key among the identifiers only its beginning."""
    named = "\n".join(line_reading.parts(cells.get("identifiers", "")))
    return dict(cells) | ({"identifiers": mask_lines(named)} if named else {})


def judge(lines: Iterable[Line], *, provider: Provider, by: User, at: datetime) -> list[Judged]:
    """Answer each line as an import would at this moment; nothing is written."""
    lines = list(lines)
    known = _known(provider, {_folded(line) for line in lines}, by)
    desk = _desk(provider, by, at)
    found: list[Judged] = []
    seen: dict[str, int] = {}
    for line in lines:
        number = _folded(line)
        if number and number in known:
            answer = Judged(line, ImportOutcome.KNOWN, [known[number]])
        elif number in seen:
            answer = Judged(line, ImportOutcome.KNOWN, [f"The same number stands in line {seen[number]} already."])
        else:
            answer = _answered(line, desk)
            if number and answer.outcome != ImportOutcome.REFUSED:
                seen[number] = line.number
        found.append(answer)
    return found


def _folded(line: Line) -> str:
    """Return the number in capitals: SH/12 and sh/12 are one."""
    return line.get("external_reference").upper()


def _known(provider: Provider, numbers: set[str], by: User) -> dict[str, str]:
    """Say by the numbers in capitals that Sahyog gave what is here: of all, as no number is used twice.

    Our own reference stands only where this person may see what it is of.
    """
    found: dict[str, str] = {}
    seen = DataRequest.objects.visible_to_staff(by), takedowns.visible(by)
    for all_rows, visible in zip((DataRequest.objects.all(), TakedownNotice.objects.all()), seen, strict=True):
        rows = all_rows.filter(provider=provider, channel=Channel.SAHYOG)
        rows = rows.annotate(number=Upper("external_reference")).filter(number__in=numbers)
        found |= dict.fromkeys(rows.values_list("number", flat=True), "It is here already.")
        own = rows.filter(pk__in=visible.values("pk")).values_list("number", "reference")
        found |= {number: f"It is {reference} here." for number, reference in own}
    return found


def _answered(line: Line, desk: _Desk) -> Judged:
    """Answer one line with everything that is wrong with it; where its kind is not clear, as what it asks for."""
    notes, faults = Notes(), Faults()
    try:
        if not line.get("external_reference"):
            faults.say("It has no number of Sahyog.")
        if len(line.get("external_reference")) > 100:
            faults.say("Its number is longer than 100 characters.")
        removal = faults.read(lambda: _is_removal(line))
        if removal or (removal is None and not _wants_data(line)):
            notice = faults.read(lambda: _notice(line, desk, notes))
            faults.stop()
            return Judged(line, ImportOutcome.TAKEDOWN, notes.said, notice=notice)
        request = faults.read(lambda: _request(line, desk, notes))
        faults.stop()
        return Judged(line, ImportOutcome.ACCEPTED, notes.said, request=request)
    except PortalError as refusal:
        return Judged(line, ImportOutcome.REFUSED, reasons(refusal))


def _wants_data(line: Line) -> bool:
    return bool(line.get("categories") or line.get("identifiers"))


def _is_removal(line: Line) -> bool:
    """Say whether the line is a notice to take content down. Raises Incomplete where it is that and a request too."""
    law = line.get("law")
    removal = bool(_REMOVAL.search(law)) or line.get("process_type").upper() == "IN-IT-79"
    if not law and not line.get("process_type"):
        raise Incomplete("It names no law.")
    data = bool(_DATA.search(_REMOVAL.sub("", law))) or _wants_data(line)
    if removal and data:
        raise Incomplete(_BOTH)
    if not removal and line.get("content"):
        raise Incomplete(f"It names content to take down without section 79(3)(b). {_BOTH}")
    return removal


def _arrived(line: Line, at: datetime, notes: Notes) -> datetime:
    arrived = line_reading.moment(line.get("arrived_at"), "time of arrival", INDIA, notes)
    if arrived is None:
        notes.say("It has no time of arrival: it counts from now.")
    elif arrived > at:
        raise Incomplete("Its time of arrival is in the future.")
    elif arrived < at - OLDEST:
        raise Incomplete("Its time of arrival is more than a year ago. If that is true, record it by hand.")
    return arrived or at


def _may_enter(agency: Agency | None, desk: _Desk) -> None:
    if refusal := desk.entering(agency.pk if agency else None):
        raise Incomplete(refusal)


def _sender(line: Line, desk: _Desk, notes: Notes) -> Agency | None:
    """Return who sent a notice. It gets no data, so a notice of an authority outside our registry is taken too."""
    try:
        agency = desk.find(line.get("agency"))
    except Incomplete as unknown:
        notes.say(f"{unknown} The notice is taken all the same.")
        return None
    if agency.country != COUNTRY:
        notes.say(f"{_foreign(agency)} The notice is taken all the same.")
    return agency


def _foreign(agency: Agency) -> str:
    """Say that the registry has an agency in another country than Sahyog works for."""
    country = jurisdiction_names().get(agency.country, agency.country)
    return f"{agency.name} is an agency of {country}, and only Indian agencies ask over Sahyog: find out who it was."


def _asking(line: Line, desk: _Desk) -> Agency:
    """Return the Indian agency that asks for data. Raises Incomplete for one of another country: it gets nothing."""
    agency = desk.find(line.get("agency"))
    if agency.country != COUNTRY:
        raise Incomplete(_foreign(agency))
    return agency


def _notice(line: Line, desk: _Desk, notes: Notes) -> takedowns.Notice:
    faults = Faults()
    content = "\n".join(line_reading.parts(line.get("content")))
    if not content:
        faults.say("It names nothing to take down.")
    arrived = faults.read(lambda: _arrived(line, desk.at, notes))
    agency = _sender(line, desk, notes)
    faults.read(lambda: _may_enter(agency, desk))
    faults.stop()
    return takedowns.Notice(
        arrived_at=arrived or desk.at, authority=(line.get("issuing_authority") or line.get("agency"))[:200],
        content=content,
        external_reference=line.get("external_reference"), law=line.get("law")[:200] or takedowns.LAW,
        reason=line.get("reason") or line.get("facts"), officer_words=line.get("officer_name")[:200], agency=agency,
    )  # fmt: skip


def _request(line: Line, desk: _Desk, notes: Notes) -> Recorded:
    faults = Faults()
    agency = faults.read(lambda: _asking(line, desk))
    faults.read(lambda: _may_enter(agency, desk))
    found = faults.read(lambda: line_reading.identifiers(line.get("identifiers"), notes))
    if found == []:
        faults.say("It names no identifier.")
    records = faults.read(lambda: _records(line, desk.at, notes))
    order = faults.read(lambda: _order(line, desk.types, notes))
    arrived = faults.read(lambda: _arrived(line, desk.at, notes))
    faults.stop()
    if agency is None:
        raise Incomplete("Name the agency.")
    return Recorded(
        provider=desk.provider, agency=agency, arrived_at=arrived or desk.at,
        officer=_officer(line, agency, desk, notes),
        title=f"Sahyog {line.get('external_reference')}"[:150], case_number=line.get("case_number")[:100],
        offence=line.get("offence")[:300], facts=line.get("facts"), jurisdiction=COUNTRY,
        external_reference=line.get("external_reference"), officer_words=line.get("officer_name")[:150],
        officer_phone=line.get("officer_phone")[:30], order=order, identifiers=found or (),
        records=records or (),
    )  # fmt: skip


def _records(line: Line, at: datetime, notes: Notes) -> list[AskedFor]:
    """Read which records are asked for, of which days. Days to come are noted; where all of them are, it is refused."""
    faults, today = Faults(), at.astimezone(ZoneInfo(INDIA)).date()
    asked = faults.read(lambda: line_reading.categories(line.get("categories")))
    if asked == []:
        faults.say("It does not say which records it asks for.")
    days = faults.read(lambda: line_reading.period(line.get("date_from"), line.get("date_to"), notes))
    if days and days[0] > today:
        faults.say("The days it asks for lie in the future: there are no records of them.")
    elif days and days[1] > today:
        notes.say(f"It asks for days until {days[1]:%Y-%m-%d}, of which some are to come: no records of them yet.")
    faults.stop()
    first, last = days or (today, today)
    return [AskedFor(str(category), first, last, INDIA) for category in asked or ()]


def _order(line: Line, types: dict[str, ProcessType], notes: Notes) -> OrderGiven:
    faults = Faults()
    kind = faults.read(lambda: _type(line, types, notes))
    issued = faults.read(lambda: line_reading.day(line.get("order_date"), "day of the order", notes))
    faults.stop()
    return OrderGiven(
        process_type=kind, section_of_law=line.get("law")[:200], issuing_authority=line.get("issuing_authority")[:200],
        docket=line.get("order_number")[:100], issued_on=issued,
    )  # fmt: skip


def _type(line: Line, types: dict[str, ProcessType], notes: Notes) -> ProcessType | None:
    """Return the type of process by its code, else by the section that the law names."""
    code = line.get("process_type").upper()
    if code and code not in types:
        raise Incomplete(f"The type of process {code[:40]} is none that we take from India.")
    law = line.get("law").replace(" ", "")
    known = code or next((found for pattern, found in _TYPES if pattern.search(law)), "")
    if known not in types:
        notes.say("The type of process is not known: whoever reviews it says which it is.")
    return types.get(known)


def _officer(line: Line, agency: Agency, desk: _Desk, notes: Notes) -> User | None:
    address = line.get("officer_email")
    if not address:
        notes.say("It has no address of an officer: nothing is released before one is named.")
        return None
    vetted = desk.officers(agency.pk)
    found = next((officer for officer in vetted if officer.email.lower() == address.lower()), None)
    if found is None:
        notes.say("No vetted officer of the agency has this address: nothing is released before one is named.")
    return found
