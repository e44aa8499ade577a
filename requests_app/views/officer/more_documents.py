"""Documents for a request that is with us: add some, and take off those that could not be used."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.forms.answer import MoreDocumentsForm
from requests_app.scanning import virus_words
from requests_app.services import later_documents
from requests_app.views.officer.common import own_agency_request


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, reference: str) -> HttpResponse:
    """Add files while the request is open; they are checked afterwards."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    posted = request.method == "POST"
    if why := later_documents.refusal(data_request, user):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    form = MoreDocumentsForm(request.POST if posted else None, request.FILES if posted else None, user=user)
    if posted and form.is_valid():
        try:
            added = later_documents.add(data_request, form.cleaned_data["uploads"], by=user)
        except PortalError as error:
            form.add_error("uploads", str(error))
        else:
            words = "1 document added." if added == 1 else f"{added} documents added."
            messages.success(request, f"{words} {virus_words()}")
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, "form": form, "at_once": later_documents.AT_ONCE}
    return render(request, "officer/documents_add.html", context)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the files off the request that could not be used; anything but the button leads to the request."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if request.method == "POST":
        try:
            later_documents.remove_unusable(data_request, by=user)
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("officer:request", reference=data_request.reference)
