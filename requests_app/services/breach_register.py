"""One register of breaches (GDPR Art. 33(5)): what was noted by hand, and the mistaken disclosures of recalls."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services import list_files
from accounts.services.list_files import CSV, TYPES
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.breach_rules import LABELS, MOMENTS, BreachPart, BreachRisk, in_words
from requests_app.events import Event
from requests_app.models import Breach, DataRequest, MistakenDisclosure
from requests_app.services import breaches

SHOWN = 200
_OBJECT = "breaches"
_MISTAKE = "Mistaken disclosure"
_SAID = (f"{label} (UTC)" if name in MOMENTS else label for name, label in LABELS.items())
HEADINGS = ("Number", *_SAID, "72 hours end (UTC)", "Noted (UTC)", "Noted by", "Closed (UTC)", "Closed by")


@dataclass(frozen=True)
class Row:
    """One breach in the list, whichever way it came in; nothing of its words."""

    label: str
    url: str
    kind: str
    known_at: datetime
    part: str
    risk: str = ""
    runs: datetime | None = None
    """The end of the 72 hours, while they run."""
    said: str = ""
    """How it stands, where they do not."""
    said_at: datetime | None = None
    closed_at: datetime | None = None
    restricted: bool = False


@dataclass(frozen=True)
class Export:
    """A register that was asked for as a file."""

    uid: str
    form: str
    by: User
    at: datetime

    @property
    def filename(self) -> str:
        """What the file is called: when it was taken."""
        return f"breaches-{self.at.astimezone(UTC):%Y-%m-%d-%H%M}.{self.form}"


def listed(user: User, *, closed: bool) -> tuple[list[Row], bool]:
    """Return the open or closed ones this person may see, at most SHOWN of each source, and whether there are more.

    Of the open ones first what runs out soonest, then what waits for no authority; of the closed ones the last.
    """
    order = "-closed_at" if closed else "known_at"
    noted = breaches.visible(user).filter(closed_at__isnull=not closed).order_by(order, "pk")[: SHOWN + 1]
    by_recall = mistakes(user).filter(closed_at__isnull=not closed).order_by(order, "pk")[: SHOWN + 1]
    found = [*map(_noted, noted[:SHOWN]), *(_mistaken(row, user) for row in by_recall[:SHOWN])]
    if closed:
        found.sort(key=lambda row: row.closed_at or row.known_at, reverse=True)
    else:
        found.sort(key=lambda row: (row.runs is None, row.runs or row.known_at))
    return found, max(len(noted), len(by_recall)) > SHOWN


def counted(user: User) -> dict[bool, int]:
    """Return how many are open and how many closed, by whether they are closed."""
    counts = {}
    for closed in (False, True):
        rows = (breaches.visible(user), mistakes(user))
        counts[closed] = sum(each.filter(closed_at__isnull=not closed).count() for each in rows)
    return counts


def mistakes(user: User) -> QuerySet[MistakenDisclosure]:
    """Return the mistaken disclosures of requests this person may see, for who reads the register."""
    if not has_permission(user, Permission.SEE_BREACHES):
        return MistakenDisclosure.objects.none()
    visible = DataRequest.objects.visible_to_staff(user)
    rows = MistakenDisclosure.objects.filter(recall__package__data_request__in=visible)
    return rows.select_related("recall__package__data_request", "decided_by", "closed_by", "recall__called_by")


@transaction.atomic
def start(*, form: str, reason: str, by: User, at: datetime | None = None) -> Export:
    """Note who takes the register and why, before the first byte. Refused without the right or a reason."""
    at = at or timezone.now()
    if not has_permission(by, Permission.SEE_BREACHES):
        raise NotAllowed("You do not have the right to do this.")
    if not reason.strip():
        raise Incomplete("Write why you need the file.")
    export = Export(str(uuid.uuid4()), form if form in TYPES else CSV, by, at)
    record(Event.BREACHES_EXPORT_STARTED, by=by, object_type=_OBJECT, object_id=export.uid,
           object_label="Register of breaches", reason=reason.strip(), data={"format": export.form}, at=at)  # fmt: skip
    return export


def content(export: Export) -> Iterator[bytes]:
    """Return the file piece by piece, then note what went out."""

    def ended(facts: dict[str, JSON]) -> None:
        record(Event.BREACHES_EXPORT_ENDED, by=export.by, object_type=_OBJECT, object_id=export.uid,
               outcome="ok" if facts["whole"] else "broken_off", data=facts)  # fmt: skip

    return list_files.content(HEADINGS, _lines(export.by), export.form, ended, sheet="Breaches")


def _lines(user: User) -> Iterator[list[str | int]]:
    for row in breaches.visible(user).select_related("noted_by", "closed_by").order_by("known_at", "pk").iterator():
        said = [_cell(in_words(name, value)) for name, value in breaches.standing(row).items()]
        yield [
            str(row), *said, _cell(row.due_at), _cell(row.noted_at), _cell(row.noted_by), _cell(row.closed_at),
            _cell(row.closed_by),
        ]  # fmt: skip
    advises = has_permission(user, Permission.GIVE_ADVICE)
    for mistake in mistakes(user).order_by("known_at", "pk").iterator():
        said = [_cell(value) for value in _as_breach(mistake, words=advises)]
        by = _cell(mistake.recall.called_by)
        yield [
            _label(mistake), *said, _cell(mistake.due_at), _cell(mistake.known_at), by, _cell(mistake.closed_at),
            _cell(mistake.closed_by),
        ]  # fmt: skip


def _as_breach(mistake: MistakenDisclosure, *, words: bool) -> list[Any]:
    """Return a mistaken disclosure in the columns of the register; what counsel wrote only for who advises."""
    known = {
        "kind": _MISTAKE, "known_at": mistake.known_at, "part": BreachPart.CONTROLLER.label,
        "authority_told_at": mistake.authority_told_at, "authority_reference": mistake.authority_reference,
        "people_told_at": mistake.holders_told_at,
    }  # fmt: skip
    if words:
        known |= {"happened": mistake.assessment, "late_reason": mistake.late_reason}
        known |= {"not_told_reason": mistake.authority_reason} if mistake.tells_authority is False else {}
        known |= {"people_reason": mistake.holders_reason} if mistake.tells_holders is False else {}
    return [known.get(name) for name in LABELS]


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return value.get_full_name() if isinstance(value, User) else str(value or "")


def _noted(breach: Breach) -> Row:
    said, said_at = _standing(breach)
    runs = breach.due_at if not said and breach.part == BreachPart.CONTROLLER else None
    waits = "The controller is to be told" if breach.part == BreachPart.PROCESSOR else ""
    return Row(
        label=str(breach), url=reverse("staff:breach", args=[breach.uid]), kind=breach.get_kind_display(),
        known_at=breach.known_at, part=breach.get_part_display(), risk=breach.get_risk_display() or "Open", runs=runs,
        said=said or ("" if runs else waits), said_at=said_at, closed_at=breach.closed_at,
    )  # fmt: skip


def _standing(breach: Breach) -> tuple[str, datetime | None]:
    """Return what was done of a breach, and when; nothing while somebody is still to be told."""
    if breach.closed_at:
        return "Closed", breach.closed_at
    if breach.part == BreachPart.PROCESSOR:
        return ("The controller was told", breach.controller_told_at) if breach.controller_told_at else ("", None)
    if breach.authority_told_at:
        return "The authority was told", breach.authority_told_at
    if breach.risk == BreachRisk.NONE and breach.not_told_reason:
        return "The authority is not told: no risk is likely", None
    return "", None


def _mistaken(mistake: MistakenDisclosure, user: User) -> Row:
    data_request = mistake.recall.package.data_request
    said: tuple[str, datetime | None] = ("", None)
    if mistake.closed_at:
        said = ("Closed", mistake.closed_at)
    elif mistake.authority_told_at:
        said = ("The authority was told", mistake.authority_told_at)
    elif mistake.tells_authority is False:
        said = ("The authority is not told", None)
    page = "mistake" if has_permission(user, Permission.GIVE_ADVICE) else "recall"
    return Row(
        label=_label(mistake), kind=_MISTAKE, part=BreachPart.CONTROLLER.label, known_at=mistake.known_at,
        url=reverse(f"staff_recalls:{page}", args=[data_request.reference, mistake.recall.package.number]),
        runs=None if said[0] else mistake.due_at, said=said[0], said_at=said[1], closed_at=mistake.closed_at,
        restricted=data_request.restricted, risk="Open" if mistake.decided_at is None else "On its page",
    )  # fmt: skip


def _label(mistake: MistakenDisclosure) -> str:
    return f"{mistake.recall.package.data_request.reference}, package {mistake.recall.package.number}"
