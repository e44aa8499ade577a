"""Workflow engine, references, identifiers, jobs, template tags."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Workflow engine, references, identifiers, jobs, template tags."""

    name = "foundation.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
