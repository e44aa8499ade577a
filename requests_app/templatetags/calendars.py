"""Words of calendars on pages, after `{% load calendars %}`.

- `{{ row|place }}`: Germany, BY
- `{{ row|weekend:2026 }}`: Friday and Saturday
- `{{ row|counted_by }}`: Meridian Exchange, Gulf desk
- `{{ row|library }}`: holidays 0.108, as this version was counted on
- `{{ request.deadline_rule|rule_words }}`: 7 days, the last one moved to a working day (calendar of Ireland, version 1)
- `{% if row|library_differs %}`: public days changed since this version was made
"""

from django import template
from django.utils import timezone

from foundation.legal.calendars import HOLIDAYS_VERSION, rest_days
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import WorkCalendar
from foundation.legal.wording import rule_words
from foundation.legal.work_calendars import as_counted, calendar_from, differences
from requests_app.forms.calendars import WEEK

register = template.Library()
register.filter("rule_words", rule_words)


@register.filter
def place(calendar: WorkCalendar) -> str:
    """Name the country, and the code of the region."""
    country = jurisdiction_names().get(calendar.country, calendar.country)
    return f"{country}, {calendar.subdivision}" if calendar.subdivision else country


@register.filter
def weekend(calendar: WorkCalendar, year: int | None = None) -> str:
    """Name the days of rest of a year, this year's where none is given."""
    return " and ".join(WEEK[day] for day in rest_days(calendar, year or timezone.now().year))


@register.filter
def counted_by(calendar: WorkCalendar) -> str:
    """Name the companies and teams that count on it."""
    names = [one.name for one in calendar.provider_set.all()] + [one.name for one in calendar.teams.all()]
    return ", ".join(names) or "Nobody yet"


@register.filter
def library(calendar: WorkCalendar) -> str:
    """Name the version of the library that the present version was made with."""
    found = [kept.library for kept in calendar.versions.all() if kept.version == calendar.version]
    return f"holidays {found[0] if found else HOLIDAYS_VERSION}"


@register.filter
def library_differs(calendar: WorkCalendar) -> bool:
    """Say whether the library of today sees public days otherwise than the present version."""
    found = [kept for kept in calendar.versions.all() if kept.version == calendar.version]
    return bool(found) and bool(
        differences(as_counted(found[0]), calendar_from(found[0].state, version=calendar.version))
    )
