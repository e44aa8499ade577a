"""The identifiers of a draft: added one by one or many at once, and taken out again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.core.errors import Incomplete
from foundation.core.identifiers import Identifier
from requests_app.enums import TargetRole
from requests_app.models import DataRequest, Target
from requests_app.services.drafts import locked, saved
from requests_app.services.lines import sync_lines
from requests_app.services.preflight import Step

MAX_TARGETS = 500


@transaction.atomic
def add_identifiers(
    data_request: DataRequest,
    found: Iterable[Identifier],
    *,
    role: str = TargetRole.UNKNOWN,
    version: int,
    by: Any,
    at: datetime | None = None,
) -> int:
    """Add the identifiers that can be used and are not there yet; return how many were new."""
    at = at or timezone.now()
    draft = locked(data_request, by=by, version=version)
    before = draft.targets.count()
    usable = [item for item in found if item.accepted]
    if before + len(usable) > MAX_TARGETS:
        raise Incomplete(f"A request takes at most {MAX_TARGETS} identifiers. Send a second request for the others.")
    Target.objects.bulk_create([_target(draft, item, role) for item in usable], ignore_conflicts=True)
    sync_lines(draft)
    saved(draft, Step.IDENTIFIERS, by=by, at=at)
    return draft.targets.count() - before


@transaction.atomic
def remove_identifier(
    data_request: DataRequest, target_id: int, *, version: int, by: Any, at: datetime | None = None
) -> DataRequest:
    """Take an identifier out of a draft, with its lines; one that is gone already stays gone."""
    draft = locked(data_request, by=by, version=version)
    draft.targets.filter(pk=target_id).delete()
    return saved(draft, Step.IDENTIFIERS, by=by, at=at or timezone.now())


def _target(draft: DataRequest, item: Identifier, role: str) -> Target:
    return Target(
        data_request=draft,
        kind=item.kind,
        network=item.network,
        given=item.given,
        normalised=item.normalised,
        role=role,
    )
