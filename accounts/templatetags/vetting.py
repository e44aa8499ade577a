"""Template tags of the desk that vets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.enums import ApplicationStatus, SignalOutcome
from accounts.models import AccessApplication, User, VettingSignal
from accounts.status_words import readable_number, staff_status
from accounts.trail_words import facts_of
from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.core.templatetags.portal import status_tag
from foundation.legal.countries import jurisdiction_names

register = template.Library()

_AT_ONCE = timedelta(minutes=5)
_REFERENCE = re.compile(r"\bAC-\d\d-[0-9A-Z]{7}\b")
# References, domains and addresses in a sentence.
_PIECES = re.compile(r"(\bAC-\d\d-[0-9A-Z]{7}\b|\b(?:[\w.+-]+@)?(?:[a-z0-9_-]+\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)\b)")
register.filter(readable_number)

_OPEN = frozenset(
    {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.IN_REVIEW,
        ApplicationStatus.ACTION_NEEDED,
        ApplicationStatus.AWAITING_APPROVAL,
    }
)
_UNMARKED = {SignalOutcome.UNKNOWN: "govuk-!-font-weight-bold", SignalOutcome.NONE: "app-soft"}
_MARKS = {SignalOutcome.PASS: "pass", SignalOutcome.WARN: "warn", SignalOutcome.FAIL: "fail"}


@register.simple_tag
def application_tag(application: AccessApplication) -> SafeString:
    """The one tag of an application."""
    return SafeString(status_tag(*staff_status(application.status)))


@register.filter
def is_open(application: AccessApplication) -> bool:
    """Whether an application is neither decided nor withdrawn."""
    return application.status in _OPEN


@register.filter
def country_name(code: str) -> str:
    """The name of a country, or its code where we know none."""
    return jurisdiction_names().get(code, code)


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 in whole percent: "92 %"; nothing where there is none."""
    return "" if share is None else f"{share * 100:.0f} %"


@register.simple_tag
def signal_result(outcome: str) -> SafeString:
    """The result of a check: a word with its mark."""
    found = SignalOutcome(outcome)
    if mark := _MARKS.get(found):
        return format_html('<span class="app-result app-result--{}">{}</span>', mark, found.label)
    return format_html('<span class="{}">{}</span>', _UNMARKED[found], found.label)


@dataclass(frozen=True)
class Checks:
    """How far the checks of an application are: when the last one was done, and how many are still to do.

    `spread` says that they were done at different times, so that each must say its own.
    """

    checked_at: datetime | None
    waiting: int
    spread: bool


@register.simple_tag
def checks(signals: Iterable[VettingSignal]) -> Checks:
    """How far the checks are, for the head of their table."""
    rows = list(signals)
    times = [signal.checked_at for signal in rows if signal.checked_at]
    spread = bool(times) and max(times) - min(times) > _AT_ONCE
    return Checks(max(times, default=None), sum(is_waiting(signal) for signal in rows), spread)


@register.filter
def is_waiting(signal: VettingSignal) -> bool:
    """Whether a check is still to be done, or done again."""
    return signal.state in {JobState.PENDING, JobState.RUNNING}


@register.simple_tag
def visible_references(signals: Iterable[VettingSignal], user: User) -> dict[str, str]:
    """Those of the applications named in the evidence that this reader may open, each with its status now.

    One query at most.
    """
    named = {found for signal in signals for found in _REFERENCE.findall(signal.evidence)}
    if not named:
        return {}
    rows = AccessApplication.objects.visible_to(user).filter(reference__in=named)
    return dict(rows.values_list("reference", "status"))


@register.filter
def trail_facts(entry: AuditEvent) -> list[tuple[str, str]]:
    """The facts of an entry of the trail, each with its title."""
    return facts_of(bytes(entry.payload))


@register.filter
def linked(text: str, seen: Mapping[str, str]) -> SafeString:
    """Evidence with links to the applications that the reader may open and their status; domains set as code."""
    return format_html_join("", "{}", ((_piece(piece, seen),) for piece in _PIECES.split(text)))


def _piece(text: str, seen: Mapping[str, str]) -> str:
    if text in seen:
        url = reverse("accounts:review", args=[text])
        tag = SafeString(status_tag(*staff_status(seen[text])))
        return format_html('<a class="govuk-link app-nowrap" href="{}">{}</a> {}', url, text, tag)
    if _PIECES.fullmatch(text) and not _REFERENCE.fullmatch(text):
        return format_html('<span class="app-code">{}</span>', text)
    return text
