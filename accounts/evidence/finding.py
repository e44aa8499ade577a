"""What a check answers, and the words that all checks share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import dateformat

from accounts.enums import SignalOutcome

Marks = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """An outcome, what was found (with the values), and a sentence on what it means and what a reviewer does.

    `tries` above 0: the answer is for now, the check is done again by itself until it was tried so often. `marks` are
    what was read in the identity document, to be kept with the application.
    """

    outcome: SignalOutcome
    evidence: str
    explanation: str
    tries: int = 0
    marks: Marks | None = field(default=None, compare=False)


def passed(evidence: str, explanation: str) -> Finding:
    """Nothing speaks against the application here."""
    return Finding(SignalOutcome.PASS, evidence, explanation)


def look(evidence: str, explanation: str) -> Finding:
    """A person should look at this."""
    return Finding(SignalOutcome.WARN, evidence, explanation)


def failed(evidence: str, explanation: str) -> Finding:
    """Something is wrong, unless a person finds out why it is not."""
    return Finding(SignalOutcome.FAIL, evidence, explanation)


def unknown(evidence: str, explanation: str, *, tries: int = 0) -> Finding:
    """The check could not be done."""
    return Finding(SignalOutcome.UNKNOWN, evidence, explanation, tries)


def nothing(evidence: str, explanation: str) -> Finding:
    """There is nothing that the check could be about; no doubt follows from it."""
    return Finding(SignalOutcome.NONE, evidence, explanation)


_RANK = (SignalOutcome.PASS, SignalOutcome.WARN, SignalOutcome.UNKNOWN, SignalOutcome.FAIL)


def worst(outcomes: Iterable[SignalOutcome]) -> SignalOutcome:
    """Return the outcome that weighs most; "could not be checked" weighs more than "look"."""
    return max(outcomes, key=_RANK.index, default=SignalOutcome.PASS)


def sentences(*parts: str) -> str:
    """Join what was found, each part as a sentence; a domain at its beginning keeps its small letters."""
    return " ".join(f"{_begun(part).rstrip('.')}." for part in parts if part)


def _begun(text: str) -> str:
    return text if "." in text.split(" ", 1)[0].rstrip(".:,") else text[0].upper() + text[1:]


def day(moment: datetime) -> str:
    """Return a date as the pages write it: 3 Feb 2025."""
    return dateformat.format(moment, "j M Y")


def domain_of(address: str) -> str:
    """Return the part behind the @."""
    return address.rpartition("@")[2]
