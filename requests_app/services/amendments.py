"""What the officer changes in a request that is with us: facts are added, identifiers and records come and go.

Nothing is overwritten. Each change is a numbered row with what stood there before and what stands there now; whoever
reviews is told, and a review page that is open is refused instead of saved over it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.identifiers import Identifier
from requests_app.deadlines import days, instants, period_refusal, time_zones, today_in
from requests_app.enums import (
    REACH_OF_CATEGORY,
    RECORD_CATEGORIES,
    WITHOUT_RECORDS,
    AmendmentKind,
    DataCategory,
    LineDecision,
    RequestKind,
    RequestStatus,
    TargetRole,
)
from requests_app.events import Event
from requests_app.models import Amendment, DataRequest, OrderVersion, RequestLine, Review, Target
from requests_app.notify import following as notify
from requests_app.permissions import answers_for
from requests_app.services import receipt_proofs
from requests_app.services.locks import lock

OPEN_TO_CHANGE = (RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER)
MAX_IDENTIFIERS = 10_000
_WHO = "Only the officer who filed it can change it."
_SIGNING = "A second person is looking at our decision just now. Wait for it, or for a question from us."
_OVER = "This request cannot be changed any more. Start a new request."
# What of an emergency's form is corrected later, and its words.
CONTACT = {
    "phone": "The officer's number",
    "supervisor": "The supervisor's name",
    "supervisor_phone": "The supervisor's number",
}
_LINE_FIELDS = ("category", "period_from", "period_to", "order_version_id")
Scope = tuple[str, datetime, datetime, int | None]


@dataclass(frozen=True)
class Asked:
    """One kind of records in one period, as the request asks for it now, and how far it is decided."""

    key: str
    category: str
    first: date
    last: date
    zone: str
    lines: int
    decided: int

    @property
    def words(self) -> str:
        """Return the kind of records as people read it."""
        return str(DataCategory(self.category).label)

    @property
    def full_words(self) -> str:
        """Return the kind of records with its days in the time zone they were asked in."""
        return _scope_words(self.category, self.first, self.last, self.zone)


def refusal(data_request: DataRequest, by: Any) -> str | None:
    """Say why this person cannot change this request now, or None."""
    if not answers_for(by, data_request):
        return _WHO
    if data_request.status in OPEN_TO_CHANGE:
        return None
    return _SIGNING if data_request.status == RequestStatus.AWAITING_APPROVAL else _OVER


@transaction.atomic
def add_facts(data_request: DataRequest, *, text: str, by: Any, at: datetime | None = None) -> Amendment:
    """Add to the facts; what was sent stays as it was. The same words a second time change nothing."""
    at = at or timezone.now()
    row = _locked(data_request, by)
    text = text.strip()
    if not text:
        raise Incomplete("Write what you want to add.")
    if (known := row.amendments.filter(kind=AmendmentKind.TEXT, text=text).first()) is not None:
        return known
    return _amended(row, AmendmentKind.TEXT, "facts added", text=text, by=by, at=at)


@transaction.atomic
def correct_contact(
    data_request: DataRequest, given: Mapping[str, str], *, by: Any, at: datetime | None = None
) -> Amendment | None:
    """Correct the direct line or the supervisor of an emergency; what was sent is kept. None where nothing changed.

    `given` by the names in CONTACT. A number that an officer gives is never one that proves anything.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    if row.kind != RequestKind.EMERGENCY:
        raise TransitionRefused("This request is no emergency: there is no number to correct.")
    before = {name: str(row.emergency.get(name, "")) for name in CONTACT}
    after = {name: given[name].strip() for name in CONTACT if name in given and given[name].strip() != before[name]}
    if not after:
        return None
    row.emergency = row.emergency | after
    row.save(update_fields=["emergency"])
    text = "\n".join(f"{CONTACT[name]}: {value}. Before: {before[name] or 'nothing'}." for name, value in after.items())
    return _amended(row, AmendmentKind.TEXT, "number corrected", text=text, by=by, at=at)


@transaction.atomic
def add_identifiers(
    data_request: DataRequest,
    found: Iterable[Identifier],
    *,
    role: str = TargetRole.UNKNOWN,
    by: Any,
    at: datetime | None = None,
) -> Amendment | None:
    """Add identifiers that the order covers; each is asked for everything that is asked for now.

    Those that are there already change nothing: None where nothing was new.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    scope = _scope(row)
    before = set(row.targets.values_list("pk", flat=True))
    usable = [item for item in found if item.accepted]
    if len(before) + len(usable) > MAX_IDENTIFIERS:
        raise Incomplete(f"A request takes at most {MAX_IDENTIFIERS:,} identifiers. Send a second request.")
    Target.objects.bulk_create([_target(row, item, role) for item in usable], ignore_conflicts=True)
    new = list(row.targets.exclude(pk__in=before).order_by("pk"))
    if not new:
        return None
    _make_lines(row, new, scope)
    after = {"added": [_said(target) for target in new]}
    words = _counted(len(new), "identifier", "added")
    return _amended(row, AmendmentKind.IDENTIFIERS, words, after=after, by=by, at=at)


@transaction.atomic
def take_out_identifiers(
    data_request: DataRequest, chosen: Iterable[int], *, by: Any, at: datetime | None = None
) -> Amendment | None:
    """Take identifiers out. Lines that are decided stay, with their identifier, and are named to the reviewer.

    Those that are gone already change nothing. Raises Incomplete where none would be left.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    targets = list(row.targets.filter(pk__in=list(chosen)).order_by("pk"))
    if not targets:
        return None
    if row.targets.count() == len(targets):
        raise Incomplete("Leave at least one identifier. To take everything back, withdraw the request.")
    lines = row.lines.count()
    kept = _drop(row, row.lines.filter(target__in=targets))
    staying = set(row.lines.filter(target__in=targets).values_list("target_id", flat=True))
    before = {"removed": [_said(target) for target in targets]}
    if (known := _said_before(row, AmendmentKind.IDENTIFIERS, before)) and row.lines.count() == lines:
        return known
    row.targets.filter(pk__in=[t.pk for t in targets if t.pk not in staying]).delete()
    words = _counted(len(targets), "identifier", "taken out")
    return _amended(row, AmendmentKind.IDENTIFIERS, words, before=before, after={"kept": kept}, by=by, at=at)


@transaction.atomic
def add_records(
    data_request: DataRequest,
    *,
    category: str,
    first: date,
    last: date,
    zone: str = "UTC",
    by: Any,
    at: datetime | None = None,
) -> Amendment | None:
    """Ask for one more kind of records, or one more period, of every identifier; the order covers it already.

    Days begin and end at midnight in `zone`. Raises Incomplete for what the legal process cannot reach and for dates
    that make no period. None where the same is asked for already.
    """
    at = at or timezone.now()
    row = _locked(data_request, by)
    if why := scope_refusal(row, category, first, last, zone=zone, at=at):
        raise Incomplete(why)
    begins, ends = instants(first, last, zone)
    version = OrderVersion.objects.filter(process__uses__data_request=row).order_by("process__uses__position", "pk")
    newest = version.filter(process__uses__position=0).last() or version.last()
    before = row.lines.count()
    _make_lines(row, row.targets.order_by("pk"), [(category, begins, ends, newest.pk if newest else None)])
    made = row.lines.count() - before
    if not made:
        return None
    entry = {"category": category, "from": first.isoformat(), "to": last.isoformat(), "zone": zone, "order": None}
    row.records_asked = [*row.records_asked, entry]
    row.save(update_fields=["records_asked"])
    after = {"added": [entry | {"words": _scope_words(category, first, last, zone)}], "lines": made}
    return _amended(row, AmendmentKind.RECORDS, "records added", after=after, by=by, at=at)


@transaction.atomic
def take_out_records(
    data_request: DataRequest, keys: Iterable[str], *, by: Any, at: datetime | None = None
) -> Amendment | None:
    """Ask no longer for kinds of records, by the keys that asked() gives. Decided lines stay."""
    at = at or timezone.now()
    row = _locked(data_request, by)
    now = {item.key: item for item in asked(row)}
    chosen = [now[key] for key in dict.fromkeys(keys) if key in now]
    if not chosen:
        return None
    if len(chosen) == len(now):
        raise Incomplete("Leave something to ask for. To take everything back, withdraw the request.")
    kept: list[int] = []
    lines = row.lines.count()
    for item in chosen:
        begins, ends = _period(row, item)
        kept += _drop(row, row.lines.filter(category=item.category, period_from=begins, period_to=ends))
    gone = {item.key for item in chosen}
    row.records_asked = [entry for entry in row.records_asked if _key_of(entry) not in gone]
    row.save(update_fields=["records_asked"])
    removed = [{"key": i.key, "words": i.full_words} for i in chosen]
    before: dict[str, Any] = {"removed": removed}
    if (known := _said_before(row, AmendmentKind.RECORDS, before)) and row.lines.count() == lines:
        return known
    words = _counted(len(chosen), "kind of records", "taken out", "kinds of records")
    return _amended(row, AmendmentKind.RECORDS, words, before=before, after={"kept": kept}, by=by, at=at)


def asked(data_request: DataRequest) -> list[Asked]:
    """Return what is asked for now, from the lines: each kind of records and period once."""
    found: dict[tuple[str, datetime, datetime], list[str]] = {}
    for category, begins, ends, decision in data_request.lines.order_by("pk").values_list(
        "category", "period_from", "period_to", "decision"
    ):
        found.setdefault((category, begins, ends), []).append(decision)
    entries = {_key_of(entry): entry for entry in data_request.records_asked}
    return [_asked(scope, decisions, entries) for scope, decisions in found.items()]


def _asked(scope: tuple[str, datetime, datetime], decisions: list[str], entries: dict[str, dict[str, Any]]) -> Asked:
    """Give lines the days and the time zone they were asked in; UTC days where nothing says so."""
    key = _key(*scope)
    (first, last), zone = days(*scope[1:]), "UTC"
    if entry := entries.get(key):
        first, last = date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"])
        zone = entry.get("zone") or "UTC"
    decided = sum(decision != LineDecision.OPEN for decision in decisions)
    return Asked(key, scope[0], first, last, zone, len(decisions), decided)


def usual_zone(data_request: DataRequest) -> str:
    """Return the time zone in which most of what is asked was asked."""
    named = Counter(entry.get("zone") or "UTC" for entry in data_request.records_asked)
    return named.most_common(1)[0][0] if named else "UTC"


def scope_refusal(
    data_request: DataRequest, category: str, first: date, last: date, *, zone: str, at: datetime
) -> str | None:
    """Say why these records cannot be added to this request, or None."""
    if data_request.kind in WITHOUT_RECORDS:
        return "This request asks for no records. Send a new request for them."
    if data_request.kind != RequestKind.DISCLOSURE:
        return "Only a request for records asks for kinds of records. Add to the facts instead."
    if category not in {str(one) for one in RECORD_CATEGORIES}:
        return "Choose one of the kinds of records."
    if zone not in time_zones():
        return "Choose one of the time zones."
    if why := period_refusal(first, last, today=today_in(zone, at)) or _no_day(first, last, zone):
        return f"{why[0].upper()}{why[1:]}."
    kind = data_request.process_type
    if kind is not None and REACH_OF_CATEGORY[DataCategory(category)] not in kind.reaches:
        return (
            f"{kind.name} cannot reach {DataCategory(category).label.lower()}. Send a new request with another order."
        )
    return None


def _locked(data_request: DataRequest, by: Any) -> DataRequest:
    row = lock(data_request)
    if (why := refusal(row, by)) is not None:
        raise NotAllowed(why) if why == _WHO else TransitionRefused(why)
    return row


def _scope(row: DataRequest) -> list[Scope]:
    found = row.lines.order_by("pk").values_list(*_LINE_FIELDS)
    return list(dict.fromkeys(found))


def _make_lines(row: DataRequest, targets: Iterable[Target], scope: Sequence[Scope]) -> None:
    # Who is added later is asked about as narrowly as the others.
    narrowed = {_key_of(entry): entry.get("assets") or [] for entry in row.records_asked}
    made = [
        RequestLine(data_request=row, target=target, category=category, period_from=begins, period_to=ends,
                    order_version_id=version, assets=narrowed.get(_key(category, begins, ends), []))
        for target in targets
        for category, begins, ends, version in scope
    ]  # fmt: skip
    RequestLine.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)


def _drop(row: DataRequest, lines: Any) -> list[int]:
    """Delete the undecided ones of these lines; return the numbers of those that stay because they are decided."""
    numbers = {pk: n for n, pk in enumerate(row.lines.order_by("pk").values_list("pk", flat=True), 1)}
    decided = list(lines.exclude(decision=LineDecision.OPEN).order_by("pk").values_list("pk", flat=True))
    lines.filter(decision=LineDecision.OPEN).delete()
    return [numbers[pk] for pk in decided]


def _said_before(row: DataRequest, kind: AmendmentKind, before: dict[str, Any]) -> Amendment | None:
    """Return the change that a second click repeats, or None."""
    return row.amendments.filter(kind=kind, before=before).first()


def _key_of(entry: dict[str, Any]) -> str:
    """Return the key of a scope line, as asked() makes it from the lines; empty where its dates make no period."""
    if not (entry.get("from") and entry.get("to")):
        return ""
    first, last = date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"])
    return _key(entry["category"], *instants(first, last, entry.get("zone") or "UTC"))


def _key(category: str, begins: datetime, ends: datetime) -> str:
    return f"{category}.{int(begins.timestamp())}.{int(ends.timestamp())}"


def _period(row: DataRequest, item: Asked) -> tuple[datetime, datetime]:
    _category, begins, ends = item.key.split(".")
    found = row.lines.filter(category=item.category).values_list("period_from", "period_to").distinct().order_by()
    return next((f, t) for f, t in found if (int(f.timestamp()), int(t.timestamp())) == (int(begins), int(ends)))


def _target(row: DataRequest, item: Identifier, role: str) -> Target:
    return Target(
        data_request=row, kind=item.kind, network=item.network, given=item.given, normalised=item.normalised,
        detail=getattr(item, "detail", ""), role=role,
    )  # fmt: skip


def _no_day(first: date, last: date, zone: str) -> str | None:
    begins, ends = instants(first, last, zone)
    return None if begins < ends else f"this day did not exist in {zone}"


def _scope_words(category: str, first: date, last: date, zone: str) -> str:
    """Write the days as they were asked, and for another time zone than UTC exactly what that is in UTC."""
    words = f"{DataCategory(category).label}, {first:%-d %b %Y} to {last:%-d %b %Y}"
    if zone == "UTC":
        return f"{words} (UTC)"
    begins, ends = instants(first, last, zone)
    return f"{words}, {zone.replace('_', ' ')} ({begins:%-d %b %Y, %H:%M} until {ends:%-d %b %Y, %H:%M} UTC)"


def _said(target: Target) -> dict[str, str]:
    return {
        "kind": str(target.get_kind_display()), "given": target.given, "normalised": target.normalised,
        "network": target.network, "role": target.role,
    }  # fmt: skip


def _counted(number: int, one: str, what: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'} {what}"


def _amended(row: DataRequest, kind: AmendmentKind, words: str, *, by: Any, at: datetime, **more: Any) -> Amendment:
    """Write the change down, tell who reviews, and let an open review page be refused."""
    number = row.amendments.count() + 1
    made = Amendment.objects.create(data_request=row, number=number, kind=kind, made_at=at, made_by=by, **more)
    _refuse_open_pages(row, at)
    record(Event.AMENDED, by=by, obj=row, data={"kind": str(kind), "number": number, "words": words}, at=at)
    receipt_proofs.change_received(made, by=by, at=at)
    notify.amended(made, at=at)
    return made


def _refuse_open_pages(row: DataRequest, at: datetime) -> None:
    """Raise the version of the review; one that nobody saved yet is begun in the name of who works on it."""
    if Review.objects.filter(data_request=row).update(lock_version=F("lock_version") + 1) or row.assignee is None:
        return
    Review.objects.create(data_request=row, updated_at=at, updated_by=row.assignee, lock_version=1)
