"""What the letter of a decision says: built from the content that was signed, never from what changed later."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateformat import format as format_date

from foundation.core.paper import render_pdf
from foundation.notifications.site import site_details
from preservation.models import PreservationHold
from requests_app import refusals
from requests_app.enums import (
    WITHOUT_RECORDS,
    DataCategory,
    LineDecision,
    ProposedResult,
    RedirectChannel,
    RequestKind,
)
from requests_app.kind_words import freeze_words, ground_words, without_period
from requests_app.limit_words import sealed_words
from requests_app.models import DataRequest, Proposal
from requests_app.services import redirecting
from requests_app.services.appeals import APPEAL_DAYS, appeal_until
from requests_app.services.contents import Content

_RECORDS = {
    LineDecision.PRODUCE: "Given",
    LineDecision.REFUSE: "Not given",
    LineDecision.NO_RECORDS: "Searched, no records found",
    LineDecision.OPEN: "Not decided yet",
}
_DECISIONS: Mapping[str, Mapping[str, str]] = {
    RequestKind.ENQUIRY: {
        LineDecision.PRODUCE: "Ours",
        LineDecision.REFUSE: "Not answered",
        LineDecision.NO_RECORDS: "Not ours: nothing found",
        LineDecision.OPEN: "Not decided yet",
    },
    RequestKind.FREEZE: {
        LineDecision.PRODUCE: "Accepted, being carried out",
        LineDecision.REFUSE: "Not done",
        LineDecision.NO_RECORDS: "No account found",
        LineDecision.OPEN: "Not decided yet",
    },
}


@dataclass(frozen=True)
class PaperLine:
    """One line as the officer reads it; `note` is the number of its reason below."""

    named: str
    records: str
    period: str
    decision: str
    note: str
    limits: str = ""


@dataclass(frozen=True)
class Paper:
    """Everything the letter says; `draft`: nobody has signed the decision yet."""

    draft: bool
    version: int
    agency: str
    officer: str
    day: str
    case_number: str
    orders: Sequence[str]
    outcome: str
    lines: Sequence[PaperLine]
    reasons: Sequence[tuple[str, str, str]]
    text: str
    channel: Mapping[str, str]
    holds: Sequence[str]
    ground: str
    appeal: str
    decided_by: str
    entity: str
    signed: str


def pdf_of(data_request: DataRequest, content: Content, *, proposal: Proposal | None, at: datetime) -> bytes:
    """Return the letter as PDF, with a mark across it while nobody has signed. Raises PaperFailed."""
    context: dict[str, object] = {
        "paper": paper_of(data_request, content, proposal=proposal, at=at),
        "reference": data_request.reference,
        "site": site_details(),
        "made_at": f"{format_date(at.astimezone(UTC), 'j M Y, H:i:s')} UTC",
        "language": "en",
    }
    return render_pdf("paper/decision.html", context)


def content_of(proposal: Proposal) -> Content:
    """Return the content of a proposal as it was sealed."""
    found: Content = json.loads(proposal.content)
    return found


def paper_of(data_request: DataRequest, content: Content, *, proposal: Proposal | None, at: datetime) -> Paper:
    """Put together what the letter says. Without a signed proposal it is a draft, dated now."""
    terms, lines = content["terms"], content["lines"]
    signed = proposal is not None and proposal.signed_at is not None
    day = proposal.signed_at if proposal is not None and proposal.signed_at is not None else at
    codes = _codes(terms, lines)
    site = site_details()
    return Paper(
        draft=not signed,
        version=proposal.number if proposal else 0,
        agency=content["recipient"]["agency"],
        officer=content["recipient"]["officer"],
        day=format_date(day.astimezone(UTC), "j F Y"),
        case_number=data_request.case_number,
        orders=list(dict.fromkeys(order["order"] for order in content["orders"])),
        outcome=_outcome(data_request.kind, terms, lines),
        lines=[_line(line, content, codes) for line in lines],
        reasons=[
            (number, refusals.why(code, content["kind"]), refusals.cure(code, content["kind"]))
            for code, number in codes.items()
        ],
        text=terms["text_for_officer"].strip(),
        channel=content.get("channel") or {},
        holds=_holds(data_request, terms),
        ground=_ground(content, data_request),
        appeal=_appeal(data_request, terms, day if signed else None, refused_in_part=bool(codes)),
        decided_by=_people(proposal),
        entity=content["entity"] or data_request.provider.name,
        signed=f"{site.name}, government requests team",
    )


def _outcome(kind: str, terms: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> str:
    """Say the whole decision in a sentence."""
    if terms["result"] == ProposedResult.REDIRECT:
        if terms.get("redirect_channel") == RedirectChannel.NATIONAL:
            return "We cannot answer this request here. It must come through the national channel."
        return "We cannot answer this request here. It must come through mutual legal assistance."
    refused, asked, part, all_of, nothing = _SENTENCES.get(kind, _SENTENCES[""])
    if terms["result"] == ProposedResult.REFUSE:
        return refused
    decided = {line["decision"] for line in lines}
    if LineDecision.PRODUCE not in decided:
        return nothing if LineDecision.NO_RECORDS in decided else asked
    return part if LineDecision.REFUSE in decided else all_of


# Refused, decided otherwise, in part, in full, nothing found.
_SENTENCES: Mapping[str, tuple[str, str, str, str, str]] = {
    "": (
        "We do not disclose the records you asked for.",
        "We decided on your request.",
        "We give you part of the records you asked for. We prepare them and write when they can be downloaded.",
        "We give you the records you asked for. We prepare them and write when they can be downloaded.",
        "We searched and found no records.",
    ),
    RequestKind.ENQUIRY: (
        "We do not answer your enquiry.",
        "We decided on your enquiry.",
        "We answer part of your enquiry.",
        "We answer your enquiry.",
        "We searched and found nothing of ours.",
    ),
    RequestKind.FREEZE: (
        "We do not carry out the freeze or seizure.",
        "We decided on your request.",
        "We carry out part of what the order says, then tell you what was done.",
        "We carry out what the order says, then tell you what was done.",
        "We searched and found no account.",
    ),
}


def _codes(terms: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Number the reasons of refusal: of the whole first, then of the lines in their order."""
    whole = [terms["refusal_code"]] if terms["refusal_code"] else []
    found = [line["refusal_code"] for line in lines if line["decision"] == LineDecision.REFUSE]
    return {code: str(number) for number, code in enumerate(dict.fromkeys([*whole, *filter(None, found)]), 1)}


def _line(line: Mapping[str, Any], content: Content, codes: Mapping[str, str]) -> PaperLine:
    words = _DECISIONS.get(content["kind"], _RECORDS)[LineDecision(line["decision"])]
    if line.get("entity"):
        words = f"{words}. In your order, name {line['entity']}"
    refused = line["decision"] == LineDecision.REFUSE
    whole = freeze_words(content["freeze"]) if "freeze" in content else ""
    return PaperLine(
        named=line["identifier"],
        records=str(DataCategory(line["records"]).label),
        period=whole or ("" if without_period(line["records"]) else _period(line["from"], line["to"])),
        decision=words,
        note=codes.get(line["refusal_code"], "") if refused else "",
        # Only of what is given: a holder's number would tell that there is an account.
        limits=sealed_words(line) if line["decision"] == LineDecision.PRODUCE else "",
    )


def _period(start: str, end: str) -> str:
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end) - timedelta(microseconds=1)
    return f"{format_date(first, 'j M Y')} to {format_date(last, 'j M Y')}"


def _holds(data_request: DataRequest, terms: Mapping[str, Any]) -> list[str]:
    """Say of each hold of the case that it goes on, and the earliest it can end."""
    if terms["result"] != ProposedResult.REDIRECT:
        return []
    return [_kept(hold) for hold in redirecting.kept(data_request)] or [redirecting.NOTHING_HELD]


def _kept(hold: PreservationHold) -> str:
    end = f" It ends on {format_date(hold.expires_at, 'j F Y')} at the earliest." if hold.expires_at else ""
    return f"Your hold {hold.reference} goes on while you take this way.{end}"


def _ground(content: Content, data_request: DataRequest) -> str:
    terms = content["terms"]
    if terms["result"] != ProposedResult.GRANT or data_request.kind == RequestKind.ENQUIRY:
        return ""
    entity = content["entity"] or data_request.provider.name
    return ground_words(content["kind"], binding=terms["binding"], entity=entity)


def _appeal(
    data_request: DataRequest, terms: Mapping[str, Any], decided_at: datetime | None, *, refused_in_part: bool
) -> str:
    """Say how a refusal can be looked at again, and what helps where a part was refused; else nothing."""
    if terms["result"] == ProposedResult.GRANT and refused_in_part:
        what = "disclosed" if data_request.kind not in WITHOUT_RECORDS else "done"
        return f"Send a new request for what was not {what}, with what mends the reason above."
    if terms["result"] != ProposedResult.REFUSE:
        return ""
    if data_request.appealed_at is not None:
        return "We looked at this request a second time, as you asked. Other people decided. This decision is final."
    how = "Ask in the portal, once, and say what we should look at again. Other people decide then."
    if decided_at is None:
        return f"You can ask us to look at it again within {APPEAL_DAYS} days. {how}"
    until = appeal_until(decided_at)
    return f"You can ask us to look at it again until {format_date(until, 'j F Y')} (UTC). {how}"


def _people(proposal: Proposal | None) -> str:
    """Name the two people by the names that officers know them by, never by their own."""
    if proposal is None or proposal.signed_by is None:
        return ""
    first, second = (person.pseudonym for person in (proposal.proposed_by, proposal.signed_by))
    if first and second:
        return f"Proposed by {first}, approved by {second}."
    return "Proposed by one reviewer, approved by another."
