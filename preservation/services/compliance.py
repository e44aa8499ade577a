"""The mark of compliance on a hold: nobody tells the account holders, and the officer never learns of it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from preservation.events import Event
from preservation.models import PreservationHold
from preservation.services.locks import lock


@transaction.atomic
def mark(
    hold: PreservationHold, *, barred: bool, reason: str, by: User, at: datetime | None = None
) -> PreservationHold:
    """Set or lift the mark (tipping-off law), on a hold in whatever state: records may follow it later."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why. The officer never sees it.")
    if not has_permission(by, Permission.GIVE_ADVICE) or not _may_see(hold, by):
        raise NotAllowed("You do not have the right to do this.")
    hold = lock(hold)
    hold.aml_bar = barred
    hold.save(update_fields=["aml_bar"])
    record(Event.COMPLIANCE_MARKED, by=by, obj=hold, reason=reason.strip(), data={"in_force": barred}, at=at)
    return hold


def _may_see(hold: PreservationHold, by: User) -> bool:
    return PreservationHold.objects.visible_to_staff(by).filter(pk=hold.pk).exists()
