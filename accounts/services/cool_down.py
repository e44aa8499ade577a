"""Beginning the time in which nobody downloads, approves or releases (accounts.cool_down)."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.enums import LostFactorStatus
from accounts.events import Event
from accounts.models import LostFactor, User
from accounts.states import LOST_FACTOR, OWNER
from foundation.audit.trail import record
from foundation.core.workflow import Workflow


def start(user: User, *, why: str, at: datetime) -> None:
    """Let nothing be downloaded, approved or released for FACTOR_COOL_DOWN_HOURS; 0 switches it off."""
    if settings.FACTOR_COOL_DOWN_HOURS <= 0:
        return
    ends = at + timedelta(hours=settings.FACTOR_COOL_DOWN_HOURS)
    User.objects.filter(pk=user.pk).update(cool_down_until=ends)
    user.cool_down_until = ends
    record(Event.COOL_DOWN_STARTED, by=None, obj=user, data={"why": why, "until": ends.isoformat()}, at=at)


def after_enrolling(user: User, *, first: bool, instead: bool, at: datetime) -> None:
    """Begin it where a new factor took the place of all; the first one after a reset closes the case of the reset.

    Called in the transaction that enrols. The first factor of a new account begins nothing.
    """
    if instead:
        start(user, why="all factors replaced", at=at)
    if not first:
        return
    case = LostFactor.objects.filter(user=user, status=LostFactorStatus.RESET).order_by("-decided_at").first()
    if case is not None:
        _finishing.advance(case, "finish", by=user, at=at, token_hash="")
        start(user, why="factors reset", at=at)


def after_removing(user: User, *, left_since: list[datetime], at: datetime) -> None:
    """Begin it where every factor that is left is younger than the cool-down: the old ones were replaced one by one.

    Called in the transaction that removes.
    """
    young = at - timedelta(hours=settings.FACTOR_COOL_DOWN_HOURS)
    if left_since and all(added > young for added in left_since):
        start(user, why="all factors replaced", at=at)


def _guard(user: User | None, action: str, case: LostFactor) -> str | None:
    row = LOST_FACTOR.by_action[action][0]
    own = row.permission == OWNER and user is not None and case.user_id == user.pk
    return None if own else "Only the owner of the account can do this."


_finishing = Workflow(LOST_FACTOR, guard=_guard)
