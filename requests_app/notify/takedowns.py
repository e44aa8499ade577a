"""What staff are told of takedown notices: that one came, waits for a signature, or is due. Never what it is about."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import DeclaredConflict, User
from accounts.permissions import Permission
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.running_clocks import Stage
from requests_app.enums import TakedownStatus
from requests_app.models import TakedownNotice
from requests_app.notify.recipients import REVIEWING, SIGNING, holders


def came(takedown: TakedownNotice, *, at: datetime) -> None:
    """Tell who reviews that a notice came, and by when it is answered."""
    for person in people_for(takedown, REVIEWING):
        _send(takedown, "takedown_came", person, key="came", context={"due": takedown.deadline_at}, at=at)


def to_sign(takedown: TakedownNotice, *, at: datetime) -> None:
    """Tell who may sign that something was proposed. Each proposal is told of once."""
    for person in _signers(takedown):
        key = f"sign:{takedown.lock_version}"
        _send(takedown, "takedown_to_sign", person, key=key, context={"due": takedown.deadline_at}, at=at)


def sent_back(takedown: TakedownNotice, *, at: datetime) -> None:
    """Tell who proposed it that it came back."""
    if takedown.proposed_by is not None:
        key = f"back:{takedown.lock_version}"
        context: dict[str, Value] = {"due": takedown.deadline_at}
        _send(takedown, "takedown_sent_back", takedown.proposed_by, key=key, context=context, at=at)


def due(takedown: TakedownNotice, people: Iterable[User], stage: Stage, *, at: datetime) -> None:
    """Tell people that the time of a notice is nearly over, or over."""
    for person in dict.fromkeys(people):
        key = f"due:{takedown.deadline_at.isoformat()}:{stage.name}"
        context: dict[str, Value] = {"due": takedown.deadline_at, "late": int(not stage.is_before)}
        _send(takedown, "takedown_due", person, key=key, context=context, at=at)


def responsible(takedown: TakedownNotice, *, everybody: bool) -> list[User]:
    """Return who must act now: who has it, else all reviewers; who signs once it is proposed; late: all of them."""
    reviewers = list(people_for(takedown, REVIEWING))
    mine = [person for person in reviewers if person.pk == takedown.assignee_id]
    acting = _signers(takedown) if takedown.status == TakedownStatus.PROPOSED else mine or reviewers
    more = [*reviewers, *people_for(takedown, SIGNING)] if everybody else []
    return list(dict.fromkeys([*acting, *more]))


def people_for(takedown: TakedownNotice, permissions: Iterable[Permission]) -> QuerySet[User]:
    """Return who of the company's staff holds any of these and may do something about this notice."""
    people = holders(takedown.provider, permissions).exclude(pk=takedown.recorded_by_id or 0)
    conflicts = DeclaredConflict.objects.filter(ended_at=None, agency=takedown.agency_id or 0)
    return people.exclude(pk__in=conflicts.values("user"))


def _signers(takedown: TakedownNotice) -> list[User]:
    return list(people_for(takedown, SIGNING).exclude(pk=takedown.proposed_by_id or 0))


def _send(takedown: TakedownNotice, event: str, to: User, *, key: str, context: dict[str, Value], at: datetime) -> None:
    send(
        event, dedupe_key=f"takedown:{takedown.pk}:{key}:{to.pk}", to_user=to, context=context,
        reference=takedown.reference, at=at,
    )  # fmt: skip
