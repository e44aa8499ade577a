"""The life of an emergency told without an account, as a table."""

from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, Nobody, row
from requests_app.enums import UrgentContactStatus as U
from requests_app.events import Event as E

URGENT_CONTACT = Machine(
    "UrgentContact",
    U,
    U.NEW,
    (
        row("take", [U.NEW], U.TAKEN, P.REVIEW_REQUEST, E.URGENT_TAKEN),
        row("turn_away", [U.NEW, U.TAKEN], U.TURNED_AWAY, P.REVIEW_REQUEST, E.URGENT_TURNED_AWAY),
        # Who has access already needs no vetting: staff say so, and the emergency request follows.
        row("end", [U.TAKEN], U.LET_IN, P.REVIEW_REQUEST, E.URGENT_LET_IN),
        # The application was approved.
        row("let_in", [U.NEW, U.TAKEN], U.LET_IN, Nobody.SYSTEM, E.URGENT_LET_IN),
    ),
)

MACHINES = (URGENT_CONTACT,)
