"""What waits in the session while a factor is shown or set up: used-up recovery codes and passkey challenges."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.access import RECOVERED_AT, SETTING_UP, factor_is_fresh, signed_in
from accounts.models import LostFactor
from accounts.sealed import seal, unseal
from accounts.services import factors, lost_factor, passkeys
from accounts.services.factors import Adding

SECONDS = int(SETTING_UP.total_seconds())
ASKED, ASKED_NEW = "passkey_asked", "passkey_asked_new"
_RESET_LINK = "factor_reset_link"


def adding(request: HttpRequest) -> Adding | None:
    """Say why this person may set up a factor now; None: they show one first."""
    if recovered(request):
        return Adding.INSTEAD
    if not factors.has_factor(signed_in(request)):
        return Adding.FIRST if _may_begin(request) else None
    return Adding.MORE if factor_is_fresh(request) else None


def note_recovered(request: HttpRequest) -> None:
    """Note that a recovery code was used in this session, under a new session key."""
    request.session.cycle_key()
    request.session[RECOVERED_AT] = timezone.now().isoformat()


def forget_recovered(request: HttpRequest) -> None:
    """A new factor is set up: the recovery code opened what it could open."""
    request.session.pop(RECOVERED_AT, None)


def recovered(request: HttpRequest) -> bool:
    """Say whether a recovery code was used in this session a short time ago."""
    at = request.session.get(RECOVERED_AT)
    if not at:
        return False
    return datetime.fromisoformat(at) + SETTING_UP >= timezone.now()


def note_reset_link(request: HttpRequest, case: LostFactor) -> None:
    """Note that the link of a reset was opened in this session, and the password was right."""
    request.session[_RESET_LINK] = {"case": str(case.uid), "at": timezone.now().isoformat()}


def _may_begin(request: HttpRequest) -> bool:
    """Say whether a first factor may be set up here: after a reset only in the session that opened its link."""
    case = lost_factor.waiting_reset(signed_in(request))
    if case is None:
        return True
    opened = request.session.get(_RESET_LINK) or {}
    if opened.get("case") != str(case.uid):
        return False
    return datetime.fromisoformat(opened["at"]) + SETTING_UP >= timezone.now()


def keep_question(request: HttpRequest, name: str, state: dict[str, Any]) -> None:
    """Remember the challenge that a passkey is to sign."""
    request.session[name] = seal(state)


def take_question(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """Return the challenge, once; None where none was asked or it is too old."""
    state: dict[str, Any] | None = unseal(request.session.pop(name, None), seconds=passkeys.SECONDS)
    return state
