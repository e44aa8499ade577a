"""What the trail holds of an event of a hold, in words: from when to when, how many, why."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from foundation.legal.wording import rule_words
from preservation.enums import DeclineCode, HoldFlag
from preservation.events import Event

# What an officer reads: never what was found, how much was kept, or that it was deleted.
_FOR_OFFICER = frozenset({
    Event.STARTED, Event.REMINDED, Event.END_PUT_OFF, Event.PROCESS_ATTACHED, Event.PROCESS_DETACHED,
    Event.TREATY_ENDED, Event.REFERRED, Event.FILED, Event.FOLLOWER_ADDED, Event.FOLLOWER_ENDED, Event.PASSED_ON,
})  # fmt: skip
_MOVED = frozenset({Event.EXTENDED, Event.END_PUT_OFF, Event.MADE_DUE})
_REQUEST = frozenset({Event.PROCESS_ATTACHED, Event.REFERRED})
_RESUMED = frozenset({Event.PROCESS_DETACHED, Event.TREATY_ENDED})
_ACCOUNTS = frozenset({Event.SNAPSHOT_TAKEN, Event.DESTROYED})
_PEOPLE = {Event.FOLLOWER_ADDED: "follower", Event.FOLLOWER_ENDED: "follower", Event.PASSED_ON: "to", Event.GIVEN: "to"}


def facts_of(payload: bytes | memoryview) -> Mapping[str, Any]:
    """Return what an entry of the trail says beside who and when."""
    found: Mapping[str, Any] = json.loads(bytes(payload)).get("data") or {}
    return found


def for_officer(action: str, facts: Mapping[str, Any]) -> str:
    """Say what the officer may know of an event beside its name, empty where there is nothing."""
    return _said(action, facts) if action in _FOR_OFFICER else ""


def for_staff(action: str, facts: Mapping[str, Any], *, restricted: bool = False) -> str:
    """Say what staff may know of an event beside its name; of a restricted hold's request nothing."""
    return "" if restricted and action in _REQUEST else _said(action, facts)


def _said(action: str, facts: Mapping[str, Any]) -> str:
    if action in _MOVED:
        return f"From {_day(facts.get('from'))} to {_day(facts.get('to'))}"
    if action in _REQUEST:
        return f"Request {facts.get('request', '')}"
    if action in _RESUMED:
        return f"It ran out meanwhile and goes on until {_day(facts['ends'])}" if facts.get("ends") else ""
    if action in _ACCOUNTS:
        number, gone = _number(facts.get("accounts"), "account"), facts.get("gone_at")
        return f"{number}, gone {_moment(gone)}" if gone else number
    if action in _PEOPLE:
        return str(facts.get(_PEOPLE[Event(action)], ""))
    return _alone(action, facts)


def _alone(action: str, facts: Mapping[str, Any]) -> str:
    match action:
        case Event.STARTED:
            return f"Ends {_day(facts.get('ends'))}: {rule_words(str(facts.get('rule', '')))}"
        case Event.REMINDED:
            return f"{_number(facts.get('lead'), 'day')} before the end"
        case Event.FLAGGED:
            return ". ".join(_label(HoldFlag, flag) for flag in facts.get("flags", ()))
        case Event.DECLINED:
            return _label(DeclineCode, str(facts.get("code", "")))
        case Event.RELEASED_IN_PART:
            return f"{facts.get('released', 0)} released, {facts.get('kept', 0)} kept on"
        case Event.FILED:
            return f"{_day(facts.get('filed_on'))}, {facts.get('docket', '')}"
        case Event.TREATY_CONFIRMED:
            return f"Asked again by {_day(facts.get('again'))}"
    return ""


def _label(words: Any, value: str) -> str:
    return str(words(value).label) if value in words.values else value


def _number(number: Any, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if isinstance(number, int) else ""


def _moment(text: Any) -> str:
    return f"{datetime.fromisoformat(str(text)).astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def _day(text: Any) -> str:
    try:
        return f"{datetime.fromisoformat(str(text)):%-d %b %Y}"
    except ValueError:
        return "a day that is not known"
