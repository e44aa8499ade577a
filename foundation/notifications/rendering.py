"""From two text templates to a subject, a plain text part and an HTML part that say the same words.

A body template is plain text: paragraphs with blank lines between them, in any line length. A paragraph that
stands between two stars on each side (`**Answer by 20 Nov.**`) is the one that matters most and is set in bold;
lines that begin with `- ` make a list.

The English words are `mail/<event>-subject.txt` and `-body.txt`; another language has its own in `mail/<language>/`.
A moment (datetime) in the context is written in the reader's zone and language: see moments.py.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.template import Context, Engine
from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.notifications.languages import folder, has_template, language_of
from foundation.notifications.moments import written
from foundation.notifications.site import Site, site_details

WIDTH = 72
SIGNATURE_MARK = "-- "  # with its space, as mail programs expect it (RFC 3676, 4.3)
MAX_SUBJECT = 200

# What a template may be given. A tuple is a row of numbers that the language itself joins, (30, 7, 1), or of lines.
Value = str | int | datetime | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True)
class Block:
    """A paragraph, the paragraph that matters most, or a list."""

    kind: Literal["text", "key", "list"]
    lines: tuple[str, ...]

    def as_text(self) -> str:
        """Wrap for a mail program that shows fixed-width lines."""
        if self.kind == "list":
            return "\n".join(_wrap(line, first="- ", rest="  ") for line in self.lines)
        return _wrap(self.lines[0])


@dataclass(frozen=True)
class HtmlBlock:
    """The same block for the HTML layout: escaped, with references and our own links marked."""

    kind: str
    lines: tuple[SafeString, ...]


@dataclass(frozen=True)
class Rendered:
    """A message, ready to be stored."""

    subject: str
    body_text: str
    body_html: str
    language: str = "en"
    """The language it is in: that of the reader, or English where the event has no words in it."""


def render(
    event: str,
    context: Mapping[str, Value],
    *,
    name: str = "",
    reference: str = "",
    language: str = "en",
    time_zone: str = "UTC",
    home_link: bool = False,
) -> Rendered:
    """Return subject, text and HTML of an event for a reader with this name, language and zone (IANA).

    `home_link`: the HTML part makes our plain address a link to the home of the service.
    Raises TemplateDoesNotExist for an event without English words.
    """
    here, spoken = site_details(), language_of(event, language)
    home = f"{here.url}/" if home_link else ""
    values = {"name": name, "reference": reference} | dict(context)
    clean = {key: _said(value, time_zone, spoken) for key, value in values.items()}
    words = folder(spoken)
    with translation.override(spoken):
        subject = _subject(_text(f"{words}/{event}-subject.txt", clean, here), _one_line(reference))
        body = blocks(_text(f"{words}/{event}-body.txt", clean, here))
        footer = [line.strip() for line in _text(f"{words}/_footer.txt", clean, here).splitlines() if line.strip()]
        clean["service"] = _text(f"{words}/_service.txt", clean, here).strip()
        html = _html(event, clean, here, subject=subject, body=body, footer=footer, language=spoken, home=home)
    text = "\n\n".join(block.as_text() for block in body)
    signature = "\n".join(_wrap(line) for line in footer)
    return Rendered(subject, f"{text}\n\n{SIGNATURE_MARK}\n{signature}\n", html, spoken)


def render_letter(
    event: str, context: Mapping[str, Value], *, reference: str, language: str, time_zone: str = "UTC"
) -> Rendered:
    """Return the words of an event as a letter that somebody else sets: whole paragraphs, no footer, no HTML."""
    here, spoken = site_details(), language_of(event, language)
    values = {"name": "", "reference": reference} | dict(context)
    clean = {key: _said(value, time_zone, spoken) for key, value in values.items()}
    words = folder(spoken)
    with translation.override(spoken):
        subject = _subject(_text(f"{words}/{event}-subject.txt", clean, here), "")
        body = blocks(_text(f"{words}/{event}-body.txt", clean, here))
    paragraphs = ["\n".join(f"- {line}" if block.kind == "list" else line for line in block.lines) for block in body]
    return Rendered(subject, "\n\n".join(paragraphs), "", spoken)


def blocks(source: str) -> list[Block]:
    """Cut a body into its blocks; two lists with nothing between them are one."""
    found: list[Block] = []
    for chunk in re.split(r"\n\s*\n", source.replace("\r\n", "\n")):
        for block in _chunk_blocks([line.strip() for line in chunk.splitlines() if line.strip()]):
            if block.kind == "list" and found and found[-1].kind == "list":
                found[-1] = Block("list", found[-1].lines + block.lines)
            else:
                found.append(block)
    return found


def _chunk_blocks(lines: list[str]) -> Iterable[Block]:
    paragraph: list[str] = []
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        elif items:
            items[-1] += f" {line}"
        else:
            paragraph.append(line)
    if paragraph:
        words = " ".join(paragraph)
        is_key = len(words) > 4 and words.startswith("**") and words.endswith("**")
        yield Block("key", (words[2:-2],)) if is_key else Block("text", (words,))
    if items:
        yield Block("list", tuple(items))


def _said(value: Value, zone: str, language: str) -> Value:
    if isinstance(value, datetime):
        return written(value, zone=zone, language=language)
    if isinstance(value, tuple):
        return tuple(_one_line(part) if isinstance(part, str) else part for part in value)  # type: ignore[return-value]
    return _one_line(value) if isinstance(value, str) else value


def _one_line(value: str) -> str:
    """Keep a name or a title from starting a paragraph or a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _subject(text: str, reference: str) -> str:
    what = re.sub(r"[ \t\r\n]+", " ", text).strip()  # a space that must not break stays one
    if reference and not what.startswith(f"[{reference}]"):
        what = f"[{reference}] {what}"
    return what[:MAX_SUBJECT]


def _text(template: str, values: Mapping[str, Value], here: Site) -> str:
    # Plain text: a name with an apostrophe must arrive as it is, so nothing is escaped here.
    loaded = Engine.get_default().get_template(template)
    return str(loaded.render(Context({**values, "site": here}, autoescape=False)))


def _html(
    event: str,
    values: Mapping[str, Value],
    here: Site,
    *,
    subject: str,
    body: list[Block],
    footer: list[str],
    language: str,
    home: str,
) -> str:
    reference = values["reference"]
    marked = [HtmlBlock(b.kind, tuple(_mark(line, reference, here, home) for line in b.lines)) for b in body]
    context = Context(
        {**values, "site": here, "subject": subject, "blocks": marked, "footer": footer, "language": language}
    )
    own = f"{folder(language)}/{event}-body.html"
    template = Engine.get_default().get_template(own if has_template(own) else "mail/layout.html")
    return str(template.render(context))


def _mark(line: str, reference: Value, here: Site, home: str) -> SafeString:
    """Escape a line; keep a reference in one piece; make links of our own addresses only."""
    known = [rf"{re.escape(here.url)}/[^\s<>\"]*[^\s<>\".,;:)]", re.escape(here.address)]
    if reference:
        known.append(re.escape(str(reference)))
    parts = re.split(f"({'|'.join(known)})", line)
    return mark_safe("".join(_mark_part(part, here, home) if n % 2 else escape(part) for n, part in enumerate(parts)))  # noqa: S308 - every part is escaped


def _mark_part(part: str, here: Site, home: str) -> SafeString:
    if part.startswith(f"{here.url}/"):
        return format_html('<a href="{}">{}</a>', part, part)
    if part == here.address and home:
        return format_html('<strong><a href="{}">{}</a></strong>', home, part)
    if part == here.address:
        return format_html("<strong>{}</strong>", part)
    return format_html('<span style="white-space:nowrap">{}</span>', part)


def _wrap(line: str, *, first: str = "", rest: str = "") -> str:
    # A reference or an address that is cut in two cannot be copied.
    return textwrap.fill(
        line, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
