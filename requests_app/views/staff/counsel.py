"""Counsel: the list of what waits for an answer, and the page of one request with its questions and answers."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from requests_app.forms.counsel import AdviceForm, AskCounselForm, GoOnForm
from requests_app.models import CounselReferral, DataRequest
from requests_app.services import counsel as service
from requests_app.views.staff.common import case, looked, visible

SHOWN = 100
_SAID = {
    "ask": "Referred to counsel. The time to answer the officer runs on.",
    "answer": "Your answer is stored. Who asked is told.",
    "withdraw": "The question is taken back.",
    "go_on": "Written down. The second person reads it.",
}
# What each button needs, said with 403 before anything is read.
_RIGHTS = {
    "ask": Permission.REVIEW_REQUEST,
    "answer": Permission.GIVE_ADVICE,
    "withdraw": Permission.REVIEW_REQUEST,
    "go_on": Permission.PROPOSE_DECISION,
}


@access(Audience.STAFF, permission=Permission.GIVE_ADVICE)
@require_safe
def counsel(request: HttpRequest) -> HttpResponse:
    """List the questions that wait for counsel, soonest due first."""
    user: Any = request.user
    related = ("data_request__agency", "asked_by", "to")
    found = list(service.queue(user).select_related(*related)[: SHOWN + 1])
    return render(request, "staff/counsel.html", {"referrals": found[:SHOWN], "more": len(found) > SHOWN})


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def request_counsel(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what counsel was asked and said; a POST asks, answers, takes back or goes on all the same."""
    data_request = visible(request, reference)
    if request.method != "POST":
        looked(request, data_request, "counsel")
        return _draw(request, data_request)
    action = request.POST.get("action", "")
    if action not in _RIGHTS:
        raise Http404
    if not has_permission(_user(request), _RIGHTS[action]):
        raise PermissionDenied
    form = _forms(request, data_request)[action]
    if form is not None and not form.is_valid():
        return _draw(request, data_request, posted=(action, form), status=422)
    try:
        _act(request, data_request, action, form)
    except PortalError as error:
        if form is None:
            messages.error(request, str(error))
            return redirect("staff:request_counsel", data_request.reference)
        form.add_error(None, str(error))
        return _draw(request, data_request, posted=(action, form), status=422)
    messages.success(request, _SAID[action])
    return redirect("staff:request_counsel", data_request.reference)


def _act(request: HttpRequest, data_request: DataRequest, action: str, form: Any) -> None:
    """Do what the button says."""
    user: Any = request.user
    if action == "ask":
        service.ask(data_request, question=form.cleaned_data["question"], to=form.chosen, by=user)
        return
    referral = _meant(request, data_request)
    if action == "answer":
        said = form.cleaned_data
        service.answer(referral, opinion=said["opinion"], advice=said["advice"], by=user)
    elif action == "withdraw":
        service.withdraw(referral, by=user)
    else:
        service.go_on(referral, because=form.cleaned_data["because"], by=user)


def _meant(request: HttpRequest, data_request: DataRequest) -> CounselReferral:
    """Return the question that the page was about: its number, so that an older page answers no newer question."""
    number = request.POST.get("key", "")
    known = number.isascii() and number.isdigit() and len(number) < 5
    found: CounselReferral | None = data_request.referrals.filter(number=int(number) if known else 0).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found


def _forms(request: HttpRequest, data_request: DataRequest, *, bound: bool = True) -> dict[str, Any]:
    """Return the form of each button; taking back has none."""
    data = request.POST if bound else None
    people = service.advisers(data_request, without=_user(request))
    return {
        "ask": AskCounselForm(data, people=people),
        "answer": AdviceForm(data),
        "withdraw": None,
        "go_on": GoOnForm(data),
    }


def _user(request: HttpRequest) -> Any:
    return request.user


def _draw(
    request: HttpRequest, data_request: DataRequest, *, posted: tuple[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    user = _user(request)
    standing = service.standing_of(data_request)
    waiting, opinion = standing.waiting, standing.opinion
    for row in (waiting, opinion):
        if row is not None:
            row.data_request = data_request
    may = {
        "ask": service.ask_refusal(data_request, by=user) is None,
        "answer": waiting is not None and service.may(waiting, "answer", user),
        "go_on": opinion is not None and not opinion.despite and service.go_on_refusal(opinion, by=user) is None,
    }
    unbound = _forms(request, data_request, bound=False)
    # What was typed stays on the page, also where somebody else was faster.
    shown = {f"{name}_form": unbound[name] for name, allowed in may.items() if allowed}
    shown |= {f"{posted[0]}_form": posted[1]} if posted else {}
    context = (
        case(request, data_request, "counsel")
        | shown
        | {
            "standing": standing,
            "key": request.POST.get("key", ""),
            "form": posted[1] if posted else None,
            "may_withdraw": waiting is not None and service.may(waiting, "withdraw", user),
        }
    )
    return render(request, "staff/counsel_request.html", context, status=status)
