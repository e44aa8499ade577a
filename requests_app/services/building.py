"""The building of a package, by a worker: what was collected, manifest, letter, archive, and the moment of sealing.

Nothing of a package is attached before that moment, so a worker that dies leaves no half package: the next one
removes what lies about and begins again. What was collected stays: see collecting.py.
"""

import errno
import logging
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from foundation.core import jobs
from foundation.core.errors import PortalError
from foundation.core.jobs import JobState
from foundation.core.paper import PDF
from foundation.core.references import new_check_code
from foundation.documents import services as documents
from foundation.documents.aes_zip import Member
from foundation.documents.models import Document
from foundation.documents.vault import discard
from requests_app.enums import PackageStatus, ProposalStatus
from requests_app.models import CollectedFile, DisclosurePackage, PackageItem, Proposal
from requests_app.permissions import package_workflow, quashed_refusal
from requests_app.services import added_records, collecting
from requests_app.services.archive import (
    Entry,
    manifest_json,
    manifest_text,
    member_of,
    new_passphrase,
    stamp,
    wrap_passphrase,
    write_archive,
)
from requests_app.services.collect import JSON, Collected, records_of
from requests_app.services.letters import letter_pdf, limits_said
from requests_app.services.packing import files_of, taken_out
from requests_app.services.reexports import NewExport, new_exports
from requests_app.services.table_reading import Unreadable
from requests_app.services.taking_out import make_replacements

logger = logging.getLogger(__name__)

# Renewed all the while: what a worker that died had is taken up by another one after it.
LEASE = timedelta(minutes=7)
TRIES = 5
RENEWED_EVERY = 10.0
ZIP = "application/zip"
_BY_SYSTEMS = "the company's systems, on the portal's order"
_BY_HAND = "a member of staff, by hand"
_NOT_BUILT = "The package could not be built after several tries: "
_NO_ROOM = "There is no room left where files are kept."
_UNKNOWN = "Something went wrong that nobody foresaw ({name}). The log of the worker says more."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CHANGED = "What is granted was changed since the records were collected. Collect again what was changed."


class LeaseLost(Exception):
    """Another worker has taken over; what this one made is not wanted any more."""


@dataclass(frozen=True)
class Built:
    """Everything that is attached at the moment of sealing."""

    collected: Sequence[Collected]
    again: Mapping[str, NewExport]
    manifest: Document
    manifest_text_sha256: str
    letter: Document
    letter_code: str
    archive: Document
    passphrase: str


def build_due(*, at: datetime | None = None, limit: int = 5) -> int:
    """Go on with packages that are due and were not hurried, or were dropped by a worker that died."""
    at = at or timezone.now()
    waiting = DisclosurePackage.objects.filter(
        jobs.due(at), collecting.ready_or_due(at), status=PackageStatus.PREPARING
    )
    keys = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    for pk in keys:
        build(pk, at=at)
    return len(keys)


def build(package_id: int, *, at: datetime | None = None) -> DisclosurePackage | None:
    """Collect what is left to collect, then build one package if it is due and nobody else does.

    It ends sealed or blocked, or waits: for exports that others carry out or that are tried again, or in the queue.
    """
    at = at or timezone.now()
    mine = DisclosurePackage.objects.filter(pk=package_id, status=PackageStatus.PREPARING)
    package = mine.filter(jobs.due(at)).first()
    if package is None:
        return None
    if not quashed_refusal(package.data_request):
        collecting.carry_on(package, at=at)
        # Quashed meanwhile: nothing more is asked for, and the package is blocked at once.
        if collecting.unsettled(package) and not quashed_refusal(package.data_request):
            return DisclosurePackage.objects.get(pk=package_id)
    for claimed in jobs.claim(mine, at=at, lease=LEASE, limit=1):
        _guarded(claimed, at=at)
    return DisclosurePackage.objects.get(pk=package_id)


def _guarded(package: DisclosurePackage, *, at: datetime) -> None:
    try:
        if package.attempts > 1:
            _clear(package)
        _make(package, at=at)
    except LeaseLost:
        logger.warning("Package %s: it was stopped, or another worker took over", package.pk)
        if DisclosurePackage.objects.filter(pk=package.pk, status=PackageStatus.REVOKED).exists():
            _clear(package)
            collecting.forget(package)
    except Exception as error:  # whatever it was, the row must not wait for the end of its lease
        logger.exception("Package %s could not be built", package.pk)
        _try_again(package, _words_of(error), at=at)


def _make(package: DisclosurePackage, *, at: datetime) -> None:
    if _is_quashed(package, at=at):
        return
    if _is_changed(package, at=at):
        return
    if failed := list(package.exports.filter(state=JobState.GIVEN_UP).order_by("pk")):
        _block(package, "\n".join(export.problem for export in failed), at=at)
        return
    _renew(package)
    make_replacements(package, at=at, watch=lambda chunks: _renewed(package, chunks))
    collected = files_of(package, stem=_stem(package))
    collected += added_records.collected(package, stem=_stem(package), first=_next_number(collected))
    if outside := [c for c in collected if c.outside]:
        _block(package, _outside_words(outside), at=at)
        return
    _renew(package)
    built = _write(package, collected, at=at)
    # Once more: an order may be quashed, or a line changed, while the records are collected.
    if not _is_quashed(package, at=at) and not _is_changed(package, at=at):
        _seal(package, built, at=at)


def _is_quashed(package: DisclosurePackage, *, at: datetime) -> bool:
    """Block a package whose order was quashed: nothing that was collected under it may be kept."""
    if quashed := quashed_refusal(package.data_request):
        _block(package, quashed, at=at)
        collecting.forget(package)
    return bool(quashed)


def _is_changed(package: DisclosurePackage, *, at: datetime) -> bool:
    """Block a package whose files are not, or no longer, exactly of what is granted."""
    if changed := not collecting.is_of_now(package):
        _block(package, _CHANGED, at=at)
    return changed


def _next_number(collected: Sequence[Collected]) -> int:
    return 1 + sum(1 for c in collected if not c.same_rows_as)


def _write(package: DisclosurePackage, collected: Sequence[Collected], *, at: datetime) -> Built:
    """Write manifest, letter and archive."""
    again = new_exports(package, collected)
    decision = _decision(package)
    entries = [_entry(c, again.get(c.name), decision) for c in collected]
    stem = _stem(package)
    out = taken_out(package)
    manifest = _generate(package, manifest_json(package, entries, out, at=at), f"{stem}-manifest.json", JSON, at)
    code = new_check_code()
    pdf = letter_pdf(package, entries, check_code=code, at=at)
    letter = _generate(package, pdf, f"{stem}-letter.pdf", PDF, at, preview=True)
    text = manifest_text(package, entries, out, at=at)
    members = [
        *(member_of(c.name, c.document) for c in collected),
        member_of("manifest.json", manifest),
        Member("manifest.txt", len(text), zlib.crc32(text), lambda: iter((text,))),
        member_of("letter.pdf", letter),
    ]
    passphrase = new_passphrase()
    content = _renewed(package, write_archive(members, passphrase=passphrase, at=at))
    archive = _generate(package, content, f"{stem}.zip", ZIP, at)
    return Built(collected, again, manifest, sha256(text).hexdigest(), letter, code, archive, passphrase)


def _decision(package: DisclosurePackage) -> Proposal | None:
    """Return the decision that stands: the newest that a second person signed."""
    signed = package.data_request.proposals.filter(status=ProposalStatus.APPROVED)
    found: Proposal | None = signed.order_by("-number").first()
    return found


def _entry(collected: Collected, again: NewExport | None, decision: Proposal | None) -> Entry:
    scope, document = collected.scope, collected.document
    line = scope.lines[0][1]
    version = line.order_version
    return Entry(
        name=collected.name,
        size=document.size or 0,
        sha256=document.sha256,
        rows=collected.rows,
        records=records_of(scope),
        account=scope.account,
        named=", ".join(dict.fromkeys(each.target.given for _number, each in scope.lines)),
        period_from=stamp(scope.period_from),
        period_to=stamp(scope.period_to),
        order=str(version.process) if version else "",
        order_version=version.number if version else None,
        line=", ".join(str(number) for number, _line in scope.lines),
        source=collected.source,
        extracted_at=stamp(collected.extracted_at),
        media_type=document.media_type,
        columns=dict(collected.columns),
        time_zone=_zone(collected),
        same_rows_as=collected.same_rows_as,
        limits=limits_said(line),
        new_export=_stated(again) if again else None,
        extracted_by=_BY_HAND if collected.added is not None else _BY_SYSTEMS,
        line_uids=tuple(str(each.uid) for _number, each in scope.lines),
        decision=f"{line.data_request.reference}, decision {decision.number}" if decision else "",
        decision_sha256=decision.content_hash if decision else "",
    )


def _zone(collected: Collected) -> str:
    """Say in which zone the times of a table are; in one that a person made, each of them says it."""
    if collected.rows is None:
        return ""
    return "UTC" if collected.added is None else "as each time says"


def _stated(again: NewExport) -> dict[str, object]:
    """Return what the manifest states of a new export: numbers and the earlier hash, not which rows."""
    numbers = {name: again.differences[name] for name in ("same", "rows", "gone", "new", "compared")}
    earlier = {"package": again.item.package.number, "name": again.item.name, "sha256": again.item.document.sha256}
    return {"words": again.words, "earlier": earlier, **numbers}


def _seal(package: DisclosurePackage, built: Built, *, at: datetime) -> None:
    """Attach everything and seal, if the lease is still ours."""
    with transaction.atomic():
        if not jobs.finish(package, at=at):
            raise LeaseLost
        PackageItem.objects.bulk_create(
            PackageItem(
                package=package,
                line=c.scope.lines[0][1],
                document=c.document,
                name=c.name,
                rows=c.rows,
                source=c.source,
                extracted_at=c.extracted_at,
                added=c.added,
                collected=c.file,
                earlier=again.item if (again := built.again.get(c.name)) else None,
                differences=again.differences if again else {},
            )
            for c in built.collected
        )
        package_workflow.advance(
            package,
            "seal",
            by=None,
            at=at,
            data={"archive": built.archive.sha256, "manifest": built.manifest.sha256, "files": len(built.collected)},
            manifest=built.manifest,
            manifest_text_sha256=built.manifest_text_sha256,
            letter=built.letter,
            letter_code=built.letter_code,
            archive=built.archive,
            passphrase_wrapped=wrap_passphrase(built.passphrase, package),
            sealed_at=at,
            blocked_reason="",
        )
        # What lay outside goes with the seal: its row keeps the hash, and why and by whom it was taken out.
        for file in CollectedFile.objects.filter(export__package=package, taken_out_at__isnull=False):
            documents.purge(file.document, by=None, reason="It was taken out of a package", at=at)
    if package.attempts > 1:
        _clear(package, keep=[built.manifest, built.letter, built.archive])


def _block(package: DisclosurePackage, why: str, *, at: datetime) -> None:
    """Stop the building until a person has looked; what was collected stays, so that they can."""
    with transaction.atomic():
        if not jobs.finish(package, at=at):
            raise LeaseLost
        package_workflow.advance(package, "block", by=None, at=at, reason=why[:300], blocked_reason=why)
    _clear(package)


def _words_of(error: Exception) -> str:
    """Say in words for staff what broke: never a program's own, which may name files and hosts."""
    if isinstance(error, PortalError | Unreadable):
        return str(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return _NO_ROOM
    return _UNKNOWN.format(name=type(error).__name__)


def _try_again(package: DisclosurePackage, error: str, *, at: datetime) -> None:
    def give_up() -> None:
        why = f"{_NOT_BUILT}{error}"
        package_workflow.advance(package, "block", by=None, at=at, reason=why[:300], blocked_reason=why)

    with transaction.atomic():
        ours = jobs.fail(package, error, at=at, give_up_after=TRIES, on_given_up=give_up)
    if ours:  # what this try wrote takes room, perhaps the room that was missing
        _clear(package)


def _renewed(package: DisclosurePackage, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass on what takes long to make, and hold the row for longer every few seconds, or stop."""
    last = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - last >= RENEWED_EVERY:
            _renew(package)
            last = time.monotonic()
        yield chunk


def _renew(package: DisclosurePackage) -> None:
    """Hold the row for longer, or stop when it is no longer ours."""
    until = timezone.now() + LEASE
    held = DisclosurePackage.objects.filter(pk=package.pk, claimed_until=package.claimed_until)
    if held.update(claimed_until=until) != 1:
        raise LeaseLost
    package.claimed_until = until


def _clear(package: DisclosurePackage, *, keep: Iterable[Document] = ()) -> None:
    """Remove the files of tries that ended half way: they carry the package's mark and nothing refers to them."""
    kept = {document.pk for document in keep}
    for document in Document.objects.filter(purpose=_purpose(package)).exclude(pk__in=kept):
        discard(document)


def _generate(
    package: DisclosurePackage,
    content: bytes | Iterable[bytes],
    name: str,
    media_type: str,
    at: datetime,
    *,
    preview: bool = False,
) -> Document:
    _renew(package)
    return documents.write_generated(
        content, filename=name, media_type=media_type, purpose=_purpose(package), by=None, preview=preview, at=at
    )


def _purpose(package: DisclosurePackage) -> str:
    return f"package-{package.uid.hex}"


def _stem(package: DisclosurePackage) -> str:
    return f"{package.data_request.reference}-{package.number}"


def _which(found: Collected) -> str:
    """Name a file so that whoever reads of it finds it: one added by hand by its own name."""
    if found.added is not None:
        return f"{found.document.filename}, added by hand"
    return f"{records_of(found.scope)}, account {found.scope.account}"


def _outside_words(outside: Iterable[Collected]) -> str:
    """List what lies outside of what was granted, file by file."""
    parts = []
    for found in outside:
        more = found.outside - len(found.named)
        rows = "; ".join(found.named) + (f"; and {more} more" if more > 0 else "")
        parts.append(f"{_which(found)}: {rows}.")
    return "\n".join(parts)
