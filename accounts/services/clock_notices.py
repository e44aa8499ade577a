"""Messages about the promise to applicants: by when, and that we are late. Nothing of what was applied with."""

from collections.abc import Iterable
from datetime import datetime

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication, User
from foundation.legal.calendars import zone_of
from foundation.notifications.outbox import send


def due(application: AccessApplication, people: Iterable[User], *, stage: str, told: bool, at: datetime) -> None:
    """Tell staff that an application must be decided: stage is "before", "at" or "after".

    told: the applicant is told, or was, that we are late. The keys hold the promise, so that a new one is told anew.
    """
    second = application.status == ApplicationStatus.AWAITING_APPROVAL
    context = {"due": application.due_at, "stage": stage, "second": int(second), "told": int(told)}
    for person in people:
        send(
            "access_due",
            dedupe_key=f"access_due:{_promise(application)}:{stage}:{person.pk}",
            to_user=person,
            context=context,
            reference=application.reference,
            at=at,
        )


def urgent(application: AccessApplication, people: Iterable[User], *, at: datetime) -> None:
    """Page whoever may review that the application behind an emergency was sent, and by when it is to be decided."""
    for person in people:
        send(
            "access_urgent",
            dedupe_key=f"access_urgent:{_promise(application)}:{person.pk}",
            to_user=person,
            context={"due": application.due_at},
            reference=application.reference,
            urgent=True,
            at=at,
        )


def late(application: AccessApplication, *, at: datetime) -> None:
    """Tell the applicant once that the time we promised is over and nothing is decided."""
    about = "appeal" if application.appealed_at else "verification" if application.reverify_started_at else ""
    name = application.full_name or application.email
    send(
        "access_late",
        dedupe_key=f"access_late:{_promise(application)}",
        to_user=application.user,
        to_address=application.email,
        context={"name": name, "about": about, "due": application.due_at},
        reference=application.reference,
        time_zone=_zone(application),
        at=at,
    )


def _promise(application: AccessApplication) -> str:
    return f"{application.pk}:{application.due_at:%Y%m%d%H%M%S}"


def _zone(application: AccessApplication) -> str:
    """The applicant's zone; that of the agency's country while no other is known."""
    zone = application.user.time_zone if application.user else "UTC"
    if zone != "UTC":
        return zone
    agency = application.agency
    return zone_of(agency.country if agency else str(application.proposed_agency.get("country", "")))
