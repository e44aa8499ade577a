"""What the desk does with one application: write down a call, decide, look again, put its agency into the registry."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.forms.vetting import AdoptForm, CallBackForm
from accounts.models import AccessApplication, User
from accounts.permissions import Permission
from accounts.services import letting_in, signals, vetting
from accounts.views.staff.review import decision_form, draw, one, posted_from_review
from foundation.core.errors import PortalError


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
@posted_from_review
def call_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down a call."""
    application = one(request, reference)
    form = CallBackForm(request.POST, numbers=vetting.usable_numbers(application))
    if form.is_valid():
        said = form.cleaned_data
        try:
            vetting.record_call_back(
                application, by=signed_in(request), number=form.number, alternative=form.alternative,
                spoke_to=said["spoke_to"], result=said["result"], note=said["note"],
            )  # fmt: skip
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The call is recorded."))
            return redirect("accounts:review", application.reference)
    return draw(request, application, call_form=form)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS, step_up=True, keep_form=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
@posted_from_review
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Recommend, approve, ask for more, send back or decline."""
    application = one(request, reference)
    user = signed_in(request)
    form = decision_form(application, user, request.POST)
    if form.is_valid():
        try:
            _decide(application, user, form.cleaned_data, seen=request.POST.get("seen", ""))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your decision is saved."))
            return redirect("accounts:review", application.reference)
    # Read again: what is offered now depends on what a colleague did meanwhile.
    return draw(request, one(request, reference), sent=form)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_http_methods(["GET", "HEAD", "POST"])
@posted_from_review
def check_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Have the automatic checks done once more."""
    application = one(request, reference)
    try:
        signals.check_again(application, by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, _("The checks run again. Look at the page in a minute."))
    return redirect("accounts:review", application.reference)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest, reference: str) -> HttpResponse:
    """Put the proposed agency into the registry, so that a number can be entered before the decision."""
    application, user = one(request, reference), signed_in(request)
    if refusal := letting_in.adopt_refusal(application, user):
        messages.error(request, refusal)
        return redirect("accounts:review", application.reference)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    known, more = letting_in.entries_for(application, words)
    form = AdoptForm(request.POST or None, known=known)
    if form.is_valid():
        try:
            agency = letting_in.adopt(application, by=user, agency=form.agency)
        except PortalError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%s is the agency of this application now. The checks run again.") % agency)
            return redirect("accounts:review", application.reference)
    context = {"application": application, "form": form, "words": words, "more": more}
    return render(request, "accounts/staff/adopt.html", context, status=422 if request.method == "POST" else 200)


def _decide(application: AccessApplication, user: User, said: dict[str, Any], *, seen: str) -> None:
    decision, reason = said["decision"], said["reason"]
    if decision == "ask":
        vetting.ask(application, by=user, text=said["ask"], code=said["ask_code"], reason=reason, seen=seen)
    elif decision == "reject":
        vetting.decline(
            application, by=user, reason=reason, code=said["decline_code"], block=bool(said.get("block")),
            warn=bool(said.get("warn")), seen=seen,
        )  # fmt: skip
    else:
        acts = {
            "approve": vetting.approve, "approve_alone": vetting.approve, "recommend": vetting.recommend,
            "send_back": vetting.send_back,
        }  # fmt: skip
        acts[decision](application, by=user, reason=reason, seen=seen)
