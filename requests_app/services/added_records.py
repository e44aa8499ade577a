"""Records that a person adds by hand: what the company's systems cannot export, for one granted line, with a reason.

A file is taken, checked and scanned like any other; nothing is sealed before that is done. A table is held against the
grant row by row like an export. Of other files the releaser sees the pages: no rule can read them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.filetypes import CSV, PDF, by_media_type
from foundation.documents.models import Document
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import AddedRecord, DataRequest, DisclosurePackage, RequestLine
from requests_app.release_permissions import looking_refusal
from requests_app.services import infected
from requests_app.services.collect import Collected
from requests_app.services.contents import lines_of
from requests_app.services.frozen import lock_in_force
from requests_app.services.guard import Guard, Scope, limits_of
from requests_app.services.preparing import NOTHING_LEFT, UNDER_WAY, not_released, start_refusal

PURPOSE = "record"
CARRIES = "It carries other files or programs. Save a plain copy and add that."
NOT_LOOKED_INTO = "It is still being looked into. Try again in a minute."
UNREADABLE = "What it carries besides its pages could not be read. Save a plain copy and add that."
# As a worker counted them: see foundation.documents.about.
_CARRIED = ("scripts", "launches", "attachments")


def refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot add or remove records now, or None."""
    if why := start_refusal(data_request, by=by):
        return why
    if data_request.packages.filter(status__in=set(UNDER_WAY) - {PackageStatus.BLOCKED}).exists():
        return "A package is being prepared or is prepared. Stop it or take it back before you change what is in it."
    return None if not_released(data_request) else NOTHING_LEFT


def lines(data_request: DataRequest) -> list[RequestLine]:
    """Return the lines that something may be added to: those that were granted and did not leave in a package."""
    return [line for _number, line in not_released(data_request)]


def present(data_request: DataRequest) -> list[AddedRecord]:
    """Return the files added by hand and not taken out again, in order."""
    rows = data_request.added_records.filter(removed_at=None)
    return list(rows.select_related("document", "line__target", "line__order_version__process", "added_by"))


@transaction.atomic
def add(
    data_request: DataRequest,
    upload: Any,
    *,
    line: RequestLine,
    source: str,
    justification: str,
    by: User,
    at: datetime | None = None,
) -> AddedRecord:
    """Add one file to the records of a granted line.

    Raises NotAllowed, Incomplete where a reason or the line is missing or the same file is there already, and
    DocumentRefused where the file is not taken.
    """
    at = at or timezone.now()
    data_request = lock_in_force(data_request)
    if why := refusal(data_request, by=by):
        raise NotAllowed(why)
    if not source.strip() or not justification.strip():
        raise Incomplete("Write where the file comes from, and why it is added by hand.")
    if line not in lines(data_request):
        raise Incomplete("Choose a line that was granted and is not released yet.")
    document = documents.receive(
        upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_STAFF, at=at
    )
    if any(known.document.sha256 == document.sha256 for known in present(data_request)):
        raise Incomplete(f"{document.filename} is among the added files already. It was not added twice.")
    added = AddedRecord.objects.create(
        data_request=data_request,
        line=line,
        document=document,
        source=source.strip(),
        justification=justification.strip(),
        added_by=by,
        added_at=at,
    )
    facts = {"record": str(added.uid), "document": str(document.uid), "sha256": document.sha256, "line": str(line.uid)}
    record(Event.RECORD_ADDED, by=by, obj=data_request, reason=justification.strip(), data=facts, at=at)
    return added


@transaction.atomic
def remove(added: AddedRecord, *, reason: str, by: User, at: datetime | None = None) -> AddedRecord:
    """Take a file out again before anything is sealed; its contents are deleted, the row stays.

    Raises NotAllowed, and Incomplete without a reason.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why it is taken out.")
    data_request = lock_in_force(added.data_request)
    if why := refusal(data_request, by=by):
        raise NotAllowed(why)
    row: AddedRecord = data_request.added_records.select_for_update().get(pk=added.pk)
    if row.removed_at is not None:
        return row
    if row.line not in lines(data_request):
        raise NotAllowed("It left in a package: it cannot be taken out any more.")
    row.removed_at, row.removed_by, row.removed_reason = at, by, reason.strip()
    row.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    documents.purge(row.document, by=by, reason="Taken out of the records", at=at)
    facts = {"record": str(row.uid), "document": str(row.document.uid)}
    record(Event.RECORD_REMOVED, by=by, obj=data_request, reason=reason.strip(), data=facts, at=at)
    return row


@transaction.atomic
def looked(added: AddedRecord, *, by: User, at: datetime | None = None) -> None:
    """Note that this person looks at the file: in the trail each time, and once beside the file. Raises NotAllowed."""
    if refusal := looking_refusal(by, added.data_request):
        raise NotAllowed(refusal)
    at = at or timezone.now()
    facts = {"record": str(added.uid), "document": str(added.document.uid)}
    record(Event.RECORD_VIEWED, by=by, obj=added.data_request, data=facts, at=at)
    added.looks.get_or_create(user=by, defaults={"first_at": at})


def in_package(package: DisclosurePackage) -> list[AddedRecord]:
    """Return the files added by hand that go into a package that is not sealed yet."""
    return _of(package.lines.all(), present(package.data_request))


def release_refusal(package: DisclosurePackage, *, by: User) -> str:
    """Say which file added by hand keeps this person from releasing: one they have not seen, or one found bad since."""
    return unsafe_refusal(package) or unseen_refusal(package, by=by)


def unsafe_refusal(package: DisclosurePackage) -> str:
    """Say which file of a package was found unsafe after it was sealed, or nothing."""
    first = infected.unsafe_items().filter(package=package).order_by("name").first()
    return f"{first.name} was found unsafe after it was sealed. Stop this package." if first else ""


def unseen_refusal(package: DisclosurePackage, *, by: User) -> str:
    """Say which file added by hand this person has not looked at, or nothing."""
    by_hand = package.items.filter(added__isnull=False).order_by("name")
    first = by_hand.exclude(added__looks__user=by).first()
    return f"Open {first.name} and look at it first: it was added by hand." if first else ""


def look_again(data_request: DataRequest) -> None:
    """Have each file that has not left scanned with the newest signatures before it does; raises DocumentRefused.

    Asks the scanner, so it comes before the transaction that starts a package, never inside it.
    """
    for added in _of(lines(data_request), present(data_request)):
        if documents.is_usable(added.document):
            _scan_again(added.document)


def look_again_before_release(package: DisclosurePackage) -> None:
    """Have each sealed file that was added by hand scanned with the newest signatures; raises DocumentRefused.

    Fails closed: while the scanner is silent nothing is released. Outside of the transaction, like look_again().
    """
    for item in package.items.filter(added__isnull=False).select_related("document"):
        _scan_again(item.document)


def _scan_again(document: Document) -> None:
    try:
        documents.ready_to_download(document)
    except DocumentRefused as refusal:
        raise DocumentRefused(f"{document.filename}: {refusal}") from refusal


def hold_up(data_request: DataRequest, lines: Iterable[RequestLine]) -> str:
    """Say which file added to these lines keeps a package of them from being prepared, or nothing."""
    for added in _of(lines, present(data_request)):
        name = added.document.filename
        if added.document.state in (DocumentState.RECEIVING, DocumentState.PENDING):
            return f"{name} is still being checked. Try again in a minute."
        if added.document.purged_at is not None:
            return f"{name} was deleted after an earlier download. Remove it here, and add it again if it is needed."
        if not documents.is_usable(added.document):
            return f"{name} cannot be used: {added.document.refusal or 'it was not checked'} Remove it."
        if why := carries(added.document):
            return f"{name}: {why}"
    return ""


def _of(lines: Iterable[RequestLine], added: Iterable[AddedRecord]) -> list[AddedRecord]:
    """Keep the files that were added to these lines."""
    wanted = {line.pk for line in lines}
    return [row for row in added if row.line_id in wanted]


def carries(document: Document) -> str:
    """Say why a file may not leave for what it holds besides its pages, or nothing.

    Nobody who looks at the pages sees embedded files and scripts, and they would go to the officer with the file.
    """
    kind = by_media_type(document.media_type)
    if kind is None or not kind.has_marks:
        return ""
    found = documents.findings(document)
    if found is None:
        return NOT_LOOKED_INTO
    if any(found.marks.get(name) for name in _CARRIED):
        return CARRIES
    return UNREADABLE if kind is PDF and found.error and not found.marks else ""


def collected(package: DisclosurePackage, *, stem: str, first: int) -> list[Collected]:
    """Return the added files as they go into a package, each looked at row by row where it is a table."""
    numbers = {line.pk: number for number, line in enumerate(lines_of(package.data_request), 1)}
    found = []
    for number, added in enumerate(in_package(package), first):
        line = added.line
        scope = Scope(
            line.target.account,
            line.category,
            line.period_from,
            line.period_to,
            lines=[(numbers[line.pk], line)],
            limits=limits_of(line),
        )
        guard = Guard(scope, any_columns=True)
        guard.is_table = added.document.media_type == CSV.media_type
        for _chunk in guard.watch(documents.pieces(added.document)) if guard.is_table else ():
            pass
        added.findings, added.outside = guard.findings(), guard.outside
        added.save(update_fields=["findings", "outside"])
        found.append(
            Collected(
                scope=scope,
                name=f"{stem}-{number:03}.{added.document.ending}",
                document=added.document,
                source=f"Added by hand: {added.source}"[:150],
                extracted_at=added.added_at,
                columns={},
                rows=guard.rows if guard.is_table else None,
                outside=guard.outside,
                named=guard.named,
                added=added,
            )
        )
    return found
