"""The parts of a draft, each at its own address, saved on the server; an older tab is refused and loses nothing."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.legal.models import ProcessType
from requests_app.enums import RequestStatus
from requests_app.forms.draft import FactsForm, NoticeForm, StepForm
from requests_app.forms.draft_scope import RecordsForm
from requests_app.forms.orders import LegalProcessForm
from requests_app.models import DataRequest
from requests_app.services import drafts, preflight
from requests_app.services.preflight import Step
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.parts import onward, part_page

_FORMS: dict[Step, type[StepForm]] = {
    Step.LEGAL_PROCESS: LegalProcessForm,
    Step.FACTS: FactsForm,
    Step.RECORDS: RecordsForm,
    Step.NOTICE: NoticeForm,
}


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """One part that is one form."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    part = Step(name)
    posted = request.method == "POST"
    form = _FORMS[part](request.POST if posted else None, request.FILES if posted else None, draft=draft)
    stored: list[tuple[str, str]] = []
    if posted and form.is_valid():
        version = form.cleaned_data["lock_version"]
        try:
            drafts.save_step(draft, part, form.cleaned_data, version=version, by=user)
        except Stale as error:
            stored = form.compared()
            form.show_again(draft.lock_version)
            form.add_error(None, str(error))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return onward(request, draft, part)
    return part_page(request, draft, part, {"form": form, "stored": stored} | _extra(draft, part, form))


def _extra(draft: DataRequest, part: Step, form: StepForm) -> dict[str, Any]:
    """What single parts show beside their form: the type's own rules, or where to go instead."""
    if part != Step.LEGAL_PROCESS:
        return {}
    chosen = form["process_type"].value()
    kind = ProcessType.objects.filter(pk=chosen).first() if str(chosen or "").isdecimal() else None
    stopped = kind if kind and (kind.stop_screen or not kind.accepted) else None
    needs = [need.replace("_", " ") for need in draft.process_type.required_documents] if draft.process_type else []
    return {
        "kind": draft.process_type,
        "stopped": stopped,
        "needs": needs,
        "reaches": preflight.reached(draft.process_type),
    }
