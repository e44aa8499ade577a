"""Verifying again: the one page that is left to an officer whose access lapsed, and open 30 days before it does."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.deadlines import access_review
from accounts.forms.access import VerifyForm
from accounts.parts import document_is_in_check, document_problem
from accounts.services import verification
from accounts.services.retention import IDENTITY
from accounts.views.apply_steps import receive, untick
from foundation.core.errors import Incomplete, PortalError, Stale
from foundation.documents.filetypes import one_file
from foundation.documents.models import Document

_KEPT = "verify_document"


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Show what we hold, let it be corrected, and send it to the desk with a new declaration."""
    user, at = signed_in(request), timezone.now()
    if why_not := verification.refusal(user, at=at):
        messages.info(request, why_not)
        return redirect("accounts:mine")
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = VerifyForm(*given, initial=verification.held(user), user=user)
    document = _document(request, form)
    if form.is_valid():
        try:
            version = request.POST.get("guidelines_version", "")
            verification.verify(user, values=form.cleaned_data, document=document, guidelines=version)
        except PortalError as refusal:
            about = "document" if isinstance(refusal, Incomplete) else None
            form.add_error(about, str(refusal))
            if isinstance(refusal, Stale):
                untick(form)
        else:
            request.session.pop(_KEPT, None)
            return redirect("accounts:mine")
    context = {
        "in_check": document is not None and document_is_in_check(document, at=at),
        "form": form, "member": user.membership, "document": document, "guidelines": settings.GUIDELINES_VERSION,
        "promise": access_review(at), "lapsed": user.membership is not None and user.membership.lapsed_at is not None,
    }  # fmt: skip
    return render(request, "accounts/verify.html", context, status=422 if form.is_bound else 200)


def _document(request: HttpRequest, form: Any) -> Document | None:
    """Take the file if one came, also where the rest of the form is wrong; return the one that was taken before."""
    if form.is_bound:
        form.is_valid()
        try:
            if document := receive(request, form.cleaned_data.get("document")):
                request.session[_KEPT] = document.pk
                return document
        except PortalError as refusal:
            form.add_error("document", one_file(str(refusal)))
    document = _kept(request)
    if document is None or not (problem := document_problem(document)):
        return document
    request.session.pop(_KEPT, None)  # what nobody can look at is not sent; who has no other sends without
    if form.is_bound and not form.has_error("document"):
        form.add_error("document", problem)
    return None


def _kept(request: HttpRequest) -> Document | None:
    own = Document.objects.filter(uploaded_by=signed_in(request), purpose=IDENTITY, purged_at=None)
    return own.filter(pk=request.session.get(_KEPT, 0)).first()
