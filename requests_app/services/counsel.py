"""Questions to counsel or the data-protection officer: a clock of their own, while the request's runs on.

What counsel says binds nobody but stops a disclosure: an open question does, and so does an objection until the person
who proposes writes why it goes on all the same, for the second person to read. Officers never see any of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.legal.deadlines import business_days
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from foundation.providers.policy import policy_of
from requests_app.enums import CounselOpinion, CounselStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import CounselReferral, DataRequest, LaterAsk
from requests_app.notify import counsel as notify
from requests_app.notify.recipients import readers
from requests_app.permissions import access_in_force, counsel_refusal, counsel_workflow, desk_refusal
from requests_app.querysets import suspended
from requests_app.release_enums import LaterStatus
from requests_app.services.locks import lock

_ADVISING = (Permission.GIVE_ADVICE,)
# While a decision is still to be made counsel may be asked; what is with the second person stands as it was proposed.
_ASKING = (RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER)
WAITING = (*_ASKING, RequestStatus.AWAITING_APPROVAL)
_FIRST = "Counsel looks first at this type of process: refer it to counsel, and wait for the answer."
_OPEN = "Counsel has not answered yet: wait for the answer, or take the question back."
_OBJECTS = "Counsel objects: do not disclose, or write on the page of counsel why it goes on all the same."


@dataclass(frozen=True)
class Standing:
    """Where counsel stands on a request: every question, the one that waits, the opinion that counts."""

    referrals: tuple[CounselReferral, ...]
    looks_first: bool
    """Whether the company decided that counsel looks first at this type of process."""

    @property
    def waiting(self) -> CounselReferral | None:
        """The question that counsel has not answered."""
        return next((row for row in self.referrals if row.status == CounselStatus.OPEN), None)

    @property
    def opinion(self) -> CounselReferral | None:
        """The last answer: the one that counts."""
        answered = [row for row in self.referrals if row.status == CounselStatus.ANSWERED]
        return answered[-1] if answered else None

    @property
    def objects(self) -> bool:
        """Whether the last answer is against a disclosure."""
        return self.opinion is not None and self.opinion.opinion == CounselOpinion.OBJECTS

    @property
    def problem(self) -> str:
        """Why a disclosure cannot be proposed now, as a sentence; empty where nothing of counsel's stops it."""
        if self.waiting is not None:
            return _OPEN
        if self.looks_first and self.opinion is None:
            return _FIRST
        return _OBJECTS if self.objects and self.opinion and not self.opinion.despite else ""


def waiting(prefix: str = "") -> Q:
    """Match requests in which a question to counsel stands: undecided, or with something asked for later."""
    asked = LaterAsk.objects.filter(data_request=OuterRef(f"{prefix}pk"), status=LaterStatus.OPEN)
    return Q(**{f"{prefix}status__in": WAITING}) | Q(Exists(asked))


def standing_of(data_request: DataRequest) -> Standing:
    """Return where counsel stands on a request; two queries."""
    rows = data_request.referrals.select_related("asked_by", "to", "closed_by", "despite_by").order_by("number")
    kind = data_request.process_type
    first = kind is not None and policy_of(data_request.provider, kind).needs_counsel
    return Standing(tuple(rows), first)


def content_of(data_request: DataRequest) -> list[dict[str, Any]]:
    """Return what counsel said, as it stands in what the second person signs."""
    rows = data_request.referrals.exclude(status=CounselStatus.WITHDRAWN).order_by("number")
    return [_content(row) for row in rows.select_related("closed_by", "despite_by")]


def _content(row: CounselReferral) -> dict[str, Any]:
    return {
        "number": row.number,
        "question": row.question,
        "status": row.status,
        "opinion": row.opinion,
        "advice": row.advice,
        "by": row.closed_by.get_full_name() if row.closed_by else "",
        "all_the_same_because": row.despite,
        "all_the_same_by": row.despite_by.get_full_name() if row.despite_by else "",
    }


def advisers(data_request: DataRequest, *, without: User | None = None) -> list[User]:
    """Return who of counsel may read this request and answer: of a restricted one its named readers alone."""
    people = readers(data_request, _ADVISING).exclude(pk=data_request.recorded_by_id or 0)
    return list(people.exclude(pk=without.pk if without else 0).order_by("full_name", "pk"))


def ask_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot refer the request to counsel now, or None."""
    if refusal := desk_refusal(by, Permission.REVIEW_REQUEST, data_request):
        return refusal
    later = data_request.later_asks.filter(status=LaterStatus.OPEN).exists()
    if data_request.status not in _ASKING and not later:
        return "Counsel is asked while a request is in review."
    if refusal := access_in_force(data_request):
        return refusal
    if data_request.referrals.filter(status=CounselStatus.OPEN).exists():
        return "Counsel has a question about this request already. Take it back first, or wait for the answer."
    if not advisers(data_request, without=by):
        return "Nobody of counsel may read this request. Name somebody as a reader first."
    return None


@transaction.atomic
def ask(
    data_request: DataRequest, *, question: str, to: User | None = None, by: User, at: datetime | None = None
) -> CounselReferral:
    """Refer a request to counsel: to somebody, or to whoever answers first. The request's own clock runs on.

    The answer is due after the company's `counsel_days`, in business days of its calendar.
    """
    at = at or timezone.now()
    if not question.strip():
        raise Incomplete("Write what you ask counsel.")
    data_request = lock(data_request)
    if refusal := ask_refusal(data_request, by=by):
        raise NotAllowed(refusal)
    if to is not None and to not in advisers(data_request, without=by):
        raise NotAllowed("This colleague is not of counsel, or may not read this request. Choose somebody else.")
    due = business_days(at, data_request.provider.counsel_days, data_request.provider.calendar)
    referral = CounselReferral.objects.create(
        data_request=data_request, number=data_request.referrals.count() + 1, question=question.strip(), asked_at=at,
        asked_by=by, to=to, due_at=due.at, due_rule=due.rule,
    )  # fmt: skip
    record(Event.COUNSEL_ASKED, by=by, obj=referral, data={"due": due.at.isoformat(), "named": to is not None}, at=at)
    notify.asked(referral, [to] if to else advisers(data_request, without=by), at=at)
    return referral


@transaction.atomic
def answer(
    referral: CounselReferral, *, opinion: str, advice: str, by: User, at: datetime | None = None
) -> CounselReferral:
    """Answer as counsel. Anybody of counsel may, also where somebody was named: people are away."""
    at = at or timezone.now()
    if opinion not in CounselOpinion.values:
        raise Incomplete("Choose what you say.")
    if not advice.strip():
        raise Incomplete("Write your advice.")
    referral = _locked(referral)
    counsel_workflow.advance(
        referral, "answer", by=by, at=at, data={"opinion": opinion}, opinion=opinion, advice=advice.strip(),
        closed_at=at, closed_by=by,
    )  # fmt: skip
    notify.answered(referral, at=at)
    return referral


@transaction.atomic
def withdraw(referral: CounselReferral, *, by: User, at: datetime | None = None) -> CounselReferral:
    """Take a question back that counsel has not answered."""
    at = at or timezone.now()
    return counsel_workflow.advance(_locked(referral), "withdraw", by=by, at=at, closed_at=at, closed_by=by)


@transaction.atomic
def go_on(referral: CounselReferral, *, because: str, by: User, at: datetime | None = None) -> CounselReferral:
    """Write why a disclosure is proposed although counsel objects; the second person reads and signs it."""
    at = at or timezone.now()
    if not because.strip():
        raise Incomplete("Write why it goes on although counsel objects.")
    referral = _locked(referral)
    if refusal := go_on_refusal(referral, by=by):
        raise NotAllowed(refusal)
    referral.despite, referral.despite_at, referral.despite_by = because.strip(), at, by
    referral.save(update_fields=["despite", "despite_at", "despite_by"])
    record(Event.COUNSEL_OVERRULED, by=by, obj=referral, at=at)
    return referral


def go_on_refusal(referral: CounselReferral, *, by: User) -> str | None:
    """Say why this person cannot go on against this opinion now, or None."""
    data_request = referral.data_request
    if refusal := desk_refusal(by, Permission.PROPOSE_DECISION, data_request):
        return refusal
    if data_request.status != RequestStatus.IN_REVIEW:
        return "This request is not in review."
    standing = standing_of(data_request)
    if not standing.objects or standing.opinion != referral:
        return "Counsel does not object, or answered again: read what counsel says now."
    return None


def may(referral: CounselReferral, action: str, by: User) -> bool:
    """Say whether this person can do this to the question now."""
    return referral.status == CounselStatus.OPEN and counsel_refusal(by, action, referral) is None


def queue(user: User) -> QuerySet[CounselReferral]:
    """Return the questions that wait for counsel, soonest due first: of requests this person may see."""
    visible = DataRequest.objects.visible_to_staff(user).filter(waiting())
    return CounselReferral.objects.filter(status=CounselStatus.OPEN, data_request__in=visible).order_by("due_at", "pk")


def to_answer(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts for counsel: what waits for this person, or for anybody of counsel."""
    if not has_permission(user, Permission.GIVE_ADVICE):
        return []
    return [queue(user).filter(to=user), queue(user).filter(to=None).exclude(asked_by=user)]


def sweep(*, at: datetime | None = None, limit: int = 200) -> int:
    """Take back open questions of requests that were decided or ended meanwhile; return how many."""
    at = at or timezone.now()
    over = CounselReferral.objects.filter(status=CounselStatus.OPEN).exclude(waiting("data_request__"))
    return sum(_end(row, at) for row in over.order_by("pk")[:limit])


@transaction.atomic
def _end(referral: CounselReferral, at: datetime) -> int:
    referral = _locked(referral)
    if DataRequest.objects.filter(waiting(), pk=referral.data_request_id).exists():
        return 0
    try:
        counsel_workflow.advance(referral, "end", by=None, at=at, closed_at=at)
    except TransitionRefused:
        return 0
    return 1


def clocks() -> QuerySet[CounselReferral]:
    """Return the questions whose clock runs; a suspension urges nobody."""
    rows = CounselReferral.objects.filter(waiting("data_request__"), status=CounselStatus.OPEN)
    related = ("data_request__provider", "data_request__assignee", "data_request__team", "to", "asked_by")
    return rows.exclude(suspended("data_request__")).select_related(*related)


def tell(referral: CounselReferral, stage: Stage, at: datetime) -> None:
    """Remind counsel; once the time is over tell also who asked. Raises NobodyToTell where nobody may answer."""
    people = [person for person in advisers(referral.data_request) if referral.to_id in {None, person.pk}]
    people = people or advisers(referral.data_request)
    notify.due(referral, people, stage, at=at)
    if not people:
        raise NobodyToTell


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the questions to counsel that are due in this time, of requests the reader may see."""
    rows = clocks().filter(due_at__gte=since, due_at__lt=until)
    visible = DataRequest.objects.visible_to_staff(reader)
    for row in rows.filter(data_request__in=visible).order_by("due_at", "pk"):
        data_request = row.data_request
        yield ShownDeadline(
            clock="Counsel", due=row.due_at, label=data_request.reference or "",
            url=reverse("staff:request_counsel", args=[data_request.reference]),
            team=data_request.team.name if data_request.team else "", person=row.to.get_full_name() if row.to else "",
            person_id=row.to_id, exigent=data_request.is_exigent, note="" if row.to else "With anybody of counsel",
        )  # fmt: skip


def _locked(referral: CounselReferral) -> CounselReferral:
    """Return the question as it stands now, with its request locked."""
    data_request = lock(referral.data_request)
    found = data_request.referrals.get(pk=referral.pk)
    found.data_request = data_request
    return found
