"""The parts of an application for access: which there are, what they hold, which of them are done. Pure functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.enums import AddressVerdict, ApplicationStatus, AskCode, ProofKind
from accounts.folding import fold
from foundation.documents.enums import DocumentState
from foundation.documents.filetypes import PDF, by_filename, one_file

EDITABLE = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.ACTION_NEEDED})
STEPS = ("address", "person", "agency", "supervisor", "proof", "send")
# What a new agency must be described with.
PROPOSAL_FIELDS = ("name", "country", "kind", "address", "website", "switchboard")
PROPOSAL_NEEDED = ("name", "country", "kind", "address", "switchboard")
# A check takes seconds. Where it takes longer the fault is ours, and the applicant need not wait for it.
CHECK_TAKES = timedelta(minutes=10)
# What each part keeps. The document is not among it: a file that arrived is attached, whatever else was typed.
FIELDS: dict[str, tuple[str, ...]] = {
    "address": ("address_note",),
    "person": ("full_name", "rank", "unit", "badge", "phone"),
    "agency": ("agency", "proposed_agency"),
    "supervisor": ("supervisor_name", "supervisor_contact"),
    "proof": ("proof_kind", "explanation"),
}
_NEEDED = {
    "address": ("address_note",),
    "person": ("full_name", "rank", "badge", "phone"),
    "supervisor": ("supervisor_name", "supervisor_contact"),
}
_UNUSABLE = frozenset({DocumentState.REFUSED, DocumentState.INFECTED})
_IN_CHECK = frozenset({DocumentState.RECEIVING, DocumentState.PENDING})
# Which part the desk's question is about.
_ASKED: Mapping[str, str] = {
    AskCode.PROOF: "proof",
    AskCode.NAME: "person",
    AskCode.AGENCY: "agency",
    AskCode.SUPERVISOR: "supervisor",
    AskCode.ADDRESS: "address",
}


@dataclass(frozen=True)
class Part:
    """One line of the task list."""

    name: str
    title: str
    hint: str
    done: bool
    open: bool = False
    asked: bool = False
    answered: bool = False


def steps(application: Any) -> tuple[str, ...]:
    """Return the parts of this application; only an address that nobody knows needs a reason."""
    return STEPS if needs_reason(application) else STEPS[1:]


def needs_reason(application: Any) -> bool:
    """Say whether the applicant must tell why the address is official; not again after a call confirmed it."""
    return application.verdict == AddressVerdict.NOT_RECOGNISED and application.reverify_started_at is None


def is_editable(application: Any) -> bool:
    """Say whether the applicant may still change it."""
    return application.status in EDITABLE


def is_done(application: Any, step: str) -> bool:
    """Say whether a part has everything it needs."""
    if step == "agency":
        proposed = application.proposed_agency
        return bool(application.agency_id or all(proposed.get(name) for name in PROPOSAL_NEEDED))
    if step == "proof":
        if application.identity_document is None:  # who verifies again was identified before
            return application.reverify_started_at is not None
        return not proof_problem(application)
    if step == "send":
        return not is_editable(application)
    if step == "supervisor" and same_person(application.full_name, application.supervisor_name):
        return False
    return all(getattr(application, name) for name in _NEEDED[step])


def proof_problem(application: Any) -> str:
    """Say what is wrong with the proof, as far as it was checked: what nobody can look at is no proof."""
    document = application.identity_document
    if document is None:
        return ""
    if document.purged_at is not None:
        # Whoever verifies again was identified before: only the desk asks for another proof.
        return "" if application.reverify_started_at else "Your file was deleted. Send it again."
    if application.proof_kind == ProofKind.SIGNED_PDF and by_filename(document.filename) is not PDF:
        return "Only a PDF holds an electronic signature. Send the PDF, or choose what else your file is."
    return document_problem(document)


def document_problem(document: Any) -> str:
    """Say what is wrong with a copy of an identity document, as far as it was checked."""
    if document.state in _UNUSABLE:
        return one_file(document.refusal or "This file cannot be used.") + " Send another."
    if document.preview_error:
        return "We cannot show this file as pictures, and we look at nothing else. Send it as another PDF, PNG or JPEG."
    if document.state == DocumentState.UNSCANNED and settings.PRODUCTION:
        return "This file was not checked for viruses. Send it again."
    return ""


def proof_is_in_check(application: Any, *, at: datetime) -> bool:
    """Say whether the proof was sent minutes ago and its check is not finished."""
    document = application.identity_document
    return document is not None and document_is_in_check(document, at=at)


def document_is_in_check(document: Any, *, at: datetime) -> bool:
    """Say whether a file was sent minutes ago and its check is not finished."""
    if document.created_at <= at - CHECK_TAKES:
        return False
    drawn = document.previewed_at is not None or document.due_at is None
    return document.state in _IN_CHECK or (document.state not in _UNUSABLE and not drawn)


def same_person(one: str, other: str) -> bool:
    """Say whether two names are one: the same words, in any order, whatever their case and accents."""
    words = [sorted(fold(name).replace(",", " ").split()) for name in (one, other)]
    return bool(words[0]) and words[0] == words[1]


def missing(application: Any) -> list[str]:
    """Return the parts that must be done before it can be sent, in their order."""
    return [step for step in steps(application) if step != "send" and not is_done(application, step)]


def asked_step(application: Any, code: str) -> str:
    """Return the part that a question with this code is about, or nothing."""
    step = _ASKED.get(code, "")
    return step if step in steps(application) else ""


def stored(application: Any, step: str) -> dict[str, Any]:
    """Return what a part holds."""
    return {name: getattr(application, name) for name in FIELDS[step]}


def fingerprint(application: Any, step: str) -> str:
    """Return a keyed hash of what a part holds: a page carries it, so that an older window overwrites nothing."""
    held = stored(application, step)
    if step == "agency":
        held["agency"] = application.agency_id
    text = json.dumps([application.reference, step, held], sort_keys=True)
    return salted_hmac("accounts.parts", text, algorithm="sha256").hexdigest()


def sections(parts: list[Part]) -> list[tuple[str, list[list[Part]]]]:
    """Return the parts under their headings, in runs: closed ones that follow each other are one list on the page."""
    found = []
    for title, names in _SECTIONS:
        here = [part for part in parts if part.name in names]
        found.append((title, [list(run) for _open, run in groupby(here, key=lambda part: part.open)]))
    return found


_SECTIONS = (
    ("1. You", ("email", "address", "person")),
    ("2. Where you work", ("agency", "supervisor")),
    ("3. Proof, and sending", ("proof", "send")),
)


def title_of(step: str) -> str:
    """Return what the task list calls a part."""
    return _TITLES[step]


_TITLES = {
    "address": "Why your address is official",
    "person": "Name, rank and badge number",
    "agency": "Your agency",
    "supervisor": "Your supervisor",
    "proof": "Proof of identity and office",
    "send": "Declare and send",
}


def task_list(application: Any, open_step: str = "", *, asked: str = "", unanswered: bool = False) -> list[Part]:
    """Return every part as the page draws it; `asked` is the one that the desk's question is about.

    `unanswered`: nothing was changed since the question, so it cannot be sent yet.
    """
    person = (application.full_name, application.rank, application.badge and f"badge {application.badge}")
    document = application.identity_document
    hints = {
        "address": application.address_note[:80] or "We do not know its domain",
        "person": ", ".join(filter(None, person)),
        "agency": application.agency_name,
        "supervisor": application.supervisor_name or "We ask for this person through the switchboard",
        "proof": document.filename if document else "Service card, or a signed letter if you may not copy it",
        "send": "Finish the other parts first"
        if missing(application)
        else "Answer our question first"
        if unanswered
        else "",
    }
    address = Part("email", "Official e-mail", application.email, done=True)
    return [address] + [
        Part(
            step,
            _TITLES[step],
            hints[step],
            is_done(application, step),
            open=step == open_step,
            asked=step == asked,
            answered=not unanswered,
        )
        for step in steps(application)
    ]
