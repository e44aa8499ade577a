"""How long a session lasts: from sign-in, kept by activity, ended by idleness or after 12 hours (SEC-07, SEC-08)."""

import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.access import SEEN_AT
from accounts.devices import LONGEST
from accounts.session_store import FORM_HASH, STARTED_AT
from foundation.audit.middleware import client_ip

# Where and with what somebody signed in, for the list of their sessions.
AGENT, PLACE = "agent", "place"
# A page that refreshes itself says so; it does not keep a session alive.
POLL_HEADER = "X-Poll"
# The same without a script: the address that such a page leads itself to.
REFRESHED = "refreshed"
# Before the end people are warned, so long before (WCAG 2.2.1 asks for 20 seconds).
WARNING = timedelta(minutes=2)
_NOTED_EVERY = timedelta(seconds=30)
_CHARACTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Life:
    """Until when a session lasts: without activity, and at the longest."""

    idle_until: datetime
    longest: datetime

    @property
    def until(self) -> datetime:
        """When it ends if nothing happens."""
        return min(self.idle_until, self.longest)

    def seconds(self, at: datetime) -> dict[str, int]:
        """Both as seconds from now, for the browser's own clock."""
        return {
            "idle": int((self.idle_until - at).total_seconds()),
            "longest": int((self.longest - at).total_seconds()),
        }


def begin(request: HttpRequest, *, at: datetime | None = None) -> None:
    """Give a session that was just opened its end, and note where it began. Needs the key Django made at sign-in."""
    at = at or timezone.now()
    get_token(request)
    session = request.session
    session.set_expiry(at + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    session[STARTED_AT] = session[SEEN_AT] = at.isoformat()
    session[FORM_HASH] = form_hash(request.META["CSRF_COOKIE"])
    session[AGENT] = request.headers.get("User-Agent", "")[:LONGEST]
    session[PLACE] = client_ip(request)


def life_of(request: HttpRequest, *, at: datetime | None = None) -> Life:
    """Return until when this session lasts."""
    at = at or timezone.now()
    seen = request.session.get(SEEN_AT)
    last = datetime.fromisoformat(seen) if seen else at
    return Life(last + idle_limit(request.user), request.session.get_expiry_date())


def note_activity(request: HttpRequest, *, asked: bool = False, at: datetime | None = None) -> bool:
    """Count this request as activity, unless nobody sees its answer; False where the session is over.

    Nobody does where a page refreshed itself, and after HEAD or OPTIONS.

    Written every 30 seconds at most, so that a session ends up to 30 seconds early; asked: at once.
    """
    at = at or timezone.now()
    if life_of(request, at=at).idle_until < at:
        return False
    seen = request.session.get(SEEN_AT)
    stale = not seen or asked or at - datetime.fromisoformat(seen) > _NOTED_EVERY
    unseen = POLL_HEADER in request.headers or REFRESHED in request.GET
    if stale and request.method not in {"HEAD", "OPTIONS"} and not unseen:
        request.session[SEEN_AT] = at.isoformat()
    return True


def form_hash(token: str) -> str:
    """Return the keyed hash of the secret in a form's token; nothing for what is no token.

    Django masks the secret anew in each form: the first half is the mask, the second the secret under it.
    """
    if len(token) not in {32, 64} or not set(token) <= set(_CHARACTERS):
        return ""
    secret = token if len(token) == 32 else _unmasked(token[:32], token[32:])
    return salted_hmac("accounts.form", secret, algorithm="sha256").hexdigest()


def _unmasked(mask: str, text: str) -> str:
    find = _CHARACTERS.index
    return "".join(_CHARACTERS[find(a) - find(b)] for a, b in zip(text, mask, strict=True))


def idle_limit(user: Any) -> timedelta:
    """Return how long this person's sessions last without activity."""
    return timedelta(seconds=settings.IDLE_STAFF_SECONDS if user.is_staff_member else settings.IDLE_OFFICER_SECONDS)
