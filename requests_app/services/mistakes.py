"""Records reached somebody who must not have them: 72 hours to tell the authority, and who decides about it.

Counsel or the data-protection officer decides, never who prepared or released the package. What was decided can be
changed until it is closed: facts come in day by day (GDPR Art. 33(4)).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.notifications.running_clocks import NobodyToTell, Stage
from requests_app import authority_clock
from requests_app.enums import RecallCause
from requests_app.events import Event
from requests_app.models import DataRequest, MistakenDisclosure, Recall
from requests_app.notify import recalls as notify
from requests_app.notify.recipients import ADVISING, RELEASING, readers
from requests_app.permissions import desk_refusal, is_emergency
from requests_app.services.locks import lock

_IN_DOUBT = (
    "Another package of this request was stopped because it reached the wrong person. Nothing more leaves before "
    "counsel or the data-protection officer has decided about that."
)
_UNDECIDED = Q(tells_authority=None) | Q(tells_authority=True, authority_told_at=None)


@dataclass(frozen=True)
class Decision:
    """What counsel or the data-protection officer decides about a mistake, each part with its reason."""

    assessment: str
    tells_authority: bool
    authority_reason: str
    tells_holders: bool
    holders_reason: str


@dataclass(frozen=True)
class Told:
    """What was done of it: when the authority and the people concerned were told."""

    authority_at: datetime | None
    authority_reference: str
    late_reason: str
    holders_at: datetime | None


def recipient_in_doubt(data_request: DataRequest) -> str:
    """Say why nothing more of a request leaves: it went to the wrong person, and nobody has decided what that means.

    An emergency goes by its calls to the agency, which are asked anew before each release: lives do not wait for this.
    """
    cause = RecallCause.WRONG_RECIPIENT
    rows = MistakenDisclosure.objects.filter(recall__package__data_request=data_request, recall__cause=cause)
    return "" if is_emergency(data_request) or not rows.filter(decided_at=None).exists() else _IN_DOUBT


def opened(recall: Recall, *, at: datetime) -> MistakenDisclosure:
    """Start the 72 hours of GDPR Art. 33(1) with a stop for a wrong recipient or account, and tell counsel and DPO."""
    return _open(MistakenDisclosure(recall=recall, known_at=recall.called_at), by=None, at=at)


@transaction.atomic
def found_later(recall: Recall, *, reason: str, by: User, at: datetime | None = None) -> MistakenDisclosure:
    """Start the 72 hours of a stop for another cause from now, as counsel or data-protection officer.

    What is written is the beginning of the assessment; whoever decides goes on with it.
    """
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write what reached whom.")
    package = recall.package
    package.data_request = lock(package.data_request)
    if why := desk_refusal(by, Permission.GIVE_ADVICE, package.data_request):
        raise NotAllowed(why)
    if package.released_at is None or MistakenDisclosure.objects.filter(recall=recall).exists():
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    return _open(MistakenDisclosure(recall=recall, known_at=at, assessment=reason.strip()), by=by, at=at)


def _open(mistake: MistakenDisclosure, *, by: User | None, at: datetime) -> MistakenDisclosure:
    recall = mistake.recall
    mistake.due_at = authority_clock.end_of(mistake.known_at)
    mistake.save(force_insert=True)
    facts: dict[str, JSON] = {"package": recall.package.number, "due_at": mistake.due_at.isoformat()}
    facts["cause"] = recall.cause
    record(Event.MISTAKE_OPENED, by=by, obj=mistake, reason=mistake.assessment, data=facts, at=at)
    notify.mistake_opened(mistake, people(mistake) or _who_names_one(mistake), at=at)
    return mistake


def people(mistake: MistakenDisclosure) -> list[User]:
    """Return who is told and may decide: counsel and data-protection officer, of a restricted request its readers."""
    package = mistake.recall.package
    found = readers(package.data_request, ADVISING)
    return list(found.exclude(pk__in=[pk for pk in (package.prepared_by_id, package.released_by_id) if pk]))


def refusal(mistake: MistakenDisclosure, *, by: User) -> str | None:
    """Say why this person does not decide about this mistake, or None."""
    package = mistake.recall.package
    if why := desk_refusal(by, Permission.GIVE_ADVICE, package.data_request):
        return why
    if by.pk in {package.prepared_by_id, package.released_by_id}:
        return "You prepared or released this package: somebody else decides about the mistake."
    return "It is closed: nothing about it changes any more." if mistake.closed_at else None


@transaction.atomic
def decide(
    mistake: MistakenDisclosure, decision: Decision, *, by: User, seen: str | None = None, at: datetime | None = None
) -> MistakenDisclosure:
    """Keep what happened and follows from it, and whether authority and account holders are told, each with why.

    seen: version() of what this person had before them; Stale where somebody wrote meanwhile.
    """
    at = at or timezone.now()
    said = (decision.assessment, decision.authority_reason, decision.holders_reason)
    if not all(words.strip() for words in said):
        raise Incomplete("Write what happened, and give both reasons: the authority may ask for them years later.")
    mistake = _locked(mistake, by=by, seen=seen)
    if mistake.authority_told_at and not decision.tells_authority:
        raise TransitionRefused("The authority has been told already.")
    if mistake.holders_told_at and not decision.tells_holders:
        raise TransitionRefused("The account holders have been told already.")
    mistake.assessment, mistake.authority_reason, mistake.holders_reason = (words.strip() for words in said)
    mistake.tells_authority, mistake.tells_holders = decision.tells_authority, decision.tells_holders
    mistake.decided_by, mistake.decided_at = by, at
    mistake.save()
    facts: dict[str, JSON] = {"authority": decision.tells_authority, "holders": decision.tells_holders}
    reasons = f"Authority: {mistake.authority_reason}\nAccount holders: {mistake.holders_reason}"
    record(Event.MISTAKE_DECIDED, by=by, obj=mistake, reason=f"{mistake.assessment}\n{reasons}", data=facts, at=at)
    return mistake


@transaction.atomic
def note_told(
    mistake: MistakenDisclosure, told: Told, *, by: User, seen: str | None = None, at: datetime | None = None
) -> MistakenDisclosure:
    """Keep when authority and account holders were told; later than 72 hours only with the reason for the delay."""
    at = at or timezone.now()
    mistake = _locked(mistake, by=by, seen=seen)
    _check_told(mistake, told, at)
    mistake.authority_told_at = told.authority_at
    mistake.authority_reference = told.authority_reference.strip()
    mistake.late_reason = told.late_reason.strip()
    mistake.holders_told_at = told.holders_at
    mistake.save()
    facts: dict[str, JSON] = {
        "authority_told_at": told.authority_at.isoformat() if told.authority_at else None,
        "holders_told_at": told.holders_at.isoformat() if told.holders_at else None,
        "reference": mistake.authority_reference,
    }
    record(Event.MISTAKE_TOLD, by=by, obj=mistake, reason=mistake.late_reason, data=facts, at=at)
    return mistake


def _check_told(mistake: MistakenDisclosure, told: Told, at: datetime) -> None:
    """Raise where what was done does not fit what was decided, or a time cannot be."""
    if mistake.decided_at is None:
        raise TransitionRefused("Decide first who is told.")
    if not any((told.authority_at, told.holders_at, mistake.authority_told_at, mistake.holders_told_at)):
        raise Incomplete("Write when the authority or the account holders were told.")
    if told.authority_at and not mistake.tells_authority:
        raise TransitionRefused("It was decided that the authority is not told. Change the decision first.")
    if told.holders_at and not mistake.tells_holders:
        raise TransitionRefused("It was decided that the account holders are not told. Change the decision first.")
    moments = (told.authority_at, told.holders_at)
    wrong = authority_clock.moment_refusal(moments, known_at=mistake.known_at, at=at)
    if why := wrong or authority_clock.late_refusal(told.authority_at, due_at=mistake.due_at, reason=told.late_reason):
        raise Incomplete(why)


@transaction.atomic
def close(
    mistake: MistakenDisclosure, *, by: User, seen: str | None = None, at: datetime | None = None
) -> MistakenDisclosure:
    """Close a mistake once everybody is told who was to be told; what was decided stays as it is from then on."""
    at = at or timezone.now()
    mistake = _locked(mistake, by=by, seen=seen)
    if why := close_refusal(mistake):
        raise TransitionRefused(why)
    mistake.closed_at, mistake.closed_by = at, by
    mistake.save(update_fields=["closed_at", "closed_by"])
    record(Event.MISTAKE_CLOSED, by=by, obj=mistake, data={"package": mistake.recall.package.number}, at=at)
    return mistake


def close_refusal(mistake: MistakenDisclosure) -> str | None:
    """Say what is to be done before it can be closed, or None."""
    if mistake.decided_at is None:
        return "Decide first who is told."
    if mistake.tells_authority and mistake.authority_told_at is None:
        return "Tell the authority first, and write down when."
    if mistake.tells_holders and mistake.holders_told_at is None:
        return "Tell the account holders first, and write down when."
    return None


def running() -> QuerySet[MistakenDisclosure]:
    """Return the mistakes whose 72 hours run: nobody decided, or the authority is still to be told."""
    rows = MistakenDisclosure.objects.filter(_UNDECIDED, closed_at=None)
    return rows.select_related("recall__package__data_request__provider", "recall__package__data_request__team")


def tell(mistake: MistakenDisclosure, stage: Stage, at: datetime) -> None:
    """Remind counsel and data-protection officer. Raises NobodyToTell where nobody may decide."""
    found = people(mistake) or _who_names_one(mistake)
    notify.mistake_due(mistake, found, stage, at=at)
    if not found:
        raise NobodyToTell


def _who_names_one(mistake: MistakenDisclosure) -> list[User]:
    """Return who is told where nobody of counsel may read the request: whoever releases sees to a reader."""
    return list(readers(mistake.recall.package.data_request, RELEASING))


def listed(user: User) -> QuerySet[MistakenDisclosure]:
    """Return the mistakes that are not closed, of requests this person may see, soonest due first."""
    visible = DataRequest.objects.visible_to_staff(user)
    rows = MistakenDisclosure.objects.filter(closed_at=None, recall__package__data_request__in=visible)
    return rows.select_related("recall__package__data_request__agency").order_by("due_at", "pk")


def version(mistake: MistakenDisclosure) -> str:
    """Return what changes whenever somebody writes about a mistake."""
    moments = (mistake.decided_at, mistake.authority_told_at, mistake.holders_told_at, mistake.closed_at)
    return " ".join(moment.isoformat() if moment else "-" for moment in moments)


def _locked(mistake: MistakenDisclosure, *, by: User, seen: str | None) -> MistakenDisclosure:
    """Return the mistake as it stands now, with its request locked; NotAllowed for who decides nothing about it."""
    data_request = lock(mistake.recall.package.data_request)
    found = MistakenDisclosure.objects.select_related("recall__package").get(pk=mistake.pk)
    found.recall.package.data_request = data_request
    if why := refusal(found, by=by):
        raise NotAllowed(why)
    if seen is not None and seen != version(found):
        raise Stale("Somebody else wrote here since you opened the page. Read it, and then send yours again.")
    return found
