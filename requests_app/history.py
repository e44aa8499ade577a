"""What happened to a request, from the trail, with the names of the people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.trail_words import copy_words, short_id
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.documents.models import Document
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import OutboundMessage
from requests_app.checks import checks_of
from requests_app.confirming import call_words
from requests_app.enums import CheckAnswer, FreezeExtent
from requests_app.event_words import WORDS
from requests_app.events import Event
from requests_app.kind_words import words_of
from requests_app.models import (
    AddedRecord,
    Certificate,
    Clarification,
    CounselReferral,
    DataRequest,
    DestructionAsk,
    DisclosurePackage,
    LaterAsk,
    MatchAlarm,
    MistakenDisclosure,
    Proposal,
    Recall,
    UserNotice,
)

LIMIT = 200


_FOLLOWING = (
    Event.FOLLOWER_ADDED,
    Event.FOLLOWER_ASKED,
    Event.FOLLOWER_AGREED,
    Event.FOLLOWER_DECLINED,
    Event.FOLLOWER_ENDED,
)
_LOOKS = (Event.VIEWED, Event.DOCUMENT_VIEWED, Event.RECORD_VIEWED, Event.RECORDS_VIEWED)
# Mails have a list of their own beside the history.
_ELSEWHERE = (NotificationEvent.SENT,)
_TAKEN = (Event.DOCUMENT_DOWNLOADED, Event.RECORD_DOWNLOADED)
_TABS = ("review", "sent", "records", "messages", "notes", "counsel", "history")
_MOST_FILES = 500


@dataclass(frozen=True)
class Entry:
    """One thing that happened, in words."""

    title: str
    at: datetime
    by: str
    detail: str


def events_of(data_request: DataRequest) -> QuerySet[AuditEvent]:
    """Return the entries about a request and about what runs beside it."""
    about = Q(pk__in=entries_for(data_request).values("pk"))
    for name in ("clarifications", "notices", "packages", "referrals", "later_asks"):
        children = getattr(data_request, name)
        ids = [str(pk) for pk in children.values_list("pk", flat=True)]
        if ids:
            about |= Q(object_type=children.model._meta.label_lower, object_id__in=ids)
    return AuditEvent.objects.filter(about)


def history(data_request: DataRequest, *, looks: bool = True, limit: int = LIMIT) -> list[Entry]:
    """Return what happened, newest first; without looks, only what changed something."""
    events = events_of(data_request)
    events = events.exclude(action__in=_ELSEWHERE if looks else (*_LOOKS, *_ELSEWHERE))
    found = list(events.order_by("-occurred_at", "-id")[:limit])
    people = User.objects.in_bulk({int(e.actor_id) for e in found if e.actor_id.isdigit()})
    facts = [json.loads(bytes(event.payload)).get("data") or {} for event in found]
    names = _names(data_request) if any("document" in data or "record" in data for data in facts) else {}
    told = zip(found, facts, strict=True)
    return [_entry(event, data | {"names": names}, people, data_request) for event, data in told]


def stands_under(reference: str) -> dict[str, list[str]]:
    """Return what the trail may name of a request, by kind with the ids; empty where there is no such request."""
    data_request = DataRequest.objects.filter(reference=reference).first() if reference else None
    if data_request is None:
        return {}
    found = {data_request._meta.label_lower: [str(data_request.pk)]}
    for name in ("clarifications", "proposals", "notices", "packages", "added_records", "referrals", "later_asks"):
        children = getattr(data_request, name)
        found[children.model._meta.label_lower] = [str(pk) for pk in children.values_list("pk", flat=True)]
    found[Document._meta.label_lower] = [str(pk) for pk in _document_ids(data_request)]
    return {kind: ids for kind, ids in found.items() if ids}


# Why compliance set its mark can name a report that nobody else may know of; what counsel or the data-protection
# officer holds of a mistake is theirs. A page of its own says it to who may read it.
_ON_A_PAGE_OF_ITS_OWN = frozenset(
    {Event.COMPLIANCE_MARKED, Event.MISTAKE_OPENED, Event.MISTAKE_DECIDED, Event.MISTAKE_TOLD}
)

# What hangs on a request, by the path to it.
_HANGS_ON = (
    (DataRequest, "pk"),
    (Clarification, "data_request"),
    (Proposal, "data_request"),
    (UserNotice, "data_request"),
    (DisclosurePackage, "data_request"),
    (AddedRecord, "data_request"),
    (CounselReferral, "data_request"),
    (LaterAsk, "data_request"),
    (Certificate, "package__data_request"),
    (MatchAlarm, "data_request"),
    (Recall, "package__data_request"),
    (DestructionAsk, "recall__package__data_request"),
    (MistakenDisclosure, "recall__package__data_request"),
)


def withheld(asked: Mapping[str, set[str]], reader: User) -> dict[str, set[str]]:
    """Return which of these objects belong to a restricted request that this person is no named reader of."""
    closed = DataRequest.objects.filter(restricted=True).exclude(named_readers=reader)
    found = {}
    for model, path in _HANGS_ON:
        kind = model._meta.label_lower
        ids = [int(pk) for pk in asked.get(kind, ()) if pk.isdigit()]
        if ids:
            rows = model._default_manager.filter(pk__in=ids).filter(**{f"{path}__in": closed.values("pk")})
            found[kind] = {str(pk) for pk in rows.values_list("pk", flat=True)}
    # Messages hang on a request by its reference alone.
    kind = OutboundMessage._meta.label_lower
    if ids := [int(pk) for pk in asked.get(kind, ()) if pk.isdigit()]:
        mails = OutboundMessage.objects.filter(pk__in=ids, reference__in=closed.values("reference"))
        found[kind] = {str(pk) for pk in mails.values_list("pk", flat=True)}
    return found


def _document_ids(data_request: DataRequest) -> list[int]:
    """Return the files that were sent with a request, in its answers, added by hand and packed; at most _MOST_FILES."""
    known: list[int | None] = []
    for rows, path in (
        (data_request.documents, "document_id"),
        (data_request.clarifications, "replies__documents"),
        (data_request.added_records, "document_id"),
        (data_request.packages, "letter_id"),
        (data_request.packages, "manifest_id"),
        (data_request.packages, "archive_id"),
        (data_request.packages, "certificates__signed_id"),
        (data_request.packages, "items__document_id"),
    ):
        known += rows.order_by("pk").values_list(path, flat=True)[:_MOST_FILES]
    return list(dict.fromkeys(pk for pk in known if pk is not None))[:_MOST_FILES]


def _names(data_request: DataRequest) -> dict[str, str]:
    """Return the names of a request's files by the id that the trail has; the trail itself never holds a name."""
    sent = data_request.documents.values_list("document__uid", "document__filename")
    added = data_request.added_records.values_list("uid", "document__filename")
    return {str(uid): name for rows in (sent, added) for uid, name in rows}


def _entry(event: AuditEvent, data: dict[str, Any], people: dict[int, User], data_request: DataRequest) -> Entry:
    person = people.get(int(event.actor_id)) if event.actor_id.isdigit() else None
    by = f"by {person.get_full_name()}" if person else "by the system"
    title = WORDS.get(event.action, event.action.replace("_", " ").replace(".", ", "))
    if event.outcome != "ok":
        title = f"{title}: refused"
    reason = "" if event.action in _ON_A_PAGE_OF_ITS_OWN else event.reason
    said = filter(None, (_detail(event.action, data, data_request), reason))
    return Entry(title, event.occurred_at, by, " ".join(said))


def _detail(action: str, data: dict[str, Any], data_request: DataRequest) -> str:
    """Say what the facts of an entry mean, for those that need it."""
    if action == Event.CHECKED:
        numbers = {check.name: n for n, check in enumerate(checks_of(data_request.kind), 1)}
        words = dict(CheckAnswer.choices)
        given = sorted((numbers.get(name, 0), words.get(a, a)) for name, a in data.get("answers", {}).items())
        return f"Check {', '.join(f'{number}: {said}' for number, said in given)}."
    if action == Event.LINE_MARKED:
        words = {str(d): said for d, said in words_of(data_request.kind).decisions.items()}
        decided = sorted((int(n), words.get(d, d)) for n, d in data.get("lines", {}).items())
        many = f"{data.get('marked')} lines at once: {words.get(str(data.get('decision')), '')}."
        return many if "marked" in data else f"Line {', '.join(f'{number}: {said}' for number, said in decided)}."
    if action in {Event.CALL_BACK_RECORDED, Event.CALL_VOUCHED, Event.MATCHED, Event.COMPARED}:
        return call_words(data)
    if action in {Event.ASSIGNED, Event.HANDED_OVER, Event.HAND_OVER_ASKED, Event.TEAM_SET, Event.RANK_SET}:
        return f"To {data.get('to')}."
    if action in _FOLLOWING:
        return f"{data.get('follower')}."
    if action == Event.AMENDED:
        return f"Change {data.get('number')}: {data.get('words')}."
    if action == Event.VIEWED:
        page = data.get("page")
        return f"The {'tab' if page in _TABS else 'page'} {page}." if page else ""
    return _of_kinds(action, data) if action in _OF_KINDS else _file(action, data)


_OBJECTIONS = (Event.NOTICE_OBJECTED, Event.OBJECTION_UPHELD, Event.OBJECTION_DISMISSED)
_BARS = (Event.COMPLIANCE_MARKED, Event.BAR_CONFIRMED)
_OF_KINDS = (
    *_OBJECTIONS,
    Event.READER_ADDED,
    Event.READER_REMOVED,
    Event.RESTRICTED,
    Event.FREEZE_RECORDED,
    Event.ROUTED,
    *_BARS,
)


def _bar(action: str, data: dict[str, Any]) -> str:
    """Say which way the mark of compliance went, or where a clause stands that forbids telling, and until when."""
    if action == Event.COMPLIANCE_MARKED:
        return "Set: nobody is told." if data.get("in_force") else "Lifted."
    last = data.get("bars_until")
    return f"Page {data.get('page')}, {f'last day {date.fromisoformat(last):%-d %b %Y}' if last else 'without an end'}."


def _of_kinds(action: str, data: dict[str, Any]) -> str:
    """Say who was named as a reader, what was recorded of a freeze, and the ticket of an objection."""
    if action in _BARS:
        return _bar(action, data)
    if action in _OBJECTIONS:
        return f"Ticket {data['ticket']}." if data.get("ticket") else ""
    if action == Event.ROUTED:
        return f"{data.get('because')}."
    if action != Event.FREEZE_RECORDED:
        return f"{', '.join(data['readers'])}." if data.get("readers") else ""
    said = dict(FreezeExtent.choices)
    done = sorted((int(n), said.get(extent, extent)) for n, extent in data.get("lines", {}).items())
    return " ".join(f"Line {number}: {words.lower()}." for number, words in done)


def _file(action: str, data: dict[str, Any]) -> str:
    """Say which file an entry is about, by the first digits of its id and its name, and what of it."""
    uid = str(data.get("record") or data.get("document") or "")
    name = data["names"].get(uid, "")
    said = [
        f"{'record' if 'record' in data else 'document'} {short_id(uid)}" + (f" ({name})" if name else "")
        if uid
        else "",
        f"package {data['package']}" if data.get("package") else "",
        str(data.get("file", "")) if action == Event.RECORDS_VIEWED else "",
        copy_words(data) if action in _TAKEN else "",
        f"page {data['page']}" if uid and data.get("page") else "",
        "searched for words" if "found_on" in data else "",
    ]
    words = ", ".join(filter(None, said))
    return f"{words[0].upper()}{words[1:]}." if words else ""
