"""The words of a message as the inbox shows them: paragraphs and lists, with links to pages of ours only.

A link that is a key to something (a new password, a first sign-in) proves that somebody reads the mailbox. It stands
in the mail and nowhere else: whoever sits down at an open session must not find it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.urls import Resolver404, resolve

from foundation.notifications.models import OutboundMessage
from foundation.notifications.rendering import SIGNATURE_MARK, blocks
from foundation.notifications.site import site_details


@dataclass(frozen=True)
class Piece:
    """A few words: plain, a link to a page of ours, or in the place of a link that only the mail has."""

    text: str
    url: str = ""
    only_in_mail: bool = False


@dataclass(frozen=True)
class Part:
    """A paragraph (one line) or a list."""

    kind: Literal["text", "list"]
    lines: tuple[tuple[Piece, ...], ...]


def parts_of(message: OutboundMessage) -> list[Part]:
    """Return the words of a message without the signature that every mail has."""
    words = message.body_text.partition(f"\n{SIGNATURE_MARK}\n")[0]
    return [
        Part("list" if block.kind == "list" else "text", tuple(tuple(_pieces(line)) for line in block.lines))
        for block in blocks(words)
    ]


def _pieces(line: str) -> Iterator[Piece]:
    home = site_details().url
    for n, text in enumerate(re.split(rf"({re.escape(home)}/[^\s<>\"]*[^\s<>\".,;:)])", line)):
        if n % 2:
            path = text.removeprefix(home)
            yield Piece(text, url=path) if _may_show(path) else Piece("", only_in_mail=True)
        elif text:
            yield Piece(text)


def _may_show(path: str) -> bool:
    """Say whether a link is no key: every address that is one names its secret part `token`. Unknown ones are none."""
    try:
        return "token" not in resolve(re.split("[?#]", path)[0]).kwargs
    except Resolver404:
        return False
