"""Collecting the records of a package: one row of work for each scope, carried out under a lease, file by file.

What came whole stays: a try that broke off is followed by one that takes up only what is missing. A lease is renewed
while a file streams, and lost the moment the package is not prepared any more.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core import jobs
from foundation.core.errors import PortalError
from foundation.core.hurry import hurry_on_commit
from foundation.core.jobs import JobState
from foundation.documents.models import Document
from foundation.documents.vault import discard
from foundation.providers.connectors.base import CannotDo, OtherContents, StillRunning, UnknownAccount
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import CollectedFile, DisclosurePackage, LineExport, RequestLine
from requests_app.permissions import quashed_refusal
from requests_app.services.collect_files import Intake, LeaseLost
from requests_app.services.guard import Scope, scopes_of
from requests_app.services.preparing import lines_to_export

logger = logging.getLogger(__name__)

COLLECT_TASK = "requests.collect"
BUILD_TASK = "requests.build_package"
# Longer than the company's systems may be silent while a worker waits for them (a test adds it up); what
# a worker that died had is taken up by another one after it.
LEASE = timedelta(minutes=7)
TRIES = 8
_STILL = timedelta(minutes=1)
SETTLED = (JobState.DONE, JobState.GIVEN_UP)
_UNKNOWN = "The company's systems do not know the account: "
_WILL_NOT = "The company's systems will not do it: "
_SILENT = "The company's systems gave no records after several tries: "


def plan(package: DisclosurePackage, *, at: datetime) -> list[LineExport]:
    """Make a row for each scope of a package that has none, and drop those of what is not granted any more.

    The package is locked, or nobody else knows it yet.
    """
    known = {export.scope: export for export in package.exports.all()}
    for scope in scopes_of(lines_to_export(package)):
        mark = fingerprint(scope)
        if known.pop(mark, None) is None:
            export = LineExport.objects.create(package=package, scope=mark, idempotency_key=_new_key(), due_at=at)
            export.lines.set(line for _number, line in scope.lines)
    for export in known.values():
        _forget(export)
        export.delete()
    return list(package.exports.order_by("pk"))


def fingerprint(scope: Scope) -> str:
    """Return a hash of everything that says what an export holds, and for which lines."""
    limits = scope.limits
    facts = (
        scope.account, str(scope.category), scope.period_from.timestamp(), scope.period_to.timestamp(),
        sorted(line.pk for _number, line in scope.lines),
        limits.assets, limits.holder, limits.other_holders, limits.counterparties,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def is_of_now(package: DisclosurePackage) -> bool:
    """Say whether what was collected is what is granted at this moment: all of it, and of nothing else."""
    wanted = {fingerprint(scope) for scope in scopes_of(lines_to_export(package))}
    return wanted == set(package.exports.values_list("scope", flat=True))


def hurry(package: DisclosurePackage) -> None:
    """Have workers begin after the commit: one for each export that waits, or the building where none does."""
    waiting = package.exports.exclude(state__in=SETTLED).values_list("pk", flat=True)
    for pk in waiting:
        hurry_on_commit(COLLECT_TASK, pk)
    if not waiting:
        hurry_on_commit(BUILD_TASK, package.pk)


def collect_again(package: DisclosurePackage, *, at: datetime) -> int:
    """Put back what failed, and what holds more than was granted; what came whole stays. Return how many there are.

    The package is locked. What failed goes on under its old key, so that the other side goes on too; what came wrong is
    asked for under a new one, and so is that of which nothing came: the other side may refuse the old one for good.
    """
    again = 0
    for export in plan(package, at=at):
        wrong = wrong_files(export).exists()
        if export.state == JobState.DONE and not wrong:
            continue
        if wrong or (export.state == JobState.GIVEN_UP and not export.files.exists()):
            _forget(export)
            export.idempotency_key = _new_key()
        _put_back(export, at=at)
        again += 1
    return again


def forget(package: DisclosurePackage) -> None:
    """Remove everything that was collected: it may not be kept. Collecting begins anew if the package goes on."""
    for export in package.exports.all():
        _forget(export)
        export.idempotency_key = _new_key()
        _put_back(export, at=export.due_at)


def forget_dropped(*, at: datetime | None = None, limit: int = 20) -> int:
    """Remove what was collected for packages that were taken back before they were sealed; return how many."""
    left = CollectedFile.objects.filter(export__package=OuterRef("pk"))
    dropped = DisclosurePackage.objects.filter(Exists(left), status=PackageStatus.REVOKED, sealed_at=None)
    found = list(dropped.order_by("pk")[:limit])
    for package in found:
        forget(package)
    return len(found)


def wrong_files(export: LineExport) -> QuerySet[CollectedFile]:
    """Return the files of an export in which something lies outside, and of which nothing was taken out."""
    return export.files.filter(outside__gt=0, taken_out_at=None, replaced_by=None)


def unsettled(package: DisclosurePackage) -> bool:
    """Say whether something is still to be collected."""
    return package.exports.exclude(state__in=SETTLED).exists()


def ready_or_due(at: datetime) -> Q:
    """Return which packages a worker can go on with: nothing is to be collected, or something of it now."""
    rows = LineExport.objects.filter(package=OuterRef("pk"))
    return ~Exists(rows.exclude(state__in=SETTLED)) | Exists(rows.filter(jobs.due(at)))


def carry_on(package: DisclosurePackage, *, at: datetime) -> None:
    """Carry out the exports of a package that are due and that nobody else has."""
    for pk in package.exports.filter(jobs.due(at)).order_by("pk").values_list("pk", flat=True):
        run(pk, at=at)


def run(export_id: int, *, at: datetime | None = None) -> None:
    """Carry out one export if it is due and nobody else does; whatever comes of it is in its row.

    Under a quashed order nothing is asked for: whoever builds the package blocks it.
    """
    at = at or timezone.now()
    # In a subquery, so that the claim locks no package.
    preparing = DisclosurePackage.objects.filter(status=PackageStatus.PREPARING).values("pk")
    mine = LineExport.objects.filter(pk=export_id, package__in=preparing)
    found = mine.select_related("package__data_request").first()
    if found is None or quashed_refusal(found.package.data_request):
        return
    for export in jobs.claim(mine, at=at, lease=LEASE, limit=1):
        _guarded(export, at=at)


def _guarded(export: LineExport, *, at: datetime) -> None:
    kept = export.files.count()
    try:
        carry_out(export, at=at)
    except LeaseLost:
        logger.warning("Export %s: it was stopped, or another worker took over", export.pk)
        if DisclosurePackage.objects.filter(pk=export.package_id, status=PackageStatus.REVOKED).exists():
            forget(export.package)
    except UnknownAccount as error:
        _failed(export, f"{_UNKNOWN}{error}", at=at, tries=1)
    except CannotDo as error:
        _failed(export, f"{_WILL_NOT}{error}", at=at, tries=1)
    except OtherContents as error:
        # Where it stays so, what came before is of another export than what would come now.
        _failed(export, str(error), at=at, tries=TRIES, on_given_up=lambda: _forget(export))
    except StillRunning as running:
        # Nobody is at fault: it is asked again under the same key, for as long as it takes.
        export.attempts = 0
        _failed(export, str(running), at=at, tries=TRIES, files_expected=running.expected, wait=_STILL)
    except Exception as error:  # whatever it was, the row must not wait for the end of its lease
        # What the company's systems say may name an account: it stands on the page, not in the log.
        if isinstance(error, PortalError):
            logger.warning("Export %s: %s", export.pk, type(error).__name__)
        else:
            logger.exception("Export %s failed", export.pk)
        if export.files.count() > kept:
            export.attempts = 1  # it goes forward: that is no reason to give up
        _failed(export, str(error) or type(error).__name__, at=at, tries=TRIES)


def carry_out(export: LineExport, *, at: datetime) -> None:
    """Have the company's systems export one scope, and store file by file what is not here yet."""
    package = export.package
    scope = scope_of(export, lines_to_export(package))
    if scope is not None and fingerprint(scope) == export.scope:
        _clear_broken(export)
        Intake(export, scope, at=at, lease=LEASE).take_in()
    with transaction.atomic():
        # Taken back while the last file came: whoever did it locks the package before they look for files.
        own = DisclosurePackage.objects.select_for_update().filter(pk=package.pk, status=PackageStatus.PREPARING)
        if not own.exists() or not jobs.finish(export, at=at, problem="", files_expected=export.files.count()):
            raise LeaseLost
        record(Event.RECORDS_COLLECTED, by=None, obj=package.data_request, data=_facts(export), at=at)
        hurry_on_commit(BUILD_TASK, package.pk)


def scope_of(export: LineExport, lines: Iterable[tuple[int, RequestLine]]) -> Scope | None:
    """Return what an export is for, out of the numbered lines of its package; None where none of it is granted."""
    own = set(export.lines.values_list("pk", flat=True))
    return next(iter(scopes_of((number, line) for number, line in lines if line.pk in own)), None)


def _facts(export: LineExport) -> dict[str, JSON]:
    files = list(export.files.select_related("document"))
    return {
        "package": export.package.number,
        "files": [{"rows": file.rows, "sha256": file.document.sha256, "outside": file.outside} for file in files],
    }


def _failed(
    export: LineExport,
    error: str,
    *,
    at: datetime,
    tries: int,
    wait: timedelta | None = None,
    on_given_up: Callable[[], None] | None = None,
    **also: object,
) -> None:
    words = error if tries == 1 or export.attempts < tries else f"{_SILENT}{error}"

    def tell() -> None:
        facts: dict[str, JSON] = {"package": export.package.number}
        record(Event.COLLECTING_FAILED, by=None, obj=export.package.data_request, reason=words[:300], data=facts, at=at)
        hurry_on_commit(BUILD_TASK, export.package_id)
        if on_given_up is not None:
            on_given_up()

    with transaction.atomic():
        also |= {"problem": words, "attempts": export.attempts}
        jobs.fail(export, error, at=at, give_up_after=tries, wait=wait, on_given_up=tell, **also)


def _put_back(export: LineExport, *, at: datetime) -> None:
    export.state, export.due_at, export.attempts, export.problem = JobState.PENDING, at, 0, ""
    export.claimed_until = export.finished_at = None
    export.save()


def _forget(export: LineExport) -> None:
    """Remove the files of an export, with what tries that broke off left."""
    files = list(export.files.select_related("document", "as_json").order_by("-pk"))
    for file in files:
        file.delete()
        for document in filter(None, (file.document, file.as_json)):
            discard(document)
    _clear_broken(export)
    export.files_expected, export.files_done, export.rows_done, export.bytes_done = None, 0, 0, 0


def _clear_broken(export: LineExport) -> None:
    """Remove what was stored of files that did not come whole: they carry the export's mark and no row names them."""
    named = export.files.values_list("document", "as_json")
    kept = {pk for pair in named for pk in pair if pk is not None}
    for document in Document.objects.filter(purpose=export.purpose).exclude(pk__in=kept):
        discard(document)


def _new_key() -> str:
    return f"export-{uuid.uuid4().hex}"
