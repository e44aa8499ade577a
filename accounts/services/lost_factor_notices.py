"""What the owner of an account, and the lead of the agency, are told about a lost second factor."""

from datetime import datetime

from accounts.enums import DeskRole
from accounts.models import LostFactor, User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.site import site_details


def asked(case: LostFactor, *, at: datetime) -> None:
    """Tell the owner of the account that a reset was asked for; nothing in it opens anything."""
    key = f"lost_factor_asked:{case.uid}"
    send("lost_factor_asked", dedupe_key=key, to_user=case.user, context={"at": at}, at=at)


def was_reset(case: LostFactor, *, token: str, at: datetime) -> None:
    """Send the link that, with the password, lets a new factor be set up; tell the leads of the officer's agency."""
    link = f"{site_details().url}/lost/{case.uid}/{token}/"
    context = {"link": link, "until": case.token_expires_at}
    send("lost_factor_reset", dedupe_key=f"lost_factor_reset:{case.uid}", to_user=case.user, context=context, at=at)
    for lead in _leads(case):
        key = f"lost_factor_lead:{case.uid}:{lead.pk}"
        words: dict[str, Value] = {"who": case.user.get_full_name(), "agency": str(case.agency), "at": at}
        send("lost_factor_lead", dedupe_key=key, to_user=lead, context=words, at=at)


def refused(case: LostFactor, *, at: datetime) -> None:
    """Tell the owner of the account that nothing was reset, without the reason."""
    send("lost_factor_refused", dedupe_key=f"lost_factor_refused:{case.uid}", to_user=case.user, context={}, at=at)


def _leads(case: LostFactor) -> list[User]:
    """The leads of the officer's agency who can act, without the officer."""
    if case.agency is None or not case.user.memberships.filter(agency=case.agency, ended_at=None).exists():
        return []
    led = User.objects.filter(
        is_active=True, memberships__agency=case.agency, memberships__role=DeskRole.LEAD, memberships__ended_at=None,
        memberships__suspended_at=None, memberships__lapsed_at=None,
    )  # fmt: skip
    return list(led.exclude(pk=case.user_id).distinct().order_by("pk"))
