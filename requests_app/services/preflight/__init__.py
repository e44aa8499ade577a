"""What still keeps a draft from being sent: one pure list that draws the task list and guards the sending.

`read` takes the facts from the rows, `check` is pure and never raises, `findings` does both.
"""

from datetime import UTC, datetime

from requests_app.enums import RequestKind
from requests_app.models import DataRequest
from requests_app.services.preflight.facts import Facts
from requests_app.services.preflight.kind_rules import asset_rules, enquiry_rules
from requests_app.services.preflight.order_rules import order_rules
from requests_app.services.preflight.paper_rules import document_rules, notice_rules
from requests_app.services.preflight.reach import reach_refusal, reached, type_refusal
from requests_app.services.preflight.reading import (
    UNUSABLE,
    attached,
    can_count,
    first_process,
    first_version,
    read,
    read_day,
)
from requests_app.services.preflight.scope_rules import fact_rules, identifier_rules, record_rules
from requests_app.services.preflight.words import STEPS_OF_KIND, Finding, Kind, Step, blocking, steps_of

OPTIONAL = "Optional"

__all__ = [
    "OPTIONAL",
    "STEPS_OF_KIND",
    "UNUSABLE",
    "Facts",
    "Finding",
    "Kind",
    "Step",
    "attached",
    "begun",
    "blocking",
    "can_count",
    "check",
    "findings",
    "first_process",
    "first_version",
    "is_optional",
    "reach_refusal",
    "reached",
    "read",
    "read_day",
    "state_of",
    "steps_of",
    "type_refusal",
]


def findings(data_request: DataRequest, at: datetime) -> list[Finding]:
    """Return everything that is not right yet with this draft, in the order of the task list, hints among it."""
    return check(read(data_request, at=at), at)


def check(facts: Facts, at: datetime) -> list[Finding]:
    """Return everything that is not right yet with these facts, in the order of the task list. Pure; never raises."""
    today = at.astimezone(UTC).date()
    found = [
        *order_rules(facts, today),
        *fact_rules(facts),
        *enquiry_rules(facts),
        *asset_rules(facts, today),
        *identifier_rules(facts),
        *record_rules(facts, at),
        *document_rules(facts),
        *notice_rules(facts, today),
    ]
    steps = steps_of(facts.kind)
    mine = [finding for finding in found if finding.step in steps]
    return sorted(mine, key=lambda finding: steps.index(finding.step))


def state_of(step: Step, facts: Facts, found: list[Finding]) -> tuple[str, str | None]:
    """Return what the task list says of a part, and the colour of its tag (None: plain text)."""
    mine = blocking([finding for finding in found if finding.step == step])
    if not mine:
        return (OPTIONAL if is_optional(step, facts.kind) and not begun(step, facts) else "Completed"), None
    problems = sum(finding.kind == Kind.PROBLEM for finding in mine)
    if problems:
        return ("1 problem" if problems == 1 else f"{problems} problems"), "red"
    if all(finding.kind == Kind.WAIT for finding in mine):
        return "Being checked", "yellow"
    return ("Not complete", "blue") if begun(step, facts) else ("Not started", "blue")


def is_optional(step: Step, kind: str) -> bool:
    """Say whether a part may stay empty: an enquiry rests on no order, so there is no copy to add."""
    return step == Step.DOCUMENTS and kind == RequestKind.ENQUIRY


def begun(step: Step, facts: Facts) -> bool:
    """Say whether the officer has put anything into this part."""
    if step == Step.LEGAL_PROCESS:
        return any(order.key or order.type for order in facts.orders)
    if step == Step.FACTS:
        return bool(facts.case_number or facts.facts or facts.offence or facts.title)
    if step == Step.IDENTIFIERS:
        return any(target.count for target in facts.targets)
    if step == Step.RECORDS:
        return bool(facts.asked)
    if step == Step.ASSETS:
        return facts.freeze is not None
    if step == Step.DOCUMENTS:
        return bool(facts.documents)
    return facts.secrecy is not None
