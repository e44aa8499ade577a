"""What is wrong with the settings of the trail."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name


def check_anchors(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say where nobody outside holds anything of the trail: its owner could then write it anew."""
    if settings.TIMESTAMP_URL or settings.AUDIT_PUBLISH_DIR:
        return []
    hint = "Set TIMESTAMP_URL with TIMESTAMP_ROOTS, or AUDIT_PUBLISH_DIR and copy its files elsewhere: docs/audit.md"
    return [Warning("The trail has no anchor outside of the portal.", hint=hint, id="audit.W001")]
