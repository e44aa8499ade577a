"""Why demo data is refused."""

from django.conf import settings

from foundation.core.errors import PortalError


class DemoRefused(PortalError):
    """Demo data has no place here."""


def require_demo() -> None:
    """Refuse unless this is a demo; production cannot be one, its settings see to that."""
    if settings.PRODUCTION or not settings.DEMO:
        raise DemoRefused("This is for the demo only. Set DEMO=1 on a machine that holds nothing real.")
