"""The life of a hold in words: for its officer, and for staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from accounts.models import User
from foundation.audit.trail import entries_for
from foundation.documents.models import Document
from preservation.enums import ExtensionStatus
from preservation.events import Event
from preservation.models import HoldExtension, PreservationHold
from preservation.services import happened


@dataclass(frozen=True)
class Happening:
    """One thing that happened."""

    title: str
    at: datetime
    by: str = ""
    text: str = ""


@dataclass(frozen=True)
class Opened:
    """Somebody of the staff who opened the hold, how often, and when last."""

    by: str
    times: int
    last: datetime


# What an officer may know: never what was found, how much was kept, or that it was deleted.
_OFFICER: Mapping[str, str] = {
    Event.REQUESTED: "You asked us to keep records",
    Event.BROUGHT_OVER: "Brought over from earlier lists",
    Event.PLACED: "We kept records for your agency, before you had access here",
    Event.GIVEN: "The hold is yours",
    Event.STARTED: "The hold started",
    Event.FLAGGED: "A person looks at it; the records are kept meanwhile",
    Event.ACCEPTED: "Accepted",
    Event.DECLINED: "Not accepted",
    Event.SNAPSHOT_TAKEN: "Carried out for whatever is held",
    Event.DELAY_TOLD: "We told you of a delay in our systems",
    Event.DELAY_OVER: "We told you that the delay is over",
    Event.REMINDED: "We reminded you by e-mail",
    Event.PROCESS_ATTACHED: "Kept while we answer your request",
    Event.PROCESS_DETACHED: "The hold runs down again",
    Event.TREATY_STARTED: "Kept during a treaty request",
    Event.REFERRED: "Kept while your request takes another way",
    Event.TREATY_NAMED: "You told us of a treaty request",
    Event.TREATY_CONFIRMED: "The treaty request still runs",
    Event.TREATY_ENDED: "The hold runs down again",
    Event.DOCUMENT_UNUSABLE: "We told you that a document cannot be used",
    Event.END_PUT_OFF: "The end was put off while your access was suspended",
    Event.RELEASED_IN_PART: "A part of the hold was released",
    Event.RELEASED: "You released the hold",
    Event.ENDED_EARLY: "We ended the hold, because nothing followed for long",
    Event.EXPIRED: "The hold ended",
    Event.FILED: "Your authority went to court",
    Event.FELL: "The hold fell: nobody told us in time that your authority went to court",
    Event.PASSED_ON: "Another officer has the hold now",
    Event.FOLLOWER_ADDED: "A colleague follows the hold",
    Event.FOLLOWER_ENDED: "A colleague no longer follows the hold",
    Event.NEED_ASKED: "We asked whether you still need it",
    Event.STILL_NEEDED: "You said that you still need it",
    Event.REVIVED: "The hold goes on again: more time was granted late",
}
STAFF_WORDS: Mapping[str, str] = {
    Event.REQUESTED: "Asked for",
    Event.COMPLIANCE_MARKED: "Mark of compliance changed: whether account holders may be told",
    Event.BROUGHT_OVER: "Brought over from earlier lists",
    Event.PLACED: "Placed by staff for an agency, before its officer had access",
    Event.CALLED_OFF: "Ended by staff: the agency's word did not hold",
    Event.GIVEN: "Given to the officer, who has access now",
    Event.STARTED: "Started",
    Event.FLAGGED: "Waits for a person to accept it",
    Event.CALL_RECORDED: "Agency called",
    Event.CALL_VOUCHED: "Call vouched for by a second person",
    Event.ACCEPTED: "Accepted",
    Event.DECLINED: "Declined",
    Event.IDENTIFIERS_MATCHED: "Identifiers looked up in the company's systems",
    Event.SNAPSHOT_TAKEN: "Snapshot taken",
    Event.SNAPSHOT_FAILED: "Could not be carried out",
    Event.SNAPSHOT_DIFFERS: "Copies are not what was first kept",
    Event.ACCOUNT_CHOSEN: "A person chose between accounts",
    Event.TRIED_AGAIN: "Our systems were asked again",
    Event.DELAY_TOLD: "The officer was told of a delay",
    Event.DELAY_OVER: "The officer was told that the delay is over",
    Event.RESULTS_VIEWED: "The agency read what was found",
    Event.MANIFEST_DOWNLOADED: "Manifest downloaded",
    Event.CERTIFICATE_MADE: "Certificate made",
    Event.CERTIFICATE_DOWNLOADED: "Certificate downloaded",
    Event.REMINDED: "Reminder sent",
    Event.EXTENDED: "End moved",
    Event.DOCUMENT_UNUSABLE: "Officer told that a document cannot be used",
    Event.DOCUMENT_DOWNLOADED: "Document downloaded",
    Event.END_PUT_OFF: "End put off: the officer is suspended",
    Event.MADE_DUE: "Dates moved for a demonstration",
    Event.PROCESS_ATTACHED: "Legal process attached",
    Event.PROCESS_DETACHED: "Legal process detached",
    Event.TREATY_STARTED: "Treaty request started",
    Event.REFERRED: "Kept: its request was referred to another channel",
    Event.TREATY_NAMED: "The officer named a treaty request",
    Event.TREATY_CONFIRMED: "Treaty request confirmed: it still runs",
    Event.TREATY_ENDED: "Treaty request ended",
    Event.RELEASED_IN_PART: "Released in part",
    Event.RELEASED: "Released by the officer",
    Event.ENDED_EARLY: "Ended by staff before its time",
    Event.EXPIRED: "Ended",
    Event.FILED: "The authority went to court",
    Event.FELL: "Fell: nobody said in time that the authority went to court",
    Event.PASSED_ON: "Another officer has the hold now",
    Event.FOLLOWER_ADDED: "A colleague of the officer follows it",
    Event.FOLLOWER_ENDED: "A colleague of the officer no longer follows it",
    Event.LOOKED_AT: "Looked at: it goes on",
    Event.NEED_ASKED: "Officer asked whether it is still needed",
    Event.STILL_NEEDED: "The officer still needs it",
    Event.REVIVED: "Goes on again: more time was granted late",
    Event.RESTRICTED: "Restricted, like the request it belongs to",
    Event.DESTROYED: "Our systems confirmed that the copies are deleted",
}
# Of these the officer reads the reason too: it was written for the officer, or by the officer.
_WITH_REASON = frozenset({Event.RELEASED_IN_PART, Event.ENDED_EARLY, Event.STILL_NEEDED})
_MOST = 500


def for_officer(hold: PreservationHold) -> list[Happening]:
    """Return what an officer may know of the hold, newest first."""
    found = [
        Happening(_OFFICER[action], at, text=_text(happened.for_officer(action, facts), _reason(action, reason)))
        for action, at, _by, reason, facts in _told(hold, _OFFICER)
    ]
    for extension in hold.extensions.all():
        found.append(Happening("You asked for more time", extension.requested_at, text=extension.reason))
        if extension.decided_at is not None and (title := _decided(extension)):
            found.append(Happening(title, extension.decided_at, text=extension.decision_reason))
    return _newest(found)


def for_staff(hold: PreservationHold) -> list[Happening]:
    """Return what happened to the hold and who did it, newest first."""
    hidden = hold.restricted
    found = [
        Happening(STAFF_WORDS[action], at, f"by {by}" if by else "",
                  _text(happened.for_staff(action, facts, restricted=hidden), _unless_mark(action, reason)))
        for action, at, by, reason, facts in _told(hold, STAFF_WORDS)
    ]  # fmt: skip
    for extension in hold.extensions.select_related("requested_by", "decided_by"):
        asker = f"by {extension.requested_by.get_full_name()}"
        found.append(Happening("Extension asked", extension.requested_at, asker, extension.reason))
        if extension.decided_at is not None:
            by = f"by {extension.decided_by.get_full_name()}" if extension.decided_by else ""
            title = f"Extension {extension.get_status_display().lower()}"
            found.append(Happening(title, extension.decided_at, by, extension.decision_reason))
    return _newest(found)


def stands_under(reference: str) -> dict[str, list[str]]:
    """Return what the trail may name of a hold, or of the holds of a request, by kind with the ids."""
    about = Q(reference=reference) | Q(request_reference=reference)
    holds = PreservationHold.objects.filter(about).order_by("pk")[:_MOST] if reference else []
    rows = {hold.pk: (hold.document_id, hold.certificate_id) for hold in holds}
    asked = HoldExtension.objects.filter(hold__in=rows).order_by("pk").values_list("pk", "document_id")[:_MOST]
    extensions = dict(asked) if rows else {}
    files = [pk for pair in rows.values() for pk in pair] + list(extensions.values())
    found = {
        PreservationHold._meta.label_lower: [str(pk) for pk in rows],
        HoldExtension._meta.label_lower: [str(pk) for pk in extensions],
        Document._meta.label_lower: [str(pk) for pk in files if pk is not None],
    }
    return {kind: ids for kind, ids in found.items() if ids}


def opened(hold: PreservationHold) -> list[Opened]:
    """Return which staff opened the hold, who did last on top."""
    seen = entries_for(hold).filter(action=str(Event.VIEWED)).exclude(actor_id="")
    counted = seen.order_by().values_list("actor_id", "actor_label").annotate(n=Count("pk"), last=Max("occurred_at"))
    rows = list(counted.order_by("-last", "actor_label")[:_MOST])
    names = _names({row[0] for row in rows})
    return [Opened(names.get(by, label), number, last) for by, label, number, last in rows]


def _told(hold: PreservationHold, words: Mapping[str, str]) -> list[tuple[str, datetime, str, str, Mapping[str, Any]]]:
    events = entries_for(hold).filter(action__in=[str(name) for name in words]).order_by("-occurred_at", "-id")
    rows = list(events.values_list("action", "occurred_at", "actor_id", "actor_label", "reason", "payload")[:_MOST])
    names = _names({row[2] for row in rows})
    return [
        (action, at, names.get(by, label), reason, happened.facts_of(payload))
        for action, at, by, label, reason, payload in rows
    ]


def _names(ids: set[str]) -> dict[str, str]:
    """Return the names of people by their ids in the trail; who has none there is called as the trail does."""
    found = User.objects.filter(pk__in=[pk for pk in ids if pk.isdigit()])
    return {str(person.pk): person.get_full_name() for person in found}


def _unless_mark(action: str, reason: str) -> str:
    """Leave out why compliance set its mark: it can name a report that nobody else may know of."""
    return "" if action == Event.COMPLIANCE_MARKED else reason


def _reason(action: str, reason: str) -> str:
    return reason if action in _WITH_REASON else ""


def _text(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)


def _decided(extension: HoldExtension) -> str:
    return {
        ExtensionStatus.GRANTED: f"We extended the hold by {extension.days} days",
        ExtensionStatus.REFUSED: "We did not extend the hold",
        ExtensionStatus.LAPSED: "Nothing is left to decide about more time: the hold is kept another way, or is over",
    }.get(ExtensionStatus(extension.status), "")


def _newest(found: list[Happening]) -> list[Happening]:
    return sorted(found, key=lambda happening: happening.at, reverse=True)
