"""What to tell whom about a hold: one function per event. No facts of the case: the reference, what to do, by when."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import AgencyAddressee, DeclaredConflict, StaffRole, User
from accounts.permissions import ROLE_PERMISSIONS, Permission
from foundation.core.jobs import JobState
from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from preservation import schedule, told
from preservation.enums import Acceptance

if TYPE_CHECKING:
    from preservation.models import HoldExtension, HoldFollower, PreservationHold

# What colleagues read of a change the officer is told of; of what is not here they hear nothing.
_CHANGES = {
    "hold_extended": "extended",
    "hold_extension_refused": "refused",
    "hold_released": "released",
    "hold_declined": "declined",
    "hold_kept": "kept",
    "hold_referred": "kept",
    "hold_resumed": "resumed",
}
# Messages that are wrong once the end has moved.
_SPEAK_OF_END = ["hold_reminder", "hold_reminder_others", "hold_reminder_staff", "hold_extension_overdue"]


def started(hold: "PreservationHold", *, at: datetime) -> None:
    """Acknowledge a hold: its end, the reminders that are left, whether it waits for a person, and the court's day."""
    left = schedule.leads_left(_end(hold), after=at, leads=hold.provider.hold_leads)
    pending, file_by = int(hold.acceptance == Acceptance.PENDING), hold.authority_must_file_by
    _to_officer(
        hold, "hold_started", key="started", at=at, ends=_end(hold), reminders=left, pending=pending, file_by=file_by
    )  # fmt: skip


def accepted(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer that a hold that had waited for a person is accepted."""
    _to_officer(hold, "hold_accepted", key="accepted", at=at)


def reminder(
    hold: "PreservationHold", lead: int, *, asked: bool, suspended: bool = False, last: bool = False, at: datetime
) -> None:
    """Remind the officer, who follows, and those who decide on holds, that it ends; a suspended officer not.

    In the place of an officer who left, the leads of the agency are reminded. last: the end was put off for the
    suspension already, and is not put off again.
    """
    days, ends = schedule.days_left(_end(hold), at=at), _end(hold)
    left = schedule.leads_left(ends, after=at, leads=hold.provider.hold_leads)
    facts: dict[str, Value] = {"days": days, "asked": int(asked)}
    if not suspended:
        _to_officer(hold, "hold_reminder", key=f"{lead}d", at=at, ends=ends, reminders=left, **facts)
    _to_colleagues(hold, "hold_reminder_others", key=f"{lead}d", at=at, ends=ends, reminders=left, **facts)
    facts |= {"suspended": int(suspended), "last": int(last), "left": int(not told.officer_stays(hold))}
    _to_administrators(hold, "hold_reminder_staff", key=f"{lead}d", at=at, **facts)


def put_off(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell those who decide on holds that the hold of a suspended officer goes on, and until when."""
    _to_administrators(hold, "hold_put_off", key="put_off", at=at)


def extension_asked(extension: "HoldExtension", *, at: datetime) -> None:
    """Tell those who decide on holds that an officer needs more time, or asks late to have it back."""
    facts: dict[str, Value] = {"late": int(extension.late)}
    _to_administrators(extension.hold, "hold_extension_asked", key=f"asked{extension.pk}", at=at, **facts)


def extension_overdue(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell them, once a day, that a hold, or what is left of an ended one, stays because nobody has decided."""
    over = int(hold.expired_at is not None)
    _to_administrators(hold, "hold_extension_overdue", key=f"overdue-{at:%Y-%m-%d}", at=at, over=over)


def extended(extension: "HoldExtension", *, last: bool, at: datetime) -> None:
    """Tell the officer the new end, the reminders before it, and whether the rule allows no more (last)."""
    hold = extension.hold
    left = schedule.leads_left(_end(hold), after=at, leads=hold.provider.hold_leads)
    ends = _end(hold)
    _to_officer(hold, "hold_extended", key=f"extended{extension.pk}", at=at, ends=ends, reminders=left, last=int(last))


def extension_refused(extension: "HoldExtension", *, at: datetime) -> None:
    """Tell the officer that the hold ends as planned; the reason stands in the portal."""
    hold = extension.hold
    ends = _end(hold)
    over = int(_end(hold) <= at)
    _to_officer(hold, "hold_extension_refused", key=f"refused{extension.pk}", at=at, ends=ends, over=over)


def ended(hold: "PreservationHold", *, suspended: bool = False, at: datetime) -> None:
    """Tell the officer, as the last message, that the hold has ended, who follows, and those who decide on holds.

    A suspended officer is not told; where nobody decides on holds, the officer is told all the same: no hold ends
    unseen.
    """
    _tell_hooks(hold, at=at)
    untold = int(suspended or not told.officer_stays(hold))
    _to_colleagues(hold, "hold_ended_others", key="ended", at=at, ends=_end(hold), until=hold.grace_until)
    _to_administrators(hold, "hold_ended_staff", key="ended", at=at, untold=untold, until=hold.grace_until)
    if suspended and list(administrators(hold)):
        return
    _to_officer(hold, "hold_ended", key="ended", at=at, ends=_end(hold), until=hold.grace_until)


def released(hold: "PreservationHold", *, at: datetime) -> None:
    """Confirm the release to the officer."""
    _to_officer(hold, "hold_released", key="released", at=at)
    _tell_hooks(hold, at=at)


def kept(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer that nothing runs down while we answer a request."""
    _to_officer(hold, "hold_kept", key=f"kept-{at:%Y%m%d%H%M%S%f}", at=at, request=hold.request_reference)


def referred(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer that nothing runs down while the request takes another way, and the earliest end."""
    key = f"referred-{at:%Y%m%d%H%M%S%f}"
    _to_officer(hold, "hold_referred", key=key, at=at, request=hold.request_reference, ends=_end(hold))


def resumed(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer that the hold runs down again, and until when."""
    left = schedule.leads_left(_end(hold), after=at, leads=hold.provider.hold_leads)
    ends = _end(hold)
    _to_officer(hold, "hold_resumed", key=f"resumed-{at:%Y%m%d%H%M%S%f}", at=at, ends=ends, reminders=left)


def accept_due(hold: "PreservationHold", *, stage: str, at: datetime) -> None:
    """Tell those who decide on holds that one waits for a person: stage is "before", "at" or "after" its time."""
    due = hold.accept_by or _end(hold)
    key = f"accept-{stage}-{due:%Y%m%d%H%M}" + (f"-{at:%Y-%m-%d}" if stage == "after" else "")
    _to_administrators(hold, "hold_accept_due", key=key, at=at, due=due, stage=stage)


def too_many(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell those who decide on holds, once a day for each agency, that no more is taken; hold: the last that was."""
    for person in administrators(hold):
        key = f"hold_too_many:{hold.agency_id}:{at:%Y-%m-%d}:{person.pk}"
        send("hold_too_many", dedupe_key=key, to_user=person, context={}, reference=hold.reference or "", at=at)


def declined(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell the officer that a hold was not accepted; why, and what helps, stands in the portal."""
    _to_officer(hold, "hold_declined", key="declined", at=at)
    _tell_hooks(hold, at=at)


def not_carried_out(hold: "PreservationHold", *, at: datetime) -> None:
    """Alarm those who decide on holds, once a day, while the company's systems have not done what was asked."""
    _to_administrators(hold, "hold_failed", key=f"failed-{at:%Y-%m-%d}", at=at)


def not_deleted(hold: "PreservationHold", *, ended_at: datetime, stage: str, at: datetime) -> None:
    """Alarm those who decide on holds, once at each stage, while copies stay after the hold is over."""
    for person in administrators(hold):
        send(
            "hold_not_deleted",
            dedupe_key=f"hold:{hold.pk}:not_deleted:{ended_at:%Y%m%d%H%M%S}:{stage}:{person.pk}",
            to_user=person,
            context={"ended": ended_at},
            reference=hold.reference or "",
            at=at,
        )


def follower_added(hold_follower: "HoldFollower", *, at: datetime) -> None:
    """Tell a colleague that there is a hold to follow."""
    hold = hold_follower.hold
    send(
        "hold_follower_added",
        dedupe_key=f"hold:{hold.pk}:follower:{hold_follower.pk}",
        to_user=hold_follower.user,
        context={},
        reference=hold.reference or "",
        at=at,
    )


def holds_left(leads: Iterable[User], officer: User, *, number: int, at: datetime) -> None:
    """Tell the leads of an agency that a colleague who left has running holds: they can take them over."""
    for lead in leads:
        key = f"holds_left:{officer.pk}:{lead.pk}:{at.isoformat()}"
        send("holds_left", dedupe_key=key, to_user=lead, context={"number": number}, at=at)


def withdraw_unsent(hold: "PreservationHold", *, expires_at: datetime, at: datetime) -> int:
    """Keep messages that speak of an end that has moved from leaving; return how many.

    Also those that a worker has taken and not begun to hand over, or that a worker took with it when it died: what is
    with the mail server at this very moment alone can arrive after this.
    """
    prefix = schedule.dedupe_key(hold.pk, expires_at, "", "").rstrip(":") + ":"
    unsent = [JobState.PENDING, JobState.RUNNING]
    waiting = OutboundMessage.objects.filter(dedupe_key__startswith=prefix, state__in=unsent)
    speaking = waiting.filter(event__in=_SPEAK_OF_END)
    return speaking.update(
        state=JobState.GIVEN_UP, finished_at=at, claimed_until=None, last_error="The end of the hold has moved."
    )


def administrators(hold: "PreservationHold") -> Iterable[User]:
    """Return who decides on the holds of this provider, by a role here, without those who declared a conflict."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.DECIDE_HOLDS in held]
    here = StaffRole.objects.filter(provider=hold.provider_id, ended_at=None, role__in=roles)
    found = User.objects.filter(is_active=True, pk__in=here.values("user"))
    return found.exclude(pk__in=_conflicts(hold).values("user")).order_by("pk")


def _tell_hooks(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell hooks that a hold ended; of one behind a restricted request nothing."""
    if hold.reference and not hold.restricted:
        link = reverse("holds:staff_detail", args=[hold.reference])
        emit(HookEvent.HOLD_ENDED, dedupe_key=f"hold.ended:{hold.pk}", reference=hold.reference, link=link, at=at)


def _end(hold: "PreservationHold") -> datetime:
    if hold.expires_at is None:
        raise ValueError(f"{hold} has no end yet.")
    return hold.expires_at


def _conflicts(hold: "PreservationHold") -> QuerySet[DeclaredConflict]:
    about = Q(agency=hold.agency_id) | Q(about_reference=hold.reference or "-")
    return DeclaredConflict.objects.filter(about, ended_at=None)


def _to_officer(hold: "PreservationHold", event: str, *, key: str, at: datetime, **context: Value) -> None:
    """Tell the officer, unless gone; of some changes colleagues hear too, without a word of the request beside it."""
    if told.officer_stays(hold):
        _send(hold, event, hold.officer, key=key, at=at, context=context)
    if event in _CHANGES:
        known = {"what": _CHANGES[event], "over": context.get("over", 0), "ends": _end(hold)}
        _to_colleagues(hold, "hold_changed_others", key=key, at=at, **known)


def _to_colleagues(hold: "PreservationHold", event: str, *, key: str, at: datetime, **context: Value) -> None:
    """Tell who follows; and the leads of the agency where its officer has left, so that somebody takes the hold over.

    Where staff placed the hold for an agency that has no officer here, nobody left.
    """
    people = {row.user: 0 for row in told.following(hold, at=at)}
    gone = not told.officer_stays(hold) and not AgencyAddressee.objects.filter(user=hold.officer_id).exists()
    if gone:
        people = dict.fromkeys(told.leads(hold, at=at), 1) | people
    for person, lead in people.items():
        _send(hold, event, person, key=key, at=at, context={**context, "lead": lead, "left": int(gone)})


def _to_administrators(hold: "PreservationHold", event: str, *, key: str, at: datetime, **context: Value) -> None:
    for person in administrators(hold):
        facts = {"ends": _end(hold), **context}
        _send(hold, event, person, key=key, at=at, context=facts)


def _send(hold: "PreservationHold", event: str, to: User, *, key: str, at: datetime, context: dict[str, Value]) -> None:
    send(
        event,
        dedupe_key=schedule.dedupe_key(hold.pk, _end(hold), key, str(to.pk)),
        to_user=to,
        context=context,
        reference=hold.reference or "",
        at=at,
    )
