"""The page of one emergency told without an account: what was said, and the steps with what is next."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import signed_in
from accounts.addresses import judge
from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.calls import usable_numbers
from foundation.core.identifier_kinds import IdentifierKind
from foundation.core.identifiers import Identifier
from foundation.legal.calendars import zone_of
from requests_app.enums import UrgentContactStatus
from requests_app.forms.urgent_contact import CALL_RESULTS, UrgentCallForm
from requests_app.models import UrgentContact
from requests_app.services import urgent_calls, urgent_contacts
from requests_app.urgent_permissions import acting_refusal, second_refusal

_SAID = dict(CALL_RESULTS)


def draw(request: HttpRequest, contact: UrgentContact, *, call_form: UrgentCallForm | None = None) -> HttpResponse:
    """Draw the page; a form that was sent keeps what was typed."""
    user, at = signed_in(request), timezone.now()
    acts = acting_refusal(user, contact) is None
    taken = contact.status == UrgentContactStatus.TAKEN
    numbers = usable_numbers(contact.agency)
    if call_form is None and acts and taken and contact.agency is not None:
        call_form = UrgentCallForm(None, numbers=numbers)
    refusal = urgent_calls.hold_refusal(contact, at=at)
    context = {
        "contact": contact, "judgement": judge(contact.email), "identifiers": identifiers(contact),
        "numbers": numbers, "zone": zone_of(contact.country), "calls": _calls(contact, user, at),
        "confirmed": urgent_calls.confirmed(contact, at=at), "hold_refusal": refusal, "call_form": call_form,
        "acts": acts, "taken": taken, "new": contact.status == UrgentContactStatus.NEW,
        "may_hold": acts and taken and contact.hold is None and not refusal,
        "officer": urgent_contacts.officer_of(contact), "vetting": _vetting(contact),
        "sees_holds": has_permission(user, Permission.SEE_HOLDS), "kept_days": urgent_contacts.KEPT.days,
    }  # fmt: skip
    status = 422 if call_form is not None and call_form.is_bound else 200
    return render(request, "staff/urgent/contact.html", context, status=status)


def identifiers(contact: UrgentContact) -> list[tuple[str, Identifier]]:
    """Return the identifiers with the words of their kinds."""
    words = dict(IdentifierKind.choices)
    return [(str(words.get(item.kind, item.kind)), item) for item in urgent_calls.identifiers_of(contact)]


def _calls(contact: UrgentContact, user: User, at: Any) -> list[dict[str, Any]]:
    """Return the calls, each with what it said, why it counts no more, and whether this person may vouch for it."""
    open_ones = {call.pk for call in urgent_calls.unseconded(contact, at=at)}
    return [
        {
            "call": heard.call, "void": heard.void, "words": _SAID.get(heard.call.result, heard.call.result),
            "lacks": heard.call.pk in open_ones,
            "may_second": heard.call.pk in open_ones
            and contact.status == UrgentContactStatus.TAKEN
            and second_refusal(user, contact, heard.call) is None,
        }
        for heard in urgent_calls.heard(contact, at=at)
    ]  # fmt: skip


def _vetting(contact: UrgentContact) -> str:
    """Say how the application stands, as a key of the template."""
    if contact.application is None or contact.application.user is None:
        return "none" if contact.application is None else "unconfirmed"
    return "unsent" if contact.application.submitted_at is None else "sent"
