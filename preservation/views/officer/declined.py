"""What an officer reads of a hold that was not accepted, or is over: why, what to do, and the way to ask again."""

from typing import Any
from uuid import uuid4

from preservation.cures import CURES, ground_words
from preservation.enums import ENDED_STATUSES
from preservation.forms.draft import AgainForm
from preservation.models import PreservationHold


def over_facts(hold: PreservationHold) -> dict[str, Any]:
    """Return ground, cure and words of a declined hold, and the form that asks for the same again; empty while it runs.

    Who declined it is not told.
    """
    if hold.status not in ENDED_STATUSES:
        return {}
    found: dict[str, Any] = {"again": AgainForm(initial={"key": uuid4()})}
    if hold.decline_code:
        code = hold.decline_code
        found |= {"ground": ground_words(code), "cure": CURES[code], "words": hold.decline_reason}
    return found
