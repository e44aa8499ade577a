"""Reports of browsers about what the policy of a page stopped: read, reduced to what tells, counted, told of.

Anybody may send them, so they are hints and no evidence: bounded in size and number, and shown as text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.events import Event
from accounts.models import BrowserReport, User
from accounts.permissions import Permission
from accounts.services.limits import Limit, try_once
from foundation.audit.trail import record
from foundation.notifications.outbox import send

LONGEST = 16 * 1024  # bytes of one call; browsers bundle a few reports
KEPT = timedelta(days=90)
MOST_KINDS = 300  # what is invented after that is counted as one
TYPES = ("application/csp-report", "application/reports+json")
_PER_CALL = 20
_LIMIT = Limit("browser_reports", most=60, within=timedelta(hours=1))
_NETWORKS = {4: 24, 6: 48}
_DIRECTIVE = re.compile(r"[a-z][a-z-]{2,39}")
_HOST = re.compile(r"[a-z0-9.\-:\[\]]{1,90}")
_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_WORD = re.compile(r"[a-z][a-z0-9-]{1,30}")
_OTHERS = ("others", "others", "others")
# One statement: two reports at the same moment are counted as two; xmax is 0 where the row is new.
_COUNT = """
INSERT INTO accounts_browserreport AS r (directive, blocked, page, count, first_at, last_at)
VALUES (%s, %s, %s, 1, %s, %s)
ON CONFLICT (directive, blocked, page) DO UPDATE
SET count = LEAST(r.count::bigint + 1, 2147483647), last_at = GREATEST(r.last_at, EXCLUDED.last_at)
RETURNING id, xmax = 0
"""


@dataclass(frozen=True)
class Report:
    """What is kept of a report."""

    directive: str
    blocked: str
    page: str


def may_report(place: str, *, at: datetime | None = None) -> bool:
    """Count one call of a network and say whether it is within the limit."""
    try:
        address = ip_address(place)
        key = str(ip_network(f"{address}/{_NETWORKS[address.version]}", strict=False))
    except ValueError:
        key = "unknown"
    return try_once(_LIMIT, key, at=at)


def read(body: bytes) -> list[Report]:
    """Return what a call reports of our own pages, in either form that browsers use; nothing where it is neither."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = dict.fromkeys(report for fields in _fields(said) if (report := _report(*fields)) is not None)
    return list(found)[:_PER_CALL]


@transaction.atomic
def note(reports: list[Report], *, at: datetime | None = None) -> int:
    """Count the reports; a kind seen for the first time goes into the trail and to administrators. Return how many."""
    at = at or timezone.now()
    new = 0
    for report in reports:
        known = (report.directive, report.blocked, report.page)
        if BrowserReport.objects.count() >= MOST_KINDS and not BrowserReport.objects.filter(
            directive=report.directive, blocked=report.blocked, page=report.page
        ):
            known = _OTHERS
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [*known, at, at])
            pk, fresh = cursor.fetchone()
        if fresh:
            new += 1
            record(
                Event.BROWSER_REPORTED, by=None, obj=BrowserReport(pk=pk), outcome="refused",
                data=dict(zip(("directive", "blocked", "page"), known, strict=True)), at=at,
            )  # fmt: skip
    if new:
        _tell(at)
    return new


def forget_old(*, at: datetime) -> int:
    """Delete kinds that no browser has reported for 90 days."""
    return BrowserReport.objects.filter(last_at__lt=at - KEPT).delete()[0]


def _tell(at: datetime) -> None:
    """Tell administrators, once a day at most: whoever invents reports fills no mailbox."""
    for person in User.objects.holding([Permission.MANAGE_SETTINGS]).order_by("pk"):
        key = f"browser_report:{at:%Y-%m-%d}:{person.pk}"
        send("browser_report", dedupe_key=key, to_user=person, context={"at": at}, at=at)


def _fields(said: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield directive, blocked address and page of each report."""
    if isinstance(said, dict) and isinstance(old := said.get("csp-report"), dict):
        directive = old.get("effective-directive") or str(old.get("violated-directive", "")).partition(" ")[0]
        yield directive, old.get("blocked-uri"), old.get("document-uri")
    for one in said[: 5 * _PER_CALL] if isinstance(said, list) else ():
        if isinstance(one, dict) and one.get("type") == "csp-violation" and isinstance(body := one.get("body"), dict):
            yield body.get("effectiveDirective"), body.get("blockedURL"), body.get("documentURL")


def _report(directive: Any, blocked: Any, page: Any) -> Report | None:
    """Return a report without paths, ids and queries; None where it is not about a page of ours."""
    where = _page(str(page or ""))
    if not where or not _DIRECTIVE.fullmatch(str(directive or "")):
        return None
    return Report(str(directive), _origin(str(blocked or "")), where)


def _page(address: str) -> str:
    ours = urlsplit(settings.PUBLIC_URL)
    try:
        parts = urlsplit(address)
        if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
            return ""
        return resolve(parts.path).view_name[:80]
    except (ValueError, Resolver404):
        return ""


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address.lower())
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "other"
    if parts.scheme in _SCHEMES and _HOST.fullmatch(host):
        return f"{parts.scheme}://{host}"
    if parts.scheme and _WORD.fullmatch(parts.scheme):
        return parts.scheme
    return address if _WORD.fullmatch(address) else "other"
