"""Beginning the time in which records are not downloaded, or nothing is approved and released (accounts.cool_down)."""

from datetime import datetime, timedelta

from django.conf import settings
from django_otp.models import Device

from accounts.enums import CoolDownReason, LostFactorStatus
from accounts.events import Event
from accounts.models import LostFactor, User
from accounts.states import LOST_FACTOR, OWNER
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.workflow import Workflow

# After these nothing of what the owner had is left, so approving and releasing wait as well.
TAKEN_OVER = frozenset({CoolDownReason.REPLACED, CoolDownReason.RESET, CoolDownReason.ADDRESS})


def start(user: User, *, why: CoolDownReason, at: datetime) -> None:
    """Let no records be downloaded for FACTOR_COOL_DOWN_HOURS, and after a take-over nothing be approved or released.

    0 switches it off. Called in the transaction of the change.
    """
    if settings.FACTOR_COOL_DOWN_HOURS <= 0:
        return
    ends = at + timedelta(hours=settings.FACTOR_COOL_DOWN_HOURS)
    user.downloads_wait_until, user.cool_down_why = ends, why.value
    changed: dict[str, datetime | str] = {"downloads_wait_until": ends, "cool_down_why": why.value}
    if why in TAKEN_OVER:
        user.cool_down_until = changed["cool_down_until"] = ends
    User.objects.filter(pk=user.pk).update(**changed)
    facts: dict[str, JSON] = {"why": why.value, "until": ends.isoformat(), "decisions": why in TAKEN_OVER}
    record(Event.COOL_DOWN_STARTED, by=None, obj=user, data=facts, at=at)


def after_enrolling(user: User, device: Device, *, first: bool, instead: bool, at: datetime) -> None:
    """Begin it after a new factor; the first one after a reset closes the case of the reset.

    Called in the transaction that enrols. The factor with which the account begins starts nothing, and counts at once.
    """
    if instead:
        start(user, why=CoolDownReason.REPLACED, at=at)
    elif not first:
        start(user, why=CoolDownReason.ADDED, at=at)
    else:
        _first(user, device, at=at)


def _first(user: User, device: Device, *, at: datetime) -> None:
    case = LostFactor.objects.filter(user=user, status=LostFactorStatus.RESET).order_by("-decided_at").first()
    if case is not None:
        _finishing.advance(case, "finish", by=user, at=at, token_hash="")
        start(user, why=CoolDownReason.RESET, at=at)
    elif user.first_factor:  # there was one before: whatever took it away, this one does not inherit its standing
        start(user, why=CoolDownReason.REPLACED, at=at)
    else:
        user.first_factor = device.persistent_id
        User.objects.filter(pk=user.pk).update(first_factor=user.first_factor)


def after_removing(user: User, *, one_counts: bool, at: datetime) -> None:
    """Begin it; where no factor that is left counts yet, all were replaced one by one.

    Called in the transaction that removes.
    """
    start(user, why=CoolDownReason.REMOVED if one_counts else CoolDownReason.REPLACED, at=at)


def _guard(user: User | None, action: str, case: LostFactor) -> str | None:
    row = LOST_FACTOR.by_action[action][0]
    own = row.permission == OWNER and user is not None and case.user_id == user.pk
    return None if own else "Only the owner of the account can do this."


_finishing = Workflow(LOST_FACTOR, guard=_guard)
