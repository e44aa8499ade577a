"""How the access of a member stands, and what the trail says of an officer, in words. Pure functions."""

from datetime import datetime
from typing import Any

from accounts.enums import AgencyStatus
from accounts.events import Event

HAS_ACCESS, LAPSED, SUSPENDED, ENDED = "access", "lapsed", "suspended", "ended"

_WORDS = {
    HAS_ACCESS: ("Has access", "green"),
    LAPSED: ("Lapsed", "yellow"),
    SUSPENDED: ("Suspended", "magenta"),
    ENDED: ("Ended", "grey"),
}

_EVENTS = {
    Event.MEMBERSHIP_APPROVED: "Let in",
    Event.MEMBERSHIP_ENDED: "Access ended",
    Event.LEAD_APPOINTED: "Made a lead of the agency",
    Event.LEAD_ENDED: "No lead any more",
    Event.ACCESS_SUSPENDED: "Suspended",
    Event.SUSPENSION_LIFTED: "Suspension lifted",
    Event.ACCESS_LAPSED: "Access lapsed",
    Event.REVERIFICATION_ASKED: "Asked to verify again",
    Event.REVERIFICATION_STARTED: "Began to verify again",
    Event.APPLICATION_SUBMITTED: "Application sent",
    Event.APPLICATION_APPROVED: "Application approved",
    Event.APPLICATION_REJECTED: "Application declined",
    Event.CALL_BACK_RECORDED: "Call recorded",
    Event.FACTOR_ENROLLED: "Second factor set up",
    Event.RECOVERY_CODES_MADE: "Recovery codes made",
    Event.RECOVERY_CODE_USED: "Recovery code used",
    Event.FACTOR_REFUSED: "Second factor refused",
    Event.PASSWORD_SET: "Password set",
    Event.SESSIONS_ENDED: "All sessions ended",
    Event.COLLEAGUE_VOUCHED: "Vouched for a colleague",
    Event.VOUCH_WITHDRAWN: "Took a vouch back",
}


def state_of(member: Any, at: datetime) -> str:
    """Say whether a member has access at this moment; what takes it away most comes first."""
    if member.ended_at is not None:
        return ENDED
    if member.suspended_at is not None or member.agency.status != AgencyStatus.ACTIVE:
        return SUSPENDED
    overdue = member.verify_again_at is not None and member.verify_again_at <= at
    return LAPSED if member.lapsed_at is not None or overdue else HAS_ACCESS


def state_words(state: str) -> tuple[str, str]:
    """Return the words and the colour of the tag."""
    return _WORDS[state]


def event_words(action: str) -> str:
    """Return what happened, in the words of the officer's page; "" for what it does not list."""
    return _BY_ACTION.get(action, "")


_BY_ACTION = {str(event): words for event, words in _EVENTS.items()}
LISTED = tuple(_BY_ACTION)
