"""Signing in with address and password, the limits on it, and setting a password anew."""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
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
from accounts.services.limits import Limit, forgive, give_back, try_once, try_with_back_off
from accounts.services.people import account_frozen, require_not_frozen
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed

# Counted for what was typed, whether or not it is somebody's address: a stranger learns nothing from a lock. A device
# on which this person has signed in before has a count of its own, so that nobody locks them out from elsewhere.
PER_ADDRESS = Limit("sign_in.address", 5, timedelta(minutes=15))
PER_PLACE = Limit("sign_in.place", 50, timedelta(minutes=15))
RESET_PER_ADDRESS = Limit("reset.address", 3, timedelta(hours=1))
RESET_PER_PLACE = Limit("reset.place", 20, timedelta(hours=1))

# Whoever sits down at somebody's open session does not guess the password there.
OLD_PASSWORD = Limit("password.old", 5, timedelta(minutes=15))

RESET_SECONDS = 3600
WRONG_PASSWORD = "This is not your present password."  # noqa: S105 - a sentence


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


def locked_until(email: str, place: str, *, device: str = "", at: datetime | None = None) -> datetime | None:
    """Count a try to sign in; None where it may be made, else until when nobody may try (SEC-06).

    device: the name of a device that this person has used before, see accounts.known_devices.
    """
    at = at or timezone.now()
    locked = try_with_back_off(PER_ADDRESS, f"{email}|{device}", at=at)
    if not try_once(PER_PLACE, place, at=at):
        return max(locked or at, at + PER_PLACE.within)
    return locked


def accept_password(user: User, *, email: str, place: str, device: str = "", at: datetime | None = None) -> None:
    """Leave the event of a right password, with the version of the rules that were agreed to; count no try."""
    forgive(PER_ADDRESS, f"{email}|{device}")
    give_back(PER_PLACE, place)
    record(Event.SIGNED_IN, by=user, obj=user, data={"rules": settings.RULES_VERSION}, at=at)


@transaction.atomic
def note_signed_in(user: User, *, device: str, place: str, sso: str = "", at: datetime | None = None) -> None:
    """Tell the owner of the account that it was used on a device or in a network that is new to it (SEC-30).

    sso: the name of the provider where single sign-on stood in the place of the password.
    """
    at = at or timezone.now()
    record(Event.NEW_DEVICE, by=user, obj=user, data={"device": device}, at=at)
    notify.new_device(user, device=device, place=place, sso=sso, at=at)


def accept_confirmation(user: User, *, at: datetime | None = None) -> None:
    """Leave the event of somebody who came in by a mailed link and set a password, below the rules they agreed to."""
    facts = {"by": "confirmation", "rules": settings.RULES_VERSION}
    record(Event.SIGNED_IN, by=user, obj=user, data=facts, at=at)


def note_failure(email: str, *, locked: bool, at: datetime | None = None) -> None:
    """Leave the event of a wrong password or a lock; an address that is nobody's is not written down."""
    user = User.objects.filter(email=email.lower()).first()
    data = {"locked": locked, "known": user is not None}
    record(Event.SIGN_IN_FAILED, by=AnonymousUser(), obj=user, outcome="refused", data=data, at=at)


def ask_reset(email: str, *, place: str, at: datetime | None = None) -> None:
    """Send a link to whoever owns the address; the caller says the same whether or not anybody does.

    It takes the same time too: for an address that is nobody's, or whose owner is suspended, the same rows are written,
    and the mail is taken back.
    """
    at = at or timezone.now()
    email = email.strip().lower()
    if not (try_once(RESET_PER_ADDRESS, email, at=at) & try_once(RESET_PER_PLACE, place, at=at)):
        return
    found = User.objects.filter(email=email, is_active=True).first()
    user = found or User(pk=0, email=email)
    unsent = account_frozen(user) or found is None
    with transaction.atomic():
        record(Event.PASSWORD_RESET_ASKED, by=AnonymousUser(), obj=found, data={"known": found is not None}, at=at)
        with transaction.atomic():
            notify.password_reset(user, path=_reset_path(user), at=at)
            transaction.set_rollback(unsent)


def _reset_path(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/sign-in/new-password/{uid}/{reset_tokens.make_token(user)}/"


def user_of_reset(uid: str, token: str) -> User | None:
    """Return whom a reset link is for, or None when it is used, too old or wrong."""
    try:
        user = User.objects.filter(pk=force_str(urlsafe_base64_decode(uid)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    if user is None or not reset_tokens.check_token(user, token) or account_frozen(user):
        return None
    return user


@transaction.atomic
def set_new_password(user: User, password: str, *, token: str, device: str = "", at: datetime | None = None) -> bool:
    """Set the password a reset link asked for, end every session, and sign nobody in; False if the link is used.

    Wrong passwords that were typed before count no more: whoever reads the mailbox need not wait for a lock to end.
    """
    at = at or timezone.now()
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not reset_tokens.check_token(locked, token) or account_frozen(locked):
        return False
    _set_password(locked, password, how="reset", device=device, at=at)
    forgive(PER_ADDRESS, f"{locked.email}|")
    return True


def change_password(user: User, *, old: str, new: str, device: str = "", at: datetime | None = None) -> None:
    """Change the own password and end every session; the caller renews the one in which it was done.

    Raises NotAllowed while suspended, and for a wrong old password, of which there are 5 in 15 minutes, and then longer
    and longer waits.
    """
    at = at or timezone.now()
    require_not_frozen(user)
    if until := try_with_back_off(OLD_PASSWORD, str(user.pk), at=at):
        raise NotAllowed(f"Too many tries. Wait {minutes_until(until, at)} minutes.")
    if not user.check_password(old):
        record(Event.PASSWORD_REFUSED, by=user, obj=user, outcome="refused", at=at)
        raise NotAllowed(WRONG_PASSWORD)
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        require_not_frozen(locked)
        _set_password(locked, new, how="change", device=device, at=at)
        forgive(OLD_PASSWORD, str(user.pk))


def _set_password(locked: User, password: str, *, how: str, device: str, at: datetime) -> None:
    locked.set_password(password)
    locked.save(update_fields=["password"])
    end_sessions(User.objects.filter(pk=locked.pk))
    record(Event.PASSWORD_SET, by=locked, obj=locked, data={"by": how}, at=at)
    notify.password_changed(locked, device=device, at=at)


def minutes_until(until: datetime, at: datetime) -> int:
    """Return how many minutes to wait, rounded up."""
    return max(ceil((until - at) / timedelta(minutes=1)), 1)


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
