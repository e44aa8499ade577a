"""The letter and the certificates of a package as pictures of their pages: what leaves is looked at before it does."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.events import Event
from requests_app.models import Certificate, DataRequest, DisclosurePackage
from requests_app.services import paper_looks
from requests_app.views.staff import serving
from requests_app.views.staff.common import case, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def letter(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Every page of the letter; the look is noted, and counts for whoever releases."""
    package, document = _letter(visible(request, reference), number)
    address = reverse("staff_records:letter", args=[reference, number])
    return _shown(request, package, document, {"title": "Letter", "address": address, "kind": "letter"})


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def letter_page(request: HttpRequest, reference: str, number: int, page: int) -> HttpResponse:
    """The picture of one page of the letter, with who looks and when over it."""
    package, document = _letter(visible(request, reference), number)
    return _picture(request, package, document, page)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def certificate(request: HttpRequest, reference: str, number: int, uid: UUID) -> HttpResponse:
    """Every page of a certificate: the signed one, or the draft before that."""
    package, found, document = _certificate(visible(request, reference), number, uid)
    facts = {"title": "Certificate", "certificate": found, "kind": "certificate"}
    return _shown(request, package, document, facts)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def certificate_page(request: HttpRequest, reference: str, number: int, uid: UUID, page: int) -> HttpResponse:
    """The picture of one page of a certificate, with who looks and when over it."""
    package, _found, document = _certificate(visible(request, reference), number, uid)
    return _picture(request, package, document, page)


def _shown(request: HttpRequest, package: DisclosurePackage, document: Document, facts: dict[str, Any]) -> HttpResponse:
    user: Any = request.user
    data_request = package.data_request
    documents.want_pages(document)
    if pages := documents.pages(document):
        paper_looks.note_look(package, document, by=user)
    context = {
        "package": package,
        "document": document,
        "pages": pages,
        "note": documents.pages_note(document, pages),
        "making": not pages and not document.preview_error and documents.is_usable(document),
        **facts,
    }
    return render(request, "staff/paper_pages.html", case(request, data_request, "records") | context)


def _picture(request: HttpRequest, package: DisclosurePackage, document: Document, page: int) -> HttpResponse:
    response = serving.picture(request, package.data_request, document, page)
    facts: dict[str, JSON] = {"package": package.number, "file": document.filename, "page": page}
    record(Event.PAPER_SEEN, by=request.user, obj=package.data_request, data=facts)
    return response


def _letter(data_request: DataRequest, number: int) -> tuple[DisclosurePackage, Document]:
    package = _package(data_request, number)
    if package.letter is None:
        raise Http404
    return package, package.letter


def _certificate(data_request: DataRequest, number: int, uid: UUID) -> tuple[DisclosurePackage, Certificate, Document]:
    package = _package(data_request, number)
    found: Certificate | None = package.certificates.select_related("signed", "draft").filter(uid=uid).first()
    document = paper_looks.shown_of(found) if found else None
    if found is None or document is None:
        raise Http404
    return package, found, document


def _package(data_request: DataRequest, number: int) -> DisclosurePackage:
    found: DisclosurePackage | None = data_request.packages.select_related("letter").filter(number=number).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found
