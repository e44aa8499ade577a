"""The whole request as paper: what was sent, what was changed, what was asked and decided, and what happened."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.dateformat import format as format_date

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.paper import render_pdf
from foundation.notifications.site import site_details
from preservation.models import PreservationHold
from requests_app import refusals
from requests_app.enums import Channel, FollowerStatus, LineDecision, ProposalStatus, RequestStatus
from requests_app.events import Event
from requests_app.history import history
from requests_app.models import Amendment, Clarification, DataRequest, RequestDocument, RequestLine
from requests_app.services import order_versions, timeline
from requests_app.services.letters import limits_said, period_words, records_words
from requests_app.status_words import officer_status, reader_status, staff_status

_DECIDED = frozenset(
    {
        RequestStatus.GRANTED, RequestStatus.REFUSED, RequestStatus.REDIRECTED, RequestStatus.PRODUCED,
        RequestStatus.CLOSED,
    }
)  # fmt: skip
# Above so many entries of the history the oldest are left to the portal.
_MOST_ENTRIES = 200

Rows = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Part:
    """One part of what was sent, as pairs to read."""

    title: str
    rows: Rows


@dataclass(frozen=True)
class Scope:
    """Lines that say the same of several identifiers: the numbers of the identifiers stand for them."""

    numbers: str
    records: str
    period: str
    decision: str


@dataclass(frozen=True)
class Happened:
    """One entry of the history."""

    at: str
    title: str
    by: str
    text: str


@transaction.atomic
def whole_request(
    data_request: DataRequest, parts: Sequence[Part], *, by: User, for_staff: bool = False, at: datetime
) -> bytes:
    """Return the request as PDF and note in the trail who took it and its SHA-256.

    The officer's paper names no staff but by pseudonym, and no decision before it is signed. Raises PaperFailed.
    """
    context: dict[str, object] = {
        "reference": data_request.reference,
        "site": site_details(),
        "made_at": stamp(at),
        "language": "en",
        "parts": [part for part in parts if part.rows],
        "printed_by": by.get_full_name(),
        "for_staff": for_staff,
        **_cover(data_request, for_staff=for_staff),
        **_scope(data_request, for_staff=for_staff),
        **_talk(data_request, for_staff=for_staff),
        "documents": _documents(data_request),
        "history": _history(data_request, for_staff=for_staff),
    }
    pdf = render_pdf("paper/request.html", context)
    facts: dict[str, str | int | None] = {"sha256": hashlib.sha256(pdf).hexdigest(), "size": len(pdf)}
    record(Event.PRINTED, by=by, obj=data_request, data=facts, at=at)
    return pdf


def stamp(at: datetime | None) -> str:
    """Write a moment in full: 20 Nov 2026, 16:00:00 UTC."""
    return f"{format_date(at.astimezone(UTC), 'j M Y, H:i:s')} UTC" if at else ""


def numbers_of(found: Iterable[int]) -> str:
    """Write numbers with their runs joined: "1 to 250, 252"."""
    runs: list[list[int]] = []
    for number in sorted(set(found)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    joined = (f"{a}" if a == b else f"{a}, {b}" if b == a + 1 else f"{a} to {b}" for a, b in runs)
    return ", ".join(joined)


def _cover(row: DataRequest, *, for_staff: bool) -> dict[str, object]:
    quashed = row.pk in order_versions.stopped([row])
    status = staff_status(row)[0] if for_staff else officer_status(row, quashed=quashed)[0]
    member = row.officer.memberships.filter(agency=row.agency_id).order_by("-started_at").first()
    follows = row.followers.filter(status=FollowerStatus.ACTIVE).select_related("user").order_by("added_at", "pk")
    holds = PreservationHold.objects.filter(request_reference=row.reference).exclude(request_reference="")
    led = ", ".join(filter(None, (row.investigating_officer, row.investigating_rank)))
    outside = row.channel != Channel.PORTAL
    by, named = ("Answer goes to", "Named on the paper") if outside else ("Sent by", "Investigating officer")
    facts: Rows = [
        ("Status", reader_status(status)),
        ("Kind", row.get_kind_display()),
        ("Agency", row.agency.name),
        (by, ", ".join(filter(None, (row.officer.get_full_name(), member.rank if member else "",
                                            member.unit if member else "")))),
        (named, led),
        ("Reached at", ", ".join(filter(None, (row.investigating_email, row.investigating_phone)))),
        ("Filed for the desk", row.desk.name if row.desk else ""),
        ("Sent", stamp(row.submitted_at)),
        ("Came by", f"{row.get_channel_display()} {row.external_reference}" if row.channel != Channel.PORTAL else ""),
        ("Answer due", stamp(row.deadline_at)),
        ("Our clock stopped on", stamp(row.clock_stopped_at)),
        ("Decided", stamp(row.decided_at)),
        ("Also follow", ", ".join(f.user.get_full_name() for f in follows if f.user)),
        ("Holds", ", ".join(str(hold.reference) for hold in holds.order_by("pk"))),
    ]  # fmt: skip
    return {"data_request": row, "facts": [(key, value) for key, value in facts if value]}


def _scope(row: DataRequest, *, for_staff: bool) -> dict[str, object]:
    targets = list(row.targets.order_by("pk"))
    number_of = {target.pk: number for number, target in enumerate(targets, 1)}
    told = for_staff or row.status in _DECIDED
    groups: dict[tuple[str, str, str], list[int]] = {}
    for line in row.lines.select_related("target").order_by("pk"):
        given = told and line.decision == LineDecision.PRODUCE
        said = ". ".join(filter(None, (records_words(line.category), limits_said(line) if given else "")))
        key = (said, period_words(line), _decision(line, row.kind) if told else "")
        groups.setdefault(key, []).append(number_of[line.target_id])
    lines = [Scope(numbers_of(found), *key) for key, found in groups.items()]
    proposal = row.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first() if told else None
    words = proposal.text_for_officer.strip() if proposal and row.status in _DECIDED else ""
    return {"targets": list(enumerate(targets, 1)), "lines": lines, "told": told, "decision": words}


def _decision(line: RequestLine, kind: str) -> str:
    if line.decision == LineDecision.PRODUCE:
        return "Disclosed"
    if line.decision == LineDecision.REFUSE:
        code = f": {refusals.why(line.refusal_code, kind)}" if line.refusal_code else ""
        return f"Not disclosed{code}"
    return str(line.get_decision_display())


def _talk(row: DataRequest, *, for_staff: bool) -> dict[str, object]:
    asked = row.clarifications.select_related("asked_by").prefetch_related("replies__documents", "replies__answered_by")
    changed = row.amendments.select_related("made_by").order_by("number")
    return {
        "questions": [
            (item, _asker(item, for_staff=for_staff), stamp(item.asked_at)) for item in asked.order_by("number")
        ],
        "amendments": [(item, stamp(item.made_at), _parts_of(item)) for item in changed],
    }


def _asker(question: Clarification, *, for_staff: bool) -> str:
    return question.asked_by.get_full_name() if for_staff else question.asked_by.pseudonym or "a reviewer"


def _parts_of(item: Amendment) -> list[str]:
    """Say what came and went with a change."""
    came = [f"Added: {one.get('given') or one.get('words')}" for one in item.after.get("added", [])]
    return came + [f"Taken out: {one.get('given') or one.get('words')}" for one in item.before.get("removed", [])]


def _documents(row: DataRequest) -> list[RequestDocument]:
    return list(row.documents.filter(removed_at=None).select_related("document").order_by("added_at", "pk"))


def _history(row: DataRequest, *, for_staff: bool) -> list[Happened]:
    if for_staff:
        entries = history(row, looks=False, limit=_MOST_ENTRIES)
        return [Happened(stamp(e.at), e.title, e.by, e.detail) for e in reversed(entries)]
    own = timeline.for_officer(row, None, addressed=False)[:_MOST_ENTRIES]
    return [Happened(stamp(e.at), e.title, e.by, e.text) for e in reversed(own)]
