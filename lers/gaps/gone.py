"""Entries about objects that are gone, and objects that no entry tells of."""

from collections.abc import Iterator

from django.db import models
from django.db.models.functions import Cast

from accounts.events import Event as E
from accounts.models import AccessApplication, Agency, AgencyMembership, User
from foundation.audit.models import AuditEvent
from lers.gaps.reading import BATCH, about, batches
from lers.gaps.states import MACHINES, model_of
from preservation.events import Event as H
from preservation.models import PreservationHold
from requests_app.events import Event as R
from requests_app.models import DataRequest, DisclosurePackage

# What may be deleted, and the entry that says so.
_DELETED: dict[str, set[str]] = {
    AccessApplication._meta.label_lower: {E.DRAFT_DROPPED},
    DataRequest._meta.label_lower: {R.DRAFT_DELETED},
    PreservationHold._meta.label_lower: {H.DRAFT_DELETED},
}
_OURS = {model_of(machine) for machine in MACHINES} | {User, Agency, AgencyMembership}


def gaps() -> Iterator[str]:
    """Return a line for each object that went, or came, without an entry."""
    for model in sorted(_OURS, key=lambda model: model._meta.label_lower):
        yield from _went(model)
    for model in (DataRequest, PreservationHold, AccessApplication, DisclosurePackage):
        yield from _came(model)


def _went(model: type[models.Model]) -> Iterator[str]:
    kind = model._meta.label_lower
    for keys in _told(kind):
        here = {str(pk) for pk in model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)}
        gone = [key for key in keys if key not in here]
        told = about(model, gone, _DELETED.get(kind, ())) if gone else {}
        yield from (f"{kind} {key}: it is gone, and nobody deleted it" for key in gone if key not in told)


def _told(kind: str) -> Iterator[list[str]]:
    """Return the keys that entries name, a batch at a time in the order of the index on objects."""
    last = ""
    rows = AuditEvent.objects.filter(object_type=kind).exclude(object_id="")
    while keys := list(
        rows.filter(object_id__gt=last).order_by("object_id").values_list("object_id", flat=True).distinct()[:BATCH]
    ):
        yield [key for key in keys if key.isdigit()]
        last = keys[-1]


def _came(model: type[models.Model]) -> Iterator[str]:
    kind = model._meta.label_lower
    told = AuditEvent.objects.filter(object_type=kind, object_id=models.OuterRef("key"))
    rows = model._base_manager.annotate(key=Cast("pk", models.TextField())).filter(~models.Exists(told))
    for batch in batches(rows.only("pk")):
        yield from (f"{kind} {row.pk}: it is there, and no entry tells of it" for row in batch)
