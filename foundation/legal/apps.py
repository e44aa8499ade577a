"""Jurisdictions, the legal-process catalogue, working time and deadlines."""

from django.apps import AppConfig


class LegalConfig(AppConfig):
    """Jurisdictions, the legal-process catalogue, working time and deadlines."""

    name = "foundation.legal"
    label = "legal"
    default_auto_field = "django.db.models.BigAutoField"
