"""Messages to officers and staff: outbox, delivery, inbox."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages to officers and staff: outbox, delivery, inbox."""

    name = "foundation.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
