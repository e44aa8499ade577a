"""What tests of accounts need: codes, mails, pages, and an application that is ready to be decided."""

import base64
import re
import time

from bs4 import BeautifulSoup
from django_otp.oath import TOTP

from accounts.models import AuthenticatorApp
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage


def code_of(device: AuthenticatorApp, *, steps: int = 0) -> str:
    """What the app would show, so many steps from now."""
    totp = TOTP(device.bin_key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def code_for(secret: str) -> str:
    """What the app would show for a secret typed in as text."""
    key = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    totp = TOTP(key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def last_mail(event: str) -> OutboundMessage:
    return OutboundMessage.objects.filter(event=event).latest("pk")


def link_in(message: OutboundMessage) -> str:
    """The path of the link in a mail."""
    return re.search(r"https?://[^/\s]+(/\S+)", message.body_text)[1]


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(response) -> str:
    return " ".join(page(response).main.get_text(" ").split())


def actions(**about) -> list[str]:
    """The actions of the trail, oldest first."""
    return list(AuditEvent.objects.filter(**about).order_by("pk").values_list("action", flat=True))
