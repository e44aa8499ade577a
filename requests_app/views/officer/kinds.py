"""Whether enquiries are answered and whom to name instead, and leaving a request to named readers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.providers.models import Provider
from requests_app.enums import RequestStatus, RestrictedGround
from requests_app.forms.draft import again
from requests_app.forms.restricted import RestrictedForm
from requests_app.models import DataRequest
from requests_app.services import kinds, readers
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_safe
def enquiries(request: HttpRequest) -> HttpResponse:
    """Say which companies answer enquiries, and which company an order names, so that no enquiry is needed."""
    providers = list(Provider.objects.order_by("name"))
    answering = [provider for provider in providers if kinds.enquiry_refusal(provider) is None]
    context = {
        "companies": kinds.companies(providers),
        "answering": answering,
        "silent": [provider for provider in providers if provider not in answering],
    }
    return render(request, "officer/enquiries.html", context)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def restricted(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Leave a request to named readers from the moment it is sent."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    posted = request.method == "POST"
    form = RestrictedForm(request.POST if posted else None, initial=_stored(draft))
    if posted and form.is_valid():
        values = form.cleaned_data
        because = form.because if values["restricted"] else ""
        try:
            readers.mark_draft(
                draft, restricted=values["restricted"], because=because, version=values["lock_version"], by=user
            )
        except Stale as error:
            draft.refresh_from_db()
            again(form, draft.lock_version)
            form.add_error(None, str(error))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            said = "Only named people will read this request." if values["restricted"] else "No longer restricted."
            messages.success(request, said)
            return redirect("officer:draft", uid=draft.uid)
    context = {"draft": draft, "form": form}
    return render(request, "officer/restricted.html", context, status=422 if form.errors else 200)


def _stored(draft: DataRequest) -> dict[str, Any]:
    """Return what is stored, with the ground read back from its words."""
    known = {str(ground.label): ground.value for ground in RestrictedGround}
    label, _colon, words = draft.restricted_because.partition(": ")
    ground = known.get(draft.restricted_because) or known.get(label, "")
    said = words if ground == RestrictedGround.OTHER else ""
    return {
        "lock_version": draft.lock_version, "restricted": draft.restricted, "ground": ground, "words": said,
    }  # fmt: skip
