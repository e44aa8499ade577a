"""The life of a hold and of its extensions, as tables."""

from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, row
from preservation.enums import ExtensionStatus as X
from preservation.enums import HoldStatus as H
from preservation.events import Event as E

SYSTEM = "system"
OWNER = P.FILE_HOLD

HOLD = Machine(
    "PreservationHold",
    H,
    H.DRAFT,
    (
        row("request", [H.DRAFT], H.REQUESTED, OWNER, E.REQUESTED),
        # By staff, for an agency that cannot ask here yet; its officer has the hold once vetted.
        row("place", [H.DRAFT], H.REQUESTED, P.REVIEW_REQUEST, E.PLACED),
        row("start", [H.REQUESTED], H.ACTIVE, SYSTEM, E.STARTED),
        # Kept from receipt on; what nobody accepted yet can be declined, and is let go of then.
        row("decline", [H.REQUESTED, H.ACTIVE, H.PROCESS_SERVED, H.ON_TREATY], H.DECLINED, P.DECIDE_HOLDS, E.DECLINED),
        row("attach_process", [H.ACTIVE], H.PROCESS_SERVED, SYSTEM, E.PROCESS_ATTACHED),
        row("detach_process", [H.PROCESS_SERVED], H.ACTIVE, SYSTEM, E.PROCESS_DETACHED),
        row("start_treaty", [H.ACTIVE], H.ON_TREATY, P.DECIDE_HOLDS, E.TREATY_STARTED),
        # We referred the request to mutual legal assistance or a national channel: the records are kept meanwhile.
        row("refer", [H.ACTIVE, H.PROCESS_SERVED], H.ON_TREATY, SYSTEM, E.REFERRED),
        row("end_treaty", [H.ON_TREATY], H.ACTIVE, P.DECIDE_HOLDS, E.TREATY_ENDED),
        row("release", [H.ACTIVE, H.PROCESS_SERVED, H.ON_TREATY], H.RELEASED, OWNER, E.RELEASED),
        # What staff placed for an agency whose word did not hold; an officer's hold never ends this way.
        row("call_off", [H.ACTIVE], H.RELEASED, P.REVIEW_REQUEST, E.CALLED_OFF),
        # The authority had to go to court within a time of the law, and nobody said that it did.
        row("fall", [H.ACTIVE], H.RELEASED, SYSTEM, E.FELL),
        row("expire", [H.ACTIVE], H.EXPIRED, SYSTEM, E.EXPIRED),
        # By staff, of one that has run for long and that nothing followed: nothing is kept without a ground.
        row("end_early", [H.ACTIVE], H.EXPIRED, P.DECIDE_HOLDS, E.ENDED_EARLY),
        # A late request was granted while the copies were still there.
        row("revive", [H.EXPIRED], H.ACTIVE, P.DECIDE_HOLDS, E.REVIVED),
        row("destroy", [H.RELEASED, H.EXPIRED, H.DECLINED], H.DESTROYED, SYSTEM, E.DESTROYED),
    ),
)

EXTENSION = Machine(
    "HoldExtension",
    X,
    X.REQUESTED,
    (
        row("grant", [X.REQUESTED], X.GRANTED, P.DECIDE_HOLDS, E.EXTENSION_GRANTED),
        row("refuse", [X.REQUESTED], X.REFUSED, P.DECIDE_HOLDS, E.EXTENSION_REFUSED),
        row("lapse", [X.REQUESTED], X.LAPSED, SYSTEM, E.EXTENSION_LAPSED),
    ),
)

MACHINES = (HOLD, EXTENSION)
