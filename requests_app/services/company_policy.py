"""What the company decides for itself: types of process it takes, entry points by jurisdiction, the sealed channel."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, Stale, TransitionRefused
from foundation.legal.models import Jurisdiction, ProcessType
from foundation.providers.events import ProviderEvent
from foundation.providers.models import EntryPoint, ProcessPolicy, Provider
from foundation.providers.policy import policy_of

# What an entry point says, in the order of its page.
SAID = (
    "title", "address", "language", "team", "guidelines", "redirects", "allows_filing", "national_channel", "law",
    "victims",
)  # fmt: skip
_CHANGED = "Somebody else changed this while you had it open. Read what holds now, then save again."


def providers_of(user: User) -> QuerySet[Provider]:
    """Return the companies this member of staff works for, by name."""
    return Provider.objects.filter(pk__in=user.staff_roles.filter(ended_at=None).values("provider")).order_by("name")


@transaction.atomic
def switch(
    provider: Provider,
    process_type: ProcessType,
    *,
    accepted: bool,
    needs_counsel: bool,
    reason: str,
    version: int,
    by: User,
    at: datetime | None = None,
) -> ProcessPolicy | None:
    """Decide whether the company takes a type of process, and whether counsel looks first.

    `version` is the one this person saw, 0 where nobody had decided. Raises Stale where somebody decided meanwhile,
    NotAllowed without the right. Returns None, and leaves no event, where nothing is different from what holds.
    """
    at = at or timezone.now()
    _require(by, provider)
    locked = Provider.objects.select_for_update().get(pk=provider.pk)
    before = policy_of(locked, process_type)
    if before.version != version:
        raise Stale(_CHANGED)
    if (before.accepted, before.needs_counsel) == (accepted, needs_counsel):
        return None
    row, _new = ProcessPolicy.objects.update_or_create(
        provider=locked,
        code=process_type.code,
        defaults={
            "accepted": accepted, "needs_counsel": needs_counsel, "note": reason, "changed_at": at,
            "lock_version": version + 1,
        },
    )  # fmt: skip
    changes = {"accepted": [before.accepted, accepted], "needs_counsel": [before.needs_counsel, needs_counsel]}
    record(ProviderEvent.POLICY_CHANGED, by=by, obj=row, object_label=process_type.code, reason=reason, at=at,
           data={"company": locked.slug, "changes": {k: v for k, v in changes.items() if v[0] != v[1]}})  # fmt: skip
    return row


@transaction.atomic
def add_entry_point(
    provider: Provider, jurisdiction: Jurisdiction, said: Mapping[str, Any], *, by: User, at: datetime | None = None
) -> EntryPoint:
    """Give a jurisdiction its own entry. Raises TransitionRefused where it has one: that one is changed instead."""
    at = at or timezone.now()
    _require(by, provider)
    locked = Provider.objects.select_for_update().get(pk=provider.pk)
    if locked.entry_points.filter(jurisdiction=jurisdiction).exists():
        raise TransitionRefused(f"{jurisdiction} has an entry point already. Change that one.")
    row = EntryPoint(provider=locked, jurisdiction=jurisdiction, **{name: said[name] for name in SAID})
    row.save(force_insert=True)
    record(ProviderEvent.ENTRY_POINT_ADDED, by=by, obj=row, object_label=jurisdiction.pk, at=at,
           data={"company": locked.slug, "says": facts_of(row)})  # fmt: skip
    return row


@transaction.atomic
def change_entry_point(
    entry_point: EntryPoint, said: Mapping[str, Any], *, version: int, by: User, at: datetime | None = None
) -> EntryPoint:
    """Change what an entry point says. Raises Stale where somebody else saved since `version`.

    Nothing new leaves no event and no new version.
    """
    at = at or timezone.now()
    row = _locked(entry_point, by)
    if row.lock_version != version:
        raise Stale(_CHANGED)
    before = facts_of(row)
    for name in SAID:
        setattr(row, name, said[name])
    after = facts_of(row)
    changes: dict[str, Any] = {name: [before[name], after[name]] for name in SAID if before[name] != after[name]}
    if not changes:
        return row
    row.lock_version += 1
    row.save(update_fields=[*SAID, "lock_version"])
    record(ProviderEvent.ENTRY_POINT_CHANGED, by=by, obj=row, object_label=row.jurisdiction_id, at=at,
           data={"company": row.provider.slug, "changes": changes})  # fmt: skip
    return row


@transaction.atomic
def remove_entry_point(entry_point: EntryPoint, *, reason: str, by: User, at: datetime | None = None) -> None:
    """Take a jurisdiction's own entry away: its officers come in like everybody. The trail keeps what it said."""
    at = at or timezone.now()
    row = _locked(entry_point, by)
    record(ProviderEvent.ENTRY_POINT_REMOVED, by=by, obj=row, object_label=row.jurisdiction_id, reason=reason, at=at,
           data={"company": row.provider.slug, "said": facts_of(row)})  # fmt: skip
    try:
        row.delete()
    except ProtectedError as error:
        raise TransitionRefused("This entry point is in use and cannot be removed. Switch it off instead.") from error


@transaction.atomic
def set_single_files(provider: Provider, *, allowed: bool, by: User, at: datetime | None = None) -> bool:
    """Decide whether officers may take files one by one, not encrypted; False where it was so already."""
    at = at or timezone.now()
    _require(by, provider)
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if row.single_files == allowed:
        return False
    row.single_files = allowed
    row.save(update_fields=["single_files"])
    record(ProviderEvent.SINGLE_FILES_CHANGED, by=by, obj=row, object_label=row.slug, at=at,
           data={"changes": {"single_files": [not allowed, allowed]}})  # fmt: skip
    return True


@transaction.atomic
def set_sealed_channel(
    provider: Provider, text: str, *, seen: str, by: User, at: datetime | None = None
) -> Provider:  # fmt: skip
    """Write down where counsel takes process that must not be uploaded.

    `seen` is the fingerprint of what this person had before them; raises Stale where it is another text by now.
    """
    at = at or timezone.now()
    _require(by, provider)
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    before = row.sealed_channel
    if before == text:
        return row
    if fingerprint(before) != seen:
        raise Stale(_CHANGED)
    row.sealed_channel = text
    row.save(update_fields=["sealed_channel"])
    record(ProviderEvent.SEALED_CHANNEL_CHANGED, by=by, obj=row, object_label=row.slug, at=at,
           data={"changes": {"sealed_channel": [before, text]}})  # fmt: skip
    return row


def fingerprint(text: str) -> str:
    """Return what tells one text from another, for a form that must not carry the text twice."""
    return hashlib.sha256(text.encode()).hexdigest()


def facts_of(entry_point: EntryPoint) -> dict[str, Any]:
    """Return what an entry point says, as the trail keeps it."""
    said = {name: getattr(entry_point, name) for name in SAID if name != "team"}
    return said | {"team": entry_point.team.name if entry_point.team else ""}


def _locked(entry_point: EntryPoint, by: User) -> EntryPoint:
    rows = EntryPoint.objects.select_for_update(of=("self",)).select_related("provider", "jurisdiction", "team")
    row = rows.filter(pk=entry_point.pk).first()
    if row is None:
        raise TransitionRefused("This entry point was removed meanwhile.")
    _require(by, row.provider)
    return row


def _require(user: User, provider: Provider) -> None:
    """Raise NotAllowed for everybody but an administrator of this company."""
    if not has_permission(user, Permission.MANAGE_SETTINGS) or not providers_of(user).filter(pk=provider.pk).exists():
        raise NotAllowed("You may not change how this company takes requests.")
