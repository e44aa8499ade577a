"""A draft as a whole: start it, see what is left to do, take a file out, delete it."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.providers.models import EntryPoint, Provider
from foundation.providers.policy import redirect_for
from requests_app.deadlines import draft_kept_until
from requests_app.enums import RequestKind, RequestStatus
from requests_app.events import Event
from requests_app.forms.start import HOLD, CopyForm, NeedForm
from requests_app.models import DataRequest
from requests_app.services import copies, drafts, preflight, timeline
from requests_app.services.preflight import Step
from requests_app.views.officer.answers import TITLES
from requests_app.views.officer.common import own_agency_request, own_draft

_GROUPS = (
    ("1. Your authority", (Step.LEGAL_PROCESS, Step.FACTS)),
    ("2. The data you need", (Step.IDENTIFIERS, Step.ASSETS, Step.RECORDS, Step.DOCUMENTS)),
    ("3. Telling the account holder, and sending", (Step.NOTICE,)),
)
# What has pages of its own.
_ELSEWHERE = {
    str(RequestKind.EMERGENCY): "officer:emergency_new",
    str(RequestKind.FREEZE): "officer:freeze_new",
    str(RequestKind.ENQUIRY): "officer:enquiry_new",
    HOLD: "holds:new",
}
_HINTS = {
    Step.LEGAL_PROCESS: "Which order or warrant you have, and who issued it",
    Step.FACTS: "What happened, and why these accounts matter",
    Step.IDENTIFIERS: "User ID, e-mail, phone, wallet, transaction",
    Step.ASSETS: "What to freeze or transfer, how much, until when",
    Step.RECORDS: "Which records, from when to when",
    Step.DOCUMENTS: "A copy of the order or warrant",
    Step.NOTICE: "Tell us if we must not tell the account holder, and under which law",
}


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask what is needed and lead there; a request becomes one draft, however often the button is pressed."""
    user: Any = request.user
    form = NeedForm(request.POST or None, initial={"key": uuid4()}, providers=Provider.objects.order_by("name"))
    if request.method == "POST" and form.is_valid():
        need, provider = form.wanted(), form.provider()
        if need in _ELSEWHERE:
            return redirect(_ELSEWHERE[need])
        if (point := redirect_for(provider, user.membership.agency.country)) and not point.allows_filing:
            return redirect("officer:channel")
        try:
            draft = drafts.start(provider, by=user, key=form.cleaned_data["key"])
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:draft", uid=draft.uid)
    status = 422 if request.method == "POST" else 200
    return render(request, "officer/draft_new.html", {"form": form, "channels": _channels(user)}, status=status)


def _channels(user: Any) -> list[EntryPoint]:
    """Return the national channels that officers of this country are sent to first."""
    country = user.membership.agency.country
    found = (redirect_for(company, country) for company in Provider.objects.order_by("name"))
    return [point for point in found if point]


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a draft from an earlier request, which says what is copied and what is not."""
    user: Any = request.user
    source = own_agency_request(request, reference)
    form = CopyForm(request.POST or None, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            draft = copies.copy(source, key=values["key"], identifiers=values["identifiers"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "A new draft was started. Add its name, its order and its dates.")
            return redirect("officer:draft", uid=draft.uid)
    context = {"form": form, "data_request": source, "count": source.targets.count()}
    return render(request, "officer/copy.html", context, status=422 if request.method == "POST" else 200)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def refile(request: HttpRequest, reference: str) -> HttpResponse:
    """Start the draft that mends a refused request, with its identifiers: one, however often pressed."""
    user: Any = request.user
    source = own_agency_request(request, reference)
    if request.method != "POST" or source.status != RequestStatus.REFUSED:
        return redirect("officer:request", reference=source.reference)
    try:
        made = copies.copy(source, key=copies.refile_key(source, user), identifiers=True, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("officer:request", reference=source.reference)
    return redirect("officer:draft", uid=made.uid)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The task list: the parts of this kind of request, in any order."""
    data_request = own_draft(request, uid)
    if data_request.status != RequestStatus.DRAFT:
        return to_request(data_request)
    at = timezone.now()
    facts = preflight.read(data_request, at=at)
    found = preflight.check(facts, at)
    mend = copies.to_mend(data_request)
    states = {step: preflight.state_of(step, facts, found) for step in preflight.steps_of(data_request.kind)}
    groups = [
        (
            title,
            [
                (step, TITLES[step], mend.get(step) or _hint(step, facts, found), *states[step])
                for step in steps
                if step in states
            ],
        )
        for title, steps in _GROUPS
    ]
    context = {
        "draft": data_request,
        "groups": groups,
        "mends": data_request.copied_from if mend else None,
        "ready": not preflight.blocking(found),
        "done": sum(1 for text, _colour in states.values() if text == "Completed"),
        "parts": sum(1 for text, _colour in states.values() if text != preflight.OPTIONAL),
        "kept_until": draft_kept_until(data_request.saved_at),
        "returned_because": timeline.returned_because(data_request) if data_request.submitted_at else "",
        "was_no_emergency": bool(data_request.emergency) and timeline.was_no_emergency(data_request),
    }
    return render(request, "officer/draft.html", context)


def _hint(step: Step, facts: preflight.Facts, found: list[preflight.Finding]) -> str:
    """Say what is wrong with a part that was begun, else what the part is about."""
    mine = [finding.message for finding in preflight.blocking(found) if finding.step == step]
    if mine and preflight.begun(step, facts):
        return mine[0] if len(mine) == 1 else f"{mine[0]}, and {len(mine) - 1} more"
    if preflight.is_optional(step, facts.kind):
        return "You need no order. Add a file only if it helps us to answer"
    return _HINTS[step]


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask once, then delete the draft and its files."""
    user: Any = request.user
    data_request = own_draft(request, uid)
    if data_request.status != RequestStatus.DRAFT or data_request.submitted_at:
        return to_request(data_request)
    if request.method != "POST":
        return render(request, "officer/draft_delete.html", {"draft": data_request})
    try:
        drafts.delete(data_request, by=user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Draft deleted.")
    return redirect("officer:requests")


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def file(request: HttpRequest, uid: UUID, document: UUID) -> HttpResponseBase:
    """A file of the officer's own draft."""
    return send_file(request, own_draft(request, uid), document)


def send_file(request: HttpRequest, data_request: DataRequest, uid: UUID) -> HttpResponseBase:
    """Answer with one attached file under the name the officer gave it, and note the download."""
    user: Any = request.user
    item = data_request.documents.filter(uid=uid, removed_at=None).select_related("document").first()
    if item is None:
        raise Http404
    try:
        document = documents.ready_to_download(item.document)
    except DocumentRefused as refusal:
        return render(request, "officer/file_refused.html", {"why": str(refusal)}, status=409)
    facts = {"document": str(document.uid)}
    record(Event.DOCUMENT_DOWNLOADED, by=user, obj=data_request, data=facts)
    return documents.serve(
        document,
        filename=document.filename,
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
        if_none_match=request.headers.get("If-None-Match"),
    )


def to_request(data_request: DataRequest) -> HttpResponse:
    """Go where a draft went that is none any more."""
    if data_request.reference:
        return redirect("officer:request", reference=data_request.reference)
    return redirect("officer:requests")
