"""Records of a request for staff: packages and notices, and one package before and after its release."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from accounts.session_life import POLL_HEADER
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from requests_app.enums import WITHOUT_RECORDS, PackageStatus, ProposalStatus, RequestStatus
from requests_app.events import Event
from requests_app.forms.records import ReleaseForm, StartForm, StopForm, TakeBackForm
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.permissions import package_workflow
from requests_app.release_permissions import drafting_refusal
from requests_app.services import (
    added_records,
    guarded,
    infected,
    notices,
    packages,
    packing,
    paper_looks,
    preparing,
    receipts,
)
from requests_app.services.contents import lines_of
from requests_app.services.guard import scopes_of
from requests_app.services.letters import covered_words
from requests_app.services.preparing import UNDER_WAY, Part, start_refusal
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.recalls import recall_context
from requests_app.views.staff.records_notices import notice_rows

# What is held when a file in it turns out to be unsafe; of what has ended it is said too, for it was taken.
_LEAVES = (PackageStatus.SEALED, PackageStatus.RELEASED, PackageStatus.EXPIRED)
_DECIDED = (RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED)
_FILES = {"letter": "letter", "manifest": "manifest"}


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def records(request: HttpRequest, reference: str) -> HttpResponse:
    """The packages of a request, and whether each account holder is told."""
    data_request = visible(request, reference)
    looked(request, data_request, "records")
    return _list(request, data_request, StartForm())


def _list(request: HttpRequest, data_request: DataRequest, form: StartForm) -> HttpResponse:
    user: Any = request.user
    listed = data_request.packages.select_related("archive", "prepared_by", "released_by").order_by("number")
    listed = listed.annotate(held=Exists(infected.unsafe_items().filter(package=OuterRef("pk"))))
    under_way = [p for p in listed if p.status in UNDER_WAY]
    decided = data_request.status in _DECIDED and data_request.kind not in WITHOUT_RECORDS
    parts = preparing.parts(data_request) if decided else []
    context = {
        "packages": listed,
        "parts": [(part, covered_words(part.line)) for part in parts],
        "left": sum(part.package is None for part in parts),
        "notices": notice_rows(data_request, user),
        "stated_bars": data_request.non_disclosure_orders.filter(confirmed_at=None, declined_at=None),
        "added": added_records.present(data_request),
        "may_add": added_records.refusal(data_request, by=user) is None,
        "may_start": not under_way and start_refusal(data_request, by=user) is None,
        "form": form,
        "ticked": form["part"].value() or [],
    }
    return render(
        request,
        "staff/records_list.html",
        case(request, data_request, "records") | context,
        status=422 if form.errors else 200,
    )


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Have the next package built, from what is ticked or from all that is left; a GET is sent to the list."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method != "POST":
        return redirect("staff_records:list", data_request.reference)
    form = StartForm(request.POST, lines=[line for _number, line in preparing.granted(data_request)])
    if not form.is_valid():
        return _list(request, data_request, form)
    try:
        added_records.look_again(data_request)
        package = packages.start(data_request, lines=form.chosen, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("staff_records:list", data_request.reference)
    return redirect("staff_records:package", data_request.reference, package.number)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def package(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One package: its files with their hashes, what the guard saw, and what a release depends on."""
    data_request = visible(request, reference)
    found = _package(data_request, number)
    if POLL_HEADER not in request.headers:
        looked(request, data_request, f"package {number}")
    return _page(request, data_request, found)


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_POST
def build_again(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Build a blocked package anew."""
    user: Any = request.user
    data_request = visible(request, reference)
    try:
        added_records.look_again(data_request)
        packages.build_again(_package(data_request, number), by=user)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_records:package", data_request.reference, number)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Release to the officer; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = visible(request, reference)
    found = _package(data_request, number)
    form = ReleaseForm(request.POST)
    if request.method == "POST" and found.status != PackageStatus.RELEASED:
        if not form.is_valid():
            return _page(request, data_request, found, form)
        try:
            added_records.look_again_before_release(found)
            notices.ask_before_release(found)
            packages.release(found, by=user, certificate_follows=form.cleaned_data["certificate_follows"])
            messages.success(request, f"Package {number} is released. The officer has been told.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff_records:package", data_request.reference, number)


@access(Audience.STAFF, permission=Permission.RELEASE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Stop downloads at once."""
    user: Any = request.user
    data_request = visible(request, reference)
    found = _package(data_request, number)
    form = StopForm(request.POST, released=found.released_at is not None)
    if request.method != "POST" or found.status == PackageStatus.REVOKED:
        return redirect("staff_records:package", data_request.reference, number)
    if not form.is_valid():
        return _page(request, data_request, found, form)
    try:
        stopped = packages.revoke(found, cause=form.cleaned_data["cause"], reason=form.cleaned_data["reason"], by=user)
        done = f"Downloads of package {number} are stopped. Who may release is told that the recall waits."
        never = f"Package {number} is taken back; nobody could download it."
        messages.success(request, done if stopped.released_at else never)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_records:package", data_request.reference, number)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Drop a package that was not released, so that its lines are prepared in another way."""
    user: Any = request.user
    data_request = visible(request, reference)
    found = _package(data_request, number)
    form = TakeBackForm(request.POST)
    if request.method != "POST" or found.status == PackageStatus.REVOKED:
        return redirect("staff_records:package", data_request.reference, number)
    if not form.is_valid():
        return _page(request, data_request, found, form)
    try:
        packages.take_back(found, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, f"Package {number} is taken back. What was in it can be prepared again.")
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("staff_records:package", data_request.reference, number)
    return redirect("staff_records:list", data_request.reference)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def file(request: HttpRequest, reference: str, number: int, kind: str) -> HttpResponseBase:
    """The letter or the manifest, so that whoever releases has read what leaves."""
    user: Any = request.user
    data_request = visible(request, reference)
    package = _package(data_request, number)
    document = getattr(package, _FILES[kind])
    if document is None:
        raise Http404
    if kind == "letter" and document.preview_error:
        # There is no picture of its pages to look at: the file itself is what was looked at.
        paper_looks.note_look(package, document, by=user)
    record(Event.RECORDS_VIEWED, by=user, obj=data_request, data={"package": number, "file": kind})
    return documents.serve(document, filename=document.filename, as_attachment=kind != "letter")


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def taken(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """All receipts of a package, newest first."""
    data_request = visible(request, reference)
    found = _package(data_request, number)
    looked(request, data_request, f"receipts of package {number}")
    rows = found.receipts.select_related("user", "document")
    listed = receipts.listed(rows, before=request.GET.get("before", ""), at=timezone.now())
    context = case(request, data_request, "records") | {"package": found} | listed
    return render(request, "staff/records_receipts.html", context)


def _package(data_request: DataRequest, number: int) -> DisclosurePackage:
    rows = data_request.packages.select_related("archive", "letter", "manifest", "prepared_by", "released_by")
    found: DisclosurePackage | None = rows.filter(number=number).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found


def _page(
    request: HttpRequest,
    data_request: DataRequest,
    found: DisclosurePackage,
    form: StopForm | TakeBackForm | ReleaseForm | None = None,
) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    form = form or StopForm(released=found.released_at is not None)
    sealed = found.status == PackageStatus.SEALED
    checks = packages.checklist(found, by=user, at=now) if sealed else []
    may_stop = package_workflow.refusal(found, "revoke", user) is None
    may_release = sealed and package_workflow.refusal(found, "release", user) is None
    context = {
        "package": found,
        "left": len(preparing.left(data_request)),
        **_contents(found),
        "held": added_records.unsafe_refusal(found) if found.status in _LEAVES else "",
        "checks": checks,
        "may_release": may_release and all(check.passed or check.waivable for check in checks),
        "certificate_waits": any(check.waivable and not check.passed for check in checks),
        "release_form": form if isinstance(form, ReleaseForm) else ReleaseForm(),
        "certificates": list(found.certificates.select_related("custodian", "drafted_by")),
        "may_draft": drafting_refusal(user, found) is None,
        "may_stop": may_stop,
        "may_take_back": not may_stop and package_workflow.refusal(found, "take_back", user) is None,
        "may_build": package_workflow.refusal(found, "unblock", user) is None,
        "receipts": receipts.said(found.receipts.select_related("user", "document")[: receipts.SHOWN], at=now),
        "may_trace": has_permission(user, Permission.RELEASE_RECORDS),
        "more_receipts": found.receipts.count() > receipts.SHOWN,
        **recall_context(found),
        "people": data_request.people(),
        "decision": data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first(),
        "form": form,
        "stop_form": form if isinstance(form, StopForm) else StopForm(released=False),
        "back_form": form if isinstance(form, TakeBackForm) else TakeBackForm(),
    }
    return render(
        request,
        "staff/records_package.html",
        case(request, data_request, "records") | context,
        status=422 if form.errors else 200,
    )


def _contents(found: DisclosurePackage) -> dict[str, Any]:
    """Return what the page says of what is in a package: what it covers, its files, and what the guard saw."""
    items = list(
        found.items.select_related("document", "line__target", "added__added_by", "collected", "earlier__package")
    )
    collected = packing.parts(found)
    added = added_records.in_package(found) if found.status == PackageStatus.BLOCKED else []
    own = set(found.lines.values_list("pk", flat=True))
    covers = scopes_of((n, line) for n, line in enumerate(lines_of(found.data_request), 1) if line.pk in own)
    return {
        "covers": [(Part(scope, found), covered_words(scope.lines[0][1])) for scope in covers],
        "files": [(item, covered_words(item.line)) for item in items],
        "collected": [(part, covered_words(part.scope.lines[0][1])) for part in collected],
        "again": sum(
            bool(part.outside) or part.is_changed or part.export.state == JobState.GIVEN_UP for part in collected
        ),
        "added_outside": [one for one in added if one.outside],
        "out_since": any(part.is_taken_out_since(found.finished_at) for part in collected),
        "guarded": guarded.summary(collected, items, added),
    }
