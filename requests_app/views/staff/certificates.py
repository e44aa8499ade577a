"""Certificates for staff: what waits for the custodian, one certificate, and signing it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from foundation.documents.pen import KeyNotTaken
from requests_app.events import Event
from requests_app.forms.certificates import ConfirmScanForm, EndForm, PinForm, ScanForm
from requests_app.models import Certificate, PaperLook
from requests_app.release_enums import CertificateStatus
from requests_app.release_permissions import certificate_workflow, drafting_refusal
from requests_app.services import certificates as service
from requests_app.services import signing_keys
from requests_app.views.staff import serving

SHOWN = 50


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE)
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """List what waits for this custodian, and what was signed, page by page."""
    user: Any = request.user
    signed = list(service.done(user, before=_place(request))[: SHOWN + 1])
    last = signed[SHOWN - 1] if len(signed) > SHOWN else None
    context = {
        "waiting": list(service.to_sign(user)[:SHOWN]),
        "signed": signed[:SHOWN],
        "older": urlencode({"before": f"{last.signed_at.isoformat()} {last.pk}"}) if last and last.signed_at else "",
        "key": signing_keys.of(user),
        "usable": signing_keys.usable(user, at=timezone.now()),
    }
    return render(request, "staff/certificates.html", context)


def _place(request: HttpRequest) -> tuple[datetime, int] | None:
    """Return where the list goes on; from its beginning where the address is not ours."""
    moment, _, pk = request.GET.get("before", "").partition(" ")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(pk)) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def certificate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One certificate: what it is, where it stands, and what the reader may do about it."""
    found = _found(request, uid)
    record(Event.VIEWED, by=request.user, obj=found.package.data_request, data={"page": f"certificate {found.uid}"})
    return _page(request, found)


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sign with the custodian's key; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    found = _found(request, uid)
    if request.method != "POST":
        return _back(found)
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, found, pin=form)
    try:
        service.sign(found, pin=form.cleaned_data["pin"], seen=form.cleaned_data["seen"], by=user)
    except KeyNotTaken as refusal:
        form.add_error("pin", str(refusal))
        return _page(request, found, pin=form)
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Signed. The signature was checked and holds.")
    return _back(found)


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE)
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the scan of a draft that was signed by hand."""
    user: Any = request.user
    found = _found(request, uid)
    if request.method != "POST":
        return _back(found)
    form = ScanForm(request.POST, request.FILES, user=user)
    if not form.is_valid():
        return _page(request, found, scan=form)
    try:
        service.upload_scan(found, form.cleaned_data["upload"], pages=form.cleaned_data["pages"], by=user)
    except PortalError as refusal:
        form.add_error("upload", str(refusal))
        return _page(request, found, scan=form)
    messages.success(request, "The scan is here. Look at its pages once it is checked, then confirm it.")
    return _back(found)


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_scan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the scan as what the custodian signed; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    found = _found(request, uid)
    form = ConfirmScanForm(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            service.sign_by_hand(found, seen=form.cleaned_data["seen"], by=user)
            messages.success(request, "The certificate is signed.")
        except PortalError as refusal:
            messages.error(request, str(refusal))
    return _back(found)


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Drop a draft."""
    return _ended(request, uid, service.discard, "The draft is discarded.")


@access(Audience.STAFF, permission=Permission.SIGN_CERTIFICATE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that a signed certificate stands no longer."""
    return _ended(request, uid, service.withdraw, "The certificate is withdrawn. The check page says so from now on.")


def _ended(request: HttpRequest, uid: UUID, verb: Any, done: str) -> HttpResponse:
    found = _found(request, uid)
    if request.method != "POST":
        return _back(found)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, end=form)
    try:
        verb(found, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, done)
    except PortalError as refusal:
        messages.error(request, str(refusal))
    return _back(found)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def file(request: HttpRequest, uid: UUID, which: str) -> HttpResponseBase:
    """The draft to print and sign by hand, or what was signed, as an attachment; the taking is noted."""
    found = _found(request, uid)
    document = found.draft if which == "draft" else found.signed
    if document is None:
        raise Http404
    facts = {"certificate": str(found.uid), "file": which, "sha256": document.sha256}
    back = reverse("staff_certificates:certificate", args=[uid])
    data_request = found.package.data_request
    return serving.original(request, data_request, document, event=Event.CERTIFICATE_TAKEN, facts=facts, back=back)


def _found(request: HttpRequest, uid: UUID) -> Certificate:
    user: Any = request.user
    found: Certificate = get_object_or_404(service.visible(user), uid=uid)
    return found


def _back(found: Certificate) -> HttpResponse:
    return redirect("staff_certificates:certificate", found.uid)


def _page(
    request: HttpRequest,
    found: Certificate,
    *,
    pin: PinForm | None = None,
    scan: ScanForm | None = None,
    end: EndForm | None = None,
) -> HttpResponse:
    user: Any = request.user
    drafted = found.status == CertificateStatus.DRAFT
    may_sign = drafted and certificate_workflow.refusal(found, "sign", user) is None
    shown = next((form for form in (pin, scan, end) if form is not None), None)
    scanned = found.signed if drafted else None
    context = {
        "certificate": found,
        "package": found.package,
        "data_request": found.package.data_request,
        "actions": certificate_workflow.available_actions(found, user),
        "may_sign": may_sign,
        "why_not": "" if may_sign or not drafted else certificate_workflow.refusal(found, "sign", user),
        "may_change": drafted and drafting_refusal(user, found.package) is None,
        "read": PaperLook.objects.filter(document=found.draft, user=user).first(),
        "key": signing_keys.usable(user, at=timezone.now()) if may_sign else None,
        "stamped": may_sign and signing_keys.is_stamped(),
        "scanned": scanned,
        "scan_trouble": _trouble(scanned),
        "form": shown,
        "pin_form": pin or PinForm(initial={"seen": found.draft.sha256 if found.draft else ""}),
        "scan_form": scan or ScanForm(user=user),
        "end_form": end or EndForm(),
    }
    return render(request, "staff/certificate.html", context, status=422 if shown and shown.errors else 200)


def _trouble(document: Any) -> str:
    """Say why a scan cannot be taken as signed yet."""
    if document is None:
        return ""
    try:
        documents.require_clean(document)
    except DocumentRefused as refusal:
        return str(refusal)
    return ""
