"""A freeze while it is in force: until when, what stands against it, the list of all, and the clock of its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse

from accounts.models import User
from foundation.core.jobs import JobState
from foundation.legal.catalogue import GENERAL_COURT_ORDER
from foundation.legal.models import ProcessType
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from foundation.providers.jobs import jobs_of
from foundation.providers.models import ConnectorJob
from requests_app.checks import missing_for_freeze
from requests_app.deadlines import freeze_end
from requests_app.enums import (
    REACH_OF_CATEGORY,
    DataCategory,
    FreezeAct,
    LineDecision,
    OrderRelation,
    Outcome,
    RequestKind,
    RequestStatus,
)
from requests_app.models import DataRequest, FreezeLift, FreezeOrder, OrderVersion
from requests_app.notify import freezes as notify
from requests_app.notify.recipients import responsible
from requests_app.permissions import call_back_refusal, quashed_refusal, wallet_confirmed
from requests_app.services import read_outs

OWNER = "requests_app.freezeorder"
LIFT_OWNER = "requests_app.freezelift"
_WALLET = (
    "Confirm the destination first: call the agency at its directory number and let them read out the first and last "
    "characters of the wallet."
)
_ON_ITS_WAY = "Our own systems are asked at this moment. Wait for their answer, or take it back and do it by hand."


@dataclass(frozen=True)
class Standing:
    """How a freeze stands: in words with the colour of a tag, and its end where it has one."""

    words: str
    colour: str
    ends_at: datetime | None = None
    lifted_at: datetime | None = None
    # In force now, also where a lift is due: nobody lifted it yet.
    holds: bool = False


def standing_of(freeze: FreezeOrder, *, lift: FreezeLift | None, at: datetime) -> Standing | None:
    """Return how a confirmed restraint stands; None for one that is not done, found nothing, or moved the assets."""
    if freeze.confirmed_at is None or freeze.act != FreezeAct.RESTRAIN:
        return None
    if freeze.data_request.outcome == Outcome.NO_RECORDS:
        return None
    if freeze.lifted_at is not None:
        return Standing("Lifted", "grey", freeze.ends_at, freeze.lifted_at)
    if lift is not None and is_open(lift):
        return Standing("To be lifted", "orange", freeze.ends_at, holds=True)
    if freeze.ends_at is not None and freeze.ends_at <= at:
        return Standing("Last day is over", "orange", freeze.ends_at, holds=True)
    return Standing("In force", "green", freeze.ends_at, holds=True)


def is_open(lift: FreezeLift | None) -> bool:
    """Say whether a lift waits: neither confirmed nor declined."""
    return lift is not None and lift.confirmed_at is None and lift.declined_at is None


def lift_of(freeze: FreezeOrder) -> FreezeLift | None:
    """Return what was said about the end of this freeze, with its people and its document."""
    related = ("asked_by", "recorded_by", "confirmed_by", "declined_by", "instructed_by", "document")
    return FreezeLift.objects.filter(freeze=freeze).select_related(*related).first()


def fix_end(freeze: FreezeOrder) -> None:
    """Set the end of a freeze that is confirmed now, from the last day the order names; the caller saves it."""
    due = freeze_end(freeze.expires_on) if freeze.act == FreezeAct.RESTRAIN else None
    freeze.ends_at, freeze.ends_rule = (due.at, due.rule) if due else (None, "")


def reaches_assets(kind: ProcessType) -> bool:
    """Say whether assets may be frozen under this type; of a court order of any country the review finds it."""
    return kind.code == GENERAL_COURT_ORDER or REACH_OF_CATEGORY[DataCategory.ASSETS] in kind.reaches


def grant_problems(data_request: DataRequest, answers: Any) -> list[str]:
    """Say what keeps a freeze from being granted for any account at all, however few its lines are."""
    if data_request.kind != RequestKind.FREEZE:
        return []
    if not data_request.lines.filter(decision=LineDecision.PRODUCE).exists():
        return []
    found = []
    kind = data_request.process_type
    if kind is None or not reaches_assets(kind):
        found.append("No statute that reaches assets is named: nothing can be frozen under this order.")
    freeze = FreezeOrder.objects.filter(data_request=data_request).first()
    transfer = freeze is not None and freeze.act == FreezeAct.TRANSFER
    if (
        freeze is None
        or not freeze.act
        or not freeze.asset.strip()
        or (freeze.amount is None and not freeze.everything)
    ):
        found.append("What is frozen is not said: act, asset, and an amount or all of it.")
    if missing := missing_for_freeze(answers, transfer=transfer):
        named = "; ".join(check.text for check in missing)
        found.append(f"Nothing can be frozen for any account until these checks are Yes: {named}.")
    return found


def said_refusal(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    """Say why nothing may be done about the assets now, whoever does it: call-back, wallet or a changed order."""
    if refusal := call_back_refusal(data_request) or quashed_refusal(data_request):
        return refusal
    if changed := changed_since_grant(data_request):
        day = f"{changed.issued_on:%-d %b %Y}"
        return f"The order {changed.process} changed after the grant (version of {day}): open the request again first."
    return wallet_refusal(data_request, freeze)


def changed_since_grant(data_request: DataRequest) -> OrderVersion | None:
    """Return the newest version of an order that was replaced or narrowed since the grant, or None.

    What two people granted was read in another version: they read this one first. A longer term changes nothing now.
    """
    if data_request.status != RequestStatus.GRANTED or data_request.decided_at is None:
        return None
    done = data_request.lines.filter(decision=LineDecision.PRODUCE)
    rows = OrderVersion.objects.filter(process__in=done.values("order_version__process"))
    since = rows.filter(received_at__gt=data_request.decided_at)
    changed = since.filter(relation__in=(OrderRelation.REPLACES, OrderRelation.NARROWS)).values("process")
    newest = rows.filter(process__in=changed).select_related("process").order_by("-issued_on", "-number")
    return newest.first()


def wallet_refusal(data_request: DataRequest, freeze: FreezeOrder) -> str | None:
    """Say why nothing is transferred to the destination as it stands now: read out wrong too often, not confirmed."""
    if freeze.act != FreezeAct.TRANSFER:
        return None
    if refusal := read_outs.barred_refusal(data_request):
        return refusal
    return None if wallet_confirmed(data_request) else _WALLET


def asked_of_systems(freeze: FreezeOrder) -> list[ConnectorJob]:
    """Return what our own systems were asked to freeze for this order, oldest first."""
    return jobs_of(OWNER, freeze.pk) if freeze.instructed_at else []


def done_by_systems(jobs: list[ConnectorJob]) -> list[str]:
    """Return the accounts for which our own systems answered that it is done."""
    return [job.account for job in jobs if job.state == JobState.DONE]


def under_way_refusal(jobs: list[ConnectorJob]) -> str | None:
    """Say that our systems have not answered yet, or None: then a person cannot record beside them."""
    waiting = {JobState.PENDING, JobState.RUNNING}
    return _ON_ITS_WAY if any(job.state in waiting for job in jobs) else None


def in_force() -> QuerySet[FreezeOrder]:
    """Return the restraints that hold: done, confirmed, and lifted by nobody; also those whose last day is over."""
    rows = FreezeOrder.objects.filter(act=FreezeAct.RESTRAIN, confirmed_at__isnull=False, lifted_at=None)
    return rows.filter(data_request__status=RequestStatus.CLOSED).exclude(data_request__outcome=Outcome.NO_RECORDS)


LISTS = {"force": "In force", "carry": "To carry out", "lift": "To lift", "lifted": "Lifted"}


def listed(user: User, which: str) -> QuerySet[FreezeOrder]:
    """Return the freezes of one list that this reader may see, what is most pressing first."""
    visible = DataRequest.objects.visible_to_staff(user)
    to_lift = Q(lift__isnull=False, lift__confirmed_at=None, lift__declined_at=None)
    rows = {
        "carry": FreezeOrder.objects.filter(
            data_request__status=RequestStatus.GRANTED, data_request__kind=RequestKind.FREEZE
        ),
        "lift": in_force().filter(to_lift),
        "lifted": FreezeOrder.objects.filter(lifted_at__isnull=False),
    }.get(which, in_force())
    order = {
        "carry": [F("data_request__decided_at").asc(nulls_last=True)],
        "lift": [F("lift__asked_at").asc()],
        "lifted": [F("lifted_at").desc()],
    }.get(which, [F("ends_at").asc(nulls_last=True)])
    found = rows.filter(data_request__in=visible.values("pk"))
    return found.select_related("data_request__agency", "data_request__team", "process", "lift").order_by(*order, "pk")


def to_lift(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return the freezes that this person may see and that are to be lifted, for the count in the navigation."""
    return [listed(user, "lift")]


def tally(user: User) -> dict[str, int]:
    """Return how many freezes of each list this reader may see, with one query."""
    visible = DataRequest.objects.visible_to_staff(user)
    open_lift = Q(lift__isnull=False, lift__confirmed_at=None, lift__declined_at=None)
    held = Q(pk__in=in_force().values("pk"))
    kind = Case(
        When(held & open_lift, then=Value(3)),
        When(held, then=Value(1)),
        When(data_request__status=RequestStatus.GRANTED, then=Value(2)),
        When(lifted_at__isnull=False, then=Value(4)),
        default=Value(0),
        output_field=IntegerField(),
    )
    rows = FreezeOrder.objects.filter(data_request__in=visible.values("pk")).annotate(which=kind)
    found = dict(rows.order_by().values_list("which").annotate(number=Count("pk")))
    force, carry, lift, lifted = (found.get(number, 0) for number in (1, 2, 3, 4))
    return {"force": force + lift, "carry": carry, "lift": lift, "lifted": lifted}  # fmt: skip


def ends() -> QuerySet[FreezeOrder]:
    """Return the freezes whose end is known and that nobody lifted; their clock runs."""
    return in_force().filter(ends_at__isnull=False).select_related("data_request__provider__calendar")


def tell_end(freeze: FreezeOrder, stage: Stage, at: datetime) -> None:
    """Remind officer and desk of the end; from the last day on the desk lifts, and is chased. Else NobodyToTell."""
    data_request = freeze.data_request
    if not stage.is_after:
        notify.ends(freeze, stage, at=at)
    people = responsible(data_request, at=at)
    notify.ends_staff(freeze, people, stage, at=at)
    if not people:
        raise NobodyToTell


def list_ends(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the ends of freezes in this time, of requests the reader may see."""
    visible = DataRequest.objects.visible_to_staff(reader)
    rows = ends().filter(ends_at__gte=since, ends_at__lt=until, data_request__in=visible.values("pk"))
    for row in rows.select_related("data_request__team", "data_request__assignee", "lift").order_by("ends_at", "pk"):
        one = row.data_request
        lift = getattr(row, "lift", None)
        yield ShownDeadline(
            clock="End of a freeze",
            due=row.ends_at or until,
            label=one.reference or "",
            url=reverse("staff:lift", args=[one.reference]),
            team=one.team.name if one.team else "",
            person=one.assignee.get_full_name() if one.assignee else "",
            person_id=one.assignee_id,
            note="To be lifted now" if is_open(lift) else "",
        )
