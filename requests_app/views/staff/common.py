"""What the desk's pages share: finding the request, the head with its facts and tabs, and noting each look."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.references import normalise_reference
from preservation.models import PreservationHold
from requests_app.enums import WITHOUT_RECORDS, ClarificationStatus, FollowerStatus, RequestKind
from requests_app.events import Event
from requests_app.kind_words import freeze_facts, freeze_words, words_of
from requests_app.models import DataRequest
from requests_app.permissions import (
    access_in_force,
    assign_refusal,
    call_back_confirmed,
    decided_before_refusal,
    is_emergency,
    needs_call_back,
    request_workflow,
)
from requests_app.querysets import nobody_named
from requests_app.release_enums import LaterStatus
from requests_app.services import hand_overs, presence, recipients

_RELATED = ("provider__calendar", "officer", "agency", "process_type", "legal_entity", "assignee", "team")
_TABS = (
    ("review", "staff:request", "Review"),
    ("sent", "staff:sent", "What they sent"),
    ("records", "staff_records:list", "Records"),
    ("messages", "staff:messages", "Messages"),
    ("notes", "staff:notes", "Internal notes"),
    ("counsel", "staff:request_counsel", "Counsel"),
    ("history", "staff:history", "History"),
)


def visible(request: HttpRequest, reference: str) -> DataRequest:
    """Return a request this member of staff may see, by its reference in any writing, or 404."""
    user: Any = request.user
    known = normalise_reference(reference)
    rows = DataRequest.objects.visible_to_staff(user).select_related(*_RELATED)
    data_request: DataRequest | None = rows.filter(reference=known).first() if known else None
    if data_request is None:
        raise Http404
    return data_request


def looked(request: HttpRequest, data_request: DataRequest, page: str) -> None:
    """Leave an event: every look of staff at a request does. Colleagues see who has it open."""
    user: Any = request.user
    record(Event.VIEWED, by=user, obj=data_request, data={"page": page})
    presence.see(data_request, by=user)


def case(request: HttpRequest, data_request: DataRequest, tab: str) -> dict[str, Any]:
    """Return what the head of every page of a request shows."""
    user: Any = request.user
    questions = list(data_request.clarifications.all())
    waiting = next((q for q in questions if q.status == ClarificationStatus.OPEN), None)
    numbers = {"messages": len(questions), "notes": data_request.notes.count()}
    return {
        "data_request": data_request,
        "questions": questions,
        "waiting": waiting,
        "tabs": [
            {
                "words": words,
                "url": _address(url_name, data_request),
                "current": name == tab,
                "count": numbers.get(name),
            }
            for name, url_name, words in _tabs(data_request)
        ],
        "hold": _hold(data_request),
        "amendments": list(data_request.amendments.order_by("-number")),
        "waits_for_us": _waits_for_us(data_request),
        "emergency": is_emergency(data_request),
        "words": words_of(data_request.kind),
        "freeze_said": freeze_said(data_request),
        "calls": needs_call_back(data_request),
        "called_back": needs_call_back(data_request) and call_back_confirmed(data_request),
        "actions": request_workflow.available_actions(data_request, user),
        "may_assign": assign_refusal(user, data_request, user) is None,
        "decided_before": decided_before_refusal(user, data_request),
        "may_mark": has_permission(user, Permission.GIVE_ADVICE),
        "frozen": access_in_force(data_request) or "",
        "nobody_named": nobody_named(data_request),
        "may_name": recipients.offered(data_request, to=user),
        "now": timezone.now(),
        "present": presence.others(data_request, than=user),
    }


def _waits_for_us(data_request: DataRequest) -> dict[str, Any]:
    """Return what the officer asks that needs our agreement."""
    asked = data_request.followers.filter(status=FollowerStatus.WAITING).order_by("added_at", "pk")
    later = data_request.later_asks.filter(status=LaterStatus.OPEN).order_by("asked_at", "pk")
    return {"followers": list(asked), "hand_over": hand_overs.waiting(data_request), "later": list(later)}


def freeze_said(data_request: DataRequest) -> str:
    """Say in a sentence what a freeze or seizure asks; empty for other kinds."""
    if data_request.kind != RequestKind.FREEZE:
        return ""
    return freeze_words(freeze_facts(getattr(data_request, "freeze", None)))


def _tabs(data_request: DataRequest) -> list[tuple[str, str, str]]:
    """Return the tabs: no records leave with an enquiry or a freeze; who reads a restricted request has a page."""
    tabs = [tab for tab in _TABS if tab[0] != "records" or data_request.kind not in WITHOUT_RECORDS]
    if data_request.kind == RequestKind.FREEZE:
        tabs.insert(2, ("freeze", "staff:freeze", "What was done"))
    if data_request.kind == RequestKind.EMERGENCY and data_request.produced_at:
        tabs.insert(3, ("after", "staff:emergency_after", "Afterwards"))
    if data_request.restricted:
        tabs.append(("readers", "staff:readers", "Readers"))
    return tabs


def _hold(data_request: DataRequest) -> PreservationHold | None:
    """Return the hold beside a request: named with it, else the officer's own of the same case file."""
    beside = Q(request_reference=data_request.reference)
    if data_request.case_number:
        beside |= Q(
            case_number=data_request.case_number,
            officer=data_request.officer_id,
            agency=data_request.agency_id,
            request_reference="",
            reference__isnull=False,
        )
    holds = PreservationHold.objects.filter(beside).order_by("-request_reference", "pk")
    return holds.only("reference", "status", "expires_at", "expiry_rule").first()


def _address(url_name: str, data_request: DataRequest) -> str:
    try:
        return reverse(url_name, args=[data_request.reference])
    except NoReverseMatch:  # the pages of records may not be there
        return ""
