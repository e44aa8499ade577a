"""What happened to a request, from the trail, with the names of the people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.events import Event as AccountEvent
from accounts.models import User
from accounts.trail_words import copy_words, short_id
from foundation.audit.models import AuditEvent
from foundation.audit.trail import entries_for
from foundation.documents.models import Document
from foundation.legal.events import LegalEvent
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import OutboundMessage
from requests_app.checks import checks_of
from requests_app.confirming import call_words
from requests_app.enums import CheckAnswer, FreezeExtent
from requests_app.events import Event
from requests_app.kind_words import words_of
from requests_app.models import (
    AddedRecord,
    Clarification,
    CounselReferral,
    DataRequest,
    DisclosurePackage,
    MatchAlarm,
    Proposal,
    UserNotice,
)

LIMIT = 200

_WORDS: dict[str, str] = {
    # Of the demo, whose data is put there rather than earned.
    "demo.case_made": "Made as an example",
    "demo.made_due": "Its clocks moved to now",
    Event.DRAFT_STARTED: "Draft started",
    Event.DRAFT_SAVED: "Draft saved",
    Event.DRAFT_DELETED: "Draft deleted",
    Event.DRAFT_COPIED: "Draft started from an earlier request",
    Event.ORDER_ADDED: "Order added",
    Event.ORDER_CHANGED: "Order changed",
    Event.ORDER_REMOVED: "Order taken out",
    Event.ORDER_VERSION_ADDED: "New version of an order",
    Event.TARGETS_ADDED: "Identifiers added",
    Event.TARGETS_CHANGED: "Roles or notes of identifiers changed",
    Event.TARGETS_REMOVED: "Identifiers removed",
    Event.TARGETS_UNDONE: "Last change of identifiers undone",
    Event.IMPORT_STARTED: "File of identifiers sent",
    Event.IMPORT_ENDED: "File of identifiers read",
    Event.DOCUMENT_ADDED: "Document added",
    Event.DOCUMENT_REMOVED: "Document removed",
    NotificationEvent.GIVEN_UP: "A mail could not be delivered",
    NotificationEvent.BOUNCED: "A mail came back",
    NotificationEvent.RESENT: "A mail is sent again",
    NotificationEvent.DEALT_WITH: "A mail that did not arrive needs nothing more",
    NotificationEvent.WORDS_FAILED: "A mail could not be written; a short note went out instead",
    NotificationEvent.UNDELIVERED_READ: "A mail that did not arrive looked at",
    Event.SUBMITTED: "Submitted",
    Event.RECORDED: "Recorded: it came outside the portal",
    Event.BROUGHT_OVER: "Brought over from earlier lists",
    Event.RECIPIENT_NAMED: "The officer who receives the records was named",
    Event.INCOMING_TAKEN: "A mail came in and was kept",
    Event.INCOMING_RECORDED: "A request was recorded from a mail",
    Event.INCOMING_ATTACHED: "A mail was added to a request",
    Event.INCOMING_DISMISSED: "A mail was put away: it is no request",
    Event.CALL_NOTED: "A telephone call was written down",
    Event.ACKNOWLEDGED: "The mail that we received it was taken by the officer's mail server",
    Event.ACKNOWLEDGEMENT_RETURNED: "The mail that we received it came back",
    Event.ALERT_JOINED: "Told with an alert for the agency that was sent a moment before",
    Event.ESCALATED: "Nobody acted on the emergency in time; the next people were paged",
    Event.RETURNED: "Returned as incomplete",
    Event.MADE_ORDINARY: "Not an emergency: goes on as an ordinary request",
    Event.AGENCY_TOLD: "The agency was told that records left in an emergency",
    Event.PROCESS_DEMANDED: "Legal process is to follow the emergency",
    Event.PROCESS_SENT: "The officer sent what was to follow the emergency",
    Event.PROCESS_SENT_BACK: "What the officer sent after the emergency was sent back",
    Event.PROCESS_SETTLED: "The emergency is in order",
    Event.WITHDRAWN: "Withdrawn",
    Event.SEARCHED: "Requests searched for",
    Event.VIEWED: "Looked at",
    Event.DOCUMENT_VIEWED: "Page of a document looked at",
    Event.DOCUMENT_DOWNLOADED: "Document downloaded",
    Event.DOCUMENT_INFECTED: "Virus found in a document; nobody can open it any more",
    Event.DOCUMENT_UNUSABLE: "A document could not be used; the officer was told",
    Event.ASSIGNED: "Handed over",
    Event.TAKEN: "Taken into review",
    Event.GIVEN_BACK: "Given back to the queue",
    Event.TEAM_SET: "Moved to another team",
    Event.RANK_SET: "Priority changed",
    Event.ROUTED: "Routed",
    Event.RULE_ADDED: "Routing rule added",
    Event.RULE_CHANGED: "Routing rule changed",
    Event.RULE_MOVED: "Routing rule moved up or down",
    Event.RULE_SWITCHED: "Routing rule switched on or off",
    Event.ROTA_STEP_ADDED: "Step of the emergency rota added",
    Event.ROTA_STEP_CHANGED: "Step of the emergency rota changed",
    Event.ROTA_STEP_MOVED: "Step of the emergency rota moved earlier or later",
    Event.ROTA_STEP_REMOVED: "Step of the emergency rota removed",
    Event.ROTA_DUTY_ADDED: "Somebody put on duty for emergencies",
    Event.ROTA_DUTY_CHANGED: "Times of duty for emergencies changed",
    Event.ROTA_DUTY_REMOVED: "Somebody taken off duty for emergencies",
    Event.ABSENCE_ENTERED: "Absence entered",
    Event.ABSENCE_ENDED: "Absence ended or changed",
    Event.CHECKED: "Checks answered",
    Event.RECOMMENDED: "Recommendation written for the second person",
    AccountEvent.CONFLICT_DECLARED: "Declared a conflict of interest, and keeps away",
    AccountEvent.CONFLICT_ENDED: "A declared conflict of interest has ended",
    Event.NOTE_WRITTEN: "Note written",
    Event.ACCOUNT_SHOWN: "Full names shown",
    Event.CALL_BACK_RECORDED: "Call to the agency recorded",
    Event.CALL_VOUCHED: "A second person vouched for a call to the agency",
    Event.MINIMUM_STATED: "Stated that what leaves averts the harm, and what was left out",
    Event.FOLLOWER_ADDED: "The officer let a colleague of the agency follow",
    Event.FOLLOWER_ASKED: "The officer asked that an officer of another agency may follow",
    Event.FOLLOWER_AGREED: "Agreed that an officer of another agency follows",
    Event.FOLLOWER_DECLINED: "Declined that an officer of another agency follows",
    Event.FOLLOWER_ENDED: "A colleague no longer follows",
    Event.HAND_OVER_ASKED: "Asked to hand the request over to another officer",
    Event.HAND_OVER_DECLINED: "Declined that another officer takes the request over",
    Event.HAND_OVER_CANCELLED: "Handing over called off",
    Event.HANDED_OVER: "Another officer of the agency has the request now",
    Event.DESK_SET: "Filed for a desk of the agency, or no longer",
    Event.AMENDED: "The officer changed the request after it was sent",
    Event.PRINTED: "PDF of the whole request made",
    Event.QUESTION_ASKED: "Question asked",
    Event.QUESTION_ANSWERED: "Question answered",
    Event.QUESTION_CANCELLED: "Question taken back",
    Event.QUESTION_LAPSED: "Question not answered in time",
    Event.QUESTION_PROLONGED: "More time to answer the question",
    Event.ANSWER_DRAFTED: "The officer kept an answer as a draft",
    Event.MORE_TIME_ASKED: "The officer asked for more time to answer",
    Event.MORE_TIME_GIVEN: "More time to answer the question",
    Event.MORE_TIME_REFUSED: "No more time to answer the question",
    Event.ANSWERED_LATE: "Answered after the time was over; the officer asks to open the request again",
    Event.THREAD_READ: "Questions and answers read",
    Event.TEXTS_LOADED: "Prepared texts of the portal added",
    Event.TEXT_ADDED: "Prepared text added",
    Event.TEXT_CHANGED: "Prepared text changed",
    Event.TEXT_RETIRED: "Prepared text retired",
    Event.TEXT_RESTORED: "Prepared text offered again",
    Event.WAITING: "Clock stopped",
    Event.RESUMED: "Clock runs again",
    Event.LAPSED: "Closed without an answer",
    Event.REOPENED: "Opened again",
    Event.MATCHED: "Account searched",
    Event.LINE_MARKED: "Lines decided",
    Event.PROPOSED: "Sent for approval",
    Event.SENT_BACK: "Sent back",
    Event.RECALLED: "Proposal taken back by who proposed it",
    Event.APPROVED: "Approved",
    Event.REFUSED: "Refusal approved",
    Event.REDIRECTED: "Referral approved",
    Event.APPEALED: "The officer appealed: other people decide",
    Event.LETTER_WRITTEN: "Letter of the decision written",
    Event.LETTER_TRIED: "Letter of the decision tried again",
    Event.LETTER_DOWNLOADED: "Letter of the decision downloaded",
    Event.NARROWED: "Opened again: its order changed",
    Event.PREPARED_AGAIN: "Records are prepared again",
    Event.COUNSEL_ASKED: "Referred to counsel",
    Event.COUNSEL_ANSWERED: "Counsel answered",
    Event.COUNSEL_WITHDRAWN: "Question to counsel taken back",
    Event.COUNSEL_OVERRULED: "Goes on although counsel objects",
    Event.COMPARED: "Compared with a request that looks alike",
    Event.ALARM_RAISED: "Unusual searching for accounts noticed",
    Event.ALARM_LOOKED_AT: "Alarm about searching looked at",
    Event.BAR_CONFIRMED: "Bar on telling the account holder confirmed",
    Event.NOTICE_PLANNED: "Notice planned",
    Event.NOTICE_POSTPONED: "Notice postponed",
    Event.NOTICE_SENT: "Notice sent",
    Event.WAIVER_PROPOSED: "No notice proposed, for a second person to agree",
    Event.NOTICE_WAIVED: "Notice waived",
    Event.NOTICE_OBJECTED: "The account holder objected",
    Event.OBJECTION_UPHELD: "Objection upheld",
    Event.OBJECTION_DISMISSED: "Objection dismissed",
    Event.RECORD_ADDED: "File added to the records by hand",
    Event.RECORD_REMOVED: "File taken out of the records",
    Event.RECORD_VIEWED: "File of the records looked at",
    Event.RECORD_DOWNLOADED: "File of the records downloaded",
    Event.RECORD_UNSAFE: "A file added by hand was found unsafe; its package is held",
    Event.PACKAGE_STARTED: "Package started",
    Event.PACKAGE_BLOCKED: "Package stopped: something in it must be looked at",
    Event.PACKAGE_UNBLOCKED: "Package goes on",
    Event.PACKAGE_SEALED: "Package sealed",
    Event.PACKAGE_RELEASED: "Package released",
    Event.PACKAGE_REVOKED: "Package revoked",
    Event.PACKAGE_TAKEN_BACK: "Package taken back before its release",
    Event.PACKAGE_EXPIRED: "Time to download is over",
    Event.PACKAGE_PURGED: "Files of the package deleted",
    Event.PASSPHRASE_SHOWN: "Passphrase shown to the officer",
    Event.RECORDS_VIEWED: "File of the package looked at",
    Event.DOWNLOAD_OPENED: "Download opened",
    Event.DOWNLOADED: "Records downloaded",
    Event.PRODUCED: "Records sent",
    Event.CLOSED: "Closed",
    Event.ANSWERED: "Answered and closed",
    Event.FREEZE_RECORDED: "Freeze or seizure: what was done is recorded",
    Event.FREEZE_CONFIRMED: "Freeze or seizure: what was done is confirmed by a second person",
    Event.FREEZE_INSTRUCTED: "Freeze: our systems were instructed",
    Event.FREEZE_BY_HAND: "Freeze: taken back from our systems, done by hand",
    Event.FREEZE_EXTENSION_CHECKED: "Freeze: a later version of the order was checked",
    Event.FREEZE_EXTENDED: "Freeze: goes on under a later version of the order, confirmed by a second person",
    Event.FREEZE_NOT_EXTENDED: "Freeze: a later version of the order changes nothing",
    Event.LIFT_DUE: "Freeze: to be lifted",
    Event.LIFT_ASKED: "Freeze: somebody asked to lift it",
    Event.LIFT_INSTRUCTED: "Freeze: our systems were instructed to lift it",
    Event.LIFT_RECORDED: "Freeze: the lift is recorded",
    Event.LIFTED: "Freeze lifted, confirmed by a second person",
    Event.LIFT_DECLINED: "Freeze: not lifted",
    Event.RESTRICTED: "Restricted: only named people read it",
    Event.UNRESTRICTED: "Restriction taken back in the draft",
    Event.READER_ADDED: "Reader named",
    Event.READER_REMOVED: "Reader removed",
    LegalEvent.DEADLINE_MOVED: "Deadline moved, because the desk's calendar changed",
    Event.VIEW_SAVED: "View of the queue saved",
    Event.VIEW_RENAMED: "View of the queue renamed",
    Event.VIEW_DELETED: "View of the queue deleted",
    Event.LIST_EXPORT_STARTED: "List of requests taken as a file",
    Event.LIST_EXPORT_ENDED: "List of requests sent as a file",
    Event.FIGURES_ASKED: "Figures of the desk to be counted again",
    Event.FIGURES_TAKEN: "Figures of the desk taken as a file",
}


_FOLLOWING = (
    Event.FOLLOWER_ADDED,
    Event.FOLLOWER_ASKED,
    Event.FOLLOWER_AGREED,
    Event.FOLLOWER_DECLINED,
    Event.FOLLOWER_ENDED,
)
_LOOKS = (Event.VIEWED, Event.DOCUMENT_VIEWED, Event.RECORD_VIEWED, Event.RECORDS_VIEWED)
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
    for name in ("clarifications", "notices", "packages", "referrals"):
        children = getattr(data_request, name)
        ids = [str(pk) for pk in children.values_list("pk", flat=True)]
        if ids:
            about |= Q(object_type=children.model._meta.label_lower, object_id__in=ids)
    return AuditEvent.objects.filter(about)


def history(data_request: DataRequest, *, looks: bool = True, limit: int = LIMIT) -> list[Entry]:
    """Return what happened, newest first; without looks, only what changed something."""
    events = events_of(data_request)
    if not looks:
        events = events.exclude(action__in=_LOOKS)
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
    for name in ("clarifications", "proposals", "notices", "packages", "added_records", "referrals"):
        children = getattr(data_request, name)
        found[children.model._meta.label_lower] = [str(pk) for pk in children.values_list("pk", flat=True)]
    found[Document._meta.label_lower] = [str(pk) for pk in _document_ids(data_request)]
    return {kind: ids for kind, ids in found.items() if ids}


# What hangs on a request, by the path to it.
_HANGS_ON = (
    (DataRequest, "pk"),
    (Clarification, "data_request"),
    (Proposal, "data_request"),
    (UserNotice, "data_request"),
    (DisclosurePackage, "data_request"),
    (AddedRecord, "data_request"),
    (CounselReferral, "data_request"),
    (MatchAlarm, "data_request"),
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
    title = _WORDS.get(event.action, event.action.replace("_", " ").replace(".", ", "))
    if event.outcome != "ok":
        title = f"{title}: refused"
    said = filter(None, (_detail(event.action, data, data_request), event.reason))
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


_OF_KINDS = (Event.READER_ADDED, Event.READER_REMOVED, Event.RESTRICTED, Event.FREEZE_RECORDED, Event.ROUTED)


def _of_kinds(action: str, data: dict[str, Any]) -> str:
    """Say who was named as a reader, and what was recorded of a freeze."""
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
