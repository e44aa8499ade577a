"""Signing in with address and password, the limits on it, and setting a password anew."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import (
    base36_to_int,
    url_has_allowed_host_and_scheme,
    urlsafe_base64_decode,
    urlsafe_base64_encode,
)

from accounts import notify
from accounts.acting import end_sessions
from accounts.events import Event
from accounts.models import User
from accounts.services.limits import Limit, give_back, try_once
from foundation.audit.trail import record

# Counted for what was typed, whether or not it is somebody's address: a stranger learns nothing from a lock.
PER_ADDRESS_AND_PLACE = Limit("sign_in.address_place", 5, timedelta(minutes=15))
PER_ADDRESS = Limit("sign_in.address", 30, timedelta(hours=1))
PER_PLACE = Limit("sign_in.place", 50, timedelta(minutes=15))
RESET_PER_ADDRESS = Limit("reset.address", 3, timedelta(hours=1))
RESET_PER_PLACE = Limit("reset.place", 20, timedelta(hours=1))

RESET_SECONDS = 3600


class ResetTokens(PasswordResetTokenGenerator):
    """Links for a new password: an hour long, and void once the password, the epoch or the last sign-in changes."""

    key_salt = "accounts.password-reset"

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Say whether the token is this user's and younger than an hour."""
        if user is None or not token or not super().check_token(user, token):
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= RESET_SECONDS

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_epoch}{user.is_active}"


reset_tokens = ResetTokens()


def may_try(email: str, place: str) -> bool:
    """Count a try to sign in and say whether it may go on."""
    checks = [
        try_once(PER_ADDRESS_AND_PLACE, f"{email}|{place}"),
        try_once(PER_ADDRESS, email),
        try_once(PER_PLACE, place),
    ]
    return all(checks)


def accept_password(user: User, *, email: str, place: str, at: datetime | None = None) -> None:
    """Leave the event of a right password, and do not count the try."""
    give_back(PER_ADDRESS_AND_PLACE, f"{email}|{place}")
    give_back(PER_ADDRESS, email)
    give_back(PER_PLACE, place)
    record(Event.SIGNED_IN, by=user, obj=user, at=at)


def accept_confirmation(user: User, *, at: datetime | None = None) -> None:
    """Leave the event of somebody who came in by confirming the address and setting a password."""
    record(Event.SIGNED_IN, by=user, obj=user, data={"by": "confirmation"}, at=at)


def note_failure(email: str, *, locked: bool, at: datetime | None = None) -> None:
    """Leave the event of a wrong password or a lock; an address that is nobody's is not written down."""
    user = User.objects.filter(email=email.lower()).first()
    data = {"locked": locked, "known": user is not None}
    record(Event.SIGN_IN_FAILED, by=AnonymousUser(), obj=user, outcome="refused", data=data, at=at)


def ask_reset(email: str, *, place: str, at: datetime | None = None) -> None:
    """Send a link to whoever owns the address; the caller says the same whether or not anybody does."""
    at = at or timezone.now()
    if not (try_once(RESET_PER_ADDRESS, email, at=at) & try_once(RESET_PER_PLACE, place, at=at)):
        return
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        return
    with transaction.atomic():
        path = f"/sign-in/new-password/{urlsafe_base64_encode(force_bytes(user.pk))}/{reset_tokens.make_token(user)}/"
        notify.password_reset(user, path=path, at=at)
        record(Event.PASSWORD_RESET_ASKED, by=AnonymousUser(), obj=user, at=at)


def user_of_reset(uid: str, token: str) -> User | None:
    """Return whom a reset link is for, or None when it is used, too old or wrong."""
    try:
        user = User.objects.filter(pk=force_str(urlsafe_base64_decode(uid)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if reset_tokens.check_token(user, token) else None


@transaction.atomic
def set_new_password(user: User, password: str, *, token: str, at: datetime | None = None) -> bool:
    """Set the password a reset link asked for, end every session, and sign nobody in; False if the link is used."""
    at = at or timezone.now()
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not reset_tokens.check_token(locked, token):
        return False
    locked.set_password(password)
    locked.save(update_fields=["password"])
    end_sessions(User.objects.filter(pk=locked.pk))
    record(Event.PASSWORD_SET, by=locked, obj=locked, data={"by": "reset"}, at=at)
    notify.password_changed(locked, at=at)
    return True


@transaction.atomic
def end_all_sessions(user: User, *, by: User | None, reason: str, at: datetime | None = None) -> None:
    """End every session of the user at once: the epoch is part of each session's hash."""
    end_sessions(User.objects.filter(pk=user.pk))
    record(Event.SESSIONS_ENDED, by=by, obj=user, reason=reason, at=at)


def is_local(url: str | None) -> bool:
    """Say whether a place to go on to is a path of this portal, so that no link leads people elsewhere."""
    return bool(url) and str(url).startswith("/") and url_has_allowed_host_and_scheme(str(url), allowed_hosts=None)


def sign_out(user: User, *, at: datetime | None = None) -> None:
    """Leave the event of a person who signs out."""
    record(Event.SIGNED_OUT, by=user, obj=user, at=at)
