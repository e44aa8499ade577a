"""The nightly check of the whole trail: what it found is an entry itself, which the watch reads."""

import logging
from datetime import datetime

from foundation.audit import failing, verification
from foundation.audit.events import CHECK, TRAIL, TrailEvent
from foundation.audit.trail import DONE, record

logger = logging.getLogger(__name__)
BROKEN = "broken"


def check(*, at: datetime | None = None) -> bool:
    """Walk the whole trail, leave an entry of what was found, and return whether it is whole."""
    try:
        done = verification.verify()
    except verification.TrailBroken as error:
        logger.critical("%s the trail is broken: run verify_audit", failing.WORD)
        record(
            TrailEvent.VERIFIED, by=None, object_type=TRAIL, object_id=CHECK, outcome=BROKEN, reason=str(error), at=at
        )
        return False
    facts = {"sealed": done.sealed, "unsealed": done.unsealed, "checkpoints": done.checkpoints}
    record(TrailEvent.VERIFIED, by=None, object_type=TRAIL, object_id=CHECK, outcome=DONE, data=facts, at=at)
    return True
