"""The published copy of the anchors: files that are only added to, meant to be kept where the portal cannot reach."""

import fcntl
import json
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import tee, zip_longest
from pathlib import Path
from typing import Any

from django.conf import settings

from foundation.audit import canonical, signing
from foundation.audit.models import AuditAnchor, Checkpoint

_PATTERN = "anchors-*.jsonl"
# More than two lines can have: the largest stamp, as base64, and the peaks of any tree.
_LONGEST = 512 * 1024


class NoCopy(Exception):
    """There is nothing to compare with: which file or folder, as a sentence."""


class CopyBroken(Exception):
    """A published line is not what it was, or not what stands in the trail: which, as a sentence."""


def publish() -> int:
    """Add the anchors that the files lack, a line each, one file a month; return how many.

    What a crash left out is added at the next turn. Raises CopyBroken rather than add to a file that tells of another
    trail.
    """
    if not settings.AUDIT_PUBLISH_DIR:
        return 0
    folder = Path(settings.AUDIT_PUBLISH_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        last = _last(folder)
        count = 0
        for made in AuditAnchor.objects.filter(number__gt=last).order_by("number").iterator(chunk_size=500):
            head = Checkpoint.objects.get(tree_size=made.tree_size)
            _append(folder / f"anchors-{made.made_at:%Y-%m}.jsonl", line(made, head))
            count += 1
    return count


def line(made: AuditAnchor, head: Checkpoint) -> bytes:
    """Return the anchor as it is published: all that is needed to check it with the public key and the root."""
    stamped = made.stamped_at
    return canonical.encode(
        {
            "v": 1,
            "number": made.number,
            "previous": bytes(made.previous).hex(),
            "statement": signing.statement(head).decode(),
            "signature": bytes(head.signature).hex(),
            "public_key": signing.public_keys().get(head.key_id, ""),
            "stamp": b64encode(made.stamp).decode(),
            "stamped_at": canonical.stamp(stamped) if stamped else "",
            "authority": made.authority,
            "made_at": canonical.stamp(made.made_at),
        }
    )


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a published file, or all of a folder in their order; raise CopyBroken where a line cannot be read.

    Raises NoCopy where there is no such file, which tells nothing of the trail.

    A crash may have left the beginning of a line, which is then followed by the whole one.
    """
    files = sorted(path.glob(_PATTERN)) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise NoCopy(f"There is no {_PATTERN} in {path}." if path.is_dir() else f"There is no {path}.")
    for file in files:
        with file.open("rb") as opened:
            yield from _read(opened, file.name)


def _read(rows: Iterable[bytes], name: str) -> Iterator[dict[str, Any]]:
    """Read lines, one ahead: what begins the one after it is what a crash left of it."""
    ahead, rows = tee(rows)
    next(ahead, None)
    for place, (row, after) in enumerate(zip_longest(rows, ahead, fillvalue=b""), 1):
        if not row.strip() or (after and after.startswith(row.rstrip()) and after != row):
            continue
        try:
            found = json.loads(row)
            json.loads(found["statement"])
        except (ValueError, KeyError, TypeError) as error:
            raise CopyBroken(f"Line {place} of {name} cannot be read.") from error
        yield found


def _last(folder: Path) -> int:
    """Return the number of the last published anchor, after a look that the trail has the same one."""
    said = next(filter(None, map(_end, sorted(folder.glob(_PATTERN), reverse=True))), None)
    if said is None:
        return 0
    made = AuditAnchor.objects.filter(number=said["number"]).first()
    head = Checkpoint.objects.filter(tree_size=made.tree_size).first() if made else None
    if made is None or head is None or json.loads(line(made, head)) | {"public_key": ""} != said | {"public_key": ""}:
        raise CopyBroken(f"The published anchor {said['number']} is not in this trail. Run verify_audit --anchors.")
    return made.number


def _end(path: Path) -> dict[str, Any] | None:
    """Return the last whole line of a file without reading all of it, or None."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST))
        whole = [row for row in file.read().split(b"\n")[:-1] if row.endswith(b"}")]
    return next(_read(whole[-1:], path.name), None)


def _append(path: Path, row: bytes) -> None:
    """Write a line and wait until the disk has it."""
    with path.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":  # a crash left a part of a line
                file.write(b"\n")
        file.write(row + b"\n")
        file.flush()
        os.fsync(file.fileno())
