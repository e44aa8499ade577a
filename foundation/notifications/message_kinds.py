"""What is known of each message beside its words, from templates/mail/messages.yaml: one entry for each event."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from django.template import Engine

from foundation.notifications.enums import Audience
from foundation.notifications.models import Kind
from foundation.notifications.rendering import Value


@dataclass(frozen=True)
class MessageKind:
    """One kind of message."""

    event: str
    kind: Kind
    to: Audience = Audience.STAFF
    when: str = ""
    """What happened, as a sentence for staff."""
    samples: tuple[Mapping[str, Value], ...] = ({},)
    """What the templates may be given, once for each way the message is said; `reference` is that of its subject."""


@lru_cache(maxsize=1)
def message_kinds() -> Mapping[str, MessageKind]:
    """Return every kind of message by its event. Raises where the file is not what it must be."""
    text = Engine.get_default().get_template("mail/messages.yaml").source
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {event: _kind(event, **entry) for event, entry in entries.items()}


def kind_of(event: str) -> Kind:
    """Return how a message weighs; one that is not listed is legal, so that nobody can put it off."""
    found = message_kinds().get(event)
    return found.kind if found else Kind.LEGAL


def links_home(event: str) -> bool:
    """Return whether the address in a message may be a link to our home: its readers have an account, or ask for one.

    Letters to account holders and to agencies have no link at all, so that one that has one is known to be false.
    """
    found = message_kinds().get(event)
    return found is not None and found.to not in {Audience.HOLDER, Audience.AGENCY}


def _kind(
    event: str, *, kind: str, to: str = "staff", when: str = "", samples: list[dict[str, Any]] | None = None
) -> MessageKind:
    given = tuple({key: tuple(v) if isinstance(v, list) else v for key, v in one.items()} for one in samples or [{}])
    return MessageKind(event, Kind(kind), Audience(to), when, given)
