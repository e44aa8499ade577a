"""Requests that are over and holds that run, brought over from the lists of earlier years.

A request comes as it ended: nothing is decided, written or released on it here, and nobody is written to. A hold goes
on until its day. Every line has an answer, a dry run gives the same answers and writes nothing, and a line that was
brought over once is known ever after by its number.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agency
from accounts.services.addressees import addressee
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from preservation.enums import HeldCategory
from preservation.services import bringing_over
from preservation.services.bringing_over import Earlier
from requests_app.enums import Channel, ImportOutcome, ImportSource, Outcome, Rank, RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, ImportBatch, ImportLine
from requests_app.services import batch_files, line_reading, named_agencies, recording
from requests_app.services.batch_files import Line
from requests_app.services.line_reading import Faults, Notes, reasons

MOST = 20_000
COLUMNS = (
    "type", "external_reference", "agency", "country", "received_at", "status", "outcome", "decided_at", "closed_at",
    "kind", "title", "case_number", "process_type", "officer_name", "identifiers", "categories", "date_from", "date_to",
    "ends_on", "reason",
)  # fmt: skip
NEEDED = ("external_reference", "agency", "received_at")
HEADINGS = {name: name for name in COLUMNS} | {
    "reference": "external_reference", "number": "external_reference", "received": "received_at", "closed": "closed_at",
    "decided": "decided_at", "expires": "ends_on", "expires_at": "ends_on", "officer": "officer_name",
}  # fmt: skip
OVER = (
    RequestStatus.CLOSED, RequestStatus.REFUSED, RequestStatus.REDIRECTED, RequestStatus.WITHDRAWN,
    RequestStatus.LAPSED,
)  # fmt: skip
_STATUS = {str(status): status for status in OVER} | {
    "answered": RequestStatus.CLOSED, "done": RequestStatus.CLOSED, "declined": RequestStatus.REFUSED,
    "rejected": RequestStatus.REFUSED, "referred": RequestStatus.REDIRECTED, "expired": RequestStatus.LAPSED,
}  # fmt: skip
# No decision was made of these: what they were asked for is counted as no answer.
_UNDECIDED = (RequestStatus.WITHDRAWN, RequestStatus.LAPSED)
_LONG = timedelta(days=366)
_KINDS = (RequestKind.DISCLOSURE, RequestKind.EMERGENCY, RequestKind.FREEZE, RequestKind.ENQUIRY)
_RULE = "brought over from earlier lists"
_ATTEMPTS = 5


@dataclass
class Judged:
    """One line with its answer: the request or the hold that it is, or why it is neither."""

    line: Line
    outcome: ImportOutcome
    said: list[str] = field(default_factory=list)
    request: dict[str, Any] | None = None
    hold: Earlier | None = None
    made: str = ""

    @property
    def words(self) -> str:
        """The answer as one line of text: number, theirs and ours, what it is, why."""
        theirs = self.line.get("external_reference")[:100] or "without a number"
        parts = [f"Line {self.line.number}", theirs, str(self.outcome.label), self.made, " ".join(self.said)]
        return " | ".join(part for part in parts if part)


def answers(content: bytes, *, provider: Provider, at: datetime | None = None) -> list[Judged]:
    """Answer each line of a file (CSV, JSON or workbook) as an import at this moment would; nothing is written.

    Raises BadList, BadFile for what is no list.
    """
    at = at or timezone.now()
    lines = batch_files.read(content, columns=HEADINGS, needed=NEEDED, most=MOST)
    known = _known(provider)
    found: list[Judged] = []
    for line in lines:
        number = line.get("external_reference").upper()
        if number in known:
            found.append(Judged(line, ImportOutcome.KNOWN, [f"It is {known[number]} already."]))
            continue
        item = _answered(line, provider, at)
        if item.outcome != ImportOutcome.REFUSED:
            known[number] = f"line {line.number}"
        found.append(item)
    return found


def _known(provider: Provider) -> dict[str, str]:
    """Return our references of what was brought over, by the numbers of the earlier lists in capitals."""
    rows = DataRequest.objects.filter(provider=provider, channel=Channel.HISTORY)
    found = dict(rows.values_list("external_reference", "reference"))
    holds = ImportLine.objects.filter(batch__provider=provider, batch__source=ImportSource.HISTORY)
    holds = holds.exclude(hold_reference="")
    found |= dict(holds.values_list("external_reference", "hold_reference"))
    return {number.upper(): reference or "a request" for number, reference in found.items()}


@transaction.atomic
def bring_over(content: bytes, *, filename: str, provider: Provider, at: datetime | None = None) -> list[Judged]:
    """Bring over what a file holds; the same file again changes only what could not be brought over before.

    Two at once follow each other. Raises BadList, BadFile for what is no list; nothing is written then.
    """
    at = at or timezone.now()
    Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
    found = answers(content, provider=provider, at=at)
    if not any(item.outcome in {ImportOutcome.ACCEPTED, ImportOutcome.HOLD} for item in found):
        return found
    digest = hashlib.sha256(content).hexdigest()
    batch, _made = ImportBatch.objects.get_or_create(
        provider=provider, source=ImportSource.HISTORY, sha256=digest,
        defaults={"filename": filename[:200], "imported_at": at},
    )  # fmt: skip
    for item in found:
        _bring(batch, item, provider, at)
    counts = {str(outcome): sum(item.outcome == outcome for item in found) for outcome in ImportOutcome}
    facts: dict[str, JSON] = {"source": str(batch.source), "lines": len(found), **counts}
    record(Event.BATCH_IMPORTED, by=None, obj=batch, data=facts, at=at)
    return found


def _bring(batch: ImportBatch, item: Judged, provider: Provider, at: datetime) -> None:
    """Bring one line over; what fails on the way is refused with its reason, and the others go on."""
    number = item.line.get("external_reference")[:100]
    values: dict[str, Any] = {"external_reference": number}
    try:
        with transaction.atomic():
            if item.request is not None:
                made = _request(provider, item.request, at)
                values["data_request"], item.made = made, made.reference or ""
            elif item.hold is not None:
                facts = {"number": number, "line": item.line.number}
                item.made = (
                    bringing_over.bring_over(provider, _standing_in(item.hold, at), data=facts, at=at).reference or ""
                )
                values["hold_reference"] = item.made
    except PortalError as refusal:
        item.outcome, item.said = ImportOutcome.REFUSED, reasons(refusal)
    given = {name: value for name in NEEDED if (value := item.line.get(name))}
    values |= {"outcome": item.outcome, "said": "\n".join(item.said), "given": given}
    if item.outcome != ImportOutcome.KNOWN or not batch.lines.filter(number=item.line.number).exists():
        ImportLine.objects.update_or_create(batch=batch, number=item.line.number, defaults=values)


def _request(provider: Provider, values: dict[str, Any], at: datetime) -> DataRequest:
    """Store a request as it ended, with the entry of the trail that says where it came from."""
    officer = addressee(values["agency"], at=at)
    for _attempt in range(_ATTEMPTS):
        reference = new_reference(provider.reference_prefix, at)
        try:
            with transaction.atomic():
                row = DataRequest.objects.create(
                    **values, reference=reference, provider=provider, officer=officer, channel=Channel.HISTORY,
                    rank=Rank.ROUTINE, created_at=at, saved_at=at,
                )  # fmt: skip
        except IntegrityError:
            if not DataRequest.objects.filter(reference=reference).exists():
                raise
        else:
            facts = {"number": row.external_reference, "status": str(row.status), "outcome": str(row.outcome)}
            record(Event.BROUGHT_OVER, by=None, obj=row, data=facts, at=at)
            return row
    raise NotAllowed("No reference could be given. Try again.")


def _standing_in(hold: Earlier, at: datetime) -> Earlier:
    return Earlier(**{**vars(hold), "officer": addressee(hold.agency, at=at)})


def _answered(line: Line, provider: Provider, at: datetime) -> Judged:
    notes, faults = Notes(), Faults()
    try:
        kind = line.get("type").lower() or "request"
        if not 0 < len(line.get("external_reference")) <= 100:
            faults.say("It has no number, or one longer than 100 characters.")
        agency = faults.read(lambda: _agency(line))
        received = faults.read(lambda: _received(line, at, notes))
        if kind == "hold":
            hold = faults.read(lambda: _hold(line, agency, received, at, notes))
            faults.stop()
            return Judged(line, ImportOutcome.HOLD, notes.said, hold=hold)
        if kind != "request":
            faults.say("Its type is neither request nor hold.")
        values = faults.read(lambda: _values(line, provider, agency, received, at, notes))
        faults.stop()
        return Judged(line, ImportOutcome.ACCEPTED, notes.said, request=values)
    except PortalError as refusal:
        return Judged(line, ImportOutcome.REFUSED, reasons(refusal))


def _agency(line: Line) -> Agency:
    """Return the agency; a country that stands beside it must be its own, also where a domain names it."""
    country = line.get("country").upper()
    agency = named_agencies.find(line.get("agency"), country=country[:2])
    if country and country != agency.country:
        raise Incomplete(f"Its country is {country[:20]!r}, and {agency.name} is of {agency.country}.")
    return agency


def _received(line: Line, at: datetime, notes: Notes) -> datetime:
    received = line_reading.moment(line.get("received_at"), "time of arrival", "UTC", notes)
    if received is None or not at - recording.OLDEST <= received <= at:
        raise Incomplete("It has no time of arrival, or one that cannot be.")
    return received


def _values(
    line: Line, provider: Provider, agency: Agency | None, received: datetime | None, at: datetime, notes: Notes
) -> dict[str, Any]:
    """Return the columns of a request that is over. Raises Faulty for one that is not, or contradicts itself.

    `agency` and `received` are None where they are wrong themselves: the rest is looked at all the same.
    """
    faults = Faults()
    status, outcome = _end(line, faults)
    kind = line.get("kind").lower() or str(RequestKind.DISCLOSURE)
    if kind not in _KINDS:
        faults.say(f"Its kind is none of: {', '.join(_KINDS)}.")
    decided, closed = _times(line, received, at, notes, faults)
    if decided and status in _UNDECIDED:
        faults.say(f"It is {status}, which is no decision: leave decided_at empty and write the day as closed_at.")
    if outcome != Outcome.NONE and status == RequestStatus.CLOSED and not decided and closed:
        faults.say(f"It was answered {outcome} without the time of a decision: write decided_at, or no outcome.")
    country = agency.country if agency else ""
    found = faults.read(lambda: _type(line, provider, country, at)) if agency else None
    faults.stop()
    return {
        "agency": agency, "jurisdiction": country, "kind": kind, "status": status, "outcome": outcome,
        "external_reference": line.get("external_reference"), "title": line.get("title")[:150],
        "case_number": line.get("case_number")[:100], "investigating_officer": line.get("officer_name")[:150],
        "process_type": found, "submitted_at": received,
        "acknowledged_at": received, "deadline_at": closed, "deadline_rule": _RULE, "decided_at": decided,
        "closed_at": closed,
    }  # fmt: skip


def _end(line: Line, faults: Faults) -> tuple[RequestStatus | None, str]:
    """Read how it ended. Only what was answered has an outcome: anything else would be counted as two answers."""
    status = _STATUS.get(line.get("status").lower().replace(" ", "_"))
    outcome = line.get("outcome").lower().replace(" ", "_") or str(Outcome.NONE)
    if status is None:
        faults.say(f"Its status is none of one that is over: {', '.join(OVER)}. What is open is recorded by hand.")
    if outcome not in Outcome.values:
        faults.say(f"Its outcome is none of: {', '.join(Outcome.values)}.")
    elif outcome != Outcome.NONE and status not in {None, RequestStatus.CLOSED}:
        faults.say(f"Its status {status} and its outcome {outcome} contradict each other: only closed has an outcome.")
    return status, outcome


def _times(
    line: Line, received: datetime | None, at: datetime, notes: Notes, faults: Faults
) -> tuple[datetime | None, datetime | None]:
    """Read when it was decided and when it ended, which is the decision where nothing else is said."""
    before = len(faults.said)
    decided = faults.read(lambda: line_reading.moment(line.get("decided_at"), "time of the decision", "UTC", notes))
    closed = faults.read(lambda: line_reading.moment(line.get("closed_at"), "time of the end", "UTC", notes)) or decided
    moments = [moment for moment in (received, decided, closed) if moment]
    if len(faults.said) == before and closed is None:
        faults.say("It has neither the time of a decision nor of its end.")
    if moments != sorted(moments) or (closed and closed > at):
        faults.say("Its times are not in order: arrival, decision, end, all in the past.")
    return decided, closed


def _type(line: Line, provider: Provider, country: str, at: datetime) -> Any:
    code = line.get("process_type").upper()
    if not code:
        return None
    found = offered_types(provider, country, at).filter(code=code).first()
    if found is None:
        raise Incomplete(f"The type of process {code[:40]} is none that we take from this country.")
    return found


def _hold(line: Line, agency: Any, received: Any, at: datetime, notes: Notes) -> Earlier:
    """Return a hold that still runs. Raises Faulty for one that does not, or that keeps nothing."""
    faults = Faults()
    ends = faults.read(lambda: _ends(line, at, notes))
    days = faults.read(lambda: line_reading.period(line.get("date_from"), line.get("date_to"), notes))
    named = faults.read(lambda: line_reading.identifiers(line.get("identifiers"), notes))
    if named == []:
        faults.say("It names no identifier.")
    read = faults.read(lambda: line_reading.categories(line.get("categories")))
    categories = [str(name) for name in read or ()]
    if read is not None and (not categories or not set(categories) <= set(HeldCategory.values)):
        faults.say(f"It does not say which records are kept: {', '.join(HeldCategory.values)}.")
    if line.get("status") or line.get("outcome"):
        notes.say("Status and outcome are of requests: of a hold they are not read.")
    faults.stop()
    if ends is None or days is None:
        raise Incomplete("It does not say until which day it runs, and which days of records it keeps.")
    return Earlier(
        agency=agency, officer=None, identifiers=named or [], categories=categories, period_from=days[0],
        period_to=days[1], received_at=received, ends_on=ends, case_number=line.get("case_number"),
        reason=line.get("reason"),
    )  # fmt: skip


def _ends(line: Line, at: datetime, notes: Notes) -> date:
    """Read the last day of a hold; one that is far away is noted, because nobody is asked again before it."""
    ends = line_reading.day(line.get("ends_on"), "end of the hold", notes)
    if ends is None or ends <= at.date():
        raise Incomplete("It does not say until which day it runs, or that day has come.")
    if ends - at.date() > _LONG:
        notes.say(f"It runs until {ends:%Y-%m-%d}, which is more than a year: make sure that this is meant.")
    return ends


def tally(found: Iterable[Judged]) -> Sequence[tuple[str, int]]:
    """Return how many lines have which answer."""
    items = list(found)
    counted = [(str(outcome.label), sum(item.outcome == outcome for item in items)) for outcome in ImportOutcome]
    return [(label, number) for label, number in counted if number]
