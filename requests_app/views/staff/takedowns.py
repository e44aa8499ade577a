"""Notices to take content down: the list, one of them, and what is done about it by two people."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from accounts.views.staff.paging import page_newest, page_of
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.providers.models import Provider
from requests_app.enums import TakedownStatus
from requests_app.events import Event
from requests_app.forms.takedowns import ProposeForm, SendBackForm, TakedownForm
from requests_app.models import TakedownNotice
from requests_app.services import named_agencies
from requests_app.services import takedowns as service

PAGES = 30
_RELATED = ("assignee", "recorded_by", "proposed_by", "decided_by", "agency", "document", "provider")


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def takedowns(request: HttpRequest) -> HttpResponse:
    """List the notices that wait, soonest due first, or those that were answered, newest first."""
    user: Any = request.user
    done = request.GET.get("show") == "done"
    rows = service.visible(user).select_related("assignee", "decided_by")
    if done:
        page = page_newest(rows.filter(status__in=service.ANSWERS), request, keys=("arrived_at", "pk"))
    else:
        page = page_of(rows.filter(status__in=service.OPEN), request, keys=("deadline_at", "pk"))
    context = {"page": page, "done": done, "may_enter": has_permission(user, Permission.REVIEW_REQUEST)}
    return render(request, "staff/takedowns.html", context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Record a notice that came on paper, by mail or in another portal."""
    user: Any = request.user
    posted = request.method == "POST"
    form = TakedownForm(
        request.POST if posted else None, request.FILES if posted else None, user=user,
        initial={"arrived_at": f"{timezone.now():%Y-%m-%d %H:%M} Z"},
    )  # fmt: skip
    if posted and form.is_valid():
        try:
            row = service.enter(_notice(form), provider=company(user), by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.reference} is recorded. Other people than you decide what is done.")
            for other in service.same_number(row, user):
                messages.warning(request, f"{other.reference} has the same number. It may be the same notice.")
            return redirect("staff:takedown", row.reference)
    return render(request, "staff/takedown_new.html", {"form": form}, status=422 if posted else 200)


def _notice(form: TakedownForm) -> service.Notice:
    typed = dict(form.cleaned_data)
    words = typed.pop("agency")
    agency = named_agencies.find(words, country=typed["jurisdiction"]) if words.strip() else None
    return service.Notice(**typed, agency=agency)


def company(user: Any) -> Provider:
    """Return the company this member of staff works for, or 404; the first where it is several."""
    own = user.staff_roles.filter(ended_at=None).values("provider")
    found: Provider | None = Provider.objects.filter(pk__in=own).order_by("pk").first()
    if found is None:
        raise Http404
    return found


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def takedown(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one notice with what may be done about it."""
    row = found(request, reference)
    record(Event.VIEWED, by=request.user, obj=row, data={"page": "takedown"})
    return _draw(request, row)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a notice."""
    user: Any = request.user
    row = found(request, reference)
    if request.method == "POST":
        try:
            service.take(row, by=user)
            messages.success(request, "You have this notice now.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff:takedown", row.reference)


@access(Audience.STAFF, permission=Permission.PROPOSE_DECISION)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, reference: str) -> HttpResponse:
    """Propose an answer; a second person signs it."""
    user: Any = request.user
    row = found(request, reference)
    if request.method != "POST":
        return redirect("staff:takedown", row.reference)
    form = ProposeForm(request.POST)
    if form.is_valid():
        try:
            service.propose(row, answer=form.cleaned_data["answer"], done=form.cleaned_data["done"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Proposed. A second person signs it.")
            return redirect("staff:takedown", row.reference)
    return _draw(request, found(request, reference), propose=form, status=422)


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """Sign as the second person; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    row = found(request, reference)
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            service.sign(row, version=int(version) if version.isdecimal() and len(version) < 8 else -1, by=user)
            messages.success(request, f"{row.reference} is answered. Take the reply to the authority's own channel.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff:takedown", row.reference)


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION)
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a proposal back with what is to be changed."""
    user: Any = request.user
    row = found(request, reference)
    if request.method != "POST":
        return redirect("staff:takedown", row.reference)
    form = SendBackForm(request.POST)
    if form.is_valid():
        try:
            service.send_back(row, reason=form.cleaned_data["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Sent back. Who proposed it is told.")
            return redirect("staff:takedown", row.reference)
    return _draw(request, found(request, reference), back=form, status=422)


def found(request: HttpRequest, reference: str) -> TakedownNotice:
    """Return a notice this member of staff may see, by its reference in any writing, or 404."""
    user: Any = request.user
    known = normalise_reference(reference)
    rows: QuerySet[TakedownNotice] = service.visible(user).select_related(*_RELATED)
    row = rows.filter(reference=known).first() if known else None
    if row is None:
        raise Http404
    return row


def _draw(
    request: HttpRequest, row: TakedownNotice, *, propose: Any = None, back: Any = None, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    signing = service.may(row, "comply", user) or service.may(row, "decline", user)
    initial = {"answer": row.proposed, "done": row.done} if row.proposed else {}
    context = {
        "row": row,
        "content": row.content.splitlines(),
        "same_number": service.same_number(row, user),
        "open": row.status in service.OPEN,
        "answered": row.status in service.ANSWERS,
        "proposed_words": TakedownStatus(row.proposed).label if row.proposed else "",
        "may_take": service.may(row, "take", user) and row.assignee_id != user.pk,
        "may_sign": signing,
        "why_not": service.why_not(row, user),
        "recorded_it": row.recorded_by_id == user.pk,
        "to_change": service.to_change(row),
        "propose_form": propose or (ProposeForm(initial=initial) if service.may(row, "propose", user) else None),
        "back_form": back or (SendBackForm() if service.may(row, "send_back", user) else None),
        "form": propose or back,
        **_paper(row),
    }
    return render(request, "staff/takedown.html", context, status=status)


def _paper(row: TakedownNotice) -> dict[str, Any]:
    """Return the pages of the notice that may be shown, or why they cannot be."""
    if row.document is None:
        return {}
    try:
        documents.require_clean(row.document)
    except DocumentRefused as refusal:
        return {"trouble": str(refusal)}
    return {"pages": [page.number for page in documents.pages(row.document)][:PAGES], "readable": True}
