"""The names of everything that the trail records, in words and in the groups that a reader asks for.

An app above names its events in `AppConfig.ready()`, with its words for them where it has some:

    names("requests_app.events.Event", "requests_app.event_words.WORDS")
"""

import re
from collections.abc import Iterable, Mapping

from django.utils.module_loading import import_string

_EVENTS: dict[str, str] = {
    "accounts.events.Event": "",
    "foundation.audit.events.TrailEvent": "",
    "foundation.notifications.events.NotificationEvent": "",
    "foundation.legal.events.LegalEvent": "",
    "foundation.documents.events.DocumentEvent": "",
    "foundation.providers.events.ProviderEvent": "",
}
GROUPS: Mapping[str, str] = {
    "sign_in": "Sign-in and second factors",
    "looks": "Looks and searches",
    "exports": "Downloads and exports",
    "decisions": "Decisions and signatures",
    "messages": "Mails and hooks",
    "people": "People, rights and agencies",
    "records": "Records and packages",
    "requests": "Requests",
    "holds": "Preservation",
    "settings": "Settings and everything else",
    "trail": "The log itself",
}
_PARTS: Mapping[str, frozenset[str]] = {
    "sign_in": frozenset({"sign_in", "factor", "password", "lost_factor", "cool_down", "address_change"}),
    "decisions": frozenset({"decision", "counsel", "restriction"}),
    "messages": frozenset({"message", "hook"}),
    "people": frozenset(
        {"access", "access_control", "agency", "suspension", "membership", "desk", "staff", "people", "absence"}
    ),
    "records": frozenset({"record", "package", "certificate", "recall", "mistake", "breach", "document", "receipt"}),
    "requests": frozenset(
        {"request", "question", "incoming", "emergency", "urgent", "freeze", "takedown", "batch", "later", "notice"}
    ),
    "holds": frozenset({"hold"}),
    "trail": frozenset({"trail", "alarm", "audit", "unusual"}),
}
_LOOKS = re.compile(
    r"(viewed|_read|\.read|read_by_officer|listed|looked_at|looked_up|searched|searched_for|_matched|account_shown|"
    r"compared|found_on|thread_read|secret_shown|key_shown|passphrase_shown|paper_seen|rule_asked)$"
)
_EXPORTS = re.compile(
    r"(downloaded|download_opened|list_exported|export_started|export_ended|list_export_ended|printed|proof_taken|"
    r"certificate\.taken|taken_as_a_file|exported|copy_traced)$"
)
_DECISIONS = re.compile(
    r"(approved|\.signed|refused|redirected|declined|proposed|confirmed|released|released_in_part|waived|granted|"
    r"recommended|sent_back|vouched|decided|lifted|settled|excused|accepted|complied)$"
)
_SHAPES = {"looks": _LOOKS, "exports": _EXPORTS, "decisions": _DECISIONS}
# What stands in no other group by its first word.
_REST = "settings"
_BESIDE = re.compile(r"[._]")


def names(events: str, words: str = "") -> None:
    """Name the enumeration of an app's events by its dotted path, and its words for them."""
    _EVENTS[events] = words


def known() -> dict[str, str]:
    """Return every action that the portal records, with its words, in the order of the words."""
    found: dict[str, str] = {}
    for path, words in _EVENTS.items():
        said: Mapping[str, str] = import_string(words) if words else {}
        found |= {str(event): said.get(event) or _plain(str(event)) for event in import_string(path)}
    return dict(sorted(found.items(), key=lambda pair: pair[1].lower()))


def words_of(actions: Iterable[str]) -> dict[str, str]:
    """Return the words of these actions; of one that no app names, its own name spelled out."""
    said = known()
    return {action: said.get(action) or _plain(action) for action in set(actions)}


def groups_of(action: str) -> set[str]:
    """Return the groups that an action belongs to; looks, exports and decisions stand in a second one beside."""
    first = action.partition(".")[0]
    found = {name for name, parts in _PARTS.items() if first in parts}
    return (found or {_REST}) | {name for name, shape in _SHAPES.items() if shape.search(action)}


def in_group(group: str) -> list[str]:
    """Return the actions of a group."""
    return [action for action in known() if group in groups_of(action)]


def meant(typed: str) -> list[str]:
    """Return the actions whose words hold what was typed, whatever its case."""
    return [action for action, words in known().items() if typed.lower() in words.lower()]


def _plain(action: str) -> str:
    about, _dot, what = action.partition(".")
    spelled = _BESIDE.sub(" ", about).capitalize()
    return f"{spelled}: {_BESIDE.sub(' ', what)}" if what else spelled
