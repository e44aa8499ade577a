"""Asking for more time: for one hold, or for several at once with one reason and each new date before it is asked."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.references import normalise_reference
from foundation.documents.errors import DocumentRefused
from preservation.forms.holds import ExtendForm
from preservation.models import PreservationHold
from preservation.permissions import may_extend
from preservation.services import extensions
from preservation.services.extension_offers import Offer, offer_of
from preservation.services.filing import is_unfiled
from preservation.views.common import officers_hold

_OWNER = "Only the officer who filed the hold can ask to extend it."
_TICK = "Tick the holds that you need for longer."


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for more time for one hold; where it cannot be asked for, the page of the hold says why."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    found = offer_of(hold, timezone.now())
    if not may_extend(user, hold) or found.refusal:
        messages.error(request, found.refusal if may_extend(user, hold) else _OWNER)
        return redirect("holds:detail", reference=hold.reference)
    return _page(request, [found], one=hold)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def extend_many(request: HttpRequest) -> HttpResponse:
    """Ask for the ticked holds at once; the page shows the new end of each, or why there is none."""
    user: Any = request.user
    given = [*request.GET.getlist("hold"), *(row.partition("~")[0] for row in request.POST.getlist("row"))]
    wanted = {known for text in given if (known := normalise_reference(text))}
    if len(wanted) > extensions.MOST:
        messages.error(request, f"Choose at most {extensions.MOST} holds at once.")
        return redirect("holds:list")
    visible: Any = PreservationHold.objects.visible_to(user)
    rows = visible.filter(officer=user, reference__in=wanted).select_related("provider", "process_type", "agency")
    now = timezone.now()
    offers = [offer_of(row, now) for row in rows.prefetch_related("extensions").order_by("expires_at", "pk")]
    if not offers:
        messages.error(request, _TICK)
        return redirect("holds:list")
    return _page(request, offers)


def _page(request: HttpRequest, offers: list[Offer], *, one: PreservationHold | None = None) -> HttpResponse:
    """Draw the question with the new ends, or ask for what was shown."""
    user: Any = request.user
    possible = [offer for offer in offers if not offer.refusal]
    posted = request.method == "POST"
    given = (request.POST, request.FILES) if posted else (None, None)
    form = ExtendForm(*given, user=user, order=any(offer.wants_order for offer in possible))
    if posted and form.is_valid():
        try:
            return _asked(request, form, offers, one)
        except DocumentRefused as error:
            form.add_error("document", str(error))
        except PortalError as error:
            form.add_error(None, str(error))
    context = {"offers": offers, "possible": possible, "form": form, "one": one, "grace": _grace(possible)}
    context["falls"] = _falls(possible)
    return render(request, "holds/extend.html", context, status=422 if posted else 200)


def _asked(request: HttpRequest, form: ExtendForm, offers: list[Offer], one: PreservationHold | None) -> HttpResponse:
    values = form.cleaned_data
    marks = {reference: mark for reference, sign, mark in (r.partition("~") for r in request.POST.getlist("row"))}
    shown = {ref: marks.get(ref, "") for offer in offers if (ref := str(offer.hold.reference)) in marks or one}
    done = extensions.ask_many(
        shown, reason=form.sentence(), ground=values.get("ground", ""), upload=values.get("document"), by=request.user
    )
    asked = sum(each.done for each in done)
    holds = "" if one else f" for {asked} hold{'' if asked == 1 else 's'}"
    falls = _falls([offer for offer in offers if str(offer.hold.reference) in shown])
    stays = "Your authority must still go to court in time." if falls else "What there is stays until we have decided."
    messages.success(request, f"You asked for more time{holds}. {stays}")
    for each in done:
        if not each.done:
            messages.error(request, f"{each.reference}: {each.words}")
    return redirect("holds:detail", reference=one.reference) if one else redirect("holds:list")


def _falls(offers: list[Offer]) -> Any:
    """Return when the first of them falls unless the authority goes to court, or None where none does."""
    days = [offer.hold.authority_must_file_by for offer in offers if is_unfiled(offer.hold)]
    return min((day for day in days if day is not None), default=None)


def _grace(possible: list[Offer]) -> Any:
    """Return until when the first of the late ones can be asked for, or None where all are in time."""
    return min((offer.hold.grace_until for offer in possible if offer.hold.grace_until and offer.late), default=None)
