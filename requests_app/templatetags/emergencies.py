"""Emergencies on every page, after `{% load emergencies %}`.

- `{% waiting_emergencies as banner %}`: how many wait for somebody to take them, since when, and until when
- `{% taken_and_decided row as took %}`: `took.taken` and `took.decided` say "in 3 min, in time"; empty for not yet
"""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from accounts.permissions import Permission, has_permission
from requests_app.models import DataRequest
from requests_app.services import emergency_cases

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_emergencies(context: Context) -> dict[str, Any]:
    """What the banner says. The numbers are those of the page's one count; only where some wait a query more is made.

    Both stop at 100. Who may not see the queue gets no link.
    """
    emergencies, contacts = context["emergencies_wait"]
    if not (emergencies.number or contacts.number):
        return {}
    user = context["request"].user
    found = emergency_cases.first_waiting(user) if emergencies.number else (None, None)
    return {
        "queue_url": reverse("staff:queue") if has_permission(user, Permission.SEE_QUEUE) else "",
        "number": emergencies.number,
        "since": found[0],
        "take_by": found[1],
        "contacts": contacts.number,
        "contacts_url": _address("staff:urgent_contacts"),
    }


@register.simple_tag
def taken_and_decided(data_request: DataRequest) -> dict[str, str]:
    """How long it took until somebody took an emergency of the band, and until it was decided, in words."""
    taken, decided = emergency_cases.measured(getattr(data_request, "emergency_case", None))
    return {"taken": taken.words if taken else "", "decided": decided.words if decided else ""}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
