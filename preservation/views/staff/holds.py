"""One hold, as staff see it: what was matched and kept, the extension to decide, history."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from preservation import status_words
from preservation.enums import HoldStatus
from preservation.events import Event
from preservation.forms.holds import DecideForm, TreatyForm
from preservation.permissions import extension_workflow, hold_workflow, suspended_words
from preservation.services import extensions, filing, history, life, looking
from preservation.services import treaty as treaties
from preservation.services.ending_early import early_refusal
from preservation.services.locks import open_extension
from preservation.services.partial import partial_refusal
from preservation.views.common import row_of, send_certificate, staff_hold
from preservation.views.staff.choosing import kept_facts
from preservation.views.staff.deciding import paper_of
from preservation.views.staff.paper import law_facts


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The hold; looking at it is noted."""
    hold = staff_hold(request, reference)
    record(Event.VIEWED, by=request.user, obj=hold)
    extension = open_extension(hold)
    kept = take_back(request, reverse("holds:decide", args=[hold.reference, extension.uid])) if extension else None
    if kept is None:
        return _page(request, hold)
    messages.info(request, "You confirmed that it is you. Nothing is decided yet: read what you wrote, and send it.")
    return _page(request, hold, decide_form=DecideForm(kept))


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, keep_form=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Extend, or do not, with the reason. A GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if request.method != "POST":
        return redirect("holds:staff_detail", reference=hold.reference)
    extension = hold.extensions.filter(uid=uid).first()
    if extension is None:
        raise Http404
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, hold, decide_form=form)
    verb = extensions.grant if form.cleaned_data["decision"] == "grant" else extensions.refuse
    try:
        verb(extension, reason=form.cleaned_data["reason"], by=user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        done = "Extended." if verb is extensions.grant else "Not extended."
        messages.success(request, f"{done} The officer is told by e-mail.")
    return redirect("holds:staff_detail", reference=hold.reference)


@access(Audience.STAFF, permission=Permission.DECIDE_HOLDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def treaty(request: HttpRequest, reference: str) -> HttpResponse:
    """Start, confirm or end a treaty request, in which a hold does not run down. A GET leads to the page again."""
    user: Any = request.user
    hold = staff_hold(request, reference)
    if request.method != "POST":
        return redirect("holds:staff_detail", reference=hold.reference)
    form = TreatyForm(request.POST)
    if not form.is_valid():
        return _page(request, hold, treaty_form=form)
    words = form.cleaned_data["reason"]
    try:
        if request.POST.get("action") == "confirm":
            treaties.confirm(hold, words=words, by=user)
        else:
            verb = life.end_treaty if request.POST.get("action") == "end" else life.start_treaty
            verb(hold, reason=words, by=user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted.")
    return redirect("holds:staff_detail", reference=hold.reference)


@access(Audience.STAFF, permission=Permission.SEE_HOLDS)
@require_safe
def certificate(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The certificate that the officer has."""
    hold = staff_hold(request, reference)
    return send_certificate(request, hold, hold.certificate)


def _named(hold: Any) -> dict[str, str]:
    """Return what the officer said of a treaty request that nobody has decided about yet."""
    return {"reason": hold.treaty_words} if hold.status == HoldStatus.ACTIVE else {}


def _page(
    request: HttpRequest, hold: Any, *, decide_form: DecideForm | None = None, treaty_form: TreatyForm | None = None
) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    named = list(hold.identifiers.order_by("pk"))
    extension = open_extension(hold)
    refusal = extension_workflow.refusal(extension, "refuse", user) if extension else None
    new_end, number = extensions.offer(hold, now)
    actions = hold_workflow.available_actions(hold, user)
    context = {
        "hold": hold,
        "row": row_of(hold, now),
        "named": named,
        "covers": status_words.covers(hold, named),
        "records": status_words.records(hold.categories),
        "reminders": status_words.reminders_sent(hold),
        "snapshots": hold.snapshot.get("accounts", []),
        "extension": extension,
        "paper": paper_of(extension),
        **law_facts(hold),
        "ordinal": status_words.ordinal_extension(number),
        "new_end": new_end,
        "refusal": refusal,
        "frozen": suspended_words(hold) if hold.is_open else "",
        "decide_form": decide_form or DecideForm(),
        "treaty_form": treaty_form or TreatyForm(initial=_named(hold)),
        "may_start_treaty": "start_treaty" in actions,
        "may_end_treaty": "end_treaty" in actions,
        "may_change": partial_refusal(hold, user) is None,
        "may_file": filing.refusal(hold, user) is None,
        "may_mark": has_permission(user, Permission.GIVE_ADVICE),
        "may_end_early": early_refusal(hold, user, at=now) is None,
        "history": history.for_staff(hold),
        "opened": history.opened(hold),
        "flags": status_words.flags(hold),
        "may_look": not looking.refusal(hold, user),
    } | kept_facts(hold, user)
    return render(request, "holds/staff_detail.html", context)
