"""Changing a request that is with us: facts, identifiers, records."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from requests_app.enums import RequestKind
from requests_app.forms.amend import (
    AddIdentifiersForm,
    AddRecordsForm,
    FactsForm,
    TakeOutIdentifiersForm,
    TakeOutRecordsForm,
)
from requests_app.models import Amendment, DataRequest
from requests_app.services import amendments
from requests_app.views.officer.common import own_agency_request

# So many identifiers are offered to take out on one page; more are found with the search of the browser.
LISTED = 500

Made = Amendment | None
Act = Callable[[Any, Any], Made]
_SAME = "Nothing changed: it was so already."
_TOLD = "Changed. Whoever reviews your request is told."


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest, reference: str) -> HttpResponse:
    """Add to the facts."""
    data_request = own_agency_request(request, reference)
    forms = {"add": FactsForm(_given(request, "add"))}

    def add(form: Any, user: Any) -> Made:
        return amendments.add_facts(data_request, text=form.cleaned_data["text"], by=user)

    return _page(request, data_request, "facts", forms, {"add": add})


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def identifiers(request: HttpRequest, reference: str) -> HttpResponse:
    """Add identifiers, or take some out."""
    data_request = own_agency_request(request, reference)
    targets = list(data_request.targets.order_by("pk")[:LISTED])
    forms = {
        "add": AddIdentifiersForm(_given(request, "add"), emergency=data_request.kind == RequestKind.EMERGENCY),
        "out": TakeOutIdentifiersForm(_given(request, "out"), targets=targets),
    }

    def add(form: Any, user: Any) -> Made:
        return amendments.add_identifiers(data_request, form.found, role=form.cleaned_data["role"], by=user)

    def out(form: Any, user: Any) -> Made:
        chosen = [int(pk) for pk in form.cleaned_data["targets"]]
        return amendments.take_out_identifiers(data_request, chosen, by=user)

    return _page(request, data_request, "identifiers", forms, {"add": add, "out": out})


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def records(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for more records, or for fewer."""
    data_request = own_agency_request(request, reference)
    forms = {
        "add": AddRecordsForm(_given(request, "add"), data_request=data_request),
        "out": TakeOutRecordsForm(_given(request, "out"), asked=amendments.asked(data_request)),
    }

    def add(form: Any, user: Any) -> Made:
        given = form.cleaned_data
        values = {name: given[name] for name in ("category", "first", "last", "zone")}
        return amendments.add_records(data_request, **values, by=user)

    def out(form: Any, user: Any) -> Made:
        return amendments.take_out_records(data_request, form.cleaned_data["records"], by=user)

    return _page(request, data_request, "records", forms, {"add": add, "out": out})


def _given(request: HttpRequest, action: str) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("action") == action else None


def _page(
    request: HttpRequest, data_request: DataRequest, part: str, forms: Mapping[str, PortalForm], acts: Mapping[str, Act]
) -> HttpResponse:
    """Draw the page; a POST does what its button says, once."""
    user: Any = request.user
    if why := amendments.refusal(data_request, user):
        messages.error(request, why)
        return redirect("officer:request", reference=data_request.reference)
    action = str(request.POST.get("action", ""))
    form = forms.get(action)
    if form is not None and form.is_valid():
        try:
            made = acts[action](form, user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _TOLD if made else _SAME)
            return redirect("officer:request", reference=data_request.reference)
    context = {"data_request": data_request, **{f"{name}_form": one for name, one in forms.items()}}
    return render(request, f"officer/change_{part}.html", context, status=422 if form is not None else 200)
