"""The request, from draft to closure."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The request, from draft to closure."""

    name = "requests_app"
    label = "requests_app"
    default_auto_field = "django.db.models.BigAutoField"
