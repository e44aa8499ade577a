"""An emergency told by somebody without an account: one page, and a page that says what to do now."""

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, is_verified
from accounts.agencies import search
from accounts.models import Agency
from accounts.services.applications import AddressRefused
from accounts.services.limits import Limit, try_once
from foundation.audit.middleware import client_ip
from foundation.core.errors import PortalError
from foundation.core.secret_boxes import mask_field
from foundation.providers.models import Provider
from requests_app.forms.urgent_contact import UrgentContactForm
from requests_app.models import UrgentContact
from requests_app.services import paging, urgent_contacts

# Looking up agencies before anybody is known: for typing errors, not for reading the registry out.
SEARCHES = Limit("urgent.search", 30, urgent_contacts.PER_NETWORK.within)


@access(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest) -> HttpResponse:
    """Ask who is in danger, what is known of the account, and who tells us."""
    if request.user.is_authenticated and is_verified(request) and getattr(request.user, "is_officer", False):
        return redirect("officer:emergency_new")
    looking = request.method == "POST" and "find" in request.POST
    found = _found(request)
    providers = Provider.objects.order_by("name")
    form = UrgentContactForm(request.POST or None, initial={"key": uuid4()}, providers=providers, found=found)
    if request.method == "POST" and not looking and form.is_valid():
        try:
            contact = urgent_contacts.tell(
                form.provider(), key=form.cleaned_data["key"], values=form.facts(), identifiers=form.read,
                agency=form.picked, place=client_ip(request),
            )  # fmt: skip
        except AddressRefused as refusal:
            form.add_error("email", str(refusal))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("urgent:told", contact.uid)
    if looking:
        typed = {name: mask_field(name, str(value)) for name, value in request.POST.items()}
        form = UrgentContactForm(None, initial=typed, providers=providers, found=found)
    context = {"form": form, "looked": looking, "found": found}
    return render(request, "urgent/tell.html", context, status=422 if form.is_bound else 200)


@access(Audience.PUBLIC)
@never_cache
@require_safe
def told(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The reference, the number to call, and what to do now; nothing of what was told."""
    contact = get_object_or_404(UrgentContact, uid=uid)
    now = timezone.now()
    waits = contact.taken_at is None and contact.ended_at is None
    late = waits and contact.take_by < now
    paged = paging.contact_paged_at(contact)
    unpaged = waits and paging.overdue(contact.created_at, paged, at=now)
    return render(request, "urgent/told.html", {"contact": contact, "late": late, "paged": paged, "unpaged": unpaged})


def _found(request: HttpRequest) -> list[Agency]:
    """Return the agencies that hold the words that were typed, once somebody asked to look."""
    words = request.POST.get("agency_words", "").replace("\x00", "").strip()[:200]
    asked = "find" in request.POST or request.POST.get("agency")
    if not words or not asked or not try_once(SEARCHES, client_ip(request)):
        return []
    return search(words)
