"""What an entry of the trail says beyond who did what: its facts in plain words."""

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices

from accounts.enums import (
    AddressVerdict,
    ApplicationStatus,
    AskCode,
    CallBackResult,
    CallWay,
    DeclineCode,
    LookBackOutcome,
    SignalKind,
    SignalOutcome,
)

# What may be read in the list; anything else stays in the entry, which the export of the trail holds whole.
_TITLES: Mapping[str, str] = {
    "path": "Page",
    "result": "What came of the call",
    "number": "Number called",
    "way": "Way",
    "alternative": "Way",
    "source": "Source",
    "outcome": "Outcome",
    "code": "Code",
    "check": "Check",
    "before": "Before",
    "now": "Now",
    "from": "From",
    "to": "To",
    "verdict": "Address",
    "domain": "Domain",
    "part": "Part",
    "page": "Page of the document",
    "entry": "About entry",
    "role": "Role",
    "team": "Team",
    "kind": "Kind",
    "until": "Until",
}
_WORDS: Mapping[str, tuple[type[TextChoices], ...]] = {
    "result": (CallBackResult,),
    "way": (CallWay,),
    "alternative": (CallWay,),
    "outcome": (LookBackOutcome, ApplicationStatus),
    "code": (DeclineCode, AskCode),
    "check": (SignalKind,),
    "before": (SignalOutcome,),
    "now": (SignalOutcome,),
    "from": (ApplicationStatus,),
    "to": (ApplicationStatus,),
    "verdict": (AddressVerdict,),
}
_LONGEST = 200


def facts_of(payload: bytes) -> list[tuple[str, str]]:
    """Return title and value of each fact of an entry that people read; numbers and names as they were written."""
    data = json.loads(payload).get("data") or {}
    told = {name: data[name] for name in _TITLES if isinstance(data.get(name), str | int) and data[name] != ""}
    return [(_TITLES[name], _said(name, value)) for name, value in told.items()]


def _said(name: str, value: Any) -> str:
    for choices in _WORDS.get(name, ()):
        if value in choices.values:
            return str(choices(value).label)
    return str(value)[:_LONGEST]
