"""Threat to life: one page, one button, who is paged, and how it goes on from minute to minute."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.providers.models import Provider
from requests_app.forms.emergency import EmergencyForm
from requests_app.forms.emergency_after import ContactForm
from requests_app.models import DataRequest, EmergencyCase
from requests_app.services import amendments, emergency_after, holds_beside, intake, later_documents
from requests_app.services.emergency_progress import progress
from requests_app.views.officer.common import note_visit, own_agency_request


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What happens next, the number to call, the questions, the button; or what an earlier emergency still lacks."""
    user: Any = request.user
    posted = request.method == "POST"
    initial = {"key": uuid4(), "phone": user.membership.phone}
    providers = Provider.objects.order_by("name")
    zone = {"country": user.membership.agency.country, "zone": user.time_zone}
    form = EmergencyForm(request.POST if posted else None, initial=initial, providers=providers, **zone)
    if not posted and (cases := _stopped(providers, user)):
        return render(request, "officer/emergency_stopped.html", {"cases": cases})
    if posted and form.is_valid():
        try:
            sent = _file(form, user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:emergency", reference=sent.reference)
    days = max(provider.process_days for provider in providers)
    context = {"form": form, "member": user.membership, "process_days": days}
    return render(request, "officer/emergency_new.html", context, status=422 if posted else 200)


def _stopped(providers: Iterable[Provider], user: Any) -> list[tuple[EmergencyCase, bool]]:
    """Return what is to be put in order first, each with whether this officer still has the request.

    Empty where one company takes an emergency all the same: the form asks which is meant.
    """
    found = [emergency_after.stopped(provider, user) for provider in providers]
    if not all(found):
        return []
    return [(case, case.data_request.officer_id == user.pk) for cases in found for case in cases]


def _file(form: EmergencyForm, user: Any) -> DataRequest:
    """File what was typed."""
    values = form.cleaned_data
    return intake.submit_emergency(
        form.provider(),
        key=values["key"],
        values=form.facts(),
        identifiers=values["found"],
        categories=values["categories"],
        by=user,
    )


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_safe
def received(request: HttpRequest, reference: str) -> HttpResponse:
    """Who was paged and when, who calls, what to tell the control room, and how far it is; asked again by itself."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if not data_request.is_exigent:
        return redirect("officer:request", reference=data_request.reference)
    note_visit(request, data_request)
    context = {
        "data_request": data_request,
        "progress": progress(data_request, at=timezone.now()),
        "may_change": amendments.refusal(data_request, user) is None,
        "may_add": later_documents.refusal(data_request, user) is None,
        "may_attach": holds_beside.may_attach(data_request, user),
    }
    return render(request, "officer/emergency_received.html", context)


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct the number that was typed in a hurry; whoever reviews is told."""
    user: Any = request.user
    data_request = own_agency_request(request, reference)
    if not data_request.is_exigent or amendments.refusal(data_request, user):
        return redirect("officer:request", reference=data_request.reference)
    stored = {name: data_request.emergency.get(name, "") for name in amendments.CONTACT}
    form = ContactForm(request.POST if request.method == "POST" else None, initial=stored)
    if request.method == "POST" and form.is_valid():
        try:
            amendments.correct_contact(data_request, form.cleaned_data, by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("officer:emergency", reference=data_request.reference)
    context = {"data_request": data_request, "form": form}
    return render(request, "officer/emergency_contact.html", context, status=422 if request.method == "POST" else 200)
