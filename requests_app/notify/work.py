"""What staff are told of work that comes to them in numbers, and of standing in. No reference, no fact of a case."""

from datetime import datetime

from accounts.models import Absence, User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value


def handed_many(to: User, *, number: int, key: str, at: datetime) -> None:
    """Tell a colleague how many requests are theirs now; `key` names the occasion, for one message for each."""
    send("review_handed_many", dedupe_key=f"handed:{key}:{to.pk}", to_user=to, context={"number": number}, at=at)


def team_has_more(to: User, *, number: int, key: str, at: datetime) -> None:
    """Tell somebody on call how many requests came to their team; `key` names the occasion."""
    send("team_has_more", dedupe_key=f"team:{key}:{to.pk}", to_user=to, context={"number": number}, at=at)


def deputy_named(absence: Absence, *, at: datetime) -> None:
    """Tell a colleague that they stand in for somebody, and for which days."""
    if absence.deputy is None:
        return
    first, last = absence.first_day, absence.last_day
    key = f"absence:{absence.pk}:{absence.deputy_id}:{first}:{last}"
    context = {"colleague": absence.user.get_full_name(), "first": first.isoformat(), "last": last.isoformat()}
    send("deputy_named", dedupe_key=key, to_user=absence.deputy, context=context, at=at)


def absence_begins(absence: Absence, *, number: int, at: datetime) -> None:
    """Tell the deputy on the first day, with how many of the colleague's requests they may see are open."""
    if absence.deputy is None:
        return
    key = f"absence:{absence.pk}:begins:{absence.deputy_id}"
    name, last = absence.user.get_full_name(), absence.last_day.isoformat()
    context: dict[str, Value] = {"colleague": name, "last": last, "number": number}
    send("absence_begins", dedupe_key=key, to_user=absence.deputy, context=context, at=at)
