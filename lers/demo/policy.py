"""What the demo's company decided for itself: one type of process that it does not take."""

from datetime import datetime

from foundation.legal.models import ProcessType
from foundation.providers.models import ProcessPolicy, Provider
from lers.demo.people import who
from requests_app.services import company_policy

# A voluntary request: the company asks for an order instead.
SWITCHED_OFF = "GB-DPA-REQUEST"
_REASON = "A voluntary request binds nobody. We answer production orders, within the seven days that they set."


def ensure_switched_off(provider: Provider, *, at: datetime) -> bool:
    """Switch one type off where nobody has decided about it; say whether it was done now."""
    if ProcessPolicy.objects.filter(provider=provider, code=SWITCHED_OFF).exists():
        return False
    kind = ProcessType.objects.filter(code=SWITCHED_OFF).order_by("-catalogue_version")[0]
    company_policy.switch(
        provider, kind, accepted=False, needs_counsel=False, reason=_REASON, version=0, by=who("administrator"), at=at
    )
    return True
