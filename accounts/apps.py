"""Who may come in: agencies, officers, staff, vetting, roles, second factor."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may come in: agencies, officers, staff, vetting, roles, second factor."""

    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
