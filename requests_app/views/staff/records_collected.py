"""Files that were collected for a package: look at one, and take rows that lie outside, or all of it, out."""

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.documents import services as documents
from foundation.documents.errors import DocumentRefused
from requests_app.events import Event
from requests_app.forms.records import TakeOutForm
from requests_app.models import CollectedFile, DataRequest, DisclosurePackage
from requests_app.services import outside as lists
from requests_app.services import taking_out
from requests_app.services.letters import covered_words
from requests_app.services.packing import named_in
from requests_app.services.table_reading import Unreadable, read_table
from requests_app.views.staff import serving
from requests_app.views.staff.common import case, visible

_ROWS_SHOWN = 25
# A page waits for so many rows of a table and no longer; behind them the list of what lies outside names each row.
_ROWS_READ = 100_000


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def collected(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponse:
    """One file as it was collected: what the guard saw, its first rows or its pages; the look is noted."""
    data_request = visible(request, reference)
    package, file = _file(data_request, number, uid)
    record(Event.RECORDS_VIEWED, by=request.user, obj=data_request, data={"package": number, "file": str(uid)})
    return _page(request, package, file, TakeOutForm(rows=taking_out.rows_outside(file)))


@access(Audience.STAFF, permission=Permission.PREPARE_RECORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponse:
    """Take something out of one file; a GET is sent to the file."""
    user: Any = request.user
    data_request = visible(request, reference)
    package, file = _file(data_request, number, uid)
    if request.method != "POST":
        return redirect("staff_records:collected", data_request.reference, number, uid)
    form = TakeOutForm(request.POST, rows=taking_out.rows_outside(file))
    if not form.is_valid():
        return _page(request, package, file, form)
    try:
        taking_out.take_out(file, whole=form.is_whole, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, "Taken out. The manifest says so, and whoever releases sees it.")
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_records:package", data_request.reference, number)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def page(request: HttpRequest, reference: str, number: int, uid: UUID, page: int) -> HttpResponse:
    """The picture of one page of a document, with who looks and when over it."""
    data_request = visible(request, reference)
    _package, file = _file(data_request, number, uid)
    response = serving.picture(request, data_request, file.document, page)
    facts: dict[str, JSON] = {"package": number, "file": str(uid), "page": page}
    record(Event.RECORDS_VIEWED, by=request.user, obj=data_request, data=facts)
    return response


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True, download=True)
@require_safe
def outside(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponseBase:
    """Everything that lies outside in one table, as a table; where the file is gone, the page says so."""
    data_request = visible(request, reference)
    _package, file = _file(data_request, number, uid)
    try:
        documents.require_clean(file.document)
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("staff_records:collected", data_request.reference, number, uid)
    facts: dict[str, JSON] = {"package": number, "file": str(uid), "list": "outside"}
    record(Event.RECORDS_VIEWED, by=request.user, obj=data_request, data=facts)
    name = f"{data_request.reference}-{number}-outside-{file.position}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lists.listed(file), content_type="text/csv; charset=utf-8", headers=headers)


def _file(data_request: DataRequest, number: int, uid: UUID) -> tuple[DisclosurePackage, CollectedFile]:
    rows = CollectedFile.objects.filter(export__package__data_request=data_request, export__package__number=number)
    related = ("document", "as_json", "taken_out_by", "replaces", "export__package")
    found: CollectedFile | None = rows.select_related(*related).filter(uid=uid).first()
    if found is None:
        raise Http404
    package = found.export.package
    package.data_request = data_request
    return package, found


def _page(request: HttpRequest, package: DisclosurePackage, file: CollectedFile, form: TakeOutForm) -> HttpResponse:
    user: Any = request.user
    data_request = package.data_request
    names, rows, trouble = _rows(file)
    line = file.export.lines.select_related("target").order_by("pk").first()
    context = {
        "package": package,
        "file": file,
        "line": line,
        "period": covered_words(line) if line else "",
        "named": named_in(file),
        "more": lists.is_cut(file) and not trouble,
        "names": names,
        "rows": rows,
        "trouble": trouble,
        "pages": [one.number for one in documents.pages(file.document)] if file.rows is None else [],
        "columns": file.columns,
        "may_take_out": file.taken_out_at is None and not taking_out.refusal(package, by=user),
        "form": form,
    }
    return render(
        request,
        "staff/records_collected.html",
        case(request, data_request, "records") | context,
        status=422 if form.errors else 200,
    )


def _rows(file: CollectedFile) -> tuple[list[str], list[tuple[int, bool, list[str]]], str]:
    """Return the columns of a table, and its first rows and those named outside with their number; or why not."""
    outside_ones = {number for number in lists.numbers_of(file) if number <= _ROWS_READ}
    try:
        documents.require_clean(file.document)
        if file.rows is None:
            return [], [], ""
        table = read_table(documents.pieces(file.document))
        _raw, names = next(table)
        found = enumerate(islice(table, max(_ROWS_SHOWN, *outside_ones, 0)), 1)
        shown = ((n, n in outside_ones, fields) for n, (_raw, fields) in found if fields)
        return names, [row for row in shown if row[1] or row[0] <= _ROWS_SHOWN], ""
    except DocumentRefused as refusal:
        return [], [], str(refusal)
    except Unreadable as error:
        return [], [], f"The table cannot be read: {error}."
