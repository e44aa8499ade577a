"""Records that were called back, for staff: the list, one recall with everybody who took something, a mistake."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.forms.recalls import DropForm, FoundForm, MistakeForm, NoteForm, ToldForm
from requests_app.models import DataRequest, DestructionAsk, DisclosurePackage, MistakenDisclosure, Recall
from requests_app.release_enums import DestructionStatus
from requests_app.release_permissions import destruction_workflow, recall_workflow
from requests_app.services import destruction, mistakes
from requests_app.services import recalls as service
from requests_app.views.staff.common import case, looked, visible

SHOWN = 100


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def recalls(request: HttpRequest) -> HttpResponse:
    """List the recalls that are not done, and the mistaken disclosures that are not closed."""
    user: Any = request.user
    found = list(service.listed(user).prefetch_related("asks")[: SHOWN + 1])
    rows = [(row, sum(ask.status == DestructionStatus.ASKED for ask in row.asks.all())) for row in found[:SHOWN]]
    context = {
        "rows": rows,
        "more": len(found) > SHOWN,
        "mistakes": list(mistakes.listed(user)[:SHOWN]),
        "advises": has_permission(user, Permission.GIVE_ADVICE),
    }
    return render(request, "staff/recalls.html", context)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def recall(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One recall: why, who took what, who was asked and what they said."""
    found = _recall(request, reference, number)
    looked(request, found.package.data_request, f"recall of package {number}")
    return _page(request, found)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Ask everybody who took it to destroy it, as the second person."""
    user: Any = request.user
    found = _recall(request, reference, number)
    if request.method == "POST":
        try:
            service.confirm(found, by=user)
            messages.success(request, "The recall is confirmed. Everybody who took it is asked to destroy it.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff_recalls:recall", found.reference, number)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Decide that nobody is asked."""
    user: Any = request.user
    found = _recall(request, reference, number)
    if request.method != "POST":
        return redirect("staff_recalls:recall", found.reference, number)
    form = DropForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        service.drop(found, reason=form.cleaned_data["dropped"], by=user)
        messages.success(request, "Nobody is asked. Downloads stay stopped.")
    except PortalError as error:
        form.add_error(None, str(error))
        return _page(request, found, form=form)
    return redirect("staff_recalls:recall", found.reference, number)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponse:
    """Write down what somebody answered on another way, or that they are asked no more."""
    found = _recall(request, reference, number)
    ask = found.asks.filter(uid=uid).select_related("user").first()
    if ask is None:
        raise Http404
    ask.recall = found
    if request.method != "POST":
        looked(request, found.package.data_request, f"recall of package {number}")
        return _person(request, ask, NoteForm())
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _person(request, ask, form)
    try:
        _note(request, ask, form)
    except PortalError as error:
        form.add_error(None, str(error))
        return _person(request, ask, form)
    messages.success(request, "Written down.")
    return redirect("staff_recalls:recall", found.reference, number)


def _note(request: HttpRequest, ask: DestructionAsk, form: NoteForm) -> None:
    user: Any = request.user
    if form.cleaned_data["done"] == "excused":
        destruction.excuse(ask, reason=form.cleaned_data["words"], by=user)
    else:
        destruction.note(ask, **form.answer, by=user)


def _person(request: HttpRequest, ask: DestructionAsk, form: NoteForm) -> HttpResponse:
    user: Any = request.user
    data_request = ask.recall.package.data_request
    context = {
        "ask": ask,
        "recall": ask.recall,
        "package": ask.recall.package,
        "form": form,
        "may_note": "excuse" in destruction_workflow.available_actions(ask, user),
    }
    shown = case(request, data_request, "records") | context
    return render(request, "staff/recall_person.html", shown, status=422 if form.errors else 200)


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def mistake(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The 72 hours of a mistaken disclosure: who is told and why, when they were told, and its end."""
    found = _recall(request, reference, number)
    row: MistakenDisclosure | None = MistakenDisclosure.objects.filter(recall=found).first()
    if row is None:
        return _found_later(request, found)
    row.recall = found
    if request.method != "POST":
        looked(request, found.package.data_request, f"mistaken disclosure, package {number}")
        return _mistake_page(request, row)
    action = request.POST.get("action", "")
    if action not in {"decide", "told", "close"}:
        raise Http404
    if action == "close":
        return _act(request, row, action, None)
    return _act(request, row, action, MistakeForm(request.POST) if action == "decide" else ToldForm(request.POST))


def _found_later(request: HttpRequest, found: Recall) -> HttpResponse:
    """Start the 72 hours of a stop for another cause; nothing to see before that."""
    user: Any = request.user
    if request.method != "POST" or request.POST.get("action") != "open":
        raise Http404
    form = FoundForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        mistakes.found_later(found, reason=form.cleaned_data["found"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _page(request, found, form=form)
    messages.success(request, "The 72 hours run.")
    return redirect("staff_recalls:mistake", found.reference, found.package.number)


def _act(
    request: HttpRequest, row: MistakenDisclosure, action: str, form: MistakeForm | ToldForm | None
) -> HttpResponse:
    """Do what the button says; what was typed stays where it is refused."""
    user: Any = request.user
    recall_of, package = row.recall, row.recall.package
    by: dict[str, Any] = {"by": user, "seen": request.POST.get("seen")}
    if form is not None and not form.is_valid():
        return _mistake_page(request, row, form)
    try:
        if isinstance(form, MistakeForm):
            mistakes.decide(row, form.decision, **by)
        elif isinstance(form, ToldForm):
            mistakes.note_told(row, form.told, **by)
        else:
            mistakes.close(row, **by)
    except PortalError as error:
        if form is None:
            messages.error(request, str(error))
            return redirect("staff_recalls:mistake", package.data_request.reference, package.number)
        form.add_error(None, str(error))
        row.refresh_from_db()
        row.recall = recall_of
        return _mistake_page(request, row, form)
    messages.success(request, "It is closed." if action == "close" else "Written down.")
    return redirect("staff_recalls:mistake", package.data_request.reference, package.number)


def _mistake_page(
    request: HttpRequest, row: MistakenDisclosure, form: MistakeForm | ToldForm | None = None
) -> HttpResponse:
    user: Any = request.user
    package = row.recall.package
    context = {
        "mistake": row,
        "recall": row.recall,
        "package": package,
        "takers": service.takers(package),
        "why_not": mistakes.refusal(row, by=user) or "",
        "why_open": mistakes.close_refusal(row) or "",
        "seen": mistakes.version(row),
        "form": form,
        "decide_form": form if isinstance(form, MistakeForm) else MistakeForm(initial=_decided(row)),
        "told_form": form if isinstance(form, ToldForm) else ToldForm(initial=_told(row)),
    }
    shown = case(request, package.data_request, "records") | context
    return render(request, "staff/mistake.html", shown, status=422 if form is not None else 200)


def _decided(row: MistakenDisclosure) -> dict[str, Any]:
    answers = {True: "yes", False: "no", None: ""}
    return {
        "assessment": row.assessment,
        "authority": answers[row.tells_authority],
        "authority_reason": row.authority_reason,
        "holders": answers[row.tells_holders],
        "holders_reason": row.holders_reason,
    }


def _told(row: MistakenDisclosure) -> dict[str, Any]:
    return {
        "authority_at": row.authority_told_at,
        "authority_reference": row.authority_reference,
        "late_reason": row.late_reason,
        "holders_at": row.holders_told_at,
    }


def recall_context(package: DisclosurePackage) -> dict[str, Any]:
    """Return what the page of a package says of its recall, and of who took something."""
    recalls_of = list(package.recalls.select_related("called_by")) if package.released_at is None else []
    found = service.of_package(package)
    asks = list(found.asks.values_list("status", flat=True)) if found else []
    return {
        "recalls": recalls_of,
        "recall": found,
        "takers": service.takers(package) if package.released_at else [],
        "asked": len(asks),
        "unanswered": asks.count(DestructionStatus.ASKED),
        "mistake": MistakenDisclosure.objects.filter(recall=found).first() if found else None,
    }


def _page(request: HttpRequest, found: Recall, *, form: DropForm | FoundForm | None = None) -> HttpResponse:
    user: Any = request.user
    package = found.package
    may = recall_workflow.available_actions(found, user)
    context = recall_context(package) | {
        "package": package,
        "recall": found,
        "asks": list(found.asks.select_related("user", "answered_by")),
        "may_open": has_permission(user, Permission.RELEASE_RECORDS),
        "may_confirm": "confirm" in may,
        "why_not": recall_workflow.refusal(found, "confirm", user) or "",
        "may_drop": "drop" in may,
        "form": form,
        "drop_form": form if isinstance(form, DropForm) else DropForm(),
        "found_form": form if isinstance(form, FoundForm) else FoundForm(),
    }
    shown = case(request, package.data_request, "records") | context
    return render(request, "staff/recall.html", shown, status=422 if form is not None else 200)


def _recall(request: HttpRequest, reference: str, number: int) -> Recall:
    """Return the recall of a package that was released, of a request this person may see, or 404."""
    data_request: DataRequest = visible(request, reference)
    package = data_request.packages.filter(number=number).select_related("released_by", "prepared_by").first()
    if package is None:
        raise Http404
    package.data_request = data_request
    found = service.of_package(package)
    if found is None:
        raise Http404
    return found
