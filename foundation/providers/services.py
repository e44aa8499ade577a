"""Which company this installation answers for, and how a jurisdiction reaches it."""

from foundation.core.errors import PortalError
from foundation.legal.models import Jurisdiction
from foundation.providers.models import EntryPoint, Provider


class NoSingleProvider(PortalError):
    """The installation has no company, or more than one, where exactly one was expected."""


def current_provider() -> Provider:
    """Return the only provider; NoSingleProvider says what to do where there is none, or several."""
    found = list(Provider.objects.select_related("calendar").order_by("pk")[:2])
    if not found:
        raise NoSingleProvider("No company is set up yet. Load the demo data, or add a provider.")
    if len(found) > 1:
        raise NoSingleProvider("Several companies are set up here: say which one is meant.")
    return found[0]


def entry_point_for(provider: Provider, jurisdiction: Jurisdiction | str) -> EntryPoint | None:
    """Return how this jurisdiction reaches the provider; None: as everybody does."""
    code = jurisdiction if isinstance(jurisdiction, str) else jurisdiction.pk
    points = EntryPoint.objects.select_related("team", "jurisdiction")
    return points.filter(provider=provider, jurisdiction_id=code.upper()).first()
