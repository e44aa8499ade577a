"""System checks: whether production says which mail domains are the company's own."""

from collections.abc import Sequence
from typing import Any

from disposable_email_domains import blocklist
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from accounts.free_mail import BRANDS, DOMAINS
from accounts.mail_hosts import FORWARDING_DOMAINS


def check_staff_domains(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn where production takes colleagues from any domain; refuse a mail service that anybody can join."""
    everybodys = DOMAINS | FORWARDING_DOMAINS | blocklist
    open_to_all = [n for n in settings.STAFF_EMAIL_DOMAINS if n in everybodys or n.partition(".")[0] in BRANDS]
    if open_to_all:
        return [
            Error(
                f"STAFF_EMAIL_DOMAINS names a mail service that anybody can join: {', '.join(open_to_all)}.",
                id="accounts.E001",
            )
        ]
    if settings.PRODUCTION and not settings.STAFF_EMAIL_DOMAINS:
        return [
            CheckWarning(
                "Colleagues can be invited with an address at any company.",
                hint="Set STAFF_EMAIL_DOMAINS to the domains of the company's own addresses, with commas.",
                id="accounts.W001",
            )
        ]
    return []
