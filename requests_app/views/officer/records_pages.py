"""Records for officers: a package, its passphrase, its files."""

import re
import secrets
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, factor_is_fresh, signed_in
from accounts.permissions import Permission
from foundation.audit.middleware import client_ip
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import DisclosurePackage, RecipientCopy
from requests_app.permissions import answers_for
from requests_app.services import copies_of_recipients, copy_marks, destruction, downloads, later, proofs, receipts
from requests_app.services.downloads import Kind
from requests_app.views.officer.common import note_visit, visible_request
from requests_app.views.officer.records_offered import offered

# Names the session for its grants: the session's own key changes with every second factor.
_SESSION = "downloads"
# Short, and they lie open: they ask for a fresh factor each time. What takes long is resumed for hours; files taken one
# by one are open for a while (downloads.OPEN_GRANT).
_RESUMED = frozenset({Kind.ARCHIVE, Kind.ITEM})
_NO_PROOF = "The proof is ready a minute after the release. Try again soon."
_OVER = frozenset({PackageStatus.EXPIRED, PackageStatus.PURGED})
_FIRST = re.compile(r"bytes ([0-9]+)-")


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def package(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One package: files, hashes, how to open it, until when."""
    found = _package(request, reference, number)
    note_visit(request, found.data_request)
    return _page(request, found)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def taken(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """All receipts of this officer for a package, newest first."""
    found = _package(request, reference, number)
    own = found.receipts.filter(user=signed_in(request)).select_related("document", "user")
    context = {
        "data_request": found.data_request,
        "package": found,
        **receipts.listed(own, before=request.GET.get("before", ""), at=timezone.now()),
    }
    return render(request, "officer/records_taken.html", context)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def passphrase(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """What opens the archive, shown once per press and never stored; a GET comes back from the second factor."""
    user: Any = request.user
    found = _package(request, reference, number)
    if request.method != "POST":
        return redirect("records:package", found.data_request.reference, number)
    try:
        secret = downloads.show_passphrase(found, user=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("records:package", found.data_request.reference, number)
    response = _page(request, found, secret)
    response["Cache-Control"] = "no-store"
    return response


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, download=True)
@require_safe
def file(request: HttpRequest, reference: str, number: int, kind: str) -> HttpResponseBase:
    """The archive, the letter or the manifest."""
    found = _package(request, reference, number)
    return _take(request, found, Kind(kind), getattr(found, kind))


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, download=True)
@require_safe
def item(request: HttpRequest, reference: str, number: int, name: str) -> HttpResponseBase:
    """One file of the package by itself, as it lies in the archive: for computers that cannot open one."""
    found = _package(request, reference, number)
    row = get_object_or_404(found.items.select_related("document"), name=name)
    return _take(request, found, Kind.ITEM, row.document, name=row.name)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS, download=True)
@require_safe
def certificate(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponseBase:
    """A certificate that stands, as the custodian signed it."""
    found = _package(request, reference, number)
    row = get_object_or_404(downloads.certificates(found), uid=uid)
    row.package = found
    document = cast("Document", row.signed)
    return _take(request, found, Kind.CERTIFICATE, document, name=downloads.certificate_name(row))


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def proof(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """What proves that the package stands in the trail, for a court: hashes, and no person."""
    user = signed_in(request)
    found = _package(request, reference, number)
    why = downloads.refusal(found, user=user, kind=Kind.PROOF, at=timezone.now())
    facts = None if why else proofs.proof(found)
    if facts is None:
        messages.error(request, why or _NO_PROOF)
        return redirect("records:package", found.data_request.reference, number)
    record(Event.PROOF_TAKEN, by=user, obj=found.data_request, data={"package": number})
    response = JsonResponse(facts, json_dumps_params={"ensure_ascii": False, "indent": 2})
    name = f"{found.data_request.reference}-{number}-proof.json"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _take(
    request: HttpRequest, found: DisclosurePackage, kind: Kind, document: Document, *, name: str = ""
) -> HttpResponseBase:
    """Answer with a file; a fresh second factor opens the download. The archive can then be resumed for hours."""
    user: Any = request.user
    here, at = found.data_request.reference, timezone.now()
    if why := downloads.refusal(found, user=user, kind=kind, at=at):
        messages.error(request, why)
        return redirect("records:package", here, found.number)
    # The cookie of a session alone, used from another network, opens nothing.
    session = f"{request.session.setdefault(_SESSION, secrets.token_urlsafe(16))} {client_ip(request)}"
    grant = downloads.live_grant(found, user=user, session=session, kind=kind, at=at)
    if (grant is None or kind not in _RESUMED) and not factor_is_fresh(request, at=at):
        # A browser stays where it is while a file comes: the page behind the factor leads back to the records.
        query = {"next": request.path, "back": reverse("records:package", args=[here, found.number])}
        return redirect(f"{reverse('accounts:factor')}?{urlencode(query)}")
    if grant is None and downloads.refusal(found, user=user, at=at) is None:
        downloads.open_grant(found, user=user, session=session, kind=kind, at=at)
    copy = copies_of_recipients.copy_for(found, user=user, at=at) if kind == Kind.ARCHIVE else None
    return _send(request, downloads.Transfer(found, document, user, kind=kind), name=name, copy=copy)


def _send(
    request: HttpRequest, transfer: downloads.Transfer, *, name: str, copy: RecipientCopy | None
) -> HttpResponseBase:
    """Answer with the file or the part of it that is asked for; what goes out is counted."""
    document = transfer.document
    response = documents.serve(
        document,
        filename=name or document.filename,
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
        tail=copy_marks.comment(copy.mark) if copy else b"",
        etag=copies_of_recipients.etag(copy, document) if copy else "",
    )
    if not isinstance(response, StreamingHttpResponse):
        return response
    first = _FIRST.match(response.get("Content-Range", ""))
    part = replace(transfer, first_byte=int(first[1]) if first else 0, length=int(response["Content-Length"]))
    response.streaming_content = downloads.receipted(part, iter(response))
    return response


def _package(request: HttpRequest, reference: str, number: int) -> DisclosurePackage:
    """Return a package that was released at some time, of a request this officer may see, or 404."""
    data_request = visible_request(request, reference)
    rows = data_request.packages.filter(number=number, released_at__isnull=False)
    found: DisclosurePackage | None = rows.select_related("archive", "letter", "manifest").first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found


def _page(request: HttpRequest, found: DisclosurePackage, secret: str = "") -> HttpResponse:
    user: Any = request.user
    at = timezone.now()
    refusal = downloads.refusal(found, user=user, at=at)
    own = found.receipts.filter(user=user).select_related("document")
    context = {
        "data_request": found.data_request,
        "answers": answers_for(user, found.data_request),
        "package": found,
        "items": found.items.select_related("document", "line__target"),
        "refusal": refusal,
        "offered": offered(found, user=user, at=at),
        "papers": downloads.refusal(found, user=user, kind=Kind.LETTER, at=at) is None,
        "one_by_one": downloads.refusal(found, user=user, kind=Kind.ITEM, at=at) is None,
        "may_ask_later": found.status in _OVER and later.refusal(found.data_request, by=user) is None,
        "provable": found.issued_entry is not None,
        "certified": downloads.certificates(found).exists(),
        "copy": copies_of_recipients.mine(found, user=user),
        "receipts": receipts.said(own[: receipts.SHOWN], at=at),
        "more_receipts": own.count() > receipts.SHOWN,
        "passphrase": secret,
        "destroy": destruction.asked_of(user, found.data_request),
    }
    return render(request, "officer/records_package.html", context)
