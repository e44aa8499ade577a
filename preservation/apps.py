"""The hold: place, remind, extend, release, expire."""

from django.apps import AppConfig


class PreservationConfig(AppConfig):
    """The hold: place, remind, extend, release, expire."""

    name = "preservation"
    label = "preservation"
    default_auto_field = "django.db.models.BigAutoField"
