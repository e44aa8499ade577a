"""What the register of breaches notes (GDPR Art. 33(5)), and when a breach may be closed. Rules only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models


class BreachKind(models.TextChoices):
    """What happened, in a word that may stand in a list."""

    DEVICE = "device", "Lost or stolen device or paper"
    BACKUP = "backup", "Lost or stolen backup"
    ACCOUNT = "account", "Account taken over"
    ATTACK = "attack", "Attack on a system"
    SENT = "sent", "Sent or shown to the wrong person"
    LOST = "lost", "Data destroyed, changed or out of reach"
    PROCESSOR = "processor", "At one of our processors"
    OTHER = "other", "Something else"


class BreachPart(models.TextChoices):
    """What the company is to these data (GDPR Art. 4(7) and (8))."""

    CONTROLLER = "controller", "Controller"
    PROCESSOR = "processor", "Processor"


class BreachRisk(models.TextChoices):
    """The risk to the people concerned: decides about Art. 33(1) and Art. 34(1)."""

    NONE = "none", "None is likely"
    RISK = "risk", "A risk"
    HIGH = "high", "A high risk"


# What is known, and who was told. Together the words of a breach, each in the order of the page.
FACTS = {
    "kind": "Kind", "known_at": "Known since", "part": "We are", "controller": "Controller",
    "happened": "What happened", "concerned": "Whose data, and what", "consequences": "Likely consequences",
    "measures": "Measures", "risk": "Risk to people",
}  # fmt: skip
TOLD = {
    "controller_told_at": "Controller told", "authority_told_at": "Authority told",
    "authority_reference": "Reference of the authority", "late_reason": "Why later than 72 hours",
    "not_told_reason": "Why the authority is not told", "people_told_at": "People told",
    "people_reason": "Why the people are not told",
}  # fmt: skip
LABELS = {**FACTS, **TOLD, "closed_reason": "Why it is closed"}
# GDPR Art. 99(2).
APPLIES_SINCE = datetime(2018, 5, 25, tzinfo=UTC)
MOMENTS = frozenset({"known_at", "controller_told_at", "authority_told_at", "people_told_at"})
# By GDPR Art. 33(2) a processor tells its controller, who tells the authority and the people.
OF_CONTROLLER = frozenset(TOLD) - {"controller_told_at"}
OF_PROCESSOR = frozenset({"controller_told_at"})
_CHOICES: Mapping[str, type[models.TextChoices]] = {"kind": BreachKind, "part": BreachPart, "risk": BreachRisk}


def tidy(value: Any) -> Any:
    """Return what was typed as a form shows it again, so that a form sent unchanged says nothing new."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def packed(value: Any) -> str:
    """Return a value as a step keeps it."""
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def unpacked(name: str, kept: str) -> Any:
    """Return what a step keeps as it was."""
    if name not in MOMENTS:
        return kept
    return datetime.fromisoformat(kept) if kept else None


def in_words(name: str, value: Any) -> Any:
    """Return a value as a person reads it; a moment stays one."""
    return _CHOICES[name](value).label if name in _CHOICES and value else value


def facts_refusal(facts: Mapping[str, Any], *, at: datetime) -> str | None:
    """Say what is missing or wrong in what is known, or None. What is not known yet comes later (Art. 33(4))."""
    if not facts["happened"] or not facts["concerned"]:
        return "Write what happened and whose data it concerns, as far as it is known."
    if facts["known_at"] > at:
        return "Give a time that is not in the future."
    if facts["known_at"] < APPLIES_SINCE:
        return "Check the year: there was no duty to tell of breaches before 25 May 2018."
    told = [facts[name] for name in MOMENTS - {"known_at"} if facts[name]]
    if told and facts["known_at"] > min(told):
        return "Somebody was told before that: it was known then."
    if facts["part"] == BreachPart.PROCESSOR:
        if facts["authority_told_at"] or facts["people_told_at"]:
            return "The authority or the people have been told already, as a controller does."
        return None if facts["controller"] else "Write for whom we hold the data."
    return "The controller has been told already, as a processor does." if facts["controller_told_at"] else None


def told_refusal(facts: Mapping[str, Any]) -> str | None:
    """Say why the authority cannot be left untold, or None: only where a risk is unlikely (Art. 33(1))."""
    if not facts["not_told_reason"] or facts["authority_told_at"]:
        return None
    if facts["risk"] != BreachRisk.NONE:
        return "The authority is told, unless no risk to people is likely. Write down the risk first."
    return None


def close_refusal(facts: Mapping[str, Any]) -> str | None:
    """Say what is to be written or done before a breach can be closed, or None."""
    if facts["part"] == BreachPart.PROCESSOR:
        return None if facts["controller_told_at"] else "Tell the controller first, and write down when."
    if not (facts["consequences"] and facts["measures"] and facts["risk"]):
        return "Write the likely consequences, the measures and the risk first (Art. 33(5))."
    if not facts["authority_told_at"] and (facts["risk"] != BreachRisk.NONE or not facts["not_told_reason"]):
        return "Tell the authority first and write down when; or, where no risk is likely, why it is not told."
    if facts["risk"] == BreachRisk.HIGH and not (facts["people_told_at"] or facts["people_reason"]):
        return "Tell the people concerned first and write down when, or why not (Art. 34)."
    return None
