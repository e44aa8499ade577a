"""Which moves a document can make. Only the portal itself moves documents."""

from typing import Any

from foundation.core.workflow import Machine, Nobody, Workflow, row
from foundation.documents.enums import DocumentState as State
from foundation.documents.events import DocumentEvent as Event

MACHINE = Machine(
    name="Document",
    states=State,
    initial=State.RECEIVING,
    rows=(
        row("receive", [State.RECEIVING], State.PENDING, Nobody.SYSTEM, Event.RECEIVED),
        row("write_generated", [State.RECEIVING], State.CLEAN, Nobody.SYSTEM, Event.GENERATED),
        row("find_clean", [State.PENDING], State.CLEAN, Nobody.SYSTEM, Event.CLEAN),
        row("leave_unscanned", [State.PENDING], State.UNSCANNED, Nobody.SYSTEM, Event.UNSCANNED),
        row("find_infected", [State.PENDING], State.INFECTED, Nobody.SYSTEM, Event.INFECTED),
        # Looked at again with newer signatures, or by the first scanner there is.
        row("rescan_clean", [State.CLEAN, State.UNSCANNED], State.CLEAN, Nobody.SYSTEM, Event.RESCANNED),
        row("rescan_infected", [State.CLEAN, State.UNSCANNED], State.INFECTED, Nobody.SYSTEM, Event.RESCAN_INFECTED),
        row("rescan_refuse", [State.CLEAN, State.UNSCANNED], State.REFUSED, Nobody.SYSTEM, Event.RESCAN_REFUSED),
        row("refuse", [State.PENDING], State.REFUSED, Nobody.SYSTEM, Event.REFUSED),
        # The row stays, with name, size and hash; the contents go.
        row(
            "purge",
            [State.PENDING, State.CLEAN, State.INFECTED, State.REFUSED, State.UNSCANNED],
            State.PURGED,
            Nobody.SYSTEM,
            Event.PURGED,
        ),
    ),
)


def _guard(user: Any, action: str, obj: Any) -> str | None:
    """Allow every move: who may send a file is decided by the view of the app that asks for it."""
    return None


WORKFLOW = Workflow(MACHINE, guard=_guard, field="state")
