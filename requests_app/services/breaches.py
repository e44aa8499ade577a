"""Breaches of personal data that people note by hand: 72 hours to the authority, facts that come in steps.

Counsel and the data-protection officer write, auditors read. Nothing is overwritten: each step keeps what is new, the
breach how it stands, and the trail the hash of each step without its words (GDPR Art. 33(4) and (5)).
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.canonical import JSON, encode
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.notifications.running_clocks import NobodyToTell, ShownDeadline, Stage
from foundation.providers.models import Provider
from requests_app import authority_clock, breach_rules
from requests_app.breach_rules import (
    FACTS,
    LABELS,
    OF_CONTROLLER,
    OF_PROCESSOR,
    TOLD,
    BreachPart,
    BreachRisk,
    packed,
    tidy,
)
from requests_app.events import Event
from requests_app.models import Breach, BreachStep
from requests_app.notify import breaches as notify
from requests_app.notify.recipients import ADVISING, holders

_NO_RIGHT = "You do not have the right to do this."
_UNTOLD = Q(part=BreachPart.CONTROLLER, authority_told_at=None)
_NEED_NOT = Q(risk=BreachRisk.NONE) & ~Q(not_told_reason="")


@transaction.atomic
def note(facts: Mapping[str, Any], *, by: User, at: datetime | None = None) -> Breach:
    """Note a breach that somebody became aware of; the 72 hours count from knowing, not from noting."""
    at = at or timezone.now()
    role = by.staff_roles.filter(ended_at=None).order_by("pk").first()
    if role is None or not has_permission(by, Permission.GIVE_ADVICE):
        raise NotAllowed(_NO_RIGHT)
    # The company's row is the lock: numbers have no gap and nobody gets one twice.
    provider = Provider.objects.select_for_update(of=("self",)).get(pk=role.provider_id)
    last = Breach.objects.filter(provider=provider).order_by("-number").values_list("number", flat=True).first()
    breach = Breach(provider=provider, number=(last or 0) + 1, noted_at=at, noted_by=by)
    return _add(breach, _chosen(facts, FACTS), Event.BREACH_NOTED, by=by, at=at)


@transaction.atomic
def add(
    breach: Breach, facts: Mapping[str, Any], *, by: User, seen: str | None = None, at: datetime | None = None
) -> Breach:
    """Add what is known now. seen: the number of the last step this person read; Stale where there is a newer one."""
    breach = _locked(breach, by=by, seen=seen)
    return _add(breach, _chosen(facts, FACTS), Event.BREACH_ADDED, by=by, at=at or timezone.now())


@transaction.atomic
def note_told(
    breach: Breach, told: Mapping[str, Any], *, by: User, seen: str | None = None, at: datetime | None = None
) -> Breach:
    """Write down who was told and when, or why not."""
    breach = _locked(breach, by=by, seen=seen)
    allowed = OF_PROCESSOR if breach.part == BreachPart.PROCESSOR else OF_CONTROLLER
    said = _chosen(told, TOLD)
    if any(said[name] for name in set(said) - allowed):
        raise TransitionRefused("A processor tells the controller, and the controller tells everybody else.")
    return _add(breach, said, Event.BREACH_TOLD, by=by, at=at or timezone.now())


@transaction.atomic
def close(breach: Breach, *, reason: str, by: User, seen: str | None = None, at: datetime | None = None) -> Breach:
    """Close a breach once everybody is told who was to be told; nothing about it changes from then on."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why it is closed.")
    breach = _locked(breach, by=by, seen=seen)
    if why := close_refusal(breach):
        raise TransitionRefused(why)
    breach.closed_at, breach.closed_by = at, by
    return _add(breach, {"closed_reason": reason.strip()}, Event.BREACH_CLOSED, by=by, at=at)


def close_refusal(breach: Breach) -> str | None:
    """Say what is to be done before it can be closed, or None."""
    return breach_rules.close_refusal(standing(breach))


def refusal(breach: Breach, *, by: User) -> str | None:
    """Say why this person writes nothing about this breach, or None."""
    if not has_permission(by, Permission.GIVE_ADVICE) or not visible(by).filter(pk=breach.pk).exists():
        return _NO_RIGHT
    return "It is closed: nothing about it changes any more." if breach.closed_at else None


def visible(user: User) -> QuerySet[Breach]:
    """Return the breaches this person may read: of the own companies."""
    if not has_permission(user, Permission.SEE_BREACHES):
        return Breach.objects.none()
    return Breach.objects.filter(provider__in=user.staff_roles.filter(ended_at=None).values("provider"))


def standing(breach: Breach) -> dict[str, Any]:
    """Return what is said of a breach now, by field."""
    return {name: getattr(breach, name) for name in LABELS}


def standing_at(breach: Breach, seen: str) -> dict[str, Any]:
    """Return what was said of a breach up to the step somebody had read; as it stands where that names no step."""
    found = standing(breach)
    if not seen.isdecimal() or int(seen) >= breach.version:
        return found
    for name in found:
        found[name] = None if name in breach_rules.MOMENTS else ""
    for step in breach.steps.filter(number__lte=int(seen)):
        found |= {name: breach_rules.unpacked(name, kept) for name, kept in step.says.items()}
    return found


def history(breach: Breach) -> list[tuple[BreachStep, list[tuple[str, Any]]]]:
    """Return the steps, newest first, each with what it says in words."""
    found = []
    for step in breach.steps.select_related("by").order_by("-number"):
        kept = [(name, step.says[name]) for name in LABELS if name in step.says]
        words = [(name, breach_rules.in_words(name, breach_rules.unpacked(name, value))) for name, value in kept]
        found.append((step, [(LABELS[name], value) for name, value in words]))
    return found


def running() -> QuerySet[Breach]:
    """Return the breaches whose 72 hours run: the authority is not told, and nobody said that no risk is likely."""
    return Breach.objects.filter(_UNTOLD, closed_at=None).exclude(_NEED_NOT).select_related("provider")


def with_processor() -> QuerySet[Breach]:
    """Return the breaches of data we hold for somebody else, who is not told yet."""
    rows = Breach.objects.filter(part=BreachPart.PROCESSOR, controller_told_at=None, closed_at=None)
    return rows.select_related("provider")


def tell(breach: Breach, stage: Stage, at: datetime) -> None:
    """Remind counsel and data-protection officer of the 72 hours. Raises NobodyToTell where there is nobody."""
    notify.due(breach, _people(breach), stage, at=at)
    if not _people(breach):
        raise NobodyToTell


def tell_controller(breach: Breach, stage: Stage, at: datetime) -> None:
    """Remind them that the controller is to be told. Raises NobodyToTell where there is nobody."""
    notify.controller(breach, _people(breach), key=stage.name, at=at)
    if not _people(breach):
        raise NobodyToTell


def to_tell(user: User, at: datetime) -> list[QuerySet[Any]]:
    """Return what the navigation counts: breaches of which somebody is still to be told, for who writes that."""
    if not has_permission(user, Permission.GIVE_ADVICE):
        return []
    mine = visible(user).values("pk")
    return [running().filter(pk__in=mine), with_processor().filter(pk__in=mine)]


def listing(reader: User, since: datetime, until: datetime) -> Iterator[ShownDeadline]:
    """Yield the 72 hours that end in this time, for who reads the register."""
    rows = running().filter(pk__in=visible(reader).values("pk"), due_at__gte=since, due_at__lt=until)
    for row in rows.order_by("due_at", "pk"):
        yield ShownDeadline(
            clock="Breach", due=authority_clock.end_of(row.known_at), label=str(row),
            url=reverse("staff:breach", args=[row.uid]), team="", note="With counsel and the data-protection officer",
        )  # fmt: skip


def _people(breach: Breach) -> list[User]:
    return list(holders(breach.provider, ADVISING))


def _chosen(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return what is said of these fields, tidied."""
    return {name: tidy(value) for name, value in said.items() if name in names}


def _add(breach: Breach, said: Mapping[str, Any], event: Event, *, by: User, at: datetime) -> Breach:
    """Write one more step with what is new, and the breach as it stands after it."""
    before, facts = standing(breach), {**standing(breach), **said}
    new = {name: value for name, value in said.items() if packed(value) != packed(before[name])}
    if not new:
        raise Incomplete("Nothing is new: write what has changed.")
    _check(facts, new, at)
    ended = breach.due_at
    breach.due_at = authority_clock.end_of(facts["known_at"]) if facts["part"] == BreachPart.CONTROLLER else None
    for name, value in new.items():
        setattr(breach, name, value)
    breach.version += 1
    breach.save()
    says = {name: packed(value) for name, value in new.items()}
    BreachStep.objects.create(breach=breach, number=breach.version, at=at, by=by, says=says)
    record(event, by=by, obj=breach, data=_of_step(breach, says), at=at)
    if event == Event.BREACH_NOTED or breach.due_at != ended:
        _say_what_runs(breach, at=at)
    return breach


def _check(facts: Mapping[str, Any], new: Mapping[str, Any], at: datetime) -> None:
    """Raise where what is said does not hold together."""
    moments = [new.get(name) for name in breach_rules.MOMENTS - {"known_at"}]
    wrong = authority_clock.moment_refusal(moments, known_at=facts["known_at"], at=at)
    if why := wrong or breach_rules.facts_refusal(facts, at=at):
        raise Incomplete(why)
    due_at = authority_clock.end_of(facts["known_at"])
    if why := authority_clock.late_refusal(facts["authority_told_at"], due_at=due_at, reason=facts["late_reason"]):
        raise Incomplete(why)
    # Where the risk grows later the old reason stays to be read, and the 72 hours run again.
    if new.get("not_told_reason") and (why := breach_rules.told_refusal(facts)):
        raise TransitionRefused(why)


def _of_step(breach: Breach, says: Mapping[str, str]) -> dict[str, JSON]:
    """Return what the trail keeps of a step: which fields, when it ends, and the hash of its words."""
    digest = hashlib.sha256(encode(dict(says))).hexdigest()
    names: list[JSON] = [*sorted(says)]
    due = breach.due_at.isoformat() if breach.due_at else None
    return {"step": breach.version, "fields": names, "sha256": digest, "due_at": due}


def _say_what_runs(breach: Breach, *, at: datetime) -> None:
    """Tell counsel and data-protection officer that 72 hours run, or that a controller is to be told."""
    if breach.due_at:
        notify.noted(breach, _people(breach), at=at)
    else:
        notify.controller(breach, _people(breach), key=f"step-{breach.version}", at=at)


def _locked(breach: Breach, *, by: User, seen: str | None) -> Breach:
    """Return the breach as it stands now, locked; NotAllowed for who writes nothing about it."""
    found: Breach = Breach.objects.select_for_update(of=("self",)).select_related("provider").get(pk=breach.pk)
    if why := refusal(found, by=by):
        raise NotAllowed(why)
    if seen is not None and seen != str(found.version):
        raise Stale("Somebody else wrote here since you opened the page. Read it, and then send yours again.")
    return found
