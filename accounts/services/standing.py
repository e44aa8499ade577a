"""How an application stands, as its applicant may read it: what happened, never that we called, whom, or why."""

import json
from dataclasses import dataclass
from datetime import datetime

from accounts.enums import AgencyStatus, ApplicationStatus, DecisionAct
from accounts.events import Event
from accounts.models import AccessApplication, User
from accounts.parts import asked_step, title_of
from foundation.audit.trail import entries_for

WAITING = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW, ApplicationStatus.AWAITING_APPROVAL})
_WORDS = {
    Event.APPLICATION_SUBMITTED: "You sent it",
    Event.APPLICATION_TAKEN: "Taken up",
    Event.APPLICATION_ASKED: "We asked you a question",
    Event.APPLICATION_APPROVED: "Approved",
    Event.APPLICATION_REJECTED: "Declined",
    Event.APPLICATION_APPEALED: "You appealed",
    Event.APPLICATION_WITHDRAWN: "You withdrew it",
    Event.ACCESS_SUSPENDED: "Access suspended",
    Event.SUSPENSION_LIFTED: "Access given back",
    Event.ACCESS_LAPSED: "Access lapsed",
    Event.REVERIFICATION_STARTED: "You sent your verification",
}


@dataclass(frozen=True)
class Moment:
    """One line of the history."""

    title: str
    at: datetime


def latest(user: User) -> AccessApplication | None:
    """Return the application that counts: the one begun last."""
    own = AccessApplication.objects.select_related("agency", "identity_document").filter(user=user)
    return own.order_by("-created_at", "-pk").first()


def standing(user: User, application: AccessApplication | None) -> str:
    """Return in one word how a person stands: the page for it has this name."""
    status = application.status if application else ""
    if status in WAITING:
        return "waiting"
    if status == ApplicationStatus.ACTION_NEEDED:
        return "asked"
    if status == ApplicationStatus.REJECTED:
        return "declined"
    member = user.membership
    if member is None:
        return _WITHOUT_MEMBERSHIP.get(str(status), "none")
    if member.suspended_at is not None:
        return "suspended"
    if member.agency.status != AgencyStatus.ACTIVE:
        return "agency_suspended"
    return "approved" if user.is_officer else "lapsed"


_WITHOUT_MEMBERSHIP: dict[str, str] = {
    ApplicationStatus.APPROVED: "ended",
    ApplicationStatus.LAPSED: "ended",
    ApplicationStatus.SUSPENDED: "suspended",
    ApplicationStatus.WITHDRAWN: "withdrawn",
}


def history(application: AccessApplication) -> list[Moment]:
    """Return what happened to an application, newest first, in words for the applicant.

    Between sending and the decision it is only that somebody took it up, once: whoever pretends to be an officer must
    not see whether, when and how often the agency was called.
    """
    found: list[Moment] = []
    for entry in entries_for(application).filter(action__in=list(_WORDS)).order_by("-pk"):
        told = Moment(_WORDS[Event(entry.action)], entry.occurred_at)
        if found and found[-1].title == told.title:
            found[-1] = told  # taken over by another: the first of them tells
        else:
            found.append(told)
    return found


def step_asked_about(application: AccessApplication) -> str:
    """Return the part that the open question of the desk is about, or nothing."""
    if application.status != ApplicationStatus.ACTION_NEEDED:
        return ""
    asked = application.decisions.filter(act=DecisionAct.ASK).order_by("-made_at", "-pk").first()
    return asked_step(application, asked.code) if asked else ""


def unanswered(application: AccessApplication) -> str:
    """Say why the open question of the desk is not answered yet, or nothing.

    It is when the part it is about was changed since, or the proof: there a file can be added, or a remark that says
    why the rest is right as it is. The order of the trail counts, not the clock.
    """
    if application.status != ApplicationStatus.ACTION_NEEDED:
        return ""
    entries = list(
        entries_for(application)
        .filter(action__in=[Event.APPLICATION_ASKED, Event.APPLICATION_SAVED])
        .order_by("pk").values_list("action", "payload")
    )  # fmt: skip
    asked = [number for number, (action, _facts) in enumerate(entries) if action == Event.APPLICATION_ASKED]
    if not asked:
        return ""
    changed = {json.loads(bytes(facts)).get("data", {}).get("part") for _action, facts in entries[asked[-1] + 1 :]}
    step = step_asked_about(application)
    if (changed & {step, "proof"}) if step else changed:
        return ""
    about = f"We asked about “{title_of(step)}”" if step else "We asked you a question"
    return f"{about}, and you changed nothing there yet. {_ANSWER[step == 'proof']}"


_ANSWER = {
    False: "Change it, or say in the remark under “Proof of identity and office” why it is right as it is.",
    True: "Send another file, or say in the remark why the one we have is right.",
}
