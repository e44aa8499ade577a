"""Who is told of a colleague who was blocked at once: all who may decide about it, and the auditors. No reasons."""

from datetime import datetime

from accounts.models import RoleChange, User
from accounts.services.staff_notices import link_to
from accounts.services.staff_rules import auditors, confirmers
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value


def blocked(change: RoleChange, *, at: datetime) -> None:
    """Tell the other administrators, the approvers and the auditors at once."""
    _tell(change, "blocked", without=change.proposed_by_id, by=change.proposed_by, at=at)


def overdue(change: RoleChange, *, at: datetime) -> None:
    """Tell all of them, and who blocked, that nobody decided in time."""
    _tell(change, "overdue", without=None, by=change.proposed_by, at=at)


def lift_asked(change: RoleChange, *, at: datetime) -> None:
    """Tell all of them that somebody asks to lift it."""
    _tell(change, "lift_asked", without=change.lift_asked_by_id, by=change.lift_asked_by, at=at)


def lifted(change: RoleChange, *, at: datetime) -> None:
    """Tell all of them that it was lifted, and the colleague."""
    _tell(change, "lifted", without=change.lifted_by_id, by=change.lift_asked_by, and_by=change.lifted_by, at=at)
    key = f"staff_open_again:{change.uid}"
    send("staff_open_again", dedupe_key=key, to_user=change.user, context={"at": at}, at=at)


def _tell(
    change: RoleChange, state: str, *, without: int | None, by: User | None, and_by: User | None = None, at: datetime
) -> None:
    context: dict[str, Value] = {
        "who": change.user.get_full_name(),
        "state": state,
        "by": " and ".join(person.get_full_name() for person in (by, and_by) if person is not None),
        "at": at,
        "until": change.decide_until,
        "link": link_to(change),
    }
    readers = {person.pk: person for person in [*confirmers(change.user_id), *auditors()] if person.pk != without}
    for person in readers.values():
        key = f"staff_blocked:{change.uid}:{state}:{at.isoformat()}:{person.pk}"
        send("staff_blocked", dedupe_key=key, to_user=person, context=context, at=at)
