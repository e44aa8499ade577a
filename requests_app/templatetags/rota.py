"""The rota's words, after `{% load rota %}`: `{{ duty|duty_words }}` says when somebody is on duty."""

from django import template

from requests_app.forms.calendars import WEEK
from requests_app.models import RotaDuty

register = template.Library()


@register.filter
def duty_words(duty: RotaDuty) -> str:
    """Say when a duty runs: "Mon to Fri, 22:00 to 06:00 Europe/Oslo, until 31 Dec 2026"."""
    said = [_days(duty.weekdays)]
    if duty.begins is not None and duty.ends is not None:
        said.append(f"{duty.begins:%H:%M} to {duty.ends:%H:%M} {duty.zone}")
    else:
        said.append(f"the whole day, {duty.zone}")
    if duty.first_day:
        said.append(f"from {duty.first_day:%-d %b %Y}")
    if duty.last_day:
        said.append(f"until {duty.last_day:%-d %b %Y}")
    return ", ".join(said)


def _days(weekdays: list[int]) -> str:
    days = sorted(set(weekdays))
    if days == list(range(1, 8)):
        return "Every day"
    names = [WEEK[day - 1][:3] for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)
