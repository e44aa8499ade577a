"""What officer and staff read as status and as next date: pure functions of status, outcome and packages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from foundation.core.clocks import Kind
from requests_app.deadlines import draft_kept_until
from requests_app.enums import ClarificationStatus, Outcome, PackageStatus, RequestKind, RequestStatus

if TYPE_CHECKING:
    from requests_app.models import Clarification, DataRequest, DisclosurePackage

S = RequestStatus

_OFFICER = {
    S.DRAFT: ("Draft", "grey"),
    S.SUBMITTED: ("Submitted", "teal"),
    S.IN_REVIEW: ("In review", "blue"),
    S.AWAITING_OFFICER: ("Question for you", "yellow"),
    S.AWAITING_APPROVAL: ("In review", "blue"),
    S.GRANTED: ("Accepted, preparing", "blue"),
    S.REFUSED: ("Not disclosed", "magenta"),
    S.REDIRECTED: ("Use mutual assistance", "magenta"),
    S.PRODUCED: ("Accepted, preparing", "blue"),
    S.CLOSED: ("Closed", "grey"),
    S.WITHDRAWN: ("Withdrawn", "grey"),
    S.LAPSED: ("Expired", "grey"),
}
_STAFF = {
    S.DRAFT: ("Draft", "grey"),
    S.SUBMITTED: ("New", "teal"),
    S.IN_REVIEW: ("In review", "blue"),
    S.AWAITING_OFFICER: ("Waiting for officer", "yellow"),
    S.AWAITING_APPROVAL: ("Second approval", "purple"),
    S.GRANTED: ("Preparing records", "blue"),
    S.REFUSED: ("Declined", "magenta"),
    S.REDIRECTED: ("Referred", "magenta"),
    S.PRODUCED: ("Records sent", "green"),
    S.CLOSED: ("Closed", "grey"),
    S.WITHDRAWN: ("Withdrawn", "grey"),
    S.LAPSED: ("Expired", "grey"),
}
_DECIDED = {S.GRANTED, S.PRODUCED}
# Kinds that are answered on the request's own page have words of their own.
_OFFICER_OF_KIND: dict[tuple[str, S], tuple[str, str]] = {
    (RequestKind.ENQUIRY, S.GRANTED): ("Answered", "green"),
    (RequestKind.ENQUIRY, S.CLOSED): ("Answered", "green"),
    (RequestKind.ENQUIRY, S.REFUSED): ("Not answered", "magenta"),
    (RequestKind.FREEZE, S.GRANTED): ("Accepted, being carried out", "blue"),
    (RequestKind.FREEZE, S.CLOSED): ("Carried out", "green"),
    (RequestKind.FREEZE, S.REFUSED): ("Not carried out", "magenta"),
}
_STAFF_OF_KIND: dict[tuple[str, S], tuple[str, str]] = {
    (RequestKind.ENQUIRY, S.CLOSED): ("Answered", "green"),
    (RequestKind.FREEZE, S.GRANTED): ("Freeze to carry out", "blue"),
    (RequestKind.FREEZE, S.CLOSED): ("Freeze done", "green"),
}
# The same for a reader who cannot answer: a follower, or an agency's lead.
_READER = {"Question for you": "Question to the officer", "Returned to you": "Returned to the officer"}
_READER_NEXT = {"Answer": "The officer answers", "Complete it and send it again": "The officer completes it"}
_STILL_OPEN = {S.SUBMITTED, S.IN_REVIEW, S.AWAITING_APPROVAL, S.AWAITING_OFFICER, S.GRANTED}


@dataclass(frozen=True)
class NextDate:
    """The next thing that happens to a request and by when; due is empty where no date runs."""

    words: str
    due: datetime | None = None
    kind: Kind = "deadline"


def officer_status(data_request: "DataRequest", *, quashed: bool = False) -> tuple[str, str]:
    """Return what the officer reads, and the colour of its tag; `quashed`: an order that covers what is granted was."""
    status = S(data_request.status)
    if said := _turned(data_request, quashed=quashed):
        return said
    if said := _OFFICER_OF_KIND.get((data_request.kind, status)):
        return _nothing_found(data_request) or said
    if status not in _DECIDED:
        return _OFFICER[status]
    if held(data_request):
        return "Records held back", "blue"
    if released(data_request):
        in_part = data_request.outcome == Outcome.IN_PART
        more = ", more follow" if status == S.GRANTED else ", in part" if in_part else ""
        return f"Records ready{more}", "green"
    if data_request.outcome == Outcome.NO_RECORDS:
        return "No records found", "magenta"
    if status == S.PRODUCED:
        return ("Download stopped", "magenta") if _called_back(data_request) else _OFFICER[S.LAPSED]
    return _OFFICER[status]


def _turned(data_request: "DataRequest", *, quashed: bool) -> tuple[str, str] | None:
    """Return the words for a request that does not go on as its status says; None for all others."""
    if _stopped(data_request, quashed=quashed):
        return "Order quashed", "magenta"
    if data_request.status == S.DRAFT and data_request.submitted_at:
        return "Returned to you", "yellow"
    return None


def _stopped(data_request: "DataRequest", *, quashed: bool) -> bool:
    """Say whether what was granted goes no further, because its order was quashed before anything left."""
    return quashed and data_request.status == S.GRANTED and not _out(data_request)


def reader_status(words: str) -> str:
    """Return what a reader who cannot answer reads in place of the words for the officer."""
    return _READER.get(words, words)


def reader_next(found: NextDate) -> NextDate:
    """Return the next date in the words for a reader who cannot answer."""
    return replace(found, words=_READER_NEXT.get(found.words, found.words))


def _nothing_found(data_request: "DataRequest") -> tuple[str, str] | None:
    """Return the words for a freeze that found nothing, in full or in part; None for what was done as asked."""
    if data_request.kind != RequestKind.FREEZE or data_request.status != S.CLOSED:
        return None
    if data_request.outcome == Outcome.NO_RECORDS:
        return "Nothing to freeze", "magenta"
    return ("Carried out in part", "green") if data_request.outcome == Outcome.IN_PART else None


def staff_status(data_request: "DataRequest") -> tuple[str, str]:
    """Return what staff read, and the colour of its tag."""
    status = S(data_request.status)
    if said := _STAFF_OF_KIND.get((data_request.kind, status)):
        return said
    if status in _DECIDED and data_request.outcome == Outcome.NO_RECORDS:
        return "No data found", "magenta"
    if status == S.PRODUCED and data_request.outcome == Outcome.IN_PART:
        return "Disclosed in part", "green"
    return _STAFF[status]


def staff_words(status: str) -> str:
    """Return what staff read of this status, whatever the kind of the request."""
    return _STAFF[S(status)][0]


def next_date(data_request: "DataRequest", *, quashed: bool = False) -> NextDate:
    """Return what the officer waits for, or what waits for the officer; `quashed` as for officer_status()."""
    status = S(data_request.status)
    if status == S.DRAFT:
        return _draft_date(data_request)
    if question := open_question(data_request):
        return NextDate("Answer", question.due_at, "answer")
    if status in _DECIDED and held(data_request):
        return NextDate("We look at a file again")
    if status in _DECIDED and (ready := released(data_request)):
        return NextDate("Download", min((p.expires_at for p in ready if p.expires_at), default=None), "download")
    if status in {S.SUBMITTED, S.IN_REVIEW, S.AWAITING_APPROVAL}:
        return NextDate("We answer", data_request.deadline_at, "emergency" if data_request.is_exigent else "deadline")
    return _granted_date(data_request, quashed=quashed) if status == S.GRANTED else NextDate("None")


def _granted_date(data_request: "DataRequest", *, quashed: bool) -> NextDate:
    if _stopped(data_request, quashed=quashed):
        return NextDate("We decide again")
    if data_request.kind == RequestKind.FREEZE:
        return NextDate("We carry it out", data_request.deadline_at)
    if data_request.outcome != Outcome.NO_RECORDS:
        return NextDate("We prepare the records", None if data_request.produced_at else data_request.deadline_at)
    return NextDate("None")


def _draft_date(data_request: "DataRequest") -> NextDate:
    if data_request.submitted_at:
        return NextDate("Complete it and send it again")
    return NextDate("Kept until", draft_kept_until(data_request.saved_at), "paused")


def released(data_request: "DataRequest") -> "list[DisclosurePackage]":
    """Return the packages the officer can download; uses what was prefetched, see prefetched()."""
    return [p for p in _out(data_request) if not getattr(p, "is_held", False)]


def held(data_request: "DataRequest") -> bool:
    """Say whether everything that was released is held back, because a file in it was found unsafe."""
    found = _out(data_request)
    return bool(found) and all(getattr(p, "is_held", False) for p in found)


def _out(data_request: "DataRequest") -> "list[DisclosurePackage]":
    return [p for p in data_request.packages.all() if p.status == PackageStatus.RELEASED]


def _called_back(data_request: "DataRequest") -> bool:
    return any(p.status == PackageStatus.REVOKED and p.released_at for p in data_request.packages.all())


def answer_expected(data_request: "DataRequest", *, at: datetime) -> datetime | None:
    """Return when we expect to answer; while the clock stands, if the officer answered now. None once decided."""
    if data_request.status not in _STILL_OPEN or data_request.deadline_at is None:
        return None
    if data_request.status == S.GRANTED and data_request.produced_at:
        return None
    return data_request.deadline_if_resumed(at)


def open_question(data_request: "DataRequest") -> "Clarification | None":
    """Return the question that waits for the officer; uses what was prefetched."""
    if data_request.status != S.AWAITING_OFFICER:
        return None
    return next((c for c in data_request.clarifications.all() if c.status == ClarificationStatus.OPEN), None)
