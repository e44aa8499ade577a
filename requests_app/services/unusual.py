"""The weekly report of unusual acts (SEC-26, CJIS AU-6): made on Mondays from the trail, looked at by auditors.

A finding accuses nobody: it asks somebody else to look, and to write what came of it.
"""

import csv
import io
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.events import Event as AccountEvent
from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.statistics import safe_cell
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.legal.deadlines import business_days
from foundation.providers.models import Provider
from requests_app import unusual_rules as rules
from requests_app.events import Event
from requests_app.models import UnusualFinding, UnusualReport
from requests_app.notify import unusual as notify
from requests_app.services import unusual_acts, unusual_week
from requests_app.unusual_rules import UnusualKind, words_of

logger = logging.getLogger(__name__)

# Reports of weeks that nobody made, because the portal stood still, are made up for so many weeks.
MISSED = 8
# Monday, 06:00 UTC: entries of the night are sealed, the desk has not begun.
HOUR = timedelta(hours=6)
_NO_RIGHT = "You do not have the right to do this."
TOTALS = {
    "looks": ("Looks at requests, people and files", unusual_week.LOOKS),
    "files": ("Exports and downloads", unusual_week.FILES),
    "searches": ("Searches for accounts", frozenset({Event.MATCHED})),
    "decisions": ("Decisions signed", unusual_week.DECIDED),
    "trail": ("Looks into the audit log", frozenset({AccountEvent.TRAIL_READ})),
}


def sweep(*, at: datetime | None = None) -> int:
    """Make the reports that are due, each once, and remind of those that nobody has looked at; return how many."""
    at = at or timezone.now()
    last = _last_week(at)
    made = sum(
        _made(provider, week, at) for provider in Provider.objects.order_by("pk") for week in _due(provider, last)
    )
    return made + _remind(at)


def _last_week(at: datetime) -> date:
    """Return the Monday on which the last week began whose report is due."""
    moment = (at - HOUR).astimezone(UTC).date()
    return moment - timedelta(days=moment.weekday() + 7)


def _due(provider: Provider, last: date) -> Iterable[date]:
    newest = UnusualReport.objects.filter(provider=provider).order_by("-week").values_list("week", flat=True).first()
    if newest is None:
        # A week of which the log holds nothing would read as one in which nothing was unusual.
        begins = unusual_week.begins()
        return [last] if begins is not None and begins < unusual_week.Week(provider, last).end else []
    weeks = [newest + timedelta(weeks=n) for n in range(1, (last - newest).days // 7 + 1)]
    return weeks[-MISSED:]


def _made(provider: Provider, week: date, at: datetime) -> int:
    try:
        make(provider, week, at=at)
    except IntegrityError:  # another worker was faster
        return 0
    except Exception:  # one company's report must not keep the others waiting
        logger.exception("The weekly report of %s could not be made", provider.slug)
        return 0
    return 1


@transaction.atomic
def make(provider: Provider, first: date, *, at: datetime) -> UnusualReport:
    """Make the report of the week that begins on this Monday, and tell the auditors that it is there."""
    week = unusual_week.read(provider, first)
    report = UnusualReport.objects.create(
        provider=provider,
        week=first,
        made_at=at,
        figures={"totals": _totals(week), "readers": _readers(week)},
        remind_at=business_days(at, rules.REMIND_DAYS, provider.calendar).at,
        escalate_at=business_days(at, rules.ESCALATE_DAYS, provider.calendar).at,
    )
    found = unusual_acts.find(week)
    UnusualFinding.objects.bulk_create(
        UnusualFinding(report=report, kind=one.kind, user_id=one.user, facts=one.facts) for one in found
    )
    record(Event.REPORT_MADE, by=None, obj=report, data={"week": first.isoformat(), "findings": len(found)}, at=at)
    notify.made(report, at=at)
    return report


def visible(user: User) -> QuerySet[UnusualReport]:
    """Return the reports this person reads: of the own companies, for who reads the trail."""
    if not has_permission(user, Permission.READ_TRAIL):
        return UnusualReport.objects.none()
    return UnusualReport.objects.filter(provider__in=user.staff_roles.filter(ended_at=None).values("provider"))


def waiting(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: reports that nobody has closed."""
    return [visible(user).filter(done_at=None)]


@transaction.atomic
def look(finding: UnusualFinding, *, note: str, by: User, at: datetime | None = None) -> UnusualFinding:
    """Write what came of a finding; never one about oneself, and once."""
    at = at or timezone.now()
    if not note.strip():
        raise Incomplete("Write what came of it.")
    locked: UnusualFinding = UnusualFinding.objects.select_for_update().get(pk=finding.pk)
    if not visible(by).filter(pk=locked.report_id).exists():
        raise NotAllowed(_NO_RIGHT)
    if locked.user_id == by.pk:
        raise NotAllowed("This is about yourself: somebody else looks at it.")
    if locked.looked_at is not None:
        raise NotAllowed("Somebody has looked at this already: read what came of it.")
    locked.looked_at, locked.looked_by, locked.note = at, by, note.strip()
    locked.save(update_fields=["looked_at", "looked_by", "note"])
    record(Event.FINDING_LOOKED_AT, by=by, obj=locked, data={"kind": locked.kind}, at=at)
    return locked


@transaction.atomic
def close(report: UnusualReport, *, note: str, by: User, at: datetime | None = None) -> UnusualReport:
    """Say that the week was reviewed; every finding has been looked at before."""
    at = at or timezone.now()
    if not note.strip():
        raise Incomplete("Write what the review of this week came to.")
    locked: UnusualReport = UnusualReport.objects.select_for_update().get(pk=report.pk)
    if not visible(by).filter(pk=locked.pk).exists():
        raise NotAllowed(_NO_RIGHT)
    if locked.done_at is not None:
        raise NotAllowed("Somebody has closed this report already.")
    if left := locked.findings.filter(looked_at=None).count():
        raise Incomplete(f"Look at every finding first: {left} left.")
    locked.done_at, locked.done_by, locked.note = at, by, note.strip()
    locked.save(update_fields=["done_at", "done_by", "note"])
    record(Event.REPORT_CLOSED, by=by, obj=locked, at=at)
    return locked


def take(report: UnusualReport, *, by: User, at: datetime | None = None) -> bytes:
    """Return the report as CSV, and leave an entry of who took it."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["Week (Monday, UTC)", "What", "Whose acts", "Figures", "Looked at (UTC)", "By", "What came of it"])
    for row in report.findings.select_related("user", "looked_by"):
        looked = f"{row.looked_at:%Y-%m-%d %H:%M}" if row.looked_at else ""
        by_whom = row.looked_by.get_full_name() if row.looked_by else ""
        cells = (
            report.week.isoformat(), row.get_kind_display(), row.user.get_full_name(), words_of(row.kind, row.facts),
            looked, by_whom, row.note,
        )  # fmt: skip
        lines.writerow([safe_cell(cell) for cell in cells])
    content = out.getvalue().encode("utf-8-sig")
    record(Event.REPORT_TAKEN, by=by, obj=report, data={"bytes": len(content)}, at=at)
    return content


def _totals(week: unusual_week.Week) -> dict[str, list[int | None]]:
    """Return the desk's sums of the week beside the median of the weeks before; none while there are too few."""
    found: dict[str, list[int | None]] = {}
    for name, (_words, actions) in TOTALS.items():
        now = sum(len(acts) for acts in week.by_person(actions).values())
        found[name] = [now, unusual_week.usual_of_desk(week, actions)]
    return found


def _readers(week: unusual_week.Week) -> list[list[int]]:
    read = Counter({person: len(acts) for person, acts in week.by_person([AccountEvent.TRAIL_READ]).items()})
    return [[person, number] for person, number in read.most_common()]


def _remind(at: datetime) -> int:
    """Remind auditors, and later tell administrators, of reports that nobody has closed; each once."""
    done = 0
    for name, due, tell in (("reminded_at", "remind_at", notify.waits), ("escalated_at", "escalate_at", notify.unread)):
        rows = UnusualReport.objects.filter(**{"done_at": None, name: None, f"{due}__lte": at})
        for pk in list(rows.values_list("pk", flat=True)):
            with transaction.atomic():
                report = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
                if report is None:
                    continue
                setattr(report, name, at)
                report.save(update_fields=[name])
                record(Event.REPORT_REMINDED, by=None, obj=report, data={"to": name.removesuffix("_at")}, at=at)
                tell(report, at=at)
                done += 1
    return done


def begins_within(report: UnusualReport) -> datetime | None:
    """Return when the log began, where that is within the weeks that the report is read from; None otherwise."""
    begins = unusual_week.begins()
    return begins if begins is not None and begins > unusual_week.Week(report.provider, report.week).before else None


def kinds() -> list[tuple[str, str]]:
    """Return what each kind is called and how it is found, for the page."""
    return [(str(kind.label), rules.RULES[kind].how) for kind in UnusualKind]


def with_counts(reports: QuerySet[UnusualReport]) -> QuerySet[UnusualReport]:
    """Return the reports, each with how many findings it has and how many of them wait."""
    waits = Count("findings", filter=Q(findings__looked_at=None))
    return reports.annotate(number=Count("findings"), left=waits)
