"""Hooks for tests."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from foundation.notifications.hooks import signing
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook
from tests.people import make_staff


def make_hook(
    url: str,
    *,
    secret: str = "",
    events: Sequence[str] = (HookEvent.RECEIVED, HookEvent.EMERGENCY),
    **changes: Any,
) -> Hook:
    """A hook that is on, with a secret of its own unless one is given."""
    values = {
        "name": f"Pager {Hook.objects.count() + 1}",
        "url": url,
        "events": [str(event) for event in events],
        "secret_sealed": signing.seal(secret or signing.new_secret()),
        "created_at": timezone.now(),
        "created_by": make_staff("administrator"),
    }
    return Hook.objects.create(**(values | changes))
