"""What happens next to a request, in sentences for the officer, from its status; never silent while it is open."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from requests_app.enums import Outcome, RequestKind, RequestStatus

if TYPE_CHECKING:
    from requests_app.models import DataRequest

S = RequestStatus

_REVIEW = {
    RequestKind.ENQUIRY: "We check your enquiry, and a second person decides.",
    RequestKind.FREEZE: "We check the order and look for the assets, and a second person decides.",
    RequestKind.EMERGENCY: "We call your agency at a number we know, and a second person decides.",
}
_GRANTED = {
    RequestKind.ENQUIRY: "Our answer is on this page.",
    RequestKind.FREEZE: "We carry it out, then tell you here and by mail what was done.",
}


@dataclass(frozen=True)
class Step:
    """What happens next, by when where a time runs for it, and what comes then; the page writes the time."""

    words: str
    due: datetime | None = None
    then: str = ""


def what_next(data_request: "DataRequest", *, answers: bool, at: datetime, quashed: bool = False) -> Step | None:
    """Return what happens next; None where nothing does. `answers`: the reader is who answers for the request.

    Says nothing of who works on it, of a second signature that waits, or of what an account holder is told.
    """
    kind, status = RequestKind(data_request.kind), S(data_request.status)
    if status == S.SUBMITTED:
        due = data_request.first_look_due_at
        runs = due if due and due > at else None
        return Step("Next, a person looks at it", runs, "We write if anything is missing.")
    if status in {S.IN_REVIEW, S.AWAITING_APPROVAL}:
        review = _REVIEW.get(kind, "We check the order, look for the accounts, and a second person decides.")
        return Step(f"{review} We write if we have a question, and when it is decided.")
    if status == S.AWAITING_OFFICER:
        who = "you answer" if answers else "the officer answers"
        return Step(f"Once {who}, our clock runs again and the review goes on. Without an answer in time we close it.")
    if status == S.GRANTED and not quashed:
        if data_request.outcome == Outcome.NO_RECORDS:
            return Step("Nothing was found. You need do nothing more.")
        if any(package.released_at for package in data_request.packages.all()):
            return Step("More records follow. We write when they can be downloaded.")
        return Step(_GRANTED.get(kind, "We prepare the records, and write when they can be downloaded."))
    return None
