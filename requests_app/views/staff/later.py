"""What officers ask for on answered requests: the list, and one of them with what can be done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.enums import PackageStatus
from requests_app.forms.later import ReplyForm
from requests_app.models import DataRequest, DisclosurePackage, LaterAsk
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.release_permissions import later_workflow
from requests_app.services import added_records, counsel, later, notices, preparing, reissuing
from requests_app.views.staff.common import case, looked, visible

_EACH = 50


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """List what is open, by the day it is needed, or what was answered, newest first."""
    user: Any = request.user
    done = request.GET.get("show") == "done"
    page = Paginator(later.listed(user, done=done), _EACH).get_page(request.GET.get("page"))
    context = {
        "rows": page.object_list,
        "page": page,
        "done": done,
        "previous": _address(done, page.previous_page_number()) if page.has_previous() else "",
        "next": _address(done, page.next_page_number()) if page.has_next() else "",
    }
    return render(request, "staff/later_list.html", context)


def _address(done: bool, number: int) -> str:
    return f"{reverse('staff_later:list')}?{'show=done&' if done else ''}page={number}"


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def one(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """What is asked for, and what can be done about it."""
    data_request = visible(request, reference)
    found = _found(data_request, uid)
    looked(request, data_request, "asked for later")
    return _page(request, found, ReplyForm())


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Answer in words, or decline with a reason."""
    user: Any = request.user
    data_request = visible(request, reference)
    found = _found(data_request, uid)
    if request.method != "POST":
        return redirect("staff_later:one", data_request.reference, uid)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    does = later.decline if form.cleaned_data["action"] == "decline" else later.answer
    try:
        does(found, words=form.cleaned_data["words"], by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _page(request, found, form)
    messages.success(request, "The officer has been told.")
    return redirect("staff_later:one", data_request.reference, uid)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Open a download again; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = visible(request, reference)
    found: DisclosurePackage | None = data_request.packages.filter(number=number).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    if request.method == "POST" and found.status != PackageStatus.RELEASED:
        try:
            added_records.look_again_before_release(found)
            notices.ask_before_release(found)
            reissuing.reissue(found, by=user)
            messages.success(request, f"Package {number} can be downloaded again. The officer has been told.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff_records:package", data_request.reference, number)


def _found(data_request: DataRequest, uid: UUID) -> LaterAsk:
    rows = data_request.later_asks.select_related("package", "asked_by", "answered_by")
    found: LaterAsk | None = rows.filter(uid=uid).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found


def _page(request: HttpRequest, found: LaterAsk, form: ReplyForm) -> HttpResponse:
    user: Any = request.user
    data_request, at = found.data_request, timezone.now()
    is_open = found.status == LaterStatus.OPEN
    context = {
        "ask": found,
        "form": form,
        "may_answer": is_open and later_workflow.refusal(found, "do", user) is None,
        "by_words": found.kind != LaterKind.REISSUE,
        "packages": [_standing(package, user, at) for package in _about(found)] if is_open else [],
        "again": found.kind == LaterKind.REISSUE and is_open and preparing.is_asked_again(data_request),
        "may_start": preparing.start_refusal(data_request, by=user) is None,
        "may_refer": is_open and counsel.ask_refusal(data_request, by=user) is None,
        "may_draft": is_open and found.kind == LaterKind.CERTIFICATE,
        "certificates": found.certificates.select_related("custodian", "package"),
    }
    return render(
        request,
        "staff/later_one.html",
        case(request, data_request, "records") | context,
        status=422 if form.errors else 200,
    )


def _about(found: LaterAsk) -> list[DisclosurePackage]:
    rows = later.choices(found.data_request)
    return [package for package in rows if found.package_id in {None, package.pk}]


def _standing(package: DisclosurePackage, user: Any, at: Any) -> dict[str, Any]:
    """Return a package with what opening its download again depends on, where that is what is asked for."""
    offered = reissuing.offered(package)
    checks = reissuing.checklist(package, by=user, at=at) if offered else []
    may = has_permission(user, Permission.RELEASE_RECORDS) and all(check.passed for check in checks)
    return {"package": package, "offered": offered, "checks": checks, "may": offered and may}
