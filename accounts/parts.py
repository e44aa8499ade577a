"""The parts of an application for access, and which of them are done. Pure functions."""

from dataclasses import dataclass
from typing import Any

from accounts.enums import ApplicationStatus
from foundation.documents.enums import DocumentState

EDITABLE = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.ACTION_NEEDED})
STEPS = ("person", "agency", "supervisor", "proof", "send")
# What a new agency must be described with.
PROPOSAL_FIELDS = ("name", "country", "kind", "address", "website", "switchboard")
_NEEDED = {
    "person": ("full_name", "rank", "badge", "phone"),
    "supervisor": ("supervisor_name", "supervisor_contact"),
}


@dataclass(frozen=True)
class Part:
    """One line of the task list."""

    name: str
    title: str
    hint: str
    done: bool
    open: bool = False


def is_editable(application: Any) -> bool:
    """Say whether the applicant may still change it."""
    return application.status in EDITABLE


def is_done(application: Any, step: str) -> bool:
    """Say whether a part has everything it needs."""
    if step == "agency":
        return bool(application.agency_id or application.proposed_agency.get("name"))
    if step == "proof":
        return application.identity_document is not None and not proof_problem(application)
    if step == "send":
        return not is_editable(application)
    return all(getattr(application, name) for name in _NEEDED[step])


def proof_problem(application: Any) -> str:
    """Say what is wrong with the proof, as far as it was checked: a file that cannot be opened is no proof."""
    document = application.identity_document
    unusable = document is not None and document.state in {DocumentState.REFUSED, DocumentState.INFECTED}
    return (document.refusal or "This file cannot be used.") + " Send another." if unusable else ""


def missing(application: Any) -> list[str]:
    """Return the parts that must be done before it can be sent, in their order."""
    return [step for step in STEPS if step != "send" and not is_done(application, step)]


def task_list(application: Any, open_step: str) -> list[Part]:
    """Return every part as the page draws it."""
    person = ", ".join(
        filter(None, (application.full_name, application.rank, application.badge and f"badge {application.badge}"))
    )
    agency = application.agency_name
    proof = application.identity_document.filename if application.identity_document else ""
    said = {
        "person": ("Name, rank and badge number", person),
        "agency": ("Your agency", agency),
        "supervisor": (
            "Your supervisor",
            application.supervisor_name or "We ask for this person through the switchboard",
        ),
        "proof": (
            "Proof of identity and office",
            proof or "Copy of your service card, or a signed letter if you may not copy it",
        ),
        "send": ("Declare and send", "Finish the other parts first" if missing(application) else ""),
    }
    return [Part(step, *said[step], is_done(application, step), step == open_step) for step in STEPS]
