"""Reading the trail, which is itself an act that the trail keeps."""

from datetime import datetime

from django.db.models import Q

from accounts.events import Event
from accounts.models import User
from accounts.trail_parts import parts_of, withheld
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.references import normalise_reference


def read(
    *,
    by: User,
    action: str = "",
    actor: str = "",
    reference: str = "",
    older_than: int | None = None,
    most: int = 50,
    at: datetime | None = None,
) -> list[AuditEvent]:
    """Return entries, newest first, and leave the entry of this look with what was asked for.

    A reference finds what was written under it, and what was written about the parts of its case: its questions,
    notices, packages, files. Entries that are `withheld` are about what only named people read: the label alone.
    """
    entries = AuditEvent.objects.defer("digest")
    if action:
        entries = entries.filter(action__startswith=action)
    if actor:
        person = User.objects.filter(email=actor.lower()).first()
        same = Q(actor_kind=User._meta.label_lower, actor_id=str(person.pk)) if person else Q(actor_label=actor)
        entries = entries.filter(same)
    if reference:
        known = normalise_reference(reference) or reference
        entries = entries.filter(Q(object_label=known) | parts_of(known))
    if older_than is not None:
        entries = entries.filter(pk__lt=older_than)
    found = list(entries.order_by("-pk")[:most])
    closed = withheld(found, by)
    for entry in found:
        entry.withheld = entry.pk in closed  # type: ignore[attr-defined]  # the page shows the label alone
    asked = {"action": action, "actor": actor, "reference": reference, "before": older_than, "entries": len(found)}
    record(Event.TRAIL_READ, by=by, data=asked, at=at)
    return found
