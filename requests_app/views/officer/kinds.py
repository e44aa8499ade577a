"""Starting an enquiry or a freeze, and leaving a request to named readers."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.providers.models import AnswersEnquiries, Provider
from foundation.providers.policy import redirect_for
from requests_app.enums import RequestKind, RequestStatus, RestrictedGround
from requests_app.forms.draft import again
from requests_app.forms.restricted import RestrictedForm
from requests_app.forms.start import StartForm
from requests_app.models import DataRequest
from requests_app.services import drafts, kinds, readers
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """Start an enquiry where a company answers them, and say whom an order names, so that none is needed."""
    providers = Provider.objects.order_by("name")
    answering = providers.filter(answers_enquiries=AnswersEnquiries.VETTED)
    context = {
        "companies": kinds.companies(list(providers)),
        "answering": list(answering),
        "silent": list(providers.exclude(pk__in=answering.values("pk"))),
    }
    if not context["answering"]:
        return render(request, "officer/enquiry_new.html", context)
    return _start(request, RequestKind.ENQUIRY, answering, "officer/enquiry_new.html", context)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def freeze(request: HttpRequest) -> HttpResponse:
    """Say what a freeze or seizure needs, then start one draft, however often the button is pressed."""
    return _start(request, RequestKind.FREEZE, Provider.objects.order_by("name"), "officer/freeze_new.html", {})


def _start(request: HttpRequest, kind: str, providers: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    user: Any = request.user
    form = StartForm(request.POST or None, initial={"key": uuid4()}, providers=providers)
    if request.method == "POST" and form.is_valid():
        provider = form.provider()
        if (point := redirect_for(provider, user.membership.agency.country)) and not point.allows_filing:
            return redirect("officer:channel")
        try:
            draft = drafts.start(provider, by=user, key=form.cleaned_data["key"], kind=kind)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:draft", uid=draft.uid)
    return render(request, template, context | {"form": form}, status=422 if form.errors else 200)


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
