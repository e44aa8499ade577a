"""Records that were called back, for who took them: destroy them and say so."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from requests_app.enums import RecallCause
from requests_app.events import Event
from requests_app.forms.recalls import AnswerForm
from requests_app.models import DataRequest, DestructionAsk
from requests_app.release_permissions import destruction_workflow
from requests_app.services import destruction as service
from requests_app.services import receipts

_SHOWN = 50

# What the reader is told of the cause. Never of an objection: that somebody objected, the officer never learns. Nor
# that the recipient is wrong: that is how it is called when the agency does not know of the request.
_WHY = {
    RecallCause.WRONG_ACCOUNT: "They are not of the account that was asked for.",
    RecallCause.PROCESS_WITHDRAWN: "The order they rest on was withdrawn or quashed.",
    RecallCause.EXPUNGED: "An authority ordered that they be expunged.",
    RecallCause.NARROWED: "The order they rest on was narrowed.",
    RecallCause.UNSAFE_FILE: "A file in them was found unsafe. Do not open it.",
}


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def destruction(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What somebody took and is asked to destroy. It is theirs to answer, also where the request is not any more."""
    user: Any = request.user
    rows = DestructionAsk.objects.select_related("user", "recall__package__data_request__provider")
    ask = rows.filter(uid=uid, user=user).first()
    if ask is None:
        raise Http404
    if request.method != "POST":
        record(Event.VIEWED, by=user, obj=ask, data={"page": "recall"})
        return _page(request, ask, AnswerForm())
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, ask, form)
    try:
        service.answer(ask, **form.answer, by=user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _page(request, ask, form)
    messages.success(request, "Your answer is stored. Thank you.")
    return redirect("recalls:destruction", ask.uid)


def _page(request: HttpRequest, ask: DestructionAsk, form: AnswerForm) -> HttpResponse:
    user: Any = request.user
    package = ask.recall.package
    data_request = package.data_request
    takings = service.takings(package).filter(user=user).select_related("document").order_by("started_at", "pk")
    is_own = ask.answered_by_id == user.pk
    context = {
        "ask": ask,
        "package": package,
        "data_request": data_request,
        "sees_request": DataRequest.objects.visible_to(user).filter(pk=data_request.pk).exists(),
        "why": _WHY.get(RecallCause(ask.recall.cause), ""),
        "takings": receipts.said(takings[:_SHOWN], at=timezone.now()),
        # What staff wrote down of a call is for staff.
        "words": ask.words if is_own else "You told us on another way.",
        "passed_on": ask.passed_on if is_own else "",
        "form": form,
        "may_answer": "destroy" in destruction_workflow.available_actions(ask, user),
    }
    return render(request, "officer/destruction.html", context, status=422 if form.errors else 200)
