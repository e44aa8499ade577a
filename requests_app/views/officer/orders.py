"""The orders of a draft: what the officer has, each order on its own page, and orders of other requests."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.legal.stops import BY_CODE, CIVIL, stop_for
from requests_app.enums import RequestStatus
from requests_app.forms.draft import CHECK, LATER
from requests_app.forms.orders import OrderForm, ReuseForm, TypeForm
from requests_app.models import DataRequest, LegalProcess
from requests_app.services import draft_orders, orders, preflight
from requests_app.services.preflight import Step
from requests_app.views.officer import order_types
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.order_words import cards_of, reuse_cards
from requests_app.views.officer.parts import live, onward, still, version_of

_SHOWN = 30


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def all_orders(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The list of orders; without one, the question what the officer has."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    problem = ""
    if request.method == "POST":
        verb, _, key = request.POST.get("action", "").partition(":")
        version = version_of(request.POST)
        try:
            if verb == "company":
                draft_orders.address(draft, request.POST.get("legal_entity", ""), version=version, by=user)
            elif verb == "lead":
                draft_orders.lead(draft, _order_of(draft, key), version=version, by=user)
            else:
                return onward(request, draft, Step.LEGAL_PROCESS)
        except PortalError as error:
            problem = str(error)
        else:
            return redirect("officer:step_legal_process", uid=draft.uid)
        draft.refresh_from_db()
    now = timezone.now()
    cards = cards_of(draft, now)
    if not cards:
        return _choose(request, draft, TypeForm(initial={"key": uuid4()}))
    findings = [f for f in preflight.findings(draft, now) if f.step == Step.LEGAL_PROCESS]
    context = {"draft": draft, "orders": cards, "problem": problem, "findings": findings}
    if cards[0].read_only:  # its own page, where the company is chosen, is closed
        context["companies"] = draft.provider.entities.order_by("-is_default", "name")
    return render(request, "officer/step_legal_process.html", context, status=422 if problem else 200)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What do you have? A type adds an order; what must never be uploaded leads to where it goes, storing nothing."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    if request.method != "POST":
        return _choose(request, draft, TypeForm(initial={"key": uuid4()}))
    form = TypeForm(request.POST)
    if not form.is_valid():
        return _choose(request, draft, form)
    chosen: str = form.cleaned_data["kind"]
    if chosen.startswith(order_types.STOP):
        return _stop(chosen.removeprefix(order_types.STOP))
    kind = next((one for one in order_types.choices(draft, timezone.now()) if one.code == chosen), None)
    if kind and (stop := stop_for(kind)):
        return _stop(stop.code)
    if kind is None or not kind.taken:
        form.add_error("kind", f"{draft.provider} does not take this. Choose what else you have" if kind else
                       "Choose one of the types of the list")  # fmt: skip
        return _choose(request, draft, form, refused=kind)
    try:
        process = draft_orders.add(draft, kind, key=form.cleaned_data["key"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _choose(request, draft, form)
    return redirect("officer:order", uid=draft.uid, order=process.uid)


def _stop(code: str) -> HttpResponse:
    """Lead to the page of what must not be uploaded."""
    if code not in BY_CODE:
        raise Http404
    return redirect("officer:stop_civil") if code == CIVIL.code else redirect("officer:stop", code)


def _choose(request: HttpRequest, draft: DataRequest, form: TypeForm, *, refused: Any = None) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    context = {
        "draft": draft,
        "form": form,
        "q": words,
        "groups": order_types.groups(draft, words, timezone.now()),
        "stops": order_types.stops(words),
        "chosen": form["kind"].value() or "",
        "refused": refused,
        "first": not draft.order_uses.exists(),
        "reusable": draft_orders.serving(draft_orders.reusable(draft, request.user), draft.kind).exists(),
    }
    return render(request, "officer/order_type.html", context, status=422 if form.is_bound else 200)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, uid: UUID, order: UUID) -> HttpResponse:
    """One order as it stands on paper. Leaving for later keeps everything that was typed, also what cannot be read."""
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    process = _order_or_404(draft, order)
    if orders.sent_elsewhere(process, draft):
        messages.error(request, draft_orders.READ_ONLY)
        return redirect("officer:step_legal_process", uid=draft.uid)
    form = OrderForm(request.POST if request.method == "POST" else None, draft=draft, process=process)
    if form.is_bound and form.action == CHECK:
        return live(request, draft, Step.LEGAL_PROCESS, form)
    if stop := form.stopped():
        return _stop(stop.code)
    stored: list[tuple[str, str]] = []
    if form.is_bound:
        later = request.POST.get("action") == LATER
        if form.is_valid() or (later and "lock_version" in form.cleaned_data):
            if _saved(request, draft, process, form):
                return _left(request, draft, form) if later else redirect("officer:step_legal_process", uid=draft.uid)
            stored = form.compared()
    context = {
        "draft": draft, "process": process, "form": form, "stored": stored, "leads": form.leads,
        "unread": process.unread.values(), "kind": order_types.card_of(process, draft),
    }  # fmt: skip
    context |= still(draft, Step.LEGAL_PROCESS, form)
    return render(request, "officer/order.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, draft: DataRequest, process: LegalProcess, form: OrderForm) -> bool:
    """Store an order's form; False with the sentence on the form where that was refused."""
    user: Any = request.user
    version = form.cleaned_data["lock_version"]
    try:
        draft_orders.save(draft, process, form.values(), unread=form.unread(), version=version, by=user)
    except Stale as error:
        draft.refresh_from_db()
        form.show_again(draft.lock_version)
        form.add_error(None, str(error))
    except PortalError as error:
        form.add_error(None, str(error))
    else:
        return True
    return False


def _left(request: HttpRequest, draft: DataRequest, form: OrderForm) -> HttpResponse:
    """Go back to the task list, and say what is still to be corrected."""
    if lost := form.unread():
        names = ", ".join(str(form.fields[name].label) for name in lost)
        messages.success(request, f"Saved as you typed it. Still to be corrected: {names}.")
        return redirect("officer:draft", uid=draft.uid)
    return onward(request, draft, Step.LEGAL_PROCESS)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, uid: UUID, order: UUID) -> HttpResponse:
    """Ask once, then take an order out of the draft."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    process = draft.orders.filter(uid=order).first()
    if process is None:  # taken out in another window
        return redirect("officer:step_legal_process", uid=draft.uid)
    problem = ""
    if request.method == "POST":
        try:
            draft_orders.remove(draft, process, version=version_of(request.POST), by=user)
        except PortalError as error:
            problem = str(error)
            draft.refresh_from_db()
        else:
            messages.success(request, "Order taken out.")
            return redirect("officer:step_legal_process", uid=draft.uid)
    context = {
        "draft": draft, "problem": problem,
        "order": next(card for card in cards_of(draft, timezone.now()) if card.process == process),
        "shared": process.uses.count() > 1, "named": draft.targets.filter(process=process).count(),
    }  # fmt: skip
    return render(request, "officer/order_remove.html", context, status=422 if problem else 200)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def reuse(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take an order of another request of the agency that this officer can see."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    form = ReuseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            draft_orders.use(draft, form.chosen(), by=user)
        except PortalError as error:
            form.add_error("order", str(error))
        else:
            return redirect("officer:step_legal_process", uid=draft.uid)
    words = request.GET.get("q", "")[:100]
    every = draft_orders.reusable(draft, user, words)
    found = draft_orders.serving(every, draft.kind)
    total = found.count()
    context = {
        "draft": draft, "form": form, "q": words, "total": total, "chosen": str(form["order"].value() or ""),
        "left_out": every.count() - total, "why": draft_orders.unfit(draft.kind),
        "orders": reuse_cards(found[:_SHOWN], draft, user, timezone.now()), "shown": _SHOWN,
    }  # fmt: skip
    return render(request, "officer/order_reuse.html", context, status=422 if form.is_bound else 200)


def _order_of(draft: DataRequest, key: str) -> LegalProcess:
    """Return an order of the draft by its address part, or raise Stale where it is not there any more."""
    try:
        found = draft.orders.filter(uid=UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Stale("This order is not part of the draft any more.")
    return found


def _order_or_404(draft: DataRequest, uid: UUID) -> LegalProcess:
    found = draft.orders.select_related("process_type__jurisdiction").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found
