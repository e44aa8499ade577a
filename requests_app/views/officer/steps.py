"""The parts of a draft, each at its own address, saved on the server; an older tab is refused and loses nothing."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from requests_app.enums import RequestKind, RequestStatus
from requests_app.forms.draft import CHECK, LATER, MORE, FactsForm, NoticeForm, StepForm
from requests_app.forms.draft_kinds import AssetsForm, EnquiryForm
from requests_app.forms.draft_scope import RecordsForm
from requests_app.services import drafts
from requests_app.services.preflight import Step, steps_of
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.parts import live, onward, part_page

_FORMS: dict[Step, type[StepForm]] = {
    Step.FACTS: FactsForm,
    Step.RECORDS: RecordsForm,
    Step.NOTICE: NoticeForm,
    Step.ASSETS: AssetsForm,
}


def _form_of(part: Step, kind: str) -> type[StepForm]:
    return EnquiryForm if part == Step.FACTS and kind == RequestKind.ENQUIRY else _FORMS[part]


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """One part that is one form."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    part = Step(name)
    if part not in steps_of(draft.kind):
        return redirect("officer:draft", uid=draft.uid)
    posted = request.method == "POST"
    form_of = _form_of(part, draft.kind)
    form: Any = form_of(request.POST if posted else None, request.FILES if posted else None, draft=draft)
    if posted and form.action == CHECK:
        return live(request, draft, part, form)
    stored: list[tuple[str, str]] = []
    if posted and form.action != MORE and (form.is_valid() or form.action == LATER):
        values, version = form.values_for_later(), form.cleaned_data.get("lock_version", -1)
        try:
            drafts.save_step(draft, part, values, version=version, by=user)
        except Stale as error:
            stored = form.compared()
            form.show_again(draft.lock_version)
            form.add_error(None, str(error))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return onward(request, draft, part, lost=form.lost())
    status = 422 if posted and form.errors else 200
    return part_page(request, draft, part, {"form": form, "stored": stored}, status=status)
