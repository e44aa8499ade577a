"""The desk's words on staff pages, after `{% load desk %}`.

- `{% staff_tag data_request %}`: the one status tag
- `{% frozen_badge data_request %}`, `{% frozen_words data_request %}`: that officer or agency is suspended
- `{{ code|country }}`: Norway
- `{% ago row.active_at %}`: 2 h ago, with the moment behind it
- `{{ line|covered_by }}`: Order HC 2026/441, version 2
- `{% case_time data_request as time %}`, then `{% include "staff/_clocks.html" %}` and "staff/_collisions.html"
- `{% include "staff/_exigent.html" %}`: the emergency band, on every list page of staff; it reads what it shows with
  `{% open_emergencies as band %}`
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_countries import countries

from accounts.enums import AgencyStatus
from accounts.models import CallBack
from accounts.permissions import Permission, has_permission
from foundation.core.templatetags.portal import badge, status_tag
from requests_app.enums import DataCategory, LineDecision, ProposedResult, RedirectChannel, RequestKind
from requests_app.forms.call_back import CALL_RESULTS, RESULTS
from requests_app.kind_words import (
    FULL,
    NATIONAL,
    PART,
    RECORDS,
    amount_of,
    freeze_facts,
    freeze_words,
    without_period,
    words_of,
)
from requests_app.models import DataRequest, FreezeOrder, PackageItem, Proposal, RequestLine
from requests_app.notice_rules import Timing
from requests_app.querysets import left_behind
from requests_app.queue import emergencies, on_duty
from requests_app.services import case_clocks, evidence, reexports
from requests_app.services.case_clocks import CaseTime
from requests_app.services.letters import limits_said
from requests_app.status_words import staff_status

register = template.Library()


@register.simple_tag
def staff_tag(data_request: DataRequest) -> SafeString:
    """The status as staff read it."""
    words, colour = staff_status(data_request)
    return status_tag(words, colour)


@register.simple_tag
def frozen_words(data_request: DataRequest) -> str:
    """Who is suspended, or has left: "Frozen: agency suspended"."""
    if data_request.agency.status != AgencyStatus.ACTIVE:
        return _("Frozen: agency suspended")
    left = getattr(data_request, "has_left", None)
    if left is None:  # the page of one request, where no list has asked for it
        left = DataRequest.objects.filter(left_behind(), pk=data_request.pk).exists()
    return _("Frozen: officer has left") if left else _("Frozen: officer suspended")


@register.simple_tag
def frozen_badge(data_request: DataRequest) -> SafeString:
    """The remark on a row that stands still."""
    return badge(frozen_words(data_request))


@register.filter
def country(code: str) -> str:
    """The name of a country; the code itself where there is none (EU, INT)."""
    return str(countries.name(code) or code)


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime) -> SafeString:
    """How long ago something was, in words: "35 min ago", "yesterday" (in UTC), "4 days ago"."""
    now: datetime = context.get("now") or timezone.now()
    passed, days = now - at, (now.astimezone(UTC).date() - at.astimezone(UTC).date()).days
    if passed < timedelta(minutes=1):
        words = _("just now")
    elif passed < timedelta(hours=1):
        words = _("%(n)d min ago") % {"n": passed // timedelta(minutes=1)}
    elif days == 0 or passed < timedelta(hours=6):
        words = _("%(n)d h ago") % {"n": passed // timedelta(hours=1)}
    else:
        words = _("yesterday") if days == 1 else _("%(n)d days ago") % {"n": days}
    at = at.astimezone(UTC)
    exact, read = f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{_day(at)}, {at:%H:%M} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, read, words)


@register.simple_tag(takes_context=True)
def open_emergencies(context: Context) -> dict[str, Any]:
    """Every open emergency the person at the screen may see, and who is on duty; nothing without the queue's right."""
    user = context["request"].user
    if not has_permission(user, Permission.SEE_QUEUE):
        return {}
    return {
        "rows": emergencies(user),
        "on_duty": on_duty(user),
        "may_review": has_permission(user, Permission.REVIEW_REQUEST),
        "seen": True,
    }


@register.simple_tag(takes_context=True)
def case_time(context: Context, data_request: DataRequest) -> CaseTime:
    """Every clock of a request, and where two cannot both hold; uses the questions and the hold of the page's head."""
    questions: Any = context.get("questions") or ()
    return case_clocks.read(data_request, questions=questions, hold=context.get("hold"))


@register.simple_tag
def proposed_result(proposal: Proposal, data_request: DataRequest) -> str:
    """What is proposed, in the words of the kind of request."""
    words = words_of(data_request.kind)
    if proposal.redirect_channel == RedirectChannel.NATIONAL:
        return dict(words.results)[NATIONAL]
    decided = [line["decision"] for line in json.loads(proposal.content).get("lines", [])]
    granted = proposal.result == ProposedResult.GRANT
    if words is RECORDS and granted and LineDecision.REFUSE in decided:
        return f"Disclose in part ({len(decided) - decided.count(LineDecision.REFUSE)} of {len(decided)} lines)"
    if words is RECORDS:
        return str(proposal.get_result_display())
    done = FULL if set(decided) == {LineDecision.PRODUCE} else PART
    return dict(words.results)[done if granted else proposal.result]


@register.simple_tag
def line_decision(line: RequestLine) -> str:
    """What is decided for a line, in the words of its kind of request."""
    kind = {DataCategory.ACCOUNT: RequestKind.ENQUIRY, DataCategory.ASSETS: RequestKind.FREEZE}
    return words_of(kind.get(DataCategory(line.category), "")).decisions[LineDecision(line.decision)]


@register.filter
def amount(value: Decimal | None, asset: str) -> str:
    """What was frozen or transferred, without needless zeros; "None" where nothing was."""
    return amount_of(value, asset) if value else _("None")


@register.filter
def balance(value: Decimal | None, asset: str) -> str:
    """The balance that was found, which may be 0; "Not known" where nobody could say."""
    return amount_of(value, asset) if value is not None else _("Not known")


@register.filter
def freeze_said(freeze: FreezeOrder) -> str:
    """What a freeze or seizure asks, in a sentence."""
    return freeze_words(freeze_facts(freeze))


@register.filter
def lookup(values: Mapping[str, Any], key: str) -> Any:
    """The value of a key that stands in a variable."""
    return values.get(key, "") if values else ""


@register.filter
def first_page(text: str) -> int:
    """The first page somebody typed beside a check: of "1 and 3" the 1."""
    return evidence.first_page(text)


@register.filter
def period(line: RequestLine) -> str:
    """A line's period: whole UTC days, both included, or its moments where the days are those of another time zone.

    Of an enquiry the day of receipt.
    """
    if without_period(line.category):
        return f"As of {_day(line.period_from)}"
    first, after = line.period_from.astimezone(UTC), line.period_to.astimezone(UTC)
    if first.time() == after.time() == time.min:
        return f"{_day(first)} to {_day(after - timedelta(days=1))}"
    return f"{_day(first)}, {first:%H:%M} until {_day(after)}, {after:%H:%M} UTC"


def _day(at: datetime) -> str:
    return dateformat.format(at.astimezone(UTC), "j M Y")


@register.filter
def narrowed(line: RequestLine) -> str:
    """Say what narrows a line inside its period, where that is not what is usual."""
    return limits_said(line)


@register.filter
def covered_by(line: RequestLine) -> str:
    """Name the order that covers a line, by its docket or else its authority, and its version."""
    version = line.order_version
    if version is None:
        return "No order names this line"
    return f"Order {version.process.docket or version.process.issuing_authority}, version {version.number}"


@register.filter
def iso_day(text: str) -> str:
    """A day of a stored content, which is ISO text: "12 Oct 2026"."""
    return dateformat.format(date.fromisoformat(text), "j M Y") if text else ""


@register.filter
def call_result(call: CallBack) -> str:
    """What a call about a request found."""
    return dict(RESULTS.get(call.purpose, CALL_RESULTS)).get(call.result, call.result)


@register.filter
def timing(value: str) -> str:
    """When an account holder is told, in words."""
    return _TIMING.get(value, value)


_TIMING: dict[str, str] = {
    Timing.NOW: "Told before disclosure",
    Timing.AFTER_DISCLOSURE: "Told after disclosure",
    Timing.UNTIL: "Told when the bar ends",
    Timing.OPEN_END: "Not told: the bar has no end",
    Timing.LOOK: "Told once an analyst has looked",
    Timing.AUTHORITY: "Not told by us: the authority tells",
}


@register.filter
def new_export_label(item: PackageItem) -> str:
    """Of which records a file of a package is a new export."""
    return reexports.label(item.earlier) if item.earlier else ""


@register.filter
def new_export_words(item: PackageItem) -> str:
    """What is different between a new export and the file that left before."""
    return reexports.difference_words(item.differences) if item.earlier else ""
