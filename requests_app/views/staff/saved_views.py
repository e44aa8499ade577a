"""The person's own views of the queue: keep the filters as they are, rename, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app import queue_choices
from requests_app.forms.queue import ViewNameForm
from requests_app.models import SavedView
from requests_app.queue_filters import Filters
from requests_app.services import saved_views as service
from requests_app.views.staff.queue import queue_address


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the person's own views with what each asks for."""
    user: Any = request.user
    choices = queue_choices.read(user)
    rows = [
        {"view": view, "words": choices.sentence(filters), "url": queue_address(filters)}
        for view in SavedView.objects.filter(user=user)
        for filters in (Filters.of_query(view.query),)
    ]
    return render(request, "staff/saved_views.html", {"rows": rows, "most": service.MOST})


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    user: Any = request.user
    filters = Filters.read(request.GET)
    form = ViewNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            view = service.save(filters, name=form.cleaned_data["name"], by=user)
        except PortalError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The view {view.name} stands above the queue now.")
            return redirect(queue_address(filters))
    context = {
        "form": form,
        "words": queue_choices.read(user).sentence(filters),
        "query": filters.query(),
        "back": queue_address(filters),
    }
    return render(request, "staff/saved_view_new.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename one's own view; one that is not there leads back to those that are."""
    user: Any = request.user
    view = SavedView.objects.filter(user=user, pk=pk).first()
    if view is None:
        messages.info(request, "This view is not there any more.")
        return redirect("staff:saved_views")
    form = ViewNameForm(request.POST if request.method == "POST" else None, initial={"name": view.name})
    if form.is_valid():
        try:
            service.rename(view, name=form.cleaned_data["name"], by=user)
        except PortalError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "The view has its new name.")
            return redirect("staff:saved_views")
    words = queue_choices.read(user).sentence(Filters.of_query(view.query))
    context = {"form": form, "view": view, "words": words}
    return render(request, "staff/saved_view.html", context, status=422 if form.is_bound else 200)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop one's own view; pressed twice, it is gone all the same."""
    user: Any = request.user
    view = SavedView.objects.filter(user=user, pk=pk).first()
    if request.method == "POST" and view is not None:
        try:
            service.delete(view, by=user)
            messages.success(request, "The view is deleted. The requests stay where they are.")
        except PortalError as refusal:
            messages.error(request, str(refusal))
    return redirect("staff:saved_views")
