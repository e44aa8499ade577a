"""A lead's own pages: who has access in the agency, vouching for colleagues, and the desks."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.forms.members import DeskForm, DeskMemberForm, RemoveForm, VouchForm
from accounts.models import AgencyMembership, Desk, Vouch
from accounts.permissions import Permission
from accounts.querysets import may_act
from accounts.services import leads, members
from foundation.core.errors import PortalError

_lead = access(Audience.OFFICER, permission=Permission.LEAD_AGENCY)
_lead_again = access(Audience.OFFICER, permission=Permission.LEAD_AGENCY, step_up=True)
_MOST = 200


@_lead
@require_safe
def agency(request: HttpRequest) -> HttpResponse:
    """Who has access in this agency; badge numbers and documents are the desk's alone."""
    user: Any = signed_in(request)
    members.note_members_listed(user.membership.agency, by=user)
    rows = _members(request).order_by("user__full_name", "pk")
    found = [(member, not members.remove_refusal(member, user)) for member in rows]
    context = {"agency": user.membership.agency, "members": found, "tab": "members"}
    return render(request, "accounts/lead/agency.html", context)


@_lead_again
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """End the access of a colleague who left."""
    user = signed_in(request)
    member = get_object_or_404(_members(request), pk=pk)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            members.remove(member, by=user, reason=form.cleaned_data["reason"])
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The access of %s has ended.") % member.user.get_full_name())
            return redirect("accounts:my_agency")
    context = {"form": form, "member": member, "refusal": members.remove_refusal(member, user)}
    return render(request, "accounts/lead/remove.html", context, status=422 if form.is_bound else 200)


@_lead
@require_http_methods(["GET", "POST"])
def vouches(request: HttpRequest) -> HttpResponse:
    """Say which addresses belong to colleagues; who applied is not told here."""
    user: Any = signed_in(request)
    form = VouchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            leads.vouch(by=user, **form.cleaned_data)
        except PortalError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("Saved. We see it if somebody applies with this address."))
            return redirect("accounts:vouches")
    own = Vouch.objects.visible_to(user).order_by("-made_at", "-pk")[:_MOST]
    domains = user.membership.agency.domains.order_by("domain")
    context = {"form": form, "vouches": own, "domains": domains, "tab": "vouches"}
    return render(request, "accounts/lead/vouches.html", context, status=422 if form.is_bound else 200)


@_lead
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a vouch back."""
    said = get_object_or_404(Vouch.objects.visible_to(signed_in(request)), pk=pk)
    if request.method == "POST":
        leads.withdraw(said, by=signed_in(request))
        messages.success(request, _("You took it back."))
    return redirect("accounts:vouches")


@_lead
@require_http_methods(["GET", "POST"])
def desks(request: HttpRequest) -> HttpResponse:
    """The desks of this agency, and a new one."""
    user: Any = signed_in(request)
    form = DeskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = members.make_desk(user.membership.agency, name=form.cleaned_data["name"], by=user)
        except PortalError as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("accounts:desk", made.pk)
    count = Count("members", filter=_counted(user.membership.agency_id, "members__memberships__"), distinct=True)
    rows = Desk.objects.visible_to(user).annotate(size=count).order_by("name", "pk")
    context = {"form": form, "desks": rows, "tab": "desks"}
    return render(request, "accounts/lead/desks.html", context, status=422 if form.is_bound else 200)


@_lead
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """One desk: its members and its name."""
    found, user = _desk(request, pk), signed_in(request)
    form = DeskForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if form.is_valid():
        name = form.cleaned_data["name"]
        if _done(request, form, "name", lambda: members.rename_desk(found, name=name, by=user)):
            return redirect("accounts:desk", found.pk)
    return _draw_desk(request, found, form=form)


@_lead
@require_http_methods(["GET", "POST"])
def desk_put_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a colleague into a desk."""
    found, user = _desk(request, pk), signed_in(request)
    if request.method == "GET":
        return redirect("accounts:desk", found.pk)
    form = DeskMemberForm(request.POST, members=_may_join(request, found))
    if form.is_valid():
        member = form.cleaned_data["member"]
        if _done(request, form, "member", lambda: members.put_in(found, member, by=user)):
            return redirect("accounts:desk", found.pk)
    return _draw_desk(request, found, put_form=form)


@_lead
@require_http_methods(["GET", "POST"])
def desk_take_out(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """Take a colleague out of a desk."""
    found = _desk(request, pk)
    if request.method == "POST":
        colleague = get_object_or_404(_members(request), pk=member)
        members.take_out(found, colleague, by=signed_in(request))
    return redirect("accounts:desk", found.pk)


@_lead
@require_http_methods(["GET", "POST"])
def desk_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a desk; its members keep their access."""
    found = _desk(request, pk)
    if request.method == "GET":
        return redirect("accounts:desk", found.pk)
    members.close_desk(found, by=signed_in(request))
    messages.success(request, _("The desk %s is closed.") % found.name)
    return redirect("accounts:desks")


def _members(request: HttpRequest) -> Any:
    return AgencyMembership.objects.visible_to(signed_in(request)).select_related("user", "agency")


def _counted(agency_id: int, prefix: str = "") -> Q:
    """Members who count now: vetted, of this agency, with access."""
    return may_act(timezone.now(), prefix) & Q(**{f"{prefix}agency": agency_id})


def _desk(request: HttpRequest, pk: int) -> Desk:
    return get_object_or_404(Desk.objects.visible_to(signed_in(request)), pk=pk)


def _may_join(request: HttpRequest, found: Desk) -> Any:
    rows = _members(request).filter(_counted(found.agency_id)).exclude(user__in=found.members.all())
    return rows.order_by("user__full_name", "pk")


def _done(request: HttpRequest, form: Any, field: str, act: Callable[[], object]) -> bool:
    """Do it, or show the refusal at the field."""
    try:
        act()
    except PortalError as refusal:
        form.add_error(field, str(refusal))
        return False
    messages.success(request, _("Saved."))
    return True


def _draw_desk(
    request: HttpRequest, found: Desk, *, form: DeskForm | None = None, put_form: DeskMemberForm | None = None
) -> HttpResponse:
    context = {
        "desk": found,
        "members": _members(request).filter(user__in=found.members.all()).order_by("user__full_name", "pk"),
        "form": form or DeskForm(initial={"name": found.name}),
        "put_form": put_form or DeskMemberForm(members=_may_join(request, found)),
        "tab": "desks",
    }
    bound = any(sent is not None and sent.is_bound for sent in (form, put_form))
    return render(request, "accounts/lead/desk.html", context, status=422 if bound else 200)
