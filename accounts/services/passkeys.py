"""Passkeys and security keys (WebAuthn): enrolling one, and showing it.

django-otp-webauthn keeps the credentials and asks py_webauthn; its own views are not used, because they sign in past
our checks. Here the person must always be verified by the authenticator (PIN, finger, face), and a challenge is good
once, also when the same answer arrives twice at the same moment.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import timezone
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from accounts.enums import FactorKind
from accounts.models import User
from accounts.services.factors import (
    Adding,
    CodeRefused,
    accept,
    admit,
    note_enrolled,
    refuse,
)
from accounts.services.limits import Limit, try_once

# A challenge is asked once and answered once, within the time the browser gives the person.
SECONDS = 300
_ONCE = Limit("passkey.challenge", 1, timedelta(hours=1))

REFUSED = "This passkey was not accepted. Try again, or use another way."
NOT_SAVED = "This passkey could not be added. Try again, or use another device."
TOO_LATE = "This took too long, or the page was sent twice. Try again."

# What answers that are no WebAuthn at all make the library raise.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class PasskeyHelper(WebAuthnHelper):  # type: ignore[misc] # django-otp-webauthn has no types
    """WebAuthn with the settings of this portal; host and origin come from PUBLIC_URL."""

    def __init__(self) -> None:
        super().__init__(request=None)

    def get_credential_display_name(self, user: User) -> str:
        """Name the account by its address: who has shown only a password learns no name."""
        return user.email

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        """Ask for authenticators that can verify the person."""
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return options


def ask_new(user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to make a passkey, and what to remember until it answers."""
    options, state = PasskeyHelper().register_begin(user)
    return options, state


def ask(user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to show a passkey, and what to remember until it answers."""
    options, state = PasskeyHelper().authenticate_begin(user, require_user_verification=True)
    return options, state


def enrol(
    user: User,
    state: dict[str, Any] | None,
    answer: str,
    *,
    name: str = "",
    adding: Adding = Adding.FIRST,
    at: datetime | None = None,
) -> WebAuthnCredential:
    """Make the new passkey a factor of the user.

    CodeRefused: the answer is not right for the challenge, or too late. NotAllowed: the person has a factor and has
    not shown it.
    """
    at = at or timezone.now()
    _use_up(user, state, at)
    try:
        with transaction.atomic():
            admit(user, adding, at=at)
            device = PasskeyHelper().register_complete(user, state, _read(answer))
            device.name, device.created_at = name or str(FactorKind.PASSKEY.label), at
            device.save(update_fields=["name", "created_at"])
            note_enrolled(user, FactorKind.PASSKEY, device, adding=adding, at=at)
    except (WebAuthnException, OTPWebAuthnApiError, DatabaseError, *_MALFORMED) as error:
        refuse(user, "enrol_passkey", at, why=_why(error))
        raise CodeRefused(NOT_SAVED) from error
    return device


def verify(user: User, state: dict[str, Any] | None, answer: str, *, at: datetime | None = None) -> WebAuthnCredential:
    """Return the passkey that signed the challenge.

    Wrong codes do not lock it, and wrong answers lock nothing: a signature is not guessed, and a stranger who knows the
    password would keep the owner out.

    Raises CodeRefused for another origin, a used challenge, no verification of the person, somebody else's or a
    removed passkey, and a counter that went back (a copy of the passkey is in use).
    """
    at = at or timezone.now()
    _use_up(user, state, at)
    try:
        with transaction.atomic():
            # The counter is compared and written under this lock.
            list(WebAuthnCredential.objects.filter(user=user).order_by("pk").select_for_update().values_list("pk"))
            device = PasskeyHelper().authenticate_complete(user, state, _read(answer))
            if not device.confirmed:
                raise CodeRefused(REFUSED)
            accept(user, FactorKind.PASSKEY, at)
    except (WebAuthnException, OTPWebAuthnApiError, DatabaseError, *_MALFORMED) as error:
        refuse(user, FactorKind.PASSKEY, at, why=_why(error))
        raise CodeRefused(REFUSED) from error
    return device


def _use_up(user: User, state: dict[str, Any] | None, at: datetime) -> None:
    """Let each challenge be answered once; counted in the database, so that two answers at once are one too many."""
    if not state or not try_once(_ONCE, str(state["challenge"])):
        refuse(user, FactorKind.PASSKEY, at, why="challenge")
        raise CodeRefused(TOO_LATE)


def _read(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("A passkey's answer is a JSON object.")
    return found


def _why(error: Exception) -> str:
    """A word for the trail, without anything that the sender wrote."""
    if "sign count" in str(error):
        return "counter"
    return getattr(error, "code", "") if isinstance(error, OTPWebAuthnApiError) else type(error).__name__
