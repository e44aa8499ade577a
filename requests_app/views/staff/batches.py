"""Batches of Sahyog: a file, its dry run, what became of each line, and the results for the other portal."""

import csv
import io
from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.kept_forms import take_back
from accounts.permissions import Permission, has_permission
from accounts.views.staff.paging import page_newest
from foundation.audit.trail import record
from foundation.core.errors import PortalError, Stale
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app.enums import ImportOutcome
from requests_app.events import Event
from requests_app.forms.batches import BatchForm, ResultsForm
from requests_app.models import ImportBatch
from requests_app.services import batches as service
from requests_app.services import sahyog, sahyog_results
from requests_app.views.staff.takedowns import company

SHOWN = 50
_EXAMPLES = (
    {"external_reference": "SH/2026/0001", "law": "BNSS s.94", "agency": "police.example.in", "officer_name": "A. Rao",
     "officer_email": "a.rao@police.example.in", "case_number": "FIR 112/2026", "facts": "What happened",
     "identifiers": "name@example.com; uid, 48213377", "categories": "registration, transactions",
     "date_from": "2026-03-01", "date_to": "2026-09-30", "arrived_at": "2026-11-20T09:15:00+05:30"},
    {"external_reference": "SH/2026/0002", "law": "IT Act s.79(3)(b)", "agency": "Cyber Crime Cell, Pune",
     "content": "https://scam.example/", "reason": "Why", "arrived_at": "2026-11-20T09:15:00+05:30"},
)  # fmt: skip
_WAITS = (DocumentState.PENDING, DocumentState.RECEIVING)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """List the batches that were brought in, newest first, and the own files that wait for it."""
    user: Any = request.user
    page = page_newest(service.visible(user).select_related("imported_by"), request, keys=("imported_at", "pk"))
    rows = page.rows
    known = service.lines_for(user, service.visible(user).filter(pk__in=[row.pk for row in rows]))
    counted: dict[int, Counter[str]] = {row.pk: Counter() for row in rows}
    for line in known.order_by().values("batch", "outcome").annotate(n=Count("pk")):
        counted[line["batch"]][line["outcome"]] = line["n"]
    may = has_permission(user, Permission.REVIEW_REQUEST)
    context = {
        "page": page,
        "rows": [(row, _words(counted[row.pk])) for row in rows],
        "waiting": list(service.sent_by(user)[:SHOWN]) if may else [],
        "may_send": may,
    }
    return render(request, "staff/batches.html", context)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Send a file; its dry run comes next."""
    user: Any = request.user
    posted = request.method == "POST"
    form = BatchForm(request.POST if posted else None, request.FILES if posted else None, user=user)
    if posted and form.is_valid():
        try:
            document = service.send(form.cleaned_data["upload"], provider=company(user), by=user)
        except PortalError as error:
            form.add_error("upload", str(error))
        else:
            return redirect("staff:batch_check", document.uid)
    needed = dict.fromkeys(sahyog.NEEDED, "needed")
    needed |= dict.fromkeys(sahyog.NEEDED_FOR_DATA, "needed for a request for data")
    needed |= dict.fromkeys(sahyog.NEEDED_FOR_NOTICE, "needed for a takedown notice")
    columns = [(name, needed.get(name, "")) for name in sahyog.COLUMNS]
    context = {"form": form, "columns": columns, "most": sahyog.MOST}
    return render(request, "staff/batch_new.html", context, status=422 if posted else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """A file with the columns that are read, and a line for each of the two kinds."""
    text = io.StringIO()
    writer = csv.DictWriter(text, sahyog.COLUMNS)
    writer.writeheader()
    writer.writerows(_EXAMPLES)
    headers = {"Content-Disposition": 'attachment; filename="sahyog.csv"', "Cache-Control": "no-store"}
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what an import would do, line by line; a POST throws the file away or brings it in."""
    user: Any = request.user
    document = _own(user, uid)
    provider = company(user)
    if batch := service.batch_of(document, provider):
        messages.info(request, "This file was brought in already. This is what became of its lines.")
        return redirect("staff:batch", batch.uid)
    if request.method == "POST":
        return _acted(request, document)
    context: dict[str, Any] = {"document": document, "waits": document.state in _WAITS}
    try:
        judged = service.dry_run(document, provider=provider, by=user) if not context["waits"] else []
    except PortalError as error:
        return render(request, "staff/batch_check.html", context | {"trouble": str(error)})
    counts = Counter(str(item.outcome) for item in judged)
    context |= {"judged": judged, "counts": _words(counts), "takes": counts["accepted"] + counts["takedown"]}
    return render(request, "staff/batch_check.html", context)


def _acted(request: HttpRequest, document: Document) -> HttpResponse:
    """Bring the file in, or throw it away, as the button says."""
    user: Any = request.user
    try:
        if request.POST.get("action") == "discard":
            service.discard(document, by=user)
            messages.success(request, "The file is deleted. Nothing of it was brought in.")
            return redirect("staff:batches")
        batch = service.bring_in(document, provider=company(user), by=user)
    except Stale:
        return redirect("staff:batch_check", document.uid)  # which says that it was brought in, and leads there
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("staff:batch_check", document.uid)
    messages.success(request, "It is being brought in. Other people than you review and decide what comes of it.")
    return redirect("staff:batch", batch.uid)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def batch(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what became of each line of a batch, as far as this person may know of it; before that, how far it is."""
    user: Any = request.user
    row = get_object_or_404(service.visible(user).select_related("imported_by"), uid=uid)
    total, waits = service.progress(row)
    if waits:
        context = {"batch": row, "going": True, "total": total, "done": total - waits}
        return render(request, "staff/batch.html", context)
    record(Event.VIEWED, by=user, obj=row, data={"page": "batch"})
    known = service.lines_for(user, service.visible(user).filter(pk=row.pk))
    lines = list(known.select_related("data_request", "takedown").order_by("number"))
    context = {
        "batch": row,
        "lines": lines,
        "counts": _words(Counter(line.outcome for line in lines)),
        "may_take": has_permission(user, Permission.EXPORT_LISTS),
    }
    return render(request, "staff/batch.html", context)


@access(Audience.STAFF, permission=Permission.EXPORT_LISTS, step_up=True, keep_form=True)
@require_http_methods(["GET", "HEAD", "POST"])
def results(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask why, then answer with the results as a file."""
    user: Any = request.user
    row = get_object_or_404(service.visible(user), uid=uid)
    kept = take_back(request, request.path) if request.method == "GET" else None
    form = ResultsForm(request.POST if request.method == "POST" else None, initial=kept.dict() if kept else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            content = sahyog_results.taken(row, form=typed["file_type"], reason=typed["reason"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return _file(row, content, typed["file_type"])
    context = {"form": form, "batch": row, "columns": sahyog_results.COLUMNS}
    return render(request, "staff/batch_results.html", context, status=422 if form.is_bound else 200)


def _file(row: ImportBatch, content: bytes, form: str) -> HttpResponse:
    name = f"results-{row.imported_at:%Y-%m-%d}-{str(row.uid)[:8]}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=sahyog_results.TYPES[form], headers=headers)


def _own(user: Any, uid: UUID) -> Document:
    """Return a file this person sent, brought in or not; other people's are not found."""
    rows = Document.objects.filter(purpose=service.PURPOSE, uploaded_by=user, purged_at=None)
    return get_object_or_404(rows, uid=uid)


def _words(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return how many lines have which answer, in the order of the answers, and how many wait for theirs."""
    found = [(str(outcome.label), counts[str(outcome)]) for outcome in ImportOutcome if counts[str(outcome)]]
    return [*found, ("Not yet brought in", counts[service.WAITS])] if counts[service.WAITS] else found
