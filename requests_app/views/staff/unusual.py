"""The weekly report of unusual acts: the list of weeks, one week, one finding with what came of it, and a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Audience, access
from accounts.models import User
from accounts.permissions import Permission
from accounts.trail_filter import Filter
from foundation.audit.trail import record
from foundation.core.errors import PortalError
from requests_app import unusual_rules as rules
from requests_app.events import Event
from requests_app.forms.unusual import CloseForm, FindingForm
from requests_app.models import UnusualFinding, UnusualReport
from requests_app.services import unusual as service

SHOWN = 60


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def unusual(request: HttpRequest) -> HttpResponse:
    """List the weeks, newest first, and how many findings of each wait."""
    user: Any = request.user
    rows = service.with_counts(service.visible(user)).select_related("provider", "done_by")
    context = {"reports": rows.order_by("-week", "provider__name")[:SHOWN], "kinds": service.kinds()}
    return render(request, "staff/unusual.html", context)


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_safe
def report(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one week: its findings, its sums beside those before, and who read the log."""
    row = _report(request, uid)
    record(Event.VIEWED, by=_user(request), obj=row, data={"page": "weekly report"})
    return _draw(request, row, CloseForm())


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that the week was reviewed."""
    row = _report(request, uid)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            service.close(row, note=form.cleaned_data["note"], by=_user(request))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The week is closed.")
            return redirect("staff:unusual")
    row.refresh_from_db()
    return _draw(request, row, form, status=422)


@access(Audience.STAFF, permission=Permission.READ_TRAIL)
@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one finding; a POST writes what came of it."""
    rows = UnusualFinding.objects.filter(report__in=service.visible(_user(request)))
    row = get_object_or_404(rows.select_related("report__provider", "user", "looked_by"), uid=uid)
    form = FindingForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        record(Event.VIEWED, by=_user(request), obj=row, data={"page": "finding"})
        return _draw_finding(request, row, form)
    if form.is_valid():
        try:
            service.look(row, note=form.cleaned_data["note"], by=_user(request))
        except PortalError as error:
            form.add_error(None, str(error))
            row.refresh_from_db()
        else:
            messages.success(request, "Written down.")
            return redirect("staff:unusual_report", row.report.uid)
    return _draw_finding(request, row, form, status=422)


@access(Audience.STAFF, permission=Permission.READ_TRAIL, download=True)
@require_safe
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand out the week as CSV; that leaves an entry."""
    row = _report(request, uid)
    answer = HttpResponse(service.take(row, by=_user(request)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="unusual-{row.week:%Y-%m-%d}.csv"'
    return answer


def _user(request: HttpRequest) -> Any:
    return request.user


def _report(request: HttpRequest, uid: UUID) -> UnusualReport:
    return get_object_or_404(service.visible(_user(request)).select_related("provider", "done_by"), uid=uid)


def _draw(request: HttpRequest, row: UnusualReport, form: CloseForm, *, status: int = 200) -> HttpResponse:
    found = list(row.findings.select_related("user", "looked_by"))
    readers = row.figures.get("readers", [])
    names = {user.pk: user for user in User.objects.filter(pk__in=[person for person, _number in readers])}
    context = {
        "report": row,
        "last_day": row.week + rules.WEEK - rules.WEEK / 7,
        "findings": [(one, rules.words_of(one.kind, one.facts)) for one in found],
        "totals": [
            (words, *row.figures.get("totals", {}).get(name, (0, None))) for name, (words, _) in service.TOTALS.items()
        ],
        "readers": [(names[person], number) for person, number in readers if person in names],
        "form": form,
        "kinds": service.kinds(),
        "weeks": rules.WEEKS,
        "begins": service.begins_within(row),
    }
    return render(request, "staff/unusual_report.html", context, status=status)


def _draw_finding(request: HttpRequest, row: UnusualFinding, form: FindingForm, *, status: int = 200) -> HttpResponse:
    rule = rules.RULES[rules.UnusualKind(row.kind)]
    context = {
        "finding": row,
        "words": rules.words_of(row.kind, row.facts),
        "how": rule.how,
        "trail_url": f"{reverse('accounts:trail')}?{_asked(row, rule).query()}",
        "own": row.user_id == request.user.pk,
        "form": form,
    }
    return render(request, "staff/unusual_finding.html", context, status=status)


def _asked(row: UnusualFinding, rule: rules.Rule) -> Filter:
    """Return what to ask the log for; what is withheld from this reader is withheld there."""
    first, last = row.report.week, row.report.week + rules.WEEK - rules.WEEK / 7
    if row.kind == rules.UnusualKind.PAIR:
        first -= rules.WEEKS * rules.WEEK
    outcome = "not_ok" if row.kind == rules.UnusualKind.REFUSED else ""
    return Filter(
        since=first.isoformat(),
        until=last.isoformat(),
        actor=row.user.email,
        group=rule.group,
        action=rule.action,
        outcome=outcome,
    )
