"""What a person takes out of a package before it leaves: the rows that lie outside, or a whole file, with a reason.

Taking out is a mark on the file as it came; the worker that builds the package makes the file without those rows. The
file as it came is deleted with the seal; its hash, the reason and the name of the person stay.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.documents.models import Document
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import CollectedFile, DisclosurePackage
from requests_app.permissions import package_workflow
from requests_app.services import as_json, certificates, collecting
from requests_app.services.collect import CSV
from requests_app.services.collect import JSON as JSON_TYPE
from requests_app.services.guard import Aspect, Guard, Scope
from requests_app.services.locks import lock_package
from requests_app.services.packing import Part, parts

Watch = Callable[[Iterable[bytes]], Iterable[bytes]]

# Where only these are wrong, the rows around them are sound.
_BY_ROW = frozenset({Aspect.PERIOD, Aspect.ACCOUNT, Aspect.HOLDER, Aspect.ASSET, Aspect.COUNTERPARTY})
_NOT_NOW = "Something is taken out while a package is blocked, or sealed and not released."
_DONE = "It is taken out already."
_NO_ROWS = "No rows of it can be taken out by themselves: take the whole file out, or collect again."


def refusal(package: DisclosurePackage, *, by: User) -> str:
    """Say why this person cannot take something out of a package now, or nothing."""
    action = {PackageStatus.BLOCKED: "unblock", PackageStatus.SEALED: "change"}.get(PackageStatus(package.status))
    return (package_workflow.refusal(package, action, by) or "") if action else _NOT_NOW


def rows_outside(file: CollectedFile) -> int:
    """Return how many rows of a file can be taken out by themselves because they lie outside; often none.

    A table that was refused for what is said of it was not read: it has no rows.
    """
    by_row = bool(file.rows) and set(file.findings) <= _BY_ROW
    return file.outside if by_row and file.taken_out_at is None else 0


@transaction.atomic
def take_out(
    file: CollectedFile, *, whole: bool, reason: str, by: User, at: datetime | None = None
) -> DisclosurePackage:
    """Take the rows that lie outside out of a file, or the whole file; a package that was sealed is built anew.

    Raises Incomplete without a reason, NotAllowed, and TransitionRefused where it is out or no row of it lies outside.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why it is taken out.")
    package = lock_package(file.export.package)
    row = CollectedFile.objects.select_related("export", "document").get(pk=file.pk)
    if (row.taken_out_by_id, row.taken_out_reason) == (by.pk, reason.strip()):
        return package  # pressed twice
    if why := refusal(package, by=by):
        raise NotAllowed(why)
    if row.taken_out_at is not None:
        raise TransitionRefused(_DONE)
    rows = None if whole else rows_outside(row)
    if rows == 0:
        raise TransitionRefused(_NO_ROWS)
    row.taken_out = {"rows": rows, "findings": row.findings}
    row.taken_out_at, row.taken_out_by, row.taken_out_reason = at, by, reason.strip()
    row.save(update_fields=["taken_out", "taken_out_at", "taken_out_by", "taken_out_reason"])
    facts: dict[str, JSON] = {"package": package.number, "sha256": row.document.sha256, "rows": rows}
    record(Event.RECORDS_TAKEN_OUT, by=by, obj=package.data_request, reason=reason.strip(), data=facts, at=at)
    if package.status == PackageStatus.SEALED:
        _open(package, by=by, at=at)
    return package


def make_replacements(package: DisclosurePackage, *, at: datetime, watch: Watch = iter) -> None:
    """Make each file of which rows were taken out without them; safe to repeat. Raises Unreadable where that fails.

    Everything that is written goes through watch: it may take long.
    """
    for part in parts(package):
        for file in part.files:
            if file.taken_out.get("rows") and not CollectedFile.objects.filter(replaces=file).exists():
                _replace(part, file, watch, at=at)


def _replace(part: Part, file: CollectedFile, watch: Watch, *, at: datetime) -> None:
    purpose = part.export.purpose
    sifted = Guard(part.scope)
    looked = Guard(part.scope)
    chunks = watch(looked.watch(sifted.sift(documents.pieces(file.document))))
    document = documents.write_generated(
        chunks, filename=file.document.filename, media_type=CSV, purpose=purpose, by=None, at=at
    )
    twin = None if looked.outside else _twin(part.scope, file, document, watch, at=at)
    CollectedFile.objects.create(
        export=part.export,
        position=file.position,
        document=document,
        as_json=twin,
        rows=looked.rows,
        columns=file.columns,
        extracted_at=file.extracted_at,
        findings=looked.findings(),
        outside=looked.outside,
        replaces=file,
    )


def _twin(scope: Scope, file: CollectedFile, document: Document, watch: Watch, *, at: datetime) -> Document:
    name = document.filename.removesuffix(".csv") + ".json"
    pieces = watch(as_json.pieces(document, scope, file.columns))
    return documents.write_generated(
        pieces, filename=name, media_type=JSON_TYPE, purpose=document.purpose, by=None, at=at
    )


def _open(package: DisclosurePackage, *, by: User, at: datetime) -> None:
    """Take the seal off: what was sealed is deleted, and a worker seals what is left."""
    sealed = [package.manifest, package.letter, package.archive]
    certificates.unsealed(package, at=at)
    package.items.all().delete()
    package_workflow.advance(
        package, "change", by=by, at=at, manifest=None, letter=None, archive=None, passphrase_wrapped=None,
        sealed_at=None, state=JobState.PENDING, due_at=at, attempts=0, claimed_until=None, finished_at=None,
    )  # fmt: skip
    for document in filter(None, sealed):
        documents.purge(document, by=by, reason="Something was taken out of the package", at=at)
    collecting.hurry(package)
