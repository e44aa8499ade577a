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
    "document": "Document",
    "record": "Record",
    "copy": "Taken as",
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
    "package": "Package",
    "file": "File of the package",
    "page": "Page of the document",
    "entry": "About entry",
    "role": "Role",
    "team": "Team",
    "kind": "Kind",
    "until": "Until",
    "clock": "Deadline",
    "rule_before": "Rule before",
    "calendar": "Calendar",
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
# Entries of a file that was taken: without a word about it, it was the original.
_TAKEN = frozenset({"request.document_downloaded", "record.downloaded"})
_IDS = frozenset({"document", "record"})


def facts_of(payload: bytes) -> list[tuple[str, str]]:
    """Return title and value of each fact of an entry that people read; numbers and names as they were written."""
    entry = json.loads(payload)
    data = entry.get("data") or {}
    if entry.get("action") in _TAKEN:
        data = data | {"copy": copy_words(data)}
    told = {name: data[name] for name in _TITLES if isinstance(data.get(name), str | int) and data[name] != ""}
    return [(_title(name, value), _said(name, value)) for name, value in told.items()]


def short_id(uid: str) -> str:
    """Return the first digits of a file's id, as the trail's pages show it; names of files stay out of the trail."""
    return uid[:8]


def copy_words(data: Mapping[str, Any]) -> str:
    """Say whether the original of a file was taken or the copy of it."""
    return f"copy {data['copy']}" if data.get("copy") else "original"


def _title(name: str, value: Any) -> str:
    return "Looked at" if name == "page" and isinstance(value, str) else _TITLES[name]


def _said(name: str, value: Any) -> str:
    for choices in _WORDS.get(name, ()):
        if value in choices.values:
            return str(choices(value).label)
    if name in _IDS and isinstance(value, str):
        return short_id(value)
    return str(value)[:_LONGEST]
