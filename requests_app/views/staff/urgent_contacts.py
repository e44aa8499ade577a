"""Emergencies told without an account, for staff: the list, one of them, and what is done with it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.agencies import matching
from accounts.models import Agency
from accounts.permissions import Permission
from accounts.services.calls import usable_numbers
from accounts.views.staff.paging import page_newest
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from foundation.core.references import normalise_reference
from requests_app.enums import UrgentContactStatus
from requests_app.events import Event
from requests_app.forms.urgent_contact import NameAgencyForm, TurnAwayForm, UrgentCallForm
from requests_app.models import UrgentContact
from requests_app.services import urgent_calls, urgent_contacts
from requests_app.urgent_permissions import may_second
from requests_app.views.staff.urgent_pages import draw

_MOST = 10
_POST = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Those that nobody has taken and those in hand; or, asked for, those that have ended."""
    ended = request.GET.get("show") == "ended"
    over = [UrgentContactStatus.LET_IN, UrgentContactStatus.TURNED_AWAY]
    rows = UrgentContact.objects.visible_to_staff(signed_in(request)).select_related("agency", "taken_by")
    rows = rows.filter(status__in=over) if ended else rows.exclude(status__in=over)
    page = page_newest(rows, request, keys=("created_at", "pk"))
    return render(request, "staff/urgent/list.html", {"page": page, "ended": ended})


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def contact(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was told and the steps that follow; the look stands in the trail."""
    found = one(request, reference)
    record(Event.URGENT_VIEWED, by=signed_in(request), obj=found)
    return draw(request, found)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it; a GET is somebody who comes back."""
    found = one(request, reference)
    if request.method == "POST":
        _told(request, lambda: urgent_contacts.take(found, by=signed_in(request)), f"{found.reference} is yours.")
    return redirect("staff:urgent_contact", found.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def name_agency(request: HttpRequest, reference: str) -> HttpResponse:
    """Find the agency in the registry, and say that this is it."""
    found = one(request, reference)
    words = request.GET.get("q", found.agency_words).replace("\x00", "").strip()[:200]
    rows = matching(words).order_by("search_text", "pk")[:_MOST] if words else Agency.objects.none()
    form = NameAgencyForm(request.POST or None, found=list(rows))
    if form.is_valid():
        chosen = form.chosen
        if _tried(form, lambda: urgent_calls.name_agency(found, chosen, by=signed_in(request))):
            messages.success(request, f"{chosen} is the agency now.")
            return redirect("staff:urgent_contact", found.reference)
    record(Event.URGENT_VIEWED, by=signed_in(request), obj=found)
    context = {"contact": found, "form": form, "words": words}
    return render(request, "staff/urgent/agency.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def call(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down a call to the agency."""
    found, user = one(request, reference), signed_in(request)
    if request.method != "POST":
        return redirect("staff:urgent_contact", found.reference)
    form = UrgentCallForm(request.POST, numbers=usable_numbers(found.agency))
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("result", "spoke_to", "note")}
        way: dict[str, Any] = {"number": form.number, "alternative": form.alternative}
        if _tried(form, lambda: urgent_calls.record_call(found, by=user, **way, **said)):
            messages.success(request, "The call is recorded.")
            return redirect("staff:urgent_contact", found.reference)
    return draw(request, found, call_form=form)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS, step_up=True)
@require_http_methods(_POST)
def second(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Vouch for a call as a second person; a GET is somebody who comes back from the second factor."""
    found, user = one(request, reference), signed_in(request)
    if not may_second(user):
        raise PermissionDenied
    made = get_object_or_404(urgent_calls.calls_of(found), pk=pk)
    if request.method == "POST":
        _told(request, lambda: urgent_calls.second(found, made, by=user), "You vouch for this call.")
    return redirect("staff:urgent_contact", found.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep the records; a GET is somebody who comes back."""
    found = one(request, reference)
    if request.method == "POST":
        _told(request, lambda: urgent_calls.hold(found, by=signed_in(request)), "The records are kept.")
    return redirect("staff:urgent_contact", found.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def turn_away(request: HttpRequest, reference: str) -> HttpResponse:
    """End it with a reason, after a page that asks; spam shuts its network out for a day."""
    found, user = one(request, reference), signed_in(request)
    if found.ended_at is not None:
        messages.error(request, "This has ended already.")
        return redirect("staff:urgent_contact", found.reference)
    same = UrgentContact.objects.visible_to_staff(user).untaken().filter(place_hash=found.place_hash)
    alike = same.exclude(pk=found.pk).count() if found.place_hash else 0
    form = TurnAwayForm(request.POST or None, alike=alike, held=urgent_contacts.holds_for_agency(found))
    if form.is_valid() and _tried(form, lambda: urgent_contacts.turn_away(found, by=user, **form.cleaned_data)):
        messages.success(request, f"{found.reference} is turned away.")
        return redirect("staff:urgent_contacts")
    status = 422 if form.is_bound else 200
    record(Event.URGENT_VIEWED, by=user, obj=found)
    context = {"contact": found, "form": form, "kept_days": urgent_contacts.KEPT.days}
    return render(request, "staff/urgent/turn_away.html", context, status=status)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(_POST)
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """End it because this address has access already; a GET is somebody who comes back."""
    found = one(request, reference)
    if request.method == "POST":
        _told(request, lambda: urgent_contacts.end(found, by=signed_in(request)), "Ended: they have access.")
    return redirect("staff:urgent_contact", found.reference)


def one(request: HttpRequest, reference: str) -> UrgentContact:
    """Return what this member of staff may see, by its reference in any writing, or 404."""
    rows = UrgentContact.objects.visible_to_staff(signed_in(request))
    rows = rows.select_related("provider", "agency", "taken_by", "ended_by", "application", "hold__officer")
    found: UrgentContact | None = rows.filter(reference=normalise_reference(reference) or "").first()
    if found is None:
        raise Http404
    return found


def _told(request: HttpRequest, act: Any, words: str) -> None:
    """Do it, and say in a message that it is done or why not."""
    try:
        act()
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)


def _tried(form: PortalForm, act: Any) -> bool:
    """Do it; a refusal is an error of the form."""
    try:
        act()
    except PortalError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
