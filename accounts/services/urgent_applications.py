"""Applications of people who told us of an emergency without an account: begun for them, and vetted before all others.

What the emergency is, this app does not know.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import notify
from accounts.addresses import Judgement
from accounts.deadlines import urgent_review
from accounts.enums import ApplicationStatus
from accounts.events import Event
from accounts.models import AccessApplication, Agency, User
from accounts.services.applications import MAILS_PER_ADDRESS, hash_of_network, with_link
from accounts.services.limits import try_once
from foundation.audit.trail import record

_WAITING = (ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW, ApplicationStatus.AWAITING_APPROVAL)
_OPEN = (*_WAITING, ApplicationStatus.EMAIL_PENDING, ApplicationStatus.DRAFT, ApplicationStatus.ACTION_NEEDED)


@transaction.atomic
def begin(
    found: Judgement, *, known: Mapping[str, str], agency: Agency | None, place: str, at: datetime
) -> AccessApplication | None:
    """Begin the application of this address with what is known, mail the link, and return it.

    Of somebody who has an account nothing is changed, because whoever tells may be another; their unfinished
    application is returned, if there is one. `known` are fields of the application, `place` a network address.
    """
    if user := User.objects.filter(email=found.address).first():
        if try_once(MAILS_PER_ADDRESS, found.address, at=at):
            notify.address_known(user, at=at)
        return AccessApplication.objects.filter(user=user).unfinished().order_by("-created_at").first()
    facts: dict[str, Any] = {**known, **({"agency": agency} if agency else {}), "urgent_at": at}
    application, token = with_link(found, at=at, place_hash=hash_of_network(place), **facts)
    if try_once(MAILS_PER_ADDRESS, found.address, at=at):
        notify.confirm_after_emergency(application, token=token, at=at)
    return application


@transaction.atomic
def hurry(application: AccessApplication, *, by: User, at: datetime) -> None:
    """Vet this application before all others, because of an emergency that a reviewer took; twice changes nothing."""
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.urgent_at is not None or row.status not in _OPEN:
        return
    row.urgent_at = at
    due = urgent_review(at)
    if row.status in _WAITING and row.due_at is not None and due.at < row.due_at:
        row.due_at, row.due_rule, row.remind_at = due.at, due.rule, None
    row.save(update_fields=["urgent_at", "due_at", "due_rule", "remind_at"])
    record(Event.APPLICATION_HURRIED, by=by, obj=row, data={"urgent": True}, at=at)


@transaction.atomic
def calm(application: AccessApplication, *, by: User, at: datetime) -> None:
    """Let this application wait like all others: what was told of was no emergency. Twice changes nothing."""
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.urgent_at is None or row.status not in _OPEN:
        return
    row.urgent_at = None
    row.save(update_fields=["urgent_at"])
    record(Event.APPLICATION_HURRIED, by=by, obj=row, data={"urgent": False}, at=at)
