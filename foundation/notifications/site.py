"""What every message and page says about the service: its name, its address, its numbers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext


@dataclass(frozen=True)
class Site:
    """The deploying company as its messages show it."""

    name: str
    url: str
    """Where people sign in, with scheme and without a slash at the end."""
    address: str
    """The same as people type it: requests.meridian.example."""
    postal_address: str
    emergency_phone: str
    desk_phone: str = ""
    """The general number of the desk; "" where there is none."""

    @property
    def contact_url(self) -> str:
        """The page that says how to reach the company."""
        return f"{self.url}/contact/"

    @property
    def service(self) -> str:
        """What it is, beside the company's name."""
        return gettext("Government requests")

    @property
    def host(self) -> str:
        """The right side of a Message-ID."""
        return urlsplit(self.url).hostname or "localhost"


def site_details() -> Site:
    """Read the service's own facts from the settings, never from a request's Host header."""
    url = settings.PUBLIC_URL.rstrip("/")
    return Site(
        name=settings.SITE_NAME,
        url=url,
        address=url.split("://", 1)[-1],
        postal_address=settings.SITE_POSTAL_ADDRESS,
        emergency_phone=settings.EMERGENCY_PHONE,
        desk_phone=settings.SITE_DESK_PHONE,
    )
