"""Calls to an agency, written down: why, which number of the directory, who answered, what they said.

The number always comes from the registry. Where it has none that may be used, one of the listed other ways stands in,
and then two people decide.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.call_answers import Heard, newest_first, standing
from accounts.deadlines import NEW_NUMBER
from accounts.enums import CallBackResult, CallPurpose, CallWay
from accounts.events import Event
from accounts.models import Agency, AgencyNumber, CallBack, User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused

# How long a confirmed call stands for an act other than the application it was made for.
CALL_STANDS = timedelta(days=7)
# The same words of the same person about the same thing, so soon after each other, are a form that was sent twice.
TWICE = timedelta(minutes=1)
_LOCK = 0x63616C6C  # a number of our own among PostgreSQL's advisory locks; the second is the caller's
_ABOUT = ("application", "purpose", "agency", "about_user", "about_reference")


def usable_numbers(agency: Agency | None) -> list[AgencyNumber]:
    """Return the numbers that may be called: of the directory, confirmed by a second person, in use."""
    if agency is None:
        return []
    held = AgencyNumber.objects.filter(agency=agency, retired_at=None, confirmed_at__isnull=False)
    return list(held.order_by("pk"))


def is_new(number: AgencyNumber, *, at: datetime) -> bool:
    """Say whether the number was confirmed within the last 7 days."""
    return number.confirmed_at is None or number.confirmed_at > at - NEW_NUMBER


@transaction.atomic
def record_call(
    *,
    by: User,
    purpose: CallPurpose,
    agency: Agency,
    officer: User | None = None,
    number: AgencyNumber | None = None,
    alternative: str = "",
    spoke_to: str = "",
    result: str,
    note: str = "",
    at: datetime | None = None,
) -> CallBack:
    """Write down a call that is not about an application: a suspension, a lead, access given back, a lost factor.

    Raises NotAllowed for a number that is not the directory's, and where the caller is the person it is about;
    Incomplete where somebody confirmed or was told and has no name.
    """
    at = at or timezone.now()
    if officer is not None and officer.pk == by.pk:
        raise NotAllowed("You cannot decide about yourself.")
    if refusal := way_refusal(agency, number, alternative):
        raise NotAllowed(refusal)
    if result in {CallBackResult.CONFIRMED, CallBackResult.TOLD} and not spoke_to:
        raise Incomplete("Write down whom you spoke to.")
    call, new = store(
        purpose=purpose, agency=agency, about_user=officer, number=number, alternative=alternative, spoke_to=spoke_to,
        result=result, note=note, by=by, at=at,
    )  # fmt: skip
    if new:
        facts = {"purpose": str(purpose), "result": str(result), **way_of(call)}
        record(Event.CALL_BACK_RECORDED, by=by, obj=officer or agency, data=facts, at=at)
    return call


def write_down(
    *,
    purpose: CallPurpose,
    agency: Agency,
    about: str,
    number: AgencyNumber | None,
    alternative: str,
    result: str,
    spoke_to: str,
    note: str,
    by: User,
    at: datetime,
) -> tuple[CallBack, bool]:
    """Store a call about what has a reference and no account here; a new one is noted in the trail by whoever calls.

    Raises NotAllowed for a number that is not the directory's, and Incomplete where somebody answered and has no name.
    """
    if refusal := way_refusal(agency, number, alternative):
        raise NotAllowed(refusal)
    if result != CallBackResult.NO_ANSWER and not spoke_to.strip():
        raise Incomplete("Write down whom you spoke to.")
    return store(
        purpose=purpose, agency=agency, about_reference=about, number=number,
        alternative="" if number else alternative, spoke_to=spoke_to.strip(), result=result, note=note.strip(), by=by,
        at=at,
    )  # fmt: skip


def store(*, by: User, at: datetime, **said: Any) -> tuple[CallBack, bool]:
    """Store a call, and say whether it is new: the same once more within a minute was pressed twice.

    Only the newest call about the same thing can be the same: a later answer may have taken an earlier one back. Calls
    in which a destination is read out are counted, three that fail stop the transfer: of these each counts.
    """
    if said["purpose"] == CallPurpose.WALLET:
        return CallBack.objects.create(**said, called_by=by, called_at=at), True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, by.pk % 2**31])
    about = {name: said[name] for name in _ABOUT if name in said}
    newest = CallBack.objects.filter(**about, called_at__gt=at - TWICE).order_by("-called_at", "-pk").first()
    said["called_by"] = by
    if newest is not None and all(getattr(newest, name) == value for name, value in said.items()):
        return newest, False
    return CallBack.objects.create(**said, called_at=at), True


def way_of(call: CallBack) -> dict[str, JSON]:
    """Return how the agency was reached, for the trail."""
    if call.number is not None:
        return {"number": call.number.number, "source": call.number.source}
    return {"way": call.alternative}


def vouch(call: CallBack, *, by: User, at: datetime) -> bool:
    """Vouch as the second person for a call, which is locked; False where somebody did before.

    Raises TransitionRefused where it confirmed nothing, or counts as it is.
    """
    if call.seconded_at is not None:
        return False
    if call.result != CallBackResult.CONFIRMED or not lacks_second(call):
        raise TransitionRefused("This call needs nobody else.")
    call.seconded_at, call.seconded_by = at, by
    call.save(update_fields=["seconded_at", "seconded_by"])
    return True


def way_refusal(agency: Agency | None, number: AgencyNumber | None, alternative: str) -> str:
    """Say why this way to reach the agency does not count, or nothing."""
    if number is not None:
        known = number in usable_numbers(agency)
        return "" if known else "Only numbers of our directory that a second person confirmed may be called."
    return "" if alternative in CallWay.values else "Choose the number you called, or another listed way."


def standing_call(
    *, purpose: CallPurpose, agency: Agency, officer: User | None = None, since: datetime | None = None, at: datetime
) -> CallBack | None:
    """Return the newest call for this purpose that confirmed, after `since` and younger than 7 days.

    A later call that did not confirm takes it back; one that nobody could answer changes nothing.
    """
    made = _made(purpose=purpose, agency=agency, officer=officer, since=since, at=at)
    found: CallBack | None = standing(made).select_related("number").order_by("-called_at", "-pk").first()
    return found


def taken_back(
    *, purpose: CallPurpose, agency: Agency, officer: User | None = None, since: datetime | None = None, at: datetime
) -> bool:
    """Say whether a call confirmed, within the same time, and a later one did not."""
    made = _made(purpose=purpose, agency=agency, officer=officer, since=since, at=at)
    return made.filter(result=CallBackResult.CONFIRMED).exists() and not standing(made).exists()


def heard(made: QuerySet[CallBack], *, at: datetime) -> list[Heard]:
    """Return these calls for a page, the newest first; one that confirmed 7 days ago or longer counts no more."""
    return newest_first(made, moments=[(at - CALL_STANDS, "it is older than 7 days")])


def _made(
    *, purpose: CallPurpose, agency: Agency, officer: User | None, since: datetime | None, at: datetime
) -> QuerySet[CallBack]:
    after = at - CALL_STANDS if since is None else max(since, at - CALL_STANDS)
    return CallBack.objects.filter(purpose=purpose, agency=agency, about_user=officer, called_at__gt=after)


def needs_two(call: CallBack, *, at: datetime) -> bool:
    """Say whether somebody else than the caller must decide on this call: no number, or a new one."""
    return call.number is None or is_new(call.number, at=at)


def lacks_second(call: CallBack) -> bool:
    """Say whether a call counts only once a second person vouches for it: no number, or one that was new then."""
    return call.seconded_at is None and needs_two(call, at=call.called_at)
