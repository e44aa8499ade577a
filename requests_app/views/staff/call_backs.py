"""Calls to the agency about a request, the second person who vouches for one, and the minimum data of an emergency."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.enums import CallPurpose
from accounts.models import CallBack
from accounts.permissions import Permission, has_permission
from accounts.services.calls import lacks_second
from foundation.core.errors import PortalError
from requests_app import confirming
from requests_app.forms.call_back import MinimumForm, RequestCallForm
from requests_app.models import DataRequest, EmergencyCase
from requests_app.permissions import desk_refusal, review_refusal
from requests_app.services import call_backs, destination_calls, minimum, read_outs
from requests_app.views.staff.common import case, looked, visible

_ABOUT = {purpose.value: purpose for purpose in call_backs.PURPOSES}
_OTHER_DESTINATION = (
    "This is not what the request says. The call is kept as one that did not confirm the destination. Ask them to read "
    "it out again, and record that as a new call."
)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the calls about a request; a POST records one, by whoever reviews requests."""
    user: Any = request.user
    data_request = visible(request, reference)
    about = _ABOUT.get(request.GET.get("about", ""), CallPurpose.REQUEST)
    form = _form(data_request, about, request.POST or None)
    if request.method != "POST":
        looked(request, data_request, "call-back")
        return _draw(request, data_request, about, form)
    _needs(user, Permission.REVIEW_REQUEST)
    if not form.is_valid():
        return _draw(request, data_request, about, form, status=422)
    given = form.cleaned_data
    try:
        call = _record(data_request, about, form, user)
    except PortalError as error:
        form.add_error(None, str(error))
        return _draw(request, data_request, about, form, status=422)
    if call.result != given["result"]:
        messages.error(request, read_outs.barred_refusal(data_request) or _OTHER_DESTINATION)
        return redirect(f"{reverse('staff:call_back', args=[data_request.reference])}?about={about}")
    more = " It counts once a second person vouches for it." if _waits(call) else ""
    if data_request.packages.filter(recalls__called_at=call.called_at).exists():
        more = " Every open download is stopped. Look under Records at what was fetched before."
    messages.success(request, f"The call is recorded.{more}")
    if _waits(call):
        return redirect(f"{reverse('staff:call_back', args=[data_request.reference])}?about={about}")
    return redirect("staff:request", data_request.reference)


def _record(data_request: DataRequest, about: CallPurpose, form: RequestCallForm, user: Any) -> CallBack:
    """Write the call down; one about a destination with what was read out, which is compared."""
    names = ("result", "spoke_to", "note", *(("begins", "ends") if about == CallPurpose.WALLET else ()))
    said = {name: form.cleaned_data[name] for name in names} | {"number": form.number, "alternative": form.alternative}
    if about == CallPurpose.WALLET:
        return destination_calls.record(data_request, by=user, **said)
    return call_backs.record(data_request, purpose=about, by=user, **said)


def _needs(user: Any, *rights: Permission) -> None:
    """Refuse whoever reads these pages and has none of these rights."""
    if not any(has_permission(user, right) for right in rights):
        raise PermissionDenied


def _waits(call: CallBack) -> bool:
    return call.result == "confirmed" and lacks_second(call)


def _form(data_request: DataRequest, about: CallPurpose, data: Any = None) -> RequestCallForm:
    return RequestCallForm(
        data, numbers=call_backs.usable_numbers(data_request), purpose=about,
        ways=call_backs.ways_of_request(data_request), never=confirming.too_slow(data_request),
        supervisor=(data_request.emergency or {}).get("supervisor", ""),
    )  # fmt: skip


def _draw(
    request: HttpRequest, data_request: DataRequest, about: CallPurpose, form: RequestCallForm, *, status: int = 200
) -> HttpResponse:
    user: Any = request.user
    calls = call_backs.heard(data_request, about, by=user)
    context = case(request, data_request, "review") | {
        "form": form,
        "about": about.value,
        "refusal": desk_refusal(user, Permission.REVIEW_REQUEST, data_request)
        or call_backs.about_refusal(data_request, about),
        "calls": calls,
        "vouches": any(row.waits and not row.refusal for row in calls),
        "others": [p for p in call_backs.PURPOSES if p != about and not call_backs.about_refusal(data_request, p)],
        "given": data_request.emergency or {},
        "destination": confirming.destination_words(data_request),
    }
    return render(request, "staff/call_back.html", context, status=status)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def call_second(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Vouch for a call as the second person; a GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    data_request = visible(request, reference)
    call = get_object_or_404(CallBack, pk=pk, about_reference=data_request.reference)
    if request.method == "POST":
        _needs(user, Permission.REVIEW_REQUEST, Permission.APPROVE_DECISION)
        try:
            call_backs.second(call, by=user)
            messages.success(request, "You vouched for this call as the second person. It counts now.")
        except PortalError as error:
            messages.error(request, str(error))
    about = call.purpose if call.purpose in _ABOUT else CallPurpose.REQUEST
    return redirect(f"{reverse('staff:call_back', args=[data_request.reference])}?about={about}")


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def minimum_data(request: HttpRequest, reference: str) -> HttpResponse:
    """Show why each kind of records averts the harm; a POST states it, by whoever reviews the request."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method == "POST":
        _needs(user, Permission.REVIEW_REQUEST)
    if not confirming.is_emergency(data_request):
        messages.info(request, "Only an emergency needs this.")
        return redirect("staff:request", data_request.reference)
    known = EmergencyCase.objects.filter(data_request=data_request).select_related("minimum_by").first()
    categories = confirming.granted_categories(data_request)
    form = MinimumForm(request.POST or None, categories=categories, initial=_stated(known))
    if request.method == "POST" and form.is_valid():
        try:
            minimum.state(data_request, why=form.why(), left_out=form.cleaned_data["left_out"], by=user)
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The minimum data is stated. Who approves reads it.")
            return redirect("staff:request", data_request.reference)
    if request.method != "POST":
        looked(request, data_request, "minimum data")
    context = case(request, data_request, "review") | {
        "form": form, "categories": categories, "known": known, "stated": minimum.rows_of(known),
        "refusal": review_refusal(user, data_request),
        "why_data": (data_request.emergency or {}).get("why_data", ""),
    }  # fmt: skip
    return render(request, "staff/minimum.html", context, status=422 if form.errors else 200)


def _stated(known: EmergencyCase | None) -> dict[str, str]:
    """Return what was stated before, as the form shows it."""
    if known is None:
        return {}
    return {f"why_{name}": words for name, words in known.minimum_why.items()} | {"left_out": known.minimum_note}
