"""A download that ended is opened again because the officer asks for the records, while the files are here.

It takes what a release takes: another person than whoever prepared it, notices, access, orders, and files that are
still found safe. The package, its number, its hashes and its certificate stay as they are, so it must be what is
granted now: after a new decision, or a narrower order, it is not.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.core.errors import NotAllowed
from requests_app.enums import OrderRelation, PackageStatus, RequestStatus
from requests_app.models import DisclosurePackage, OrderVersion
from requests_app.notify import records as notify_records
from requests_app.permissions import package_workflow, release_refusal
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.services import added_records, later, mistakes, notices, packages, paper_looks, preparing, proofs
from requests_app.services.frozen import lock_in_force

NOT_ASKED = "The officer has not asked for these records again."
_NOT_GRANTED = "Not everything in this package is granted any more. Stop it, or decline."
_IN_REVIEW = "The request is decided anew at this moment: nothing is opened again before that is done."
_DECIDED_ANEW = "The request was decided anew after this package left. Prepare what is granted now in a new package."
# Once it is closed, too: what is asked for again was answered.
_DECIDED = (RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED)


def offered(package: DisclosurePackage) -> bool:
    """Say whether the officer asks for a package whose download ended and whose files are here."""
    return package.status == PackageStatus.EXPIRED and _is_asked(package)


def refusal(package: DisclosurePackage, *, by: User) -> str | None:
    """Say why this person cannot open the download again, or None: all that does not change between two looks."""
    if not _is_asked(package):
        return NOT_ASKED
    if package.data_request.status not in _DECIDED:
        return _IN_REVIEW
    if preparing.is_outlived(package):
        return _DECIDED_ANEW
    if why := _narrowed(package):
        return why
    granted = {line.pk for _number, line in preparing.granted(package.data_request)}
    if not set(package.lines.values_list("pk", flat=True)) <= granted:
        return _NOT_GRANTED
    return package_workflow.refusal(package, "reissue", by)


def checklist(package: DisclosurePackage, *, by: User, at: datetime) -> list[packages.Check]:
    """Return what it depends on, for the page: nothing is changed, and reissue() asks everything again."""
    safe = packages.Check("Every file is still found safe", added_records.unsafe_refusal(package))
    own = packages.Check("You may open it again, and the officer asks for it", refusal(package, by=by) or "")
    # In the order of a release, without what a list of causes would say twice.
    return [own, safe, *packages.checklist(package, by=by, at=at)]


@transaction.atomic
def reissue(package: DisclosurePackage, *, by: User, at: datetime | None = None) -> DisclosurePackage:
    """Open a download again for as long as after a release; the view asks for a fresh second factor before.

    Raises NotAllowed. What asked for it is done with it, once everything that was asked for can be downloaded.
    """
    at = at or timezone.now()
    data_request = lock_in_force(package.data_request)
    rows = data_request.packages.select_for_update(of=("self",)).select_related("archive")
    package = rows.get(pk=package.pk)
    package.data_request = data_request
    accounts = package.accounts()
    why = refusal(package, by=by)
    why = why or notices.check_for_release(data_request, accounts=accounts, at=at)
    why = why or release_refusal(data_request) or mistakes.recipient_in_doubt(data_request)
    why = why or added_records.release_refusal(package, by=by)
    why = why or paper_looks.unseen_refusal(package, by=by)
    if why:
        raise NotAllowed(why)
    ends = at + timedelta(days=data_request.provider.download_days)
    archive = package.archive.sha256 if package.archive else ""
    facts: dict[str, JSON] = {"expires_at": ends.isoformat(), "archive": archive, "package": package.number}
    package_workflow.advance(package, "reissue", by=by, at=at, data=facts, expires_at=ends)
    # One that left before there were such entries gets its proof now.
    proofs.note_issued(package, at=at)
    later.released(data_request, at=at)
    notify_records.records_ready(package, at=at, again=True)
    return package


def _narrowed(package: DisclosurePackage) -> str:
    """Say which order behind a package was narrowed or replaced since the decision, or nothing."""
    behind = package.lines.filter(order_version__isnull=False).values("order_version__process")
    changed = OrderVersion.objects.filter(
        process__in=behind,
        relation__in=(OrderRelation.NARROWS, OrderRelation.REPLACES),
        received_at__gt=package.data_request.decided_at or package.released_at,
    )
    first = changed.select_related("process").order_by("received_at", "pk").first()
    if first is None:
        return ""
    return f"The order {first.process} was narrowed or replaced after the decision: what was given stays closed."


def _is_asked(package: DisclosurePackage) -> bool:
    asks = package.data_request.later_asks.filter(kind=LaterKind.REISSUE, status=LaterStatus.OPEN)
    return any(pk in {None, package.pk} for pk in asks.values_list("package", flat=True))
