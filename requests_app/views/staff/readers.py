"""Who reads a restricted request: the named readers, how they change, and how a request becomes restricted."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.models import User
from accounts.permissions import ROLE_WORDS, Permission, Role
from foundation.core.errors import Incomplete, PortalError
from requests_app.forms.restricted import ReaderForm, RestrictForm
from requests_app.models import DataRequest
from requests_app.permissions import may_write_notes
from requests_app.services import readers as service
from requests_app.views.staff.common import case, looked, visible


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def readers(request: HttpRequest, reference: str) -> HttpResponse:
    """Show who reads it and why it is restricted; or offer a reviewer to restrict it."""
    data_request = visible(request, reference)
    looked(request, data_request, "readers")
    return _draw(request, data_request)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, reference: str, act: str) -> HttpResponse:
    """Add or remove one reader; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method == "POST" and not may_write_notes(user):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("staff:readers", data_request.reference)
    form = _reader_form(data_request, adding=act == "add", data=request.POST)
    if not form.is_valid():
        return _again(request, data_request, form, act)
    verb = service.add if act == "add" else service.remove
    try:
        verb(data_request, form.chosen, reason=form.cleaned_data["reason"], by=user)
        said = "reads it now" if act == "add" else "does not read it any more"
        messages.success(request, f"{form.chosen.get_full_name()} {said}.")
    except PortalError as error:
        form.add_error(None, str(error))
        return _again(request, data_request, form, act)
    if form.chosen == user:
        return redirect("staff:queue")
    return redirect("staff:readers", data_request.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_REQUEST, step_up=True)
@require_http_methods(["GET", "HEAD", "POST"])
def restrict(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave a request to named people; a GET is somebody who comes back from the second factor."""
    user: Any = request.user
    data_request = visible(request, reference)
    if request.method != "POST":
        return redirect("staff:readers", data_request.reference)
    form = RestrictForm(request.POST, people=_people(service.candidates(data_request), without=[user]))
    if not form.is_valid():
        return _draw(request, data_request, status=422, restrict_form=form)
    try:
        service.restrict(data_request, because=form.because, people=form.chosen, by=user)
        messages.success(request, "Only the named readers find this request now.")
    except Incomplete as missing:
        form.add_error("people", str(missing))
        return _draw(request, data_request, status=422, restrict_form=form)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff:readers", data_request.reference)


def _again(request: HttpRequest, data_request: DataRequest, form: ReaderForm, act: str) -> HttpResponse:
    """Show what was typed with what is wrong with it."""
    adding = act == "add"
    return _draw(request, data_request, status=422, add=form if adding else None, remove=None if adding else form)


def _reader_form(data_request: DataRequest, *, adding: bool, data: Any = None) -> ReaderForm:
    named = service.staff_readers(data_request)
    people = _people(service.candidates(data_request), without=named) if adding else _people(named)
    return ReaderForm(data, people=people, adding=adding, prefix="add" if adding else "remove")


def _people(found: list[User], *, without: list[User] | None = None) -> list[tuple[User, str]]:
    """Return people with their roles in words."""
    left_out = {person.pk for person in without or []}
    return [(person, _roles(person)) for person in found if person.pk not in left_out]


def _roles(person: User) -> str:
    held = sorted({row.role for row in person.staff_roles.filter(ended_at=None)})
    return ", ".join(ROLE_WORDS[Role(role)].lower() for role in held)


def _draw(
    request: HttpRequest,
    data_request: DataRequest,
    *,
    status: int = 200,
    add: ReaderForm | None = None,
    remove: ReaderForm | None = None,
    restrict_form: RestrictForm | None = None,
) -> HttpResponse:
    user: Any = request.user
    context = case(request, data_request, "readers")
    if data_request.restricted:
        may_change = service.change_refusal(data_request, by=user) is None
        readable = service.staff_readers(data_request)
        context |= {
            "named": _people(readable),
            "kept_away": (away := service.kept_away(data_request)),
            "uncovered": not service.covers(data_request, [p for p in readable if p.pk not in away]),
            "may_change": may_change,
            "add": add or (_reader_form(data_request, adding=True) if may_change else None),
            "remove": remove or (_reader_form(data_request, adding=False) if may_change else None),
        }
    elif service.restrict_refusal(data_request, by=user) is None:
        people = _people(service.candidates(data_request), without=[user])
        context["restrict"] = restrict_form or RestrictForm(people=people)
    return render(request, "staff/readers.html", context, status=status)
