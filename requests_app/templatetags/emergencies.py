"""Emergencies on every page, after `{% load emergencies %}`.

- `{% waiting_emergencies as banner %}`: how many wait for somebody to take them, since when, and until when
"""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from requests_app.services import emergency_cases

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_emergencies(context: Context) -> dict[str, Any]:
    """What the banner says. The numbers are those of the page's one count; only where some wait a query more is made.

    Both stop at 100.
    """
    emergencies, contacts = context["emergencies_wait"]
    if not (emergencies.number or contacts.number):
        return {}
    found = emergency_cases.first_waiting(context["request"].user) if emergencies.number else (None, None)
    return {
        "number": emergencies.number,
        "since": found[0],
        "take_by": found[1],
        "contacts": contacts.number,
        "contacts_url": _address("staff:urgent_contacts"),
    }


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
