"""What is told of freezes while they hold: their end, a lift, a later order. No asset, amount or account is in any."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.models import FreezeLift, FreezeOrder
from requests_app.notify.recipients import officers
from requests_app.notify.telling import to_each


def ends(freeze: FreezeOrder, stage: Stage, *, at: datetime) -> None:
    """Remind the officer and who follows of the last day of a freeze; at the end, that it is lifted now."""
    event = "freeze_ends" if stage.is_before else "freeze_over"
    to_each(freeze.data_request, event, officers(freeze.data_request), key=_key(freeze, stage),
          context={"ends": freeze.ends_at}, at=at)  # fmt: skip


def ends_staff(freeze: FreezeOrder, people: Iterable[User], stage: Stage, *, at: datetime) -> None:
    """Remind staff of the end of a freeze: before it, at it, and while nobody has lifted it."""
    context: dict[str, Value] = {"ends": freeze.ends_at, "late": int(not stage.is_before)}
    to_each(
        freeze.data_request, "freeze_ends_staff", people, key=f"{_key(freeze, stage)}:staff", context=context, at=at
    )


def lift_due(lift: FreezeLift, people: Iterable[User], *, at: datetime) -> None:
    """Tell staff that a freeze is to be lifted: its order ended or was quashed, or somebody asks for it."""
    key = f"lift:{lift.pk}:{lift.asked_at.isoformat()}:due"
    context: dict[str, Value] = {"cause": str(lift.cause)}
    to_each(lift.freeze.data_request, "freeze_lift_due", people, key=key, context=context, at=at)


def lifted(lift: FreezeLift, *, at: datetime) -> None:
    """Tell the officer and who follows that a freeze was lifted, and when."""
    one = lift.freeze.data_request
    context: dict[str, Value] = {"lifted": lift.done_at}
    to_each(one, "freeze_lifted", officers(one), key=f"lift:{lift.pk}:lifted", context=context, at=at)


def answered(freeze: FreezeOrder, *, key: str, at: datetime) -> None:
    """Tell the officer and who follows that we decided on a lift they asked for, or on a later order."""
    one = freeze.data_request
    to_each(one, "freeze_answered", officers(one), key=f"freeze:{freeze.pk}:{key}", context={}, at=at)


def failed(freeze: FreezeOrder, people: Iterable[User], *, key: str, at: datetime) -> None:
    """Tell staff that the company's own systems did not do what they were asked: somebody does it by hand."""
    to_each(freeze.data_request, "freeze_failed", people, key=f"freeze:{freeze.pk}:{key}", context={}, at=at)


def _key(freeze: FreezeOrder, stage: Stage) -> str:
    return f"freeze:{freeze.pk}:{freeze.ends_at:%Y%m%d%H%M%S}:{stage.name}"
