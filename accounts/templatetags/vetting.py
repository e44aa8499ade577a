"""Template tags of the desk that vets."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.enums import ApplicationStatus, SignalOutcome
from accounts.models import AccessApplication
from accounts.status_words import readable_number, staff_status
from foundation.core.templatetags.portal import status_tag
from foundation.legal.countries import jurisdiction_names

register = template.Library()
register.filter(readable_number)

_OPEN = frozenset(
    {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.IN_REVIEW,
        ApplicationStatus.ACTION_NEEDED,
        ApplicationStatus.AWAITING_APPROVAL,
    }
)
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
    mark = _MARKS.get(found)
    return format_html('<span class="app-result{}">{}</span>', f" app-result--{mark}" if mark else "", found.label)
