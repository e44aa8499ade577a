"""The append-only, verifiable trail."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The append-only, verifiable trail."""

    name = "foundation.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
