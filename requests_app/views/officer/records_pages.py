"""Records for officers: a package, its passphrase, its files."""

import re
import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, factor_is_fresh
from accounts.permissions import Permission
from foundation.audit.middleware import client_ip
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from requests_app.models import DisclosurePackage
from requests_app.permissions import answers_for
from requests_app.services import downloads
from requests_app.views.officer.common import note_visit, visible_request

# Names the session for its grants: the session's own key changes with every second factor.
_SESSION = "downloads"
# What takes long, and is of no use without the passphrase. Letter and manifest are short, and lie open.
_RESUMED = frozenset({"archive"})
_FIRST = re.compile(r"bytes ([0-9]+)-")


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def package(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One package: files, hashes, how to open it, until when."""
    found = _package(request, reference, number)
    note_visit(request, found.data_request)
    return _page(request, found)


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
    """A file of the package: a fresh second factor opens the download. The archive can then be resumed for hours."""
    user: Any = request.user
    found = _package(request, reference, number)
    here, at = found.data_request.reference, timezone.now()
    if why := downloads.refusal(found, user=user, at=at):
        messages.error(request, why)
        return redirect("records:package", here, number)
    # The cookie of a session alone, used from another network, opens nothing.
    session = f"{request.session.setdefault(_SESSION, secrets.token_urlsafe(16))} {client_ip(request)}"
    grant = downloads.live_grant(found, user=user, session=session, at=at)
    if (grant is None or kind not in _RESUMED) and not factor_is_fresh(request, at=at):
        # A browser stays where it is while a file comes: the page behind the factor leads back to the records.
        query = {"next": request.path, "back": reverse("records:package", args=[here, number])}
        return redirect(f"{reverse('accounts:factor')}?{urlencode(query)}")
    if grant is None:
        downloads.open_grant(found, user=user, session=session, at=at)
    return _send(request, found, kind)


def _send(request: HttpRequest, found: DisclosurePackage, kind: str) -> HttpResponseBase:
    """Answer with the file or the part of it that is asked for; what goes out is counted."""
    user: Any = request.user
    document = getattr(found, kind)
    response = documents.serve(
        document,
        filename=document.filename,
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
    )
    if not isinstance(response, StreamingHttpResponse):
        return response
    if request.method == "HEAD":
        return HttpResponse(status=response.status_code, headers=dict(response.items()))
    first = _FIRST.match(response.get("Content-Range", ""))
    transfer = downloads.Transfer(
        package=found,
        document=document,
        user=user,
        first_byte=int(first[1]) if first else 0,
        length=int(response["Content-Length"]),
    )
    response.streaming_content = downloads.receipted(transfer, iter(response))
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
    context = {
        "data_request": found.data_request,
        "answers": answers_for(user, found.data_request),
        "package": found,
        "items": found.items.select_related("document", "line__target"),
        "refusal": downloads.refusal(found, user=user, at=timezone.now()),
        "receipts": found.receipts.filter(user=user).select_related("document")[:10],
        "passphrase": secret,
    }
    return render(request, "officer/records_package.html", context)
