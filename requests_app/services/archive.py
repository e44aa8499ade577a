"""The archive of a package: an AES-256 ZIP of stored files under neutral names, and the manifest inside it.

Nothing is compressed: sizes and CRCs are known since the files were written, so the ZIP is made while it is read.
Names in an encrypted ZIP can be read without the passphrase: they say nothing but the reference and a number.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from foundation.core.references import ALPHABET
from foundation.documents import aes_zip
from foundation.documents import services as documents
from foundation.documents.aes_zip import Member
from foundation.documents.keys import WrappedKey, unwrap, wrap
from foundation.documents.models import Document
from foundation.documents.pipes import read_ahead
from requests_app.models import DisclosurePackage
from requests_app.services import copy_marks

# 28 of 31 symbols: 138 bits. In groups, because people also type it.
_GROUPS, _GROUP = 7, 4
# Below this a thread that reads ahead costs more than it brings.
_LONG = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of a package as its manifest states it."""

    name: str
    size: int
    sha256: str
    rows: int | None
    records: str
    account: str
    named: str
    period_from: str
    period_to: str
    order: str
    order_version: int | None
    line: str
    source: str
    extracted_at: str
    media_type: str
    columns: dict[str, str]
    # In which zone its times are, of a table; and of a table as JSON the name of the CSV with the same rows.
    time_zone: str = ""
    same_rows_as: str = ""
    # What narrows or widens it inside its records, in words: only some assets, one holder, the other side.
    limits: str = ""
    # Of records that left before: from which package, and what is different now.
    new_export: dict[str, object] | None = None
    # Who took it out of the source, in words: staff have no names here.
    extracted_by: str = ""
    # The granted lines it answers, and the decision that granted them: its number and the hash that was signed.
    line_uids: tuple[str, ...] = ()
    decision: str = ""
    decision_sha256: str = ""


@dataclass(frozen=True)
class TakenOut:
    """What a person took out before the seal: so many rows of a file, or the whole file (rows None).

    No hash of the file as it came: who has the other rows could try a guess of the missing one against it.
    """

    records: str
    account: str
    rows: int | None
    taken_out_at: str


def new_passphrase() -> str:
    """Return a fresh passphrase of 138 random bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def wrap_passphrase(passphrase: str, package: DisclosurePackage) -> bytes:
    """Seal a passphrase under the documents' master key, bound to its package."""
    wrapped = wrap(passphrase.encode(), package.uid)
    return wrapped.master_key_id.encode() + b"\0" + wrapped.sealed


def unwrap_passphrase(package: DisclosurePackage) -> str:
    """Open the passphrase of a package."""
    key_id, _, sealed = bytes(package.passphrase_wrapped or b"").partition(b"\0")
    return unwrap(WrappedKey(sealed, key_id.decode()), package.uid).decode()


def manifest_json(
    package: DisclosurePackage, entries: Iterable[Entry], taken_out: Iterable[TakenOut] = (), *, at: datetime
) -> bytes:
    """Return the manifest for programs."""
    data_request = package.data_request
    content = {
        "manifest_version": 3,
        "request": data_request.reference,
        "package": package.number,
        "last_package": package.is_last,
        "agency": data_request.agency.name,
        "case_number": data_request.case_number,
        "made_at": stamp(at),
        "hash": "SHA-256",
        "files": [asdict(entry) for entry in entries],
        "taken_out": [asdict(item) for item in taken_out],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def manifest_text(
    package: DisclosurePackage, entries: Sequence[Entry], taken_out: Iterable[TakenOut] = (), *, at: datetime
) -> bytes:
    """Return the manifest for people, which `sha256sum -c` checks: it passes over lines that begin with #."""
    lines = [
        f"# Manifest of {package.data_request.reference}, package {package.number}. Made {stamp(at)}.",
        "# Check the files: sha256sum -c manifest.txt",
    ]
    for entry in entries:
        rows = f", {_rows(entry.rows)}, time zone: {entry.time_zone}" if entry.rows is not None else ""
        same = [f"# The same rows as {entry.same_rows_as}, as JSON"] if entry.same_rows_as else []
        again = [f"# {entry.new_export['words']}"] if entry.new_export else []
        lines += [
            "#",
            f"# {entry.records}, account {entry.account}, {entry.period_from} to {entry.period_to} (end not included)",
            *([f"# {entry.limits}"] if entry.limits else []),
            f"# {entry.size} bytes{rows}. Source: {entry.source}, extracted {entry.extracted_at}{_by(entry)}",
            f"# Line {entry.line}. Order: {_order(entry)}. Decision: {entry.decision or 'not stated'}",
            *same,
            *again,
            f"{entry.sha256}  {entry.name}",
        ]
    for item in taken_out:
        what = "A file" if item.rows is None else _rows(item.rows)
        lines += ["#", f"# Taken out before the seal: {what} of {item.records}, account {item.account}"]
    lines += _dictionary(entries)
    return ("\n".join(_one_line(line) for line in lines) + "\n").encode()


def _dictionary(entries: Iterable[Entry]) -> list[str]:
    """Say what the columns of each kind of records mean, once where its files have the same."""
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for entry in entries:
        if entry.columns:
            seen.setdefault((entry.records, tuple(entry.columns.items())), []).append(entry.name)
    found = []
    for (records, meanings), names in seen.items():
        found += ["#", f"# What the columns mean: {records} ({', '.join(names)})"]
        found += [f"# {name}: {meaning}" for name, meaning in meanings]
    return found


def write_archive(members: Sequence[Member], *, passphrase: str, at: datetime) -> Iterator[bytes]:
    """Yield the archive, reading each file as it is needed; a file whose CRC is not the stored one stops it.

    It ends with room for the mark of whoever takes a copy (copy_marks).
    """
    return aes_zip.write(members, passphrase=passphrase, at=at, comment=copy_marks.comment(copy_marks.BLANK))


def member_of(name: str, document: Document) -> Member:
    """Return a stored file as a member of the archive; one of some length is read ahead while the archive is made."""
    size = document.size or 0
    read = (lambda: read_ahead(documents.pieces(document))) if size > _LONG else lambda: documents.pieces(document)
    return Member(name, size, document.crc32 or 0, read)


def stamp(at: datetime) -> str:
    """Return a moment for evidence: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _by(entry: Entry) -> str:
    return f" by {entry.extracted_by}" if entry.extracted_by else ""


def _order(entry: Entry) -> str:
    version = f", version {entry.order_version}" if entry.order_version else ""
    return f"{entry.order}{version}" if entry.order else "none"


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _one_line(text: str) -> str:
    return " ".join(text.split()) if text.startswith("#") else text
