"""The append-only, verifiable trail."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from foundation.audit.checks import check_anchors


class AuditConfig(AppConfig):
    """The append-only, verifiable trail."""

    name = "foundation.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        register(check_anchors, Tags.security, deploy=True)
