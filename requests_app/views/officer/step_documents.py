"""The documents of a draft: several at once; each says whether it is checked."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import RequestStatus
from requests_app.forms.draft_scope import DocumentsForm
from requests_app.services import drafts, preflight
from requests_app.services.preflight import Step
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.parts import next_url, part_page, version_of

REFUSED = "refused"


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Documents: several at once; each says whether it is checked."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    removing = request.POST.get("remove", "")
    adding = request.method == "POST" and not removing
    version = version_of(request.POST)
    going = request.POST.get("action") == "continue"
    form = DocumentsForm(request.POST if adding else None, request.FILES if adding else None, user=user)
    form.fields["uploads"].required = not going
    problem = ""
    try:
        if removing:
            if removing == REFUSED:
                drafts.remove_refused(draft, version=version, by=user)
            else:
                drafts.remove_document(draft, UUID(removing), version=version, by=user)
            return redirect(request.path)
        if adding and form.is_valid():
            role, uploads = form.cleaned_data["role"], form.cleaned_data["uploads"]
            refusals = drafts.add_documents(draft, uploads, role=role, version=version, by=user) if uploads else []
            for refusal in refusals:
                form.add_error("uploads", refusal)
            if not refusals:
                return redirect(next_url(draft, Step.DOCUMENTS), uid=draft.uid) if going else redirect(request.path)
    except (PortalError, ValueError) as error:
        problem = str(error) if isinstance(error, PortalError) else drafts.STALE
    draft.refresh_from_db()
    items = preflight.attached(draft)
    refused = len(items) - len(preflight.can_count(items))
    context = {"form": form, "items": items, "refused": refused, "problem": problem}
    return part_page(request, draft, Step.DOCUMENTS, context)
