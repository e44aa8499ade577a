"""What is done to one agency, each act on a small page of its own: domains, numbers, police power."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.domain_names import DomainRefused
from accounts.forms.agencies import ConfirmForm, DomainForm, NumberForm, ReasonForm, SourceForm
from accounts.kept_forms import take_back
from accounts.models import Agency, AgencyDomain, AgencyNumber
from accounts.permissions import Permission
from accounts.services import agencies as service
from accounts.services import agency_contacts as contacts
from accounts.services.applicant_contacts import OwnSource
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm

_METHODS = ["GET", "HEAD", "POST"]


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def domain_add(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add an e-mail domain."""
    agency, form = _agency(uid), DomainForm(_typed(request))

    def do(said: dict[str, Any]) -> str:
        entry = contacts.add_domain(agency, by=signed_in(request), **said)
        return _("%s is added.") % entry.domain

    words = {
        "title": _("Add a domain"),
        "lead": _(
            "Officers with an address there are recognised as this agency's. It says nothing of police power, and "
            "nobody gets in without a call."
        ),
        "button": _("Add the domain"),
    }
    return _act(request, agency, form, do, words)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def domain_remove(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Remove an e-mail domain."""
    agency, form = _agency(uid), ReasonForm(_typed(request))
    entry = get_object_or_404(AgencyDomain.objects.select_related("agency"), pk=pk, agency=agency)
    last = agency.domains.count() == 1

    def do(said: dict[str, Any]) -> str:
        left = contacts.remove_domain(entry, reason=said["reason"], by=signed_in(request))
        gone = _("%s is removed.") % entry.domain
        return gone if left else f"{gone} {_('The agency has no domain now: none of its officers is recognised.')}"

    words = {
        "title": _("Remove %s") % entry.domain,
        "lead": _("Officers with an address there who have access keep it: %s. Ask them to verify again, or suspend.")
        % contacts.officers_under(entry).count(),
        "warning": _("It is the only domain of this agency. Without it no officer is recognised.") if last else "",
        "button": _("Remove the domain"),
    }
    return _act(request, agency, form, do, words)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def number_add(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Enter a number that the company found itself."""
    agency, form = _agency(uid), NumberForm(_typed(request))

    def do(said: dict[str, Any]) -> str:
        contacts.enter_number(agency, by=signed_in(request), **said)
        return _("The number is entered. It can be called once another person confirmed it.")

    words = {
        "title": _("Enter a number"),
        "lead": _(
            "Find it yourself. A number from an application, or from a website that an application names, never "
            "enters: whoever forges an application also answers its telephone."
        ),
        "button": _("Enter the number"),
    }
    return _act(request, agency, form, do, words)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def number_confirm(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Confirm a number that somebody else entered."""
    agency, form = _agency(uid), ConfirmForm(_typed(request))
    number = get_object_or_404(AgencyNumber.objects.select_related("agency"), pk=pk, agency=agency)

    def do(said: dict[str, Any]) -> str:
        contacts.confirm_number(number, by=signed_in(request), **said)
        return _("The number is confirmed. For 7 days, what rests on a call to it takes two people.")

    words = {
        "title": _("Confirm a number"),
        "number": number,
        "lead": _("Look it up yourself before you confirm it. Do not call it to ask whose it is."),
        "button": _("Confirm the number"),
    }
    return _act(request, agency, form, do, words)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(_METHODS)
def number_retire(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Retire a number."""
    agency, form = _agency(uid), ReasonForm(_typed(request))
    number = get_object_or_404(AgencyNumber.objects.select_related("agency"), pk=pk, agency=agency)

    def do(said: dict[str, Any]) -> str:
        contacts.retire_number(number, reason=said["reason"], by=signed_in(request))
        return _("The number is retired.")

    words = {
        "title": _("Retire a number"),
        "number": number,
        "lead": _("It stays on record with the calls made to it, and is not offered for calls any more."),
        "button": _("Retire the number"),
    }
    return _act(request, agency, form, do, words)


@access(Audience.STAFF, permission=Permission.APPROVE_APPLICATION, step_up=True, keep_form=True)
@require_http_methods(_METHODS)
def power(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm that an agency has police power, or take that back."""
    agency = _agency(uid)
    if agency.police_power_confirmed:
        return _withdraw_power(request, agency)

    def do(said: dict[str, Any]) -> str:
        service.confirm_power(agency, source=said["source"], by=signed_in(request))
        return _("Saved: the agency has police power.")

    words = {
        "title": _("Confirm police power"),
        "lead": _(
            "That a domain is known does not say this: schools and water works have official domains too. Name the "
            "law or the national list in which the power stands."
        ),
        "button": _("Confirm police power"),
    }
    return _act(request, agency, SourceForm(_typed(request)), do, words)


def _withdraw_power(request: HttpRequest, agency: Agency) -> HttpResponse:
    def do(said: dict[str, Any]) -> str:
        service.withdraw_power(agency, reason=said["reason"], by=signed_in(request))
        return _("Saved: police power is not confirmed any more.")

    words = {
        "title": _("Withdraw police power"),
        "lead": _("It was confirmed with this source: %s.") % (agency.police_power_source or _("none")),
        "button": _("Withdraw police power"),
    }
    return _act(request, agency, ReasonForm(_typed(request)), do, words)


def _agency(uid: UUID) -> Agency:
    return get_object_or_404(Agency, uid=uid, merged_into=None)


def _typed(request: HttpRequest) -> Any:
    """What was sent, or what was kept while the second factor was shown."""
    return request.POST if request.method == "POST" else take_back(request, request.path)


def _act(
    request: HttpRequest,
    agency: Agency,
    form: PortalForm,
    do: Callable[[dict[str, Any]], str],
    words: dict[str, Any],
) -> HttpResponse:
    """Do it and go back to the agency with what was said, or draw the page with what must be mended."""
    if conflict := service.conflict_refusal(agency, signed_in(request)):
        messages.error(request, conflict)
        return redirect("accounts:agency", agency.uid)
    sent = request.method == "POST"
    if sent and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except PortalError as refusal:
            field = _FIELDS.get(type(refusal))
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("accounts:agency", agency.uid)
    context = {"agency": agency, "form": form, "kept": form.is_bound and not sent, **words}
    return render(request, "accounts/staff/agency_act.html", context, status=422 if sent else 200)


# Where a refusal stands in the form.
_FIELDS: dict[type[PortalError], str] = {
    DomainRefused: "domain",
    contacts.LooksLikeAnother: "checked",
    contacts.FromApplication: "second_source",
    contacts.SecondSourceNeeded: "second_source",
    contacts.NumberRefused: "number",
    OwnSource: "source",
}
