"""The words of a message, whatever happens: one that cannot be written must not stop the act it tells of.

First the reader's language, then English, then a short note that only says where to look. The note is made without a
template, because those may be what is broken; staff are told of it (Cause.WORDS).
"""

import logging
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join

from foundation.notifications.rendering import Rendered, Value, render
from foundation.notifications.site import site_details

logger = logging.getLogger(__name__)


def words_of(event: str, context: Mapping[str, Value], *, reference: str, **reader: Any) -> tuple[Rendered, bool]:
    """Return the words, and whether they are the event's own. Never raises; `reader` is what `render` takes."""
    try:
        return render(event, context, reference=reference, **reader), True
    except Exception:
        # Any error at all: the cause is a template or a value, and the case goes on without either.
        logger.exception("No words for %s in %s", event, reader.get("language") or "English")
    if reader.get("language", "en") not in {"", "en"}:
        return words_of(event, context, reference=reference, **(reader | {"language": "en"}))
    return stand_in(reference), False


def stand_in(reference: str) -> Rendered:
    """Return the note, in English: that there is something, and where it stands."""
    here = site_details()
    about = f" about {reference}" if reference else ""
    ask = f"call us: {here.desk_phone}" if here.desk_phone else f"ask us: {here.contact_url}"
    lines = [
        f"There is something to tell you{about}.",
        "This note comes because the message itself could not be written. We know of it.",
        f"Sign in to read what it is about: {here.url}/",
        f"If you waited for a link, ask for it again, or {ask}",
    ]
    subject = f"[{reference}] A message for you" if reference else "A message for you"
    text = "\n\n".join([*lines, f"-- \n{here.name}"]) + "\n"
    body = format_html_join("\n", "<p>{}</p>", ((line,) for line in [*lines, here.name]))
    page = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{}</title></head><body>{}</body></html>'
    return Rendered(subject, text, format_html(page, subject, body))
