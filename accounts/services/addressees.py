"""Who stands for an agency until a vetted officer is named: an account that nobody can sign in to."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.events import Event
from accounts.models import Agency, AgencyAddressee, User
from foundation.audit.trail import record

# Reserved by RFC 2606: no mail can ever reach it, whatever writes to it by mistake.
_DOMAIN = "addressee.invalid"


@transaction.atomic
def addressee(agency: Agency, *, at: datetime | None = None) -> User:
    """Return the account that stands for this agency, made at the first need; never active, without any membership."""
    at = at or timezone.now()
    Agency.objects.select_for_update().get(pk=agency.pk)
    found = AgencyAddressee.objects.filter(agency=agency).select_related("user").first()
    if found is not None:
        return found.user
    user = User.objects.create_user(
        f"agency-{agency.pk}@{_DOMAIN}", None, full_name=agency.name[:150], is_active=False, date_joined=at
    )
    AgencyAddressee.objects.create(agency=agency, user=user)
    record(Event.AGENCY_ADDRESSEE_MADE, by=None, obj=agency, data={"account": user.pk}, at=at)
    return user


def is_addressee(user: User) -> bool:
    """Say whether this account only stands for an agency."""
    return AgencyAddressee.objects.filter(user=user).exists()
