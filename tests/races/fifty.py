"""What the races share: fifty who do the same, and what came of it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from tests.harness.race import race

FIFTY = 50


def fresh(row: models.Model) -> Any:
    """The row as another request would read it."""
    return type(row).objects.get(pk=row.pk)


def fifty(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at once, in turns, fifty in all."""
    return race(*(acts[number % len(acts)] for number in range(FIFTY)))


class Since:
    """What the trail and the outbox got since a moment, about something with a reference where one is named."""

    def __init__(self, reference: str = "") -> None:
        self._entries = {"object_label__contains": reference} if reference else {}
        self._mails = {"reference": reference} if reference else {}
        self._entry = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._mail = OutboundMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def entries(self, *actions: str) -> list[str]:
        """The actions among these that were written down."""
        rows = AuditEvent.objects.filter(pk__gt=self._entry, action__in=actions, **self._entries)
        return list(rows.order_by("pk").values_list("action", flat=True))

    def mails(self, *events: str) -> list[str]:
        """The messages among these that were put into the outbox."""
        rows = OutboundMessage.objects.filter(pk__gt=self._mail, event__in=events, **self._mails)
        return list(rows.order_by("pk").values_list("event", flat=True))


def same(rows: Iterable[Any]) -> Any:
    """Return what all of them got, which is one and the same row."""
    found = list(rows)
    broken = [one for one in found if isinstance(one, Exception)]
    assert not broken, broken[:3]
    assert len({one.pk for one in found}) == 1
    return found[0]
