"""The registry of agencies: the list, one agency with everything known of it, adding and correcting."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.agencies import named
from accounts.deadlines import NEW_NUMBER
from accounts.domain_names import DomainRefused, read_domain
from accounts.forms.agencies import AgencyFilter, FactsForm, NewAgencyForm
from accounts.models import (
    AccessApplication,
    Agency,
    AgencyDomain,
    AgencyMembership,
    AgencyNumber,
    Suspension,
    User,
)
from accounts.permissions import Permission, has_permission
from accounts.querysets import may_act
from accounts.services import agencies as service
from accounts.services import calls
from accounts.views.staff.agency_history import told
from accounts.views.staff.paging import page_in_order
from foundation.core.errors import PortalError

# How many officers and applications the page of one agency shows.
_SHOWN = 20
_IN_USE = AgencyNumber.objects.filter(agency=OuterRef("pk"), retired_at=None)
_USABLE, _WAITING = _IN_USE.filter(confirmed_at__isnull=False), _IN_USE.filter(confirmed_at=None)
_NARROWED: dict[str, Q] = {
    "power": Q(police_power_confirmed=True),
    "no_power": Q(police_power_confirmed=False),
    "no_number": ~Q(Exists(_USABLE)),
    "waiting": Q(Exists(_WAITING)),
    "no_domain": ~Q(Exists(AgencyDomain.objects.filter(agency=OuterRef("pk")))),
}


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """All agencies by name, with what is missing."""
    form = AgencyFilter(request.GET or None)
    said: dict[str, str] = form.cleaned_data if form.is_valid() else {}
    rows = _filtered(said).annotate(usable=Exists(_USABLE), waits=Exists(_WAITING)).annotate(officers=_officers())
    domains = Prefetch("domains", AgencyDomain.objects.order_by("domain"))
    page = page_in_order(rows.prefetch_related(domains), request, column="search_text")
    context = {"page": page, "form": form, "may_change": _may(request, Permission.MANAGE_AGENCIES)}
    return render(request, "accounts/staff/agencies.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(["GET", "HEAD", "POST"])
def agency_new(request: HttpRequest) -> HttpResponse:
    """Add an agency."""
    form = NewAgencyForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            added = service.add(form.facts, although_known=said["although_known"], by=signed_in(request))
        except service.KnownAlready as refusal:
            form.add_error("although_known", str(refusal))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%s is added. Give it a domain and a number.") % added.name)
            return redirect("accounts:agency", added.uid)
    return render(request, "accounts/staff/agency_new.html", {"form": form}, status=_status(request))


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def agency(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everything the registry knows of one agency; one that was merged leads to the other."""
    found = get_object_or_404(Agency.objects.select_related("merged_into", "police_power_by"), uid=uid)
    if found.merged_into is not None:
        messages.info(request, _("%s was merged into this agency.") % found.name)
        return redirect("accounts:agency", found.merged_into.uid)
    user, now = signed_in(request), timezone.now()
    service.note_read(found, by=user, at=now)
    context = _known_of(found, user, now) | _rights(found, user)
    return render(request, "accounts/staff/agency.html", context)


@access(Audience.STAFF, permission=Permission.MANAGE_AGENCIES)
@require_http_methods(["GET", "HEAD", "POST"])
def agency_correct(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Correct the facts of an agency; what somebody else saved meanwhile is shown first."""
    found = get_object_or_404(Agency, uid=uid, merged_into=None)
    if conflict := service.conflict_refusal(found, signed_in(request)):
        messages.error(request, conflict)
        return redirect("accounts:agency", found.uid)
    form = FactsForm(request.POST or None, stored=service.facts_of(found))
    changed: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            service.correct(found, form.facts, seen=form.facts_seen, by=signed_in(request))
        except service.Outdated as refusal:
            changed = _differences(form, refusal)
            form.add_error(None, str(refusal))
            form.look_again(_stored_now(refusal, form))
        except service.MailboxRefused as refusal:
            form.add_error("generic_address", str(refusal))
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:agency", found.uid)
    context = {"agency": found, "form": form, "changed": changed}
    return render(request, "accounts/staff/agency_correct.html", context, status=_status(request))


def _filtered(said: dict[str, str]) -> QuerySet[Agency]:
    rows = Agency.objects.filter(merged_into=None)
    if words := said.get("q", "").strip():
        rows = rows.filter(named(words) | Q(pk__in=_with_domain(words)))
    rows = rows.filter(**{name: said[name] for name in ("country", "kind", "status") if said.get(name)})
    return rows.filter(_NARROWED[said["show"]]) if said.get("show") else rows


def _with_domain(words: str) -> QuerySet[Any, Any]:
    """The agencies with a domain that holds these letters, or with this very one in another script."""
    letters = words.lower().rpartition("@")[2]
    same = Q(domain__contains=letters)
    with suppress(DomainRefused):
        same |= Q(domain=read_domain(letters))
    return AgencyDomain.objects.filter(same).values("agency")


def _officers() -> Coalesce:
    """How many officers of each agency have access; counted for the rows of the page only."""
    members = AgencyMembership.objects.filter(may_act(timezone.now()), agency=OuterRef("pk"))
    return Coalesce(Subquery(members.order_by().values("agency").annotate(n=Count("pk")).values("n")), 0)


def _known_of(found: Agency, user: User, now: datetime) -> dict[str, Any]:
    numbers = found.numbers.select_related("entered_by", "confirmed_by", "retired_by").order_by("-pk")
    members = AgencyMembership.objects.filter(agency=found, ended_at=None, approved_at__isnull=False)
    applications = AccessApplication.objects.visible_to(user).filter(agency=found)
    return {
        "agency": found,
        "domains": found.domains.select_related("added_by").order_by("domain"),
        "numbers": [(number, _new_until(number, now)) for number in numbers if number.retired_at is None],
        "retired": [number for number in numbers if number.retired_at is not None],
        "members": members.select_related("user", "agency").order_by("user__full_name", "pk")[:_SHOWN],
        "member_count": members.count(),
        "acting": members.filter(may_act(now)).count(),
        "applications": applications.order_by("-pk")[:_SHOWN],
        "application_count": applications.count(),
        "merged": Agency.objects.filter(merged_into=found).order_by("name"),
        "history": told(service.history(found)),
        "agency_suspension": Suspension.objects.filter(agency=found, lifted_at=None)
        .select_related("suspended_by")
        .first(),
    }


def _new_until(number: AgencyNumber, now: datetime) -> datetime | None:
    """Until when calls to this number need two people, where they still do."""
    confirmed: datetime | None = number.confirmed_at
    if confirmed is None or not calls.is_new(number, at=now):
        return None
    return confirmed + NEW_NUMBER


def _rights(found: Agency, user: User) -> dict[str, bool]:
    """What this person may do here; nothing after declaring a conflict."""
    conflict = user.conflicts.filter(agency=found, ended_at=None).exists()
    return {
        "conflict": conflict,
        "may_change": has_permission(user, Permission.MANAGE_AGENCIES) and not conflict,
        "may_confirm_power": has_permission(user, Permission.APPROVE_APPLICATION) and not conflict,
        "may_merge": has_permission(user, Permission.MANAGE_MEMBERS) and not conflict,
        "may_suspend": has_permission(user, Permission.SUSPEND_ACCESS),
    }


def _differences(form: FactsForm, refusal: service.Outdated) -> list[dict[str, Any]]:
    """What somebody else saved, beside what this person had before them and what they typed."""
    typed = form.facts
    return [
        {
            "label": form.fields[name].label,
            "seen": seen,
            "stored": stored,
            "typed": typed[name],
            "touched": form.touched(name),
        }
        for name, (seen, stored) in refusal.changes.items()
        if typed[name] != stored
    ]


def _stored_now(refusal: service.Outdated, form: FactsForm) -> dict[str, str]:
    """The facts that the difference was told against: what was seen, with what has changed since."""
    return form.facts_seen | {name: stored for name, (_seen, stored) in refusal.changes.items()}


def _may(request: HttpRequest, permission: Permission) -> bool:
    return has_permission(signed_in(request), permission)


def _status(request: HttpRequest) -> int:
    """A form that comes back has something to mend."""
    return 422 if request.method == "POST" else 200
