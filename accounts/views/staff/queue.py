"""The queue of applications: the oldest promise first, whose each is, and what is overdue."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, signed_in
from accounts.deadlines import DeskDays, desk
from accounts.enums import ApplicationStatus, SignalOutcome
from accounts.forms.vetting import AssignForm, QueueFilter
from accounts.models import AccessApplication, User
from accounts.permissions import Permission
from accounts.services import takers, vetting
from accounts.views.staff.paging import Page, page_of
from accounts.views.staff.review import one, posted_from_review
from foundation.core.errors import PortalError
from foundation.legal.countries import jurisdiction_names

_OPEN = ("submitted", "in_review", "awaiting_approval", "action_needed")
_WAITING = _OPEN[:3]
_REVIEWED = _OPEN[:2]
_SHORTEST = 3
_READ_AS = str.maketrans("ILO", "110")
_CASES = {
    "first": Q(appealed_at=None, reverify_started_at=None),
    "again": Q(appealed_at=None, reverify_started_at__isnull=False),
    "appeal": Q(appealed_at__isnull=False),
}


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Applications that wait for us, the oldest promise first."""
    user, now, days = signed_in(request), timezone.now(), desk()
    waiting = AccessApplication.objects.visible_to(user).waiting()
    form = QueueFilter(request.GET or None, reviewers=_reviewers(user), countries=_countries(waiting))
    rows = _filtered(AccessApplication.objects.visible_to(user), form, user, now)
    page = _urgent_first(rows, request)
    able = takers.takers(page.rows)
    context = {
        "page": page,
        "form": form,
        "tally": _tally(waiting, now, days),
        "desk": days,
        "takeable": {row.pk for row in page.rows if user.pk in able[row.pk] and _is_free(row, user)},
        "stuck": {row.pk for row in page.rows if row.appealed_at and row.status in _REVIEWED and not able[row.pk]},
    }
    return render(request, "accounts/staff/applications.html", context)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_http_methods(["GET", "HEAD", "POST"])
@posted_from_review
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take an application into review."""
    application = one(request, reference)
    try:
        vetting.take(application, by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:review", application.reference)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Give an application to a colleague."""
    application, user = one(request, reference), signed_in(request)
    people = [person for person in vetting.colleagues(application) if person.pk != application.reviewer_id]
    form = AssignForm(request.POST or None, colleagues=people)
    if form.is_valid():
        try:
            vetting.assign(application, to=form.colleague, by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%s reviews it now.") % form.colleague.get_full_name())
            return redirect("accounts:review", application.reference)
    context = {"application": application, "form": form, "mine": application.reviewer_id == user.pk}
    return render(request, "accounts/staff/assign.html", context, status=422 if request.method == "POST" else 200)


@access(Audience.STAFF, permission=Permission.REVIEW_APPLICATION)
@require_http_methods(["GET", "HEAD", "POST"])
@posted_from_review
def hand_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Give an application back to the queue."""
    application = one(request, reference)
    try:
        vetting.hand_back(application, by=signed_in(request))
    except PortalError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:review", application.reference)
    messages.success(request, _("%s is back in the queue.") % application.reference)
    return redirect("accounts:applications")


def _urgent_first(rows: QuerySet[AccessApplication], request: HttpRequest) -> Page[AccessApplication]:
    """Return a page of the queue; on top of the first one stand those behind an emergency, whatever is overdue."""
    page = page_of(rows.filter(urgent_at=None), request, keys=("due_at", "pk"))
    urgent = rows.filter(urgent_at__isnull=False).order_by("due_at", "pk")
    if "after" in request.GET:
        return replace(page, total=page.total + urgent.count())
    first = list(urgent)
    return replace(page, rows=[*first, *page.rows], total=page.total + len(first))


def _is_free(row: AccessApplication, user: User) -> bool:
    """Say whether this person is offered to take it: what was sent again goes on with who reviewed it."""
    new = row.status == ApplicationStatus.SUBMITTED and row.reviewer_id in {None, user.pk}
    return new or (row.status == ApplicationStatus.IN_REVIEW and row.reviewer_id is None)


def _filtered(
    rows: QuerySet[AccessApplication], form: QueueFilter, user: User, now: datetime
) -> QuerySet[AccessApplication]:
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    if form.is_bound and "q" in form.errors:  # words that are too long are in no application
        return rows.none()
    status = said.get("status")
    rows = rows.filter(status__in=_OPEN if status == "open" else [status] if status else _WAITING)
    if who := said.get("reviewer"):
        rows = rows.filter(reviewer={"me": user.pk, "nobody": None}.get(who, who))
    if country := said.get("country"):
        rows = rows.filter(Q(agency__country=country) | Q(agency=None, proposed_agency__country=country))
    if case := said.get("case"):
        rows = rows.filter(_CASES[case])
    if verdict := said.get("verdict"):
        rows = rows.filter(verdict=verdict)
    only = said.get("only", [])
    if "overdue" in only:
        rows = rows.filter(due_at__lt=now, status__in=_WAITING)
    rows = rows.annotate(failed=Count("signals", filter=Q(signals__outcome=SignalOutcome.FAIL)))
    if "failed" in only:
        rows = rows.filter(failed__gt=0)
    return _with_words(rows, said.get("q", "").strip()).select_related("agency", "reviewer")


def _with_words(rows: QuerySet[AccessApplication], words: str) -> QuerySet[AccessApplication]:
    """Find every word, in any order, in the name, the agency or the e-mail, or a part of the reference."""
    if not words:
        return rows
    rows = rows.annotate(plain_reference=Replace("reference", Value("-")))
    everything = Q()
    for word in words.split():
        everything &= (
            Q(full_name__icontains=word)
            | Q(email__icontains=word)
            | Q(agency__name__icontains=word)
            | Q(agency=None, proposed_agency__name__icontains=word)
            | _reference_with(word)
        )
    return rows.filter(everything | _reference_with(words))


def _reference_with(text: str) -> Q:
    """Match a part of a reference, in any case, with or without dashes and spaces, and with O for 0 and I for 1."""
    part = "".join(text.upper().replace("-", " ").split()).translate(_READ_AS)
    return Q(plain_reference__contains=part) if len(part) >= _SHORTEST and part.isalnum() else Q(pk=None)


def _tally(waiting: QuerySet[AccessApplication], now: datetime, days: DeskDays) -> dict[str, int]:
    """Count what waits for us, what is overdue, and what is due before the desk's day ends."""
    zone = ZoneInfo(days.calendar.time_zone)
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone)
    return waiting.order_by().aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        today=Count("pk", filter=Q(due_at__gte=now, due_at__lt=midnight)),
    )


def _reviewers(user: User) -> list[tuple[str, str]]:
    """Return the colleagues who may review, or review something now."""
    able = User.objects.holding([Permission.REVIEW_APPLICATION]).exclude(pk=user.pk).order_by("full_name", "pk")
    return [(str(person.pk), person.get_full_name()) for person in able]


def _countries(waiting: QuerySet[AccessApplication]) -> list[tuple[str, str]]:
    """Return the countries of what waits for us, by name."""
    country = Coalesce("agency__country", KeyTextTransform("country", "proposed_agency"), output_field=CharField())
    codes = waiting.order_by().annotate(country=country).values_list("country", flat=True).distinct()
    names = jurisdiction_names()
    return sorted(((code, names.get(code, code)) for code in filter(None, codes)), key=lambda pair: pair[1])
