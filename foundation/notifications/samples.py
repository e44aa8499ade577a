"""A message as it would look: sample values from messages.yaml put into its words."""

from foundation.notifications.message_kinds import MessageKind, links_home, message_kinds
from foundation.notifications.rendering import Rendered, Value, render
from foundation.notifications.site import site_details

NAME = "Ingrid Solheim"
ZONE = "Europe/Oslo"


def render_sample(kind: MessageKind, number: int = 0, *, language: str = "en") -> Rendered:
    """Return the message with its sample of this number (from 0), for a reader in Europe/Oslo with this language.

    Raises IndexError where there is no such sample.
    """
    return render(
        kind.event,
        {key: _value(key, value, language) for key, value in kind.samples[number].items() if key != "reference"},
        name=NAME,
        reference=str(kind.samples[number].get("reference", "")),
        language=language,
        time_zone=ZONE,
        home_link=links_home(kind.event),
    )


def _value(key: str, value: Value, language: str) -> Value:
    """A way to a page begins at our own address, as in a real mail; a digest lists subjects in its language."""
    if key == "lines" and isinstance(value, tuple):
        return tuple(render_sample(message_kinds()[str(event)], language=language).subject for event in value)
    return f"{site_details().url}{value}" if isinstance(value, str) and value.startswith("/") else value
