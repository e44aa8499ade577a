"""The project itself as an app, for its management commands."""

from django.apps import AppConfig


class LersConfig(AppConfig):
    """Management commands of the local runner."""

    name = "lers"
