"""The sessions of a person: which there are, ending one, the others, or an officer's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import RECOVERED_AT, SEEN_AT, SETTING_UP
from accounts.acting import end_sessions, hold_person
from accounts.devices import device_words
from accounts.events import Event
from accounts.guards import suspension_refusal
from accounts.models import AgencyMembership, User, UserSession
from accounts.permissions import Permission
from accounts.session_life import AGENT, PLACE, idle_limit
from accounts.session_store import hashed
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed

# An ended session's row says for so long whose forms came from it.
_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class OpenSession:
    """A session that can still be used."""

    uid: UUID
    device: str
    place: str
    started_at: datetime | None
    seen_at: datetime | None
    verified: bool
    current: bool
    replaces_until: datetime | None = None  # a recovery code was used there: until then it may replace every factor


def open_sessions(user: User, *, key: str | None, at: datetime | None = None) -> list[OpenSession]:
    """Return the open sessions: the one with this key first, then those with a used recovery code, then the newest."""
    at = at or timezone.now()
    rows = UserSession.objects.filter(user=user, ended_at=None, expire_date__gt=at)
    valid, idle_since = user.get_session_auth_hash(), at - idle_limit(user)
    found = [_read(row, key=hashed(key)) for row in rows if row.get_decoded().get(HASH_SESSION_KEY) == valid]
    found = [session for session in found if session.seen_at is None or session.seen_at >= idle_since]
    found.sort(key=lambda session: session.seen_at.timestamp() if session.seen_at else 0, reverse=True)
    return sorted(found, key=lambda session: (not session.current, session.replaces_until is None))


@transaction.atomic
def end_one(user: User, uid: UUID, *, at: datetime | None = None) -> bool:
    """End one of the person's own sessions, with the request in flight; False where it is over already."""
    at = at or timezone.now()
    hold_person(user)
    ended = _end(Q(user=user, uid=uid), at)
    if ended:
        record(Event.SESSION_ENDED, by=user, obj=user, reason=_ASKED, at=at)
    return bool(ended)


@transaction.atomic
def end_others(user: User, *, key: str | None, at: datetime | None = None) -> int:
    """End every session of the person but the one with this key; return how many.

    The caller gives that one the new epoch: `update_session_auth_hash`.
    """
    at = at or timezone.now()
    end_sessions(User.objects.filter(pk=user.pk))
    ended = _end(Q(user=user) & ~Q(pk=hashed(key)), at)
    record(Event.SESSIONS_ENDED, by=user, obj=user, reason=_ASKED, data={"others": ended}, at=at)
    return ended


@transaction.atomic
def end_officers(member: AgencyMembership, *, by: User, reason: str, at: datetime | None = None) -> None:
    """End every session of an officer, because something about it looks wrong. Access stays as it is.

    Raises NotAllowed for those who may not suspend either, and for one's own.
    """
    at = at or timezone.now()
    end_sessions(User.objects.filter(pk=member.user_id))
    row = AgencyMembership.objects.select_related("agency", "user").get(pk=member.pk)
    if refusal := suspension_refusal(by, row.agency, Permission.SUSPEND_ACCESS, officer_id=row.user_id):
        raise NotAllowed(refusal)
    _end(Q(user=row.user_id), at)
    record(Event.SESSIONS_ENDED, by=by, obj=row.user, reason=reason, at=at)


def forget_old(*, at: datetime) -> int:
    """Drop sessions that ended or ran out a day ago, and nobody's at once."""
    gone = Q(ended_at__lt=at - _KEPT) | Q(expire_date__lt=at - _KEPT) | Q(user=None, expire_date__lte=at)
    return UserSession.objects.filter(gone).delete()[0]


def owner_of_forms(form_hash: str, *, at: datetime) -> User | None:
    """Return who was given the forms with this secret, the second factor shown; also where the session is over."""
    if not form_hash:
        return None
    rows = UserSession.objects.filter(form_hash=form_hash, verified=True, started_at__gte=at - _KEPT)
    row = rows.select_related("user").first()
    return row.user if row is not None and row.user is not None and row.user.is_active else None


_ASKED = "asked by the owner of the account"


def _end(which: Q, at: datetime) -> int:
    return UserSession.objects.filter(which, ended_at=None).update(ended_at=at, session_data="")


def _read(row: UserSession, *, key: str) -> OpenSession:
    data = row.get_decoded()
    seen, recovered = data.get(SEEN_AT), data.get(RECOVERED_AT)
    return OpenSession(
        uid=row.uid,
        device=device_words(str(data.get(AGENT, ""))),
        place=str(data.get(PLACE, "")),
        started_at=row.started_at,
        seen_at=datetime.fromisoformat(seen) if seen else None,
        verified=row.verified,
        current=row.pk == key,
        replaces_until=datetime.fromisoformat(recovered) + SETTING_UP if recovered else None,
    )
