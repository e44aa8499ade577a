"""What an applicant changed after the desk asked for more: the old value beside the new one."""

from collections.abc import Mapping
from typing import Any

from accounts.enums import ApplicationStatus, ProofKind
from accounts.models import AccessApplication, Agency
from foundation.legal.countries import jurisdiction_names

# In the order in which they are shown, with the words for each.
_TITLES: Mapping[str, str] = {
    "full_name": "Name",
    "rank": "Rank",
    "unit": "Unit",
    "badge": "Badge",
    "phone": "Phone",
    "agency": "Agency",
    "supervisor_name": "Supervisor",
    "supervisor_contact": "Contact of the supervisor",
    "address_note": "Why the address is official",
    "proof": "Proof",
    "file": "File of the proof",
    "explanation": "Remark",
}
_NOTHING = "nothing"


def snapshot(application: AccessApplication) -> dict[str, str]:
    """Return what the desk read in the application that was sent; kept in the row, never in the trail."""
    plain = ("full_name", "rank", "unit", "badge", "phone", "supervisor_name", "supervisor_contact", "address_note",
             "explanation")  # fmt: skip
    file = application.identity_document
    return {name: str(getattr(application, name)) for name in plain} | {
        "agency": _agency(application.agency, application.proposed_agency),
        "proof": str(ProofKind(application.proof_kind).label),
        "file": f"{file.filename} ({file.sha256[:16]}…)" if file else "",
    }


def changes(application: AccessApplication) -> list[tuple[str, str, str]]:
    """Return what differs from the last sending: title, old, new. Nothing before it was sent again."""
    if application.status == ApplicationStatus.ACTION_NEEDED or not application.sent_before:
        return []
    before, now = application.sent_before, snapshot(application)
    return [
        (title, str(before[name]) or _NOTHING, now[name] or _NOTHING)
        for name, title in _TITLES.items() if name in before and before[name] != now[name]
    ]  # fmt: skip


def _agency(agency: Agency | None, proposed: Mapping[str, Any]) -> str:
    """Describe what the applicant named; of a proposed one all that was said of it, for any of it may change.

    What was proposed stays where the desk puts it into the registry: that is no change of the applicant's.
    """
    if agency is not None and not proposed.get("name"):
        return f"{agency} ({jurisdiction_names().get(agency.country, agency.country)})"
    parts = [str(proposed.get(name, "")) for name in ("name", "country", "address", "website", "switchboard")]
    return ", ".join(part for part in parts if part)
