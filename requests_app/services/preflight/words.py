"""The parts of a draft by kind of request, and what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from requests_app.enums import RequestKind


class Step(StrEnum):
    """The parts of a draft, in the order of the task list; the words are those of the addresses."""

    LEGAL_PROCESS = "legal-process"
    FACTS = "facts"
    IDENTIFIERS = "identifiers"
    ASSETS = "assets"
    RECORDS = "records"
    DOCUMENTS = "documents"
    NOTICE = "notice"


_FOR_RECORDS = tuple(step for step in Step if step != Step.ASSETS)
# Which parts a request of a kind has, in this order: pages, task list, check page and pre-flight all read it here.
STEPS_OF_KIND: Mapping[str, tuple[Step, ...]] = {
    RequestKind.DISCLOSURE: _FOR_RECORDS,
    RequestKind.EMERGENCY: _FOR_RECORDS,
    RequestKind.ENQUIRY: (Step.FACTS, Step.IDENTIFIERS, Step.DOCUMENTS),
    RequestKind.FREEZE: tuple(step for step in Step if step != Step.RECORDS),
}


def steps_of(kind: str) -> tuple[Step, ...]:
    """Return the parts of a request of this kind."""
    return STEPS_OF_KIND.get(kind, STEPS_OF_KIND[RequestKind.DISCLOSURE])


class Kind(StrEnum):
    """What sort of obstacle a finding is. A hint never keeps a draft from being sent."""

    MISSING = "missing"
    PROBLEM = "problem"
    WAIT = "wait"
    HINT = "hint"


@dataclass(frozen=True)
class Finding:
    """One thing that is not right yet: where, what, and what to do about it."""

    step: Step
    field: str
    message: str
    kind: Kind = Kind.MISSING
    cure: str = ""

    @property
    def blocks(self) -> bool:
        """Say whether the draft cannot be sent while this stands."""
        return self.kind != Kind.HINT


def blocking(found: list[Finding]) -> list[Finding]:
    """Return what keeps a draft from being sent."""
    return [finding for finding in found if finding.blocks]
