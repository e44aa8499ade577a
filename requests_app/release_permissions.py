"""Who may do what around what leaves: certificates, calls back, what is asked for years later."""

from typing import Any

from accounts.permissions import Permission, has_permission
from foundation.core.workflow import Workflow
from requests_app.enums import PackageStatus
from requests_app.permissions import answers_for, desk_refusal, staff_may_see
from requests_app.release_states import CERTIFICATE, DESTRUCTION, LATER, RECALL

_NO_RIGHT = "You do not have the right to do this."
_ONLY_SYSTEM = "Only the system does this."
# Whoever works on records answers what is asked for later.
_ANSWERING = (Permission.PREPARE_RECORDS, Permission.RELEASE_RECORDS)
# What the person who took records does; the rest of that table is for staff.
_OF_TAKER = frozenset({"destroy", "keep"})
# What becomes of certificates when the seal of their package is taken off.
_OF_SEAL = frozenset({"lapse", "void"})


def later_refusal(user: Any, action: str, ask: Any) -> str | None:
    """Say why user may not do action to what was asked for later, or None. The system is user None.

    The system says that it is done: a release or a signature did it.
    """
    if user is None:
        return None if action == "do" else _NO_RIGHT
    if action == "withdraw":
        may = has_permission(user, Permission.FILE_REQUEST) and answers_for(user, ask.data_request)
        return None if may else "Only the officer of this request can take it back."
    refusals = [desk_refusal(user, right, ask.data_request) for right in _ANSWERING if has_permission(user, right)]
    if not refusals:
        return _NO_RIGHT
    return None if None in refusals else refusals[0]


def recall_refusal(user: Any, action: str, recall: Any) -> str | None:
    """Say why user may not do action to this recall, or None. Who stopped the download does not decide what follows."""
    if action == "settle":
        return None if user is None else _ONLY_SYSTEM
    if refusal := desk_refusal(user, Permission.RELEASE_RECORDS, recall.package.data_request):
        return refusal
    if recall.called_by_id == user.pk:
        return "You stopped it: a second person decides whether everybody who took it is asked to destroy it."
    if action == "drop" and recall.package.released_by_id == user.pk:
        return "You released it: somebody else decides that nobody is asked."
    return None


def destruction_refusal(user: Any, action: str, ask: Any) -> str | None:
    """Say why user may not do action to this question about destruction, or None."""
    if action in _OF_TAKER:
        mine = has_permission(user, Permission.SEE_OWN_REQUESTS) and ask.user_id == user.pk
        return None if mine else _NO_RIGHT
    return desk_refusal(user, Permission.RELEASE_RECORDS, ask.recall.package.data_request)


# Of what a certificate can still speak: its files are sealed, and it was not taken back.
CERTIFIED = frozenset({PackageStatus.SEALED, PackageStatus.RELEASED, PackageStatus.EXPIRED, PackageStatus.PURGED})


def certificate_refusal(user: Any, action: str, certificate: Any) -> str | None:
    """Say why user may not do action to this certificate, or None. Only the custodian it names signs it."""
    if action in _OF_SEAL:
        return None if user is None else _ONLY_SYSTEM
    package = certificate.package
    if refusal := desk_refusal(user, Permission.SIGN_CERTIFICATE, package.data_request):
        return refusal
    if action == "sign" and certificate.custodian_id != user.pk:
        return f"Only {certificate.custodian.get_full_name()} signs this: it speaks in that name."
    if action == "sign" and package.status not in CERTIFIED:
        return "The package was stopped or taken back: nothing about it is certified."
    return None


def drafting_refusal(user: Any, package: Any) -> str | None:
    """Say why this person drafts no certificate of this package, or None: who prepares records, or a custodian."""
    why = desk_refusal(user, Permission.PREPARE_RECORDS, package.data_request)
    if why and desk_refusal(user, Permission.SIGN_CERTIFICATE, package.data_request):
        return why
    if package.status not in CERTIFIED:
        return "A certificate is drafted once the package is sealed: it states the hashes of what is in it."
    return None


later_workflow = Workflow(LATER, guard=later_refusal)
recall_workflow = Workflow(RECALL, guard=recall_refusal)
destruction_workflow = Workflow(DESTRUCTION, guard=destruction_refusal)
certificate_workflow = Workflow(CERTIFICATE, guard=certificate_refusal)


def looking_refusal(user: Any, data_request: Any) -> str | None:
    """Say why this person may not look at the papers and files of this request, or None."""
    if not has_permission(user, Permission.SEE_QUEUE) or not staff_may_see(user, data_request):
        return _NO_RIGHT
    return None
