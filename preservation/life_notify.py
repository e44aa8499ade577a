"""What to tell whom about the life of a hold: treaty requests, the release of a part, an end that staff set.

No facts of the case, as in preservation.notify: the reference, what to do, by when.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.models import User
from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from preservation import told
from preservation.notify import administrators

if TYPE_CHECKING:
    from preservation.models import HoldExtension, PreservationHold


def treaty_started(hold: "PreservationHold", *, due: datetime, at: datetime) -> None:
    """Tell the officer that nothing runs down during a treaty request, and when we ask whether it still runs."""
    _to_officer(hold, "hold_treaty_started", key=f"treaty-{at:%Y%m%d%H%M%S}", at=at, due=due)


def document_unusable(extension: "HoldExtension", *, at: datetime) -> None:
    """Tell the officer, unless gone, that the document sent with an extension cannot be used."""
    hold, key = extension.hold, f"unusable-{extension.document_id}"
    if told.officer_stays(hold):
        _send(hold, "hold_document_unusable", hold.officer, key=key, at=at)


def treaty_named(hold: "PreservationHold", *, at: datetime) -> None:
    """Tell those who decide on holds, once a day, that an officer named a treaty request: the hold still ends."""
    for person in administrators(hold):
        _send(hold, "hold_treaty_named", person, key=f"treaty-named-{at:%Y-%m-%d}", at=at, ends=hold.expires_at)


def treaty_to_confirm(hold: "PreservationHold", *, stage: str, due: datetime, urged: bool, at: datetime) -> None:
    """Ask whether a treaty request still runs: those who decide on holds, and the officer where urged.

    The hold goes on either way.
    """
    key = f"treaty-{due:%Y%m%d}-{stage}"
    if urged:
        _to_officer(hold, "hold_treaty_confirm", key=key, at=at, due=due)
    for person in administrators(hold):
        _send(hold, "hold_treaty_confirm_staff", person, key=key, at=at, due=due, over=int(due <= at))


def released_in_part(hold: "PreservationHold", *, by_staff: bool, at: datetime) -> None:
    """Confirm to the officer that a part of a hold was released; which part stands in the portal."""
    key = f"part-{at:%Y%m%d%H%M%S%f}"
    _to_officer(hold, "hold_released_in_part", key=key, at=at, by_staff=int(by_staff))


def ended_early(hold: "PreservationHold", *, until: datetime, at: datetime) -> None:
    """Tell the officer that staff ended a hold that nothing followed, and until when more time can be asked for.

    Hooks hear that it ended, as of every end; of one behind a restricted request nothing.
    """
    if hold.reference and not hold.restricted:
        link = reverse("holds:staff_detail", args=[hold.reference])
        emit(HookEvent.HOLD_ENDED, dedupe_key=f"hold.ended:{hold.pk}", reference=hold.reference, link=link, at=at)
    _to_officer(hold, "hold_ended_early", key=f"early-{at:%Y%m%d%H%M%S}", at=at, until=until)


def _to_officer(hold: "PreservationHold", event: str, *, key: str, at: datetime, **context: Value) -> None:
    """Tell the officer and who follows; where the officer has left, the leads of the agency."""
    people = {row.user for row in told.following(hold, at=at)}
    if told.officer_stays(hold):
        people.add(hold.officer)
    else:
        people |= set(told.leads(hold, at=at))
    for person in sorted(people, key=lambda person: person.pk):
        _send(hold, event, person, key=key, at=at, **context)


def _send(hold: "PreservationHold", event: str, to: User, *, key: str, at: datetime, **context: Value) -> None:
    reference = hold.reference or ""
    send(event, dedupe_key=f"hold:{hold.pk}:{key}:{to.pk}", to_user=to, context=context, reference=reference, at=at)
