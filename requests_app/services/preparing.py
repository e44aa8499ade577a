"""When records of a request may be prepared, which lines are left for a package, and what is there already.

A granted line stands in one package at a time that is under way, or was released and not stopped. It is left again
where its package was stopped, and where its package is outlived while the officer asks for it again. Lines that reach
the same records by two identifiers share their file and go into a package together. Whoever asks here and acts upon it
holds the lock of the request: that is what keeps a line out of two packages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import Permission
from foundation.core.errors import TransitionRefused
from requests_app.enums import WITHOUT_RECORDS, LineDecision, PackageStatus, RequestStatus
from requests_app.models import DataRequest, DisclosurePackage, PackageLine, RequestLine
from requests_app.permissions import access_in_force, desk_refusal, quashed_refusal
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.services.contents import lines_of
from requests_app.services.guard import Scope, scopes_of

# While one of these is there, no second package is started.
UNDER_WAY = (PackageStatus.PREPARING, PackageStatus.BLOCKED, PackageStatus.SEALED)
ONCE_RELEASED = (PackageStatus.RELEASED, PackageStatus.EXPIRED, PackageStatus.PURGED)
NOTHING_LEFT = "Everything that was granted is in a package already."
_CLOSED = "This request is answered and closed. Records are prepared again where the officer asks for deleted ones."
_NOT_LEFT = "What you chose is in another package already, or is not granted any more. Look again at what is left."

Numbered = tuple[int, RequestLine]


@dataclass(frozen=True)
class Part:
    """Granted lines that reach the same records, and the package in which they stand; none: they are left."""

    scope: Scope
    package: DisclosurePackage | None

    @property
    def key(self) -> str:
        """Name it in a form: the first of its lines stands for all."""
        return str(self.scope.lines[0][1].uid)

    @property
    def line(self) -> RequestLine:
        """Return the first of its lines: records and period are the same for all."""
        return self.scope.lines[0][1]

    @property
    def numbers(self) -> str:
        """List the numbers of its lines."""
        return ", ".join(str(number) for number, _line in self.scope.lines)

    @property
    def named(self) -> str:
        """List what the officer named."""
        return ", ".join(dict.fromkeys(line.target.given for _number, line in self.scope.lines))


def start_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot have a package built now, or None.

    Once everything was released, a package can only follow where one was stopped or was asked for again: its lines are
    left again.
    """
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    if data_request.kind in WITHOUT_RECORDS:
        return "This kind of request is answered on its own page: no records leave, so there is no package."
    if data_request.status == RequestStatus.CLOSED and not is_asked_again(data_request):
        return _CLOSED
    if data_request.status not in {RequestStatus.GRANTED, RequestStatus.PRODUCED, RequestStatus.CLOSED}:
        return "Records are prepared once the request is granted."
    if data_request.status == RequestStatus.PRODUCED and not left(data_request) and _stands(data_request):
        return NOTHING_LEFT
    return quashed_refusal(data_request) or access_in_force(data_request)


def granted(data_request: DataRequest) -> list[Numbered]:
    """Return the lines of which records are given, with the numbers that they have everywhere."""
    numbered = enumerate(lines_of(data_request), 1)
    return [(number, line) for number, line in numbered if line.decision == LineDecision.PRODUCE]


def lines_to_export(package: DisclosurePackage) -> list[Numbered]:
    """Return the lines that a package answers, with their numbers; of what is not granted any more nothing."""
    own = set(package.lines.values_list("pk", flat=True))
    return [(number, line) for number, line in granted(package.data_request) if line.pk in own]


def not_released(data_request: DataRequest) -> list[Numbered]:
    """Return the granted lines that are in no package that was released; one under way may have them."""
    out = _standing(data_request, ONCE_RELEASED)
    return [(number, line) for number, line in granted(data_request) if line.pk not in out]


def left(data_request: DataRequest) -> list[Numbered]:
    """Return the granted lines that are in no package that is under way or was released and not stopped."""
    standing = _standing(data_request, (*UNDER_WAY, *ONCE_RELEASED))
    return [(number, line) for number, line in granted(data_request) if line.pk not in standing]


def parts(data_request: DataRequest) -> list[Part]:
    """Return everything that was granted, as it is chosen for a package, each with the package in which it stands."""
    rows = PackageLine.objects.filter(
        package__data_request=data_request, package__status__in=(*UNDER_WAY, *ONCE_RELEASED)
    )
    again = asked_again(data_request)
    standing = {
        row.line_id: row.package
        for row in rows.select_related("package").order_by("package__number")
        if row.line_id not in again or not is_outlived(row.package, data_request)
    }
    by_package: dict[DisclosurePackage | None, list[Numbered]] = {}
    for number, line in granted(data_request):
        by_package.setdefault(standing.get(line.pk), []).append((number, line))
    found = [Part(scope, package) for package, lines in by_package.items() for scope in scopes_of(lines)]
    return sorted(found, key=lambda part: part.scope.lines[0][0])


def chosen(data_request: DataRequest, lines: Iterable[RequestLine] | None) -> list[RequestLine]:
    """Return the lines that go into the next package: those given and what shares its records with them, or all.

    Raises TransitionRefused where one of them was released meanwhile or is not granted.
    """
    known = not_released(data_request)
    if lines is None:
        return [line for _number, line in known]
    wanted = {line.pk for line in lines}
    if not wanted or not wanted <= {line.pk for _number, line in known}:
        raise TransitionRefused(_NOT_LEFT)
    shared = [scope for scope in scopes_of(known) if any(line.pk in wanted for _number, line in scope.lines)]
    return [line for scope in shared for _number, line in scope.lines]


def is_outlived(package: DisclosurePackage, data_request: DataRequest | None = None) -> bool:
    """Say whether an ended download is never opened again: its files are deleted, or it was decided anew since."""
    decided_at = (data_request or package.data_request).decided_at
    if package.status != PackageStatus.EXPIRED or decided_at is None or package.released_at is None:
        return package.status == PackageStatus.PURGED
    return bool(package.released_at < decided_at)


def asked_again(data_request: DataRequest) -> set[int]:
    """Return the lines of outlived packages which the officer asks for again: they can leave once more."""
    asks = data_request.later_asks.filter(kind=LaterKind.REISSUE, status=LaterStatus.OPEN)
    wanted = list(asks.values_list("package", flat=True))
    if not wanted:
        return set()
    rows = PackageLine.objects.filter(package__in=_outlived(data_request))
    if None not in wanted:
        rows = rows.filter(package__in=wanted)
    return set(rows.values_list("line_id", flat=True))


def is_asked_again(data_request: DataRequest) -> bool:
    """Say whether something that is still granted can be prepared once more, because the officer asks for it."""
    again = asked_again(data_request)
    return bool(again) and any(line.pk in again for _number, line in left(data_request))


def _stands(data_request: DataRequest) -> bool:
    return data_request.packages.filter(status__in=ONCE_RELEASED).exists()


def _standing(data_request: DataRequest, statuses: Iterable[PackageStatus]) -> set[int]:
    """Return the lines that stand in a package of these, but for those of outlived ones that are asked for again."""
    rows = PackageLine.objects.filter(package__data_request=data_request, package__status__in=list(statuses))
    found = set(rows.values_list("line_id", flat=True))
    if again := asked_again(data_request):
        here = rows.exclude(package__in=_outlived(data_request))
        found = (found - again) | set(here.values_list("line_id", flat=True))
    return found


def _outlived(data_request: DataRequest) -> list[int]:
    ended = data_request.packages.filter(status__in=(PackageStatus.EXPIRED, PackageStatus.PURGED))
    return [package.pk for package in ended if is_outlived(package, data_request)]
