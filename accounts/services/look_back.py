"""The look-back: what a suspended officer, or the officers of an agency, did since a call last confirmed them.

Each act of the trail becomes one item, and a person looks at each one again. Which acts count is said by the apps they
happen in (accounts.watched).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts import watched
from accounts.enums import CallBackResult, LookBackOutcome
from accounts.events import Event
from accounts.guards import suspension_refusal
from accounts.models import CallBack, LookBackItem, Suspension, User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused

_BATCH = 1000
_ACTOR = "accounts.user"


@dataclass(frozen=True)
class Progress:
    """How many acts were looked at, of how many."""

    looked: int
    total: int

    @property
    def left(self) -> int:
        """How many nobody has looked at yet."""
        return self.total - self.looked


@dataclass(frozen=True)
class Shown:
    """One act as the page draws it; link is None where the reader may not open the object."""

    item: LookBackItem
    words: str
    link: watched.Link | None


def collect(suspension: Suspension, officers: Iterable[User]) -> int:
    """List what these people did since each was last confirmed; return how many acts that is.

    Call it after their sessions ended, in the same transaction: what was on its way has committed by then, or never
    will. Sets `look_back_from` to the earliest moment, and leaves it empty where one of them was never confirmed.
    """
    people = {user.pk: user for user in officers}
    since = confirmed_at(people)
    everybody_confirmed = bool(people) and all(pk in since for pk in people)
    suspension.look_back_from = min(since.values()) if everybody_confirmed else None
    suspension.save(update_fields=["look_back_from"])
    acts, found = _acts(suspension, people, since), 0
    while some := list(islice(acts, _BATCH)):
        found += len(LookBackItem.objects.bulk_create(some))
    return found


def confirmed_at(officers: Iterable[int]) -> dict[int, datetime]:
    """Return when each of these people was last confirmed by a call; who never was is left out."""
    calls = CallBack.objects.filter(result=CallBackResult.CONFIRMED)
    found: dict[int, datetime] = {}
    for path in ("about_user", "application__user"):
        rows = calls.filter(**{f"{path}__in": list(officers)}).values_list(path).annotate(last=Max("called_at"))
        for pk, last in rows:
            found[pk] = max(last, found.get(pk, last))
    return found


def _acts(suspension: Suspension, people: dict[int, User], since: dict[int, datetime]) -> Iterator[LookBackItem]:
    entries = AuditEvent.objects.filter(
        actor_kind=_ACTOR, actor_id__in=[str(pk) for pk in people], action__in=watched.events()
    ).exclude(outcome="refused")
    rows = entries.order_by("id").values_list("id", "action", "actor_id", "object_label", "occurred_at")
    for entry, action, actor, label, at in rows.iterator(chunk_size=_BATCH):
        officer = int(actor)
        if officer in since and at <= since[officer]:
            continue
        yield LookBackItem(
            suspension=suspension, entry_id=entry, kind=action, label=label[:200], done_at=at, done_by=people[officer]
        )


@transaction.atomic
def check(item: LookBackItem, *, outcome: str, note: str = "", by: User, at: datetime | None = None) -> LookBackItem:
    """Write down what looking at one act again showed; what is doubtful or wrong says why.

    Raises TransitionRefused where somebody looked at it already, or access was given back meanwhile.
    """
    at = at or timezone.now()
    row = _locked(item)
    if refusal := suspension_refusal(by, row.suspension.subject_agency, Permission.SUSPEND_ACCESS):
        raise NotAllowed(refusal)
    if row.suspension.lifted_at is not None:
        raise TransitionRefused("Access was given back: the list is closed.")
    if row.looked_by_id is not None:
        raise TransitionRefused(f"{User.objects.get(pk=row.looked_by_id).get_full_name()} looked at this already.")
    if outcome != LookBackOutcome.FINE and not note.strip():
        raise Incomplete("Write what is doubtful or wrong, and what was done about it.")
    row.outcome, row.note, row.looked_at, row.looked_by = LookBackOutcome(outcome), note.strip(), at, by
    row.save(update_fields=["outcome", "note", "looked_at", "looked_by"])
    facts: dict[str, JSON] = {"suspension": str(row.suspension.uid), "entry": row.entry_id, "outcome": outcome}
    record(Event.LOOK_BACK_CHECKED, by=by, obj=row.suspension, data=facts, at=at)
    return row


def _locked(item: LookBackItem) -> LookBackItem:
    # Not looked_by: a row that was waited for comes with its new columns and without the person joined to them.
    related = ("suspension__agency", "suspension__call__agency")
    return LookBackItem.objects.select_for_update(of=("self",)).select_related(*related).get(pk=item.pk)


def progress(suspension: Suspension) -> Progress:
    """Return how far the list is worked off."""
    counted = suspension.look_back.aggregate(looked=Count("pk", filter=Q(looked_at__isnull=False)), total=Count("pk"))
    return Progress(counted["looked"], counted["total"])


def note_read(suspension: Suspension, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads the list of what the officers did."""
    record(Event.LOOK_BACK_READ, by=by, obj=suspension, at=at)


def shown(items: Iterable[LookBackItem], *, reader: User) -> list[Shown]:
    """Return the acts with their words, each with the page of its object where this reader may open it."""
    rows = list(items)
    entries = AuditEvent.objects.filter(pk__in=[row.entry_id for row in rows])
    about = {pk: (kind, key) for pk, kind, key in entries.values_list("id", "object_type", "object_id")}
    kinds: dict[str, list[str]] = {}
    for kind, key in about.values():
        kinds.setdefault(kind, []).append(key)
    found = {kind: watched.links(kind, keys, reader) for kind, keys in kinds.items()}
    return [Shown(row, watched.words(row.kind), _link(found, about.get(row.entry_id))) for row in rows]


def _link(found: dict[str, Mapping[str, watched.Link]], about: tuple[str, str] | None) -> watched.Link | None:
    return found.get(about[0], {}).get(about[1]) if about else None


def in_order(suspension: Suspension, *, left: bool) -> QuerySet[LookBackItem]:
    """Return the items in the order they were done: only those nobody looked at, or all."""
    rows = LookBackItem.objects.filter(suspension=suspension).select_related("done_by", "looked_by")
    rows = rows.filter(looked_at=None) if left else rows
    return rows.order_by("done_at", "pk")


def following(item: LookBackItem) -> int | None:
    """Return the next act of the same list that nobody looked at, after this one or from the beginning; or None."""
    left = in_order(Suspension(pk=item.suspension_id), left=True).exclude(pk=item.pk)
    behind = left.filter(Q(done_at__gt=item.done_at) | Q(done_at=item.done_at, pk__gt=item.pk))
    found = behind.first() or left.first()
    return found.pk if found else None
