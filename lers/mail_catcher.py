"""The demo's mail server: takes every mail on this machine, keeps it in a folder, and sends nothing on."""

import asyncio
import email.policy
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from mailbox import Maildir
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

NEWEST = 200


async def catch_mail(folder: Path, port: int, *, ready: Callable[[], None]) -> None:
    """Take mail on this machine's own address until SIGTERM or Ctrl-C; raises OSError when the port is not free."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs every line, addresses too
    folder.parent.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with await loop.create_server(lambda: SMTP(mailbox), host="127.0.0.1", port=port):
        ready()
        await ended.wait()


@dataclass(frozen=True)
class CaughtMail:
    """One mail as the demo page shows it."""

    key: str
    subject: str
    to: str
    at: datetime
    text: str
    html: str


@dataclass(frozen=True)
class Piece:
    """One block of the HTML part: its class there, and its words."""

    kind: str
    words: str


def newest(folder: Path, *, to: str = "") -> list[CaughtMail]:
    """Return the newest mails, newest first; with `to`, only those to this address."""
    found = []
    for path in _newest_files(folder):
        mail = _read(path)
        if not to or to.casefold() in mail.to.casefold():
            found.append(mail)
        if len(found) == NEWEST:
            break
    return found


def one(folder: Path, key: str) -> CaughtMail | None:
    """Return the mail of this key, or None."""
    return next((_read(path) for path in _newest_files(folder) if _key(path) == key), None)


def pieces(html: str) -> list[Piece]:
    """Read the words of an HTML part, block by block, so that a page can show them under its own style."""
    reader = _BlockReader()
    reader.feed(html)
    return reader.pieces


def _newest_files(folder: Path) -> Iterator[Path]:
    if not folder.exists():
        return
    Maildir(folder)  # makes the three folders of a new one
    files = [*(folder / "new").iterdir(), *(folder / "cur").iterdir()]
    yield from sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _key(path: Path) -> str:
    return path.name.partition(":")[0]


def _read(path: Path) -> CaughtMail:
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    return CaughtMail(
        key=_key(path),
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        at=_date(message, path),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _date(message: EmailMessage, path: Path) -> datetime:
    try:
        return parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    except (TypeError, ValueError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


class _BlockReader(HTMLParser):
    """Collects the text of p and li elements; anything else that has words of its own is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._words: list[str] | None = None
        self._kind = ""
        self._foot = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block."""
        kind = dict(attrs).get("class") or ""
        if tag == "div" and kind == "foot":
            self._foot = True
        if tag in {"p", "li"}:
            self._kind = "foot" if self._foot else kind or ("item" if tag == "li" else "text")
            self._words = []

    def handle_data(self, data: str) -> None:
        """Collect words inside a block."""
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        if tag in {"p", "li"} and self._words is not None:
            self.pieces.append(Piece(self._kind, " ".join("".join(self._words).split())))
            self._words = None
        if tag == "div":
            self._foot = False
