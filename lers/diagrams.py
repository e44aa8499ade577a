"""The state diagrams of docs/states.md, drawn from the same tables that the services obey."""

from accounts.states import MACHINES as ACCOUNT_MACHINES
from foundation.core.workflow import Machine
from foundation.documents.states import MACHINE as DOCUMENT_MACHINE
from preservation.states import MACHINES as HOLD_MACHINES
from requests_app.release_states import MACHINES as RELEASE_MACHINES
from requests_app.states import MACHINES as REQUEST_MACHINES
from requests_app.urgent_states import MACHINES as URGENT_MACHINES

MACHINES: tuple[Machine, ...] = (
    *ACCOUNT_MACHINES,
    *REQUEST_MACHINES,
    *RELEASE_MACHINES,
    *URGENT_MACHINES,
    *HOLD_MACHINES,
    DOCUMENT_MACHINE,
)

_HEAD = """# States

Made by `manage.py state_diagrams` from the transition tables; a test keeps it current. Do not edit by hand.
A status changes only through a row of its table, and every row leaves its event in the trail.
"""


def render() -> str:
    """Return the whole of docs/states.md."""
    return "\n".join([_HEAD, *(_section(machine) for machine in MACHINES)])


def _section(machine: Machine) -> str:
    arrows = [f"    {source} --> {row.target}: {row.action}" for row in machine.rows for source in sorted(row.sources)]
    table = [
        f"| {row.action} | {', '.join(sorted(row.sources))} | {row.target} | {row.permission} | `{row.event}` |"
        for row in machine.rows
    ]
    return "\n".join(
        [
            f"## {machine.name}",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {machine.initial}",
            *arrows,
            "```",
            "",
            "| Action | From | To | Permission | Event |",
            "|---|---|---|---|---|",
            *table,
            "",
        ]
    )
