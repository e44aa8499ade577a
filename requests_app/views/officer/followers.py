"""Who follows a request, while it is a draft and later; and the desk it is for."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from requests_app.enums import FollowerStatus
from requests_app.forms.following import AddressForm, ColleagueForm, DeskForm
from requests_app.models import DataRequest
from requests_app.services import desks
from requests_app.services import followers as service
from requests_app.views.officer.common import own_draft, visible_request
from requests_app.views.officer.drafts import to_request

_ASKED = "We look at it. If we agree, we write to you, and the name stands here. Until then nobody is told."


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def followers(request: HttpRequest, reference: str) -> HttpResponse:
    """Who follows a request that was sent."""
    data_request = visible_request(request, reference)
    return _page(request, data_request, reverse("officer:request", args=[data_request.reference]))


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def followers_draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Who is to follow a request once it is sent."""
    draft = own_draft(request, uid)
    if draft.status != "draft":
        return to_request(draft)
    return _page(request, draft, reverse("officer:draft", args=[draft.uid]))


def _page(request: HttpRequest, data_request: DataRequest, back: str) -> HttpResponse:
    """Draw the page; a POST does what its button says."""
    user: Any = request.user
    if why := service.refusal(data_request, user):
        messages.error(request, why)
        return redirect(back)
    action = request.POST.get("action", "")
    forms = _forms(request, data_request, action)
    form = forms.get(action)
    if form is not None and form.is_valid():
        try:
            messages.success(request, _do(data_request, action, form, user))
        except PortalError as error:
            form.add_error("email" if action == "ask" else None, str(error))
        else:
            return redirect(request.path)
    rows = service.standing(data_request)
    context = {
        "data_request": data_request,
        "back": back,
        "active": [row for row in rows if row.status == FollowerStatus.ACTIVE],
        "asked": [row for row in rows if row.status == FollowerStatus.WAITING],
        "room": data_request.provider.follower_limit - len(rows),
        "limit": data_request.provider.follower_limit,
        "may_set_desk": desks.refusal(data_request, user) is None,
        **{f"{name}_form": one for name, one in forms.items()},
    }
    return render(request, "officer/followers.html", context, status=422 if form is not None else 200)


def _forms(request: HttpRequest, data_request: DataRequest, action: str) -> dict[str, PortalForm]:
    """Return the forms of the page; only the one whose button was pressed has what was typed."""
    user: Any = request.user
    given = {name: request.POST if name == action else None for name in ("add", "ask", "desk")}
    desk = {"desk": str(data_request.desk_id or "")}
    return {
        "add": ColleagueForm(given["add"], colleagues=service.colleagues(data_request)),
        "ask": AddressForm(given["ask"]),
        "desk": DeskForm(given["desk"], desks=desks.desks_of(user), initial=desk),
    }


def _do(data_request: DataRequest, action: str, form: Any, user: Any) -> str:
    """Do what the button says; return what happened in words."""
    if action == "add":
        service.add(data_request, form.chosen, by=user)
        return f"{form.chosen.get_full_name()} can follow this request."
    if action == "desk":
        desks.file_for(data_request, form.chosen, by=user)
        return f"{form.chosen.name} sees and answers it like you." if form.chosen else "No desk has this request now."
    values = form.cleaned_data
    found = service.ask(data_request, email=values["email"], ground=values["ground"], by=user)
    if found.status == FollowerStatus.ACTIVE and found.user is not None:
        return f"{found.user.get_full_name()} can follow this request."
    return _ASKED


@access(Audience.OFFICER, permission=Permission.SEE_OWN_REQUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """End the following of somebody, or one's own; anything but the button leads to the page."""
    return _end(request, visible_request(request, reference), pk)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def end_draft(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """The same in a draft."""
    return _end(request, own_draft(request, uid), pk)


def _end(request: HttpRequest, data_request: DataRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    found = data_request.followers.filter(pk=pk).first()
    if found is None:
        raise Http404
    own = found.user_id == user.pk
    if request.method == "POST":
        try:
            service.end(found, by=user)
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "You no longer follow this request." if own else "They no longer follow it.")
    if own:
        return redirect("officer:requests")
    if data_request.status == "draft" and data_request.officer_id == user.pk:
        return redirect("officer:followers_draft", uid=data_request.uid)
    return redirect("officer:followers", reference=data_request.reference)
