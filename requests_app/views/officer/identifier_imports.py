"""A file of identifiers on its way: how far it is, what became of each row, and how to stop it."""

import csv
import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from accounts.services.statistics import safe_cell
from foundation.core.errors import PortalError
from foundation.core.identifiers import Verdict
from foundation.core.jobs import JobState
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest, TargetImport
from requests_app.services import target_imports
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request

PAGE = 50
_TEMPLATE = (
    ("type", "identifier", "network", "tag", "role", "note"),
    ("email", "name@example.com", "", "", "suspect", "Used to recruit victims"),
    ("wallet", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", "xrp", "12345", "unknown", "Received the first payment"),
    ("ip", "203.0.113.24 2026-06-04T23:47:10+02:00", "", "", "unknown", ""),
)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def progress(request: HttpRequest, uid: UUID, number: UUID) -> HttpResponse:
    """How far a file is; once it was read, every row that was not taken as it stood."""
    draft, row = _import_of(request, uid, number)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    asked = request.GET.get("page", "")
    last = max((len(row.results) - 1) // PAGE, 0)
    page = min(max(int(asked) if asked.isdecimal() and len(asked) < 6 else 1, 1) - 1, last)
    context = {
        "draft": draft,
        "row": row,
        "going": row.state in {JobState.PENDING, JobState.RUNNING},
        "failed": row.state == JobState.GIVEN_UP,
        "results": [(n, given, Verdict(verdict), why) for n, given, verdict, why in _part(row, page)],
        "first": page * PAGE + 1,
        "previous": f"?page={page}" if page else "",
        "next": f"?page={page + 2}" if page < last else "",
    }
    return render(request, "officer/identifiers_import.html", context)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, uid: UUID, number: UUID) -> HttpResponse:
    """Stop a file that is being read; whoever comes here without the button sees how far it is."""
    user: Any = request.user
    draft, row = _import_of(request, uid, number)
    if request.method == "POST":
        try:
            target_imports.cancel(row, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Cancelled. Nothing of the file was added.")
            return redirect("officer:step_identifiers", uid=draft.uid)
    return redirect("officer:identifiers_import", uid=draft.uid, number=row.uid)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def refused(request: HttpRequest, uid: UUID, number: UUID) -> HttpResponse:
    """The rows that were not taken, as a file to mend and send again."""
    draft, row = _import_of(request, uid, number)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    lines = [[n, given, why] for n, given, verdict, why in row.results if verdict == Verdict.REFUSED]
    return _csv([["row", "identifier", "what to do"], *lines], "refused-lines.csv")


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def template(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A file with the columns that are read, and a line for each way to fill them."""
    own_draft(request, uid)
    return _csv(_TEMPLATE, "identifiers.csv")


def _import_of(request: HttpRequest, uid: UUID, number: UUID) -> tuple[DataRequest, TargetImport]:
    draft = own_draft(request, uid)
    row = draft.imports.filter(uid=number).select_related("document", "data_request").first()
    if row is None:
        raise Http404
    return draft, row


def _part(row: TargetImport, page: int) -> list[Any]:
    return list(row.results[page * PAGE : (page + 1) * PAGE])


def _csv(lines: Any, name: str) -> HttpResponse:
    """Answer with a table in which no spreadsheet finds a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([safe_cell(str(cell)) for cell in line] for line in lines)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)
