"""What came outside the portal: choose its agency, record the request, note what is to be kept, name who receives."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import agencies
from accounts.access import Audience, access, signed_in
from accounts.enums import AgencyStatus
from accounts.kept_forms import take_back
from accounts.models import Agency
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import Channel, DocumentRole, IncomingStatus
from requests_app.forms.recording import CallForm, KeepForm, RecipientForm, RecordForm
from requests_app.models import DataRequest, IncomingMessage
from requests_app.services import asked_holds, hand_overs, incoming, lacks, recipients, recording
from requests_app.services.recording import Paper
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.company import company_of

_METHODS = ["GET", "HEAD", "POST"]
# What an agency is chosen for, beside a request.
_PAGES = {"call": "staff:record_call", "hold": "staff:record_hold"}


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Find the agency in the registry: a request, or a call, is recorded for one that is known."""
    words = request.GET.get("words", "")[:100]
    message = _message(request)
    known = _agency_of(message)
    found = agencies.find(words, beside=known) if words or known else None
    context = {
        "words": words,
        "found": found,
        "message": message,
        "query": _query(request, message),
        "company": company_of(request),
        "what": request.GET.get("what") if request.GET.get("what") in _PAGES else "",
        "page": _PAGES.get(request.GET.get("what", ""), "staff:record"),
    }
    return render(request, "staff/incoming/choose.html", context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def new(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Record a request of this agency, by itself or from a message that came in."""
    user, agency, message = signed_in(request), _agency(uid), _message(request)
    provider = message.provider if message else company_of(request).provider
    posted = request.method == "POST"
    form = RecordForm(
        request.POST if posted else None, request.FILES if posted else None, user=user, provider=provider,
        agency=agency, officers=hand_overs.candidates(agency.pk), at=timezone.now(), initial=_initial(message),
        came=message.channel if message else "",
    )  # fmt: skip
    if posted and form.is_valid():
        try:
            row = _record(form, message, user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.reference} is recorded. A colleague takes it from here.")
            return redirect("staff:recorded", row.reference)
    context = {"form": form, "agency": agency, "message": message, "query": _query(request, message)}
    return render(request, "staff/incoming/record.html", context, status=422 if posted else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def call(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down a telephone call: a note, and what is to be kept once the agency confirmed. Nothing is disclosed."""
    user, agency = signed_in(request), _agency(uid)
    company = company_of(request)
    form = CallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            note, asked = asked_holds.note(form.noted(), provider=company.provider, agency=agency, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            done = "The call is written down."
            messages.success(request, f"{done} Call the agency now: nothing is kept yet." if asked else done)
            return redirect("staff:incoming_message", note.uid)
    context = {"form": form, "agency": agency, "query": company.query}
    return render(request, "staff/incoming/call.html", context, status=422 if request.method == "POST" else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_METHODS)
def hold(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down which records a letter, or a mail that came in, wants kept. Nothing is kept before our call."""
    user, agency, message = signed_in(request), _agency(uid), _message(request)
    posted = request.method == "POST"
    given = (request.POST, request.FILES) if posted else ()
    form = KeepForm(*given, user=user, of_mail=message is not None)
    if posted and form.is_valid():
        try:
            note = _keep(form, request, agency, message)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "It is written down. Call the agency now: nothing is kept yet.")
            return redirect("staff:incoming_message", note.uid)
    context = {"form": form, "agency": agency, "message": message, "query": _query(request, message)}
    return render(request, "staff/incoming/hold.html", context, status=422 if posted else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def recorded(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was recorded and what it lacks; whoever recorded it does nothing more about it."""
    data_request = visible(request, reference)
    looked(request, data_request, "recorded")
    context = case(request, data_request, "review") | {
        "lacks": lacks.lacks(data_request, timezone.now()),
        "mine": data_request.recorded_by_id == signed_in(request).pk,
        "named": not recipients.is_open_to_name(data_request),
        "brought_over": data_request.channel == Channel.HISTORY,
    }
    return render(request, "staff/incoming/recorded.html", context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def recipient(request: HttpRequest, reference: str) -> HttpResponse:
    """Name the vetted officer who receives the records."""
    user = signed_in(request)
    data_request = visible(request, reference)
    officers = hand_overs.candidates(data_request.agency_id)
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = RecipientForm(request.POST if request.method == "POST" else kept, officers=officers)
    if request.method == "POST" and form.is_valid():
        try:
            row = recipients.name(data_request, officer=form.chosen, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.officer.get_full_name()} receives the records of {row.reference}.")
            return redirect("staff:request", row.reference)
    looked(request, data_request, "recipient")
    context = case(request, data_request, "review") | {
        "form": form,
        "kept": kept,
        "officers": officers,
        "refusal": recipients.refusal(data_request, by=user),
        "call_first": recipients.CALL_FIRST,
    }
    return render(request, "staff/incoming/recipient.html", context, status=422 if request.method == "POST" else 200)


def _record(form: RecordForm, message: IncomingMessage | None, user: Any) -> DataRequest:
    if message is None:
        return recording.record(form.values(), channel=form.cleaned_data["channel"], by=user)
    if message.status == IncomingStatus.RECORDED and message.data_request and message.decided_by_id == user.pk:
        return message.data_request  # the second of two clicks
    files = incoming.usable_files(message)
    roles = [DocumentRole.SUPPORTING if file.pk == message.original_id else DocumentRole.ORDER for file in files]
    papers = [Paper(file, role) for file, role in zip(files, roles, strict=True)]
    return incoming.make_request(message, form.values(papers), by=user)


def _keep(form: KeepForm, request: HttpRequest, agency: Agency, message: IncomingMessage | None) -> IncomingMessage:
    user = signed_in(request)
    if message is None:
        return asked_holds.note(form.noted(), provider=company_of(request).provider, agency=agency, by=user)[0]
    case_number = form.cleaned_data["case_number"]
    asked_holds.ask(message, agency, identifiers=form.found, case_number=case_number, by=user)
    return message


def _agency(uid: UUID) -> Agency:
    return get_object_or_404(Agency.objects.filter(status=AgencyStatus.ACTIVE), uid=uid)


def _message(request: HttpRequest) -> IncomingMessage | None:
    """Return the message that the address names, which this person may read, or 404; None where it names none."""
    text = request.GET.get("message", "")
    if not text:
        return None
    try:
        uid = UUID(text)
    except ValueError:
        return None
    return get_object_or_404(incoming.visible(signed_in(request)).select_related("provider"), uid=uid)


def _agency_of(message: IncomingMessage | None) -> Agency | None:
    return incoming.sender_of(message).agency if message and message.sender else None


def _query(request: HttpRequest, message: IncomingMessage | None) -> str:
    if message is not None:
        return "?" + urlencode({"message": message.uid})
    return company_of(request).query


def _initial(message: IncomingMessage | None) -> dict[str, Any]:
    if message is None:
        return {"channel": Channel.POST}
    return {"channel": message.channel, "arrived_at": message.arrived_at, "officer_words": message.sender_name[:150]}
