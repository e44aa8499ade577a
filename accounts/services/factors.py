"""The second factor: who has one, enrolling, showing it, and the codes for the day it is lost."""

import base64
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import notify
from accounts.events import Event
from accounts.models import RecoveryCode, User
from accounts.services.limits import Limit, give_back, try_once
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError

CODES = 10
CODE_BYTES = 10  # 80 bits; NIST SP 800-63B-4 asks for 64
SECRET_BYTES = 20
# A code has 10^6 values and three are right at a time: ten wrong ones in 15 minutes is all anybody gets.
WRONG_CODES = Limit("factor.wrong", 10, timedelta(minutes=15))

WRONG_CODE = "This code is wrong, too old or was used before. Wait for the next one."
WRONG_RECOVERY_CODE = "This recovery code is wrong or was used before."
SLOW_DOWN = "A wrong code was typed just now. Wait a minute, then type the newest code."
TOO_MANY = "Too many wrong codes. Wait 15 minutes."


class CodeRefused(PortalError):
    """The code did not open the door."""


@dataclass(frozen=True)
class NewSecret:
    """The secret of a factor that is being enrolled, in the forms people and apps read."""

    hex: str

    @property
    def text(self) -> str:
        """The secret as it is typed into an app."""
        return base64.b32encode(bytes.fromhex(self.hex)).decode().rstrip("=")

    def address(self, user: User) -> str:
        """The otpauth address that the QR code carries."""
        label = quote(f"{settings.SITE_NAME.replace(':', '')}:{user.email}", safe="@")
        query = urlencode({"secret": self.text, "issuer": settings.SITE_NAME, "digits": 6, "period": 30})
        return f"otpauth://totp/{label}?{query}"


def has_factor(user: Any) -> bool:
    """Say whether this person has enrolled and confirmed a second factor."""
    return next(iter(devices_for_user(user, confirmed=True)), None) is not None


def factors_of(user: User) -> list[TOTPDevice]:
    """Return the confirmed factors of a person."""
    return list(TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk"))


def new_secret() -> NewSecret:
    """Make a secret that is not yet anybody's factor."""
    return NewSecret(secrets.token_hex(SECRET_BYTES))


def enrol(user: User, secret: NewSecret, code: str, *, replace: bool = False, at: datetime | None = None) -> Device:
    """Make the secret the user's factor once a code proves that the app has it.

    A user who has a factor keeps it unless replace says that a fresh factor or a recovery code was shown.
    """
    at = at or timezone.now()
    step = _step_of(secret, code)
    if step is None:
        _require_tries_left(user)
        _refuse(user, "enrol", at)
        raise CodeRefused(WRONG_CODE)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if has_factor(user) and not replace:
            raise NotAllowed("You have a second factor already. Show it first.")
        TOTPDevice.objects.filter(user=user).delete()
        device = TOTPDevice.objects.create(
            user=user, name="Authenticator app", key=secret.hex, confirmed=True, last_t=step
        )
        record(Event.FACTOR_ENROLLED, by=user, obj=user, data={"kind": "totp"}, at=at)
        notify.factor_enrolled(user, device_id=device.pk, at=at)
    return device


def verify_totp(user: User, code: str, *, at: datetime | None = None) -> Device:
    """Return the device that accepts the code; each code works once, and wrong ones are counted."""
    at = at or timezone.now()
    _require_tries_left(user)
    digits = _digits(code)
    with transaction.atomic():
        devices = list(TOTPDevice.objects.filter(user=user, confirmed=True).select_for_update())
        slowed = any(not device.verify_is_allowed()[0] for device in devices)
        accepted = next((device for device in devices if digits and device.verify_token(digits)), None)
        if accepted is not None:
            record(Event.FACTOR_ACCEPTED, by=user, obj=user, data={"kind": "totp"}, at=at)
    if accepted is None:
        _refuse(user, "totp", at)
        raise CodeRefused(SLOW_DOWN if slowed else WRONG_CODE)
    give_back(WRONG_CODES, str(user.pk))
    return accepted


def use_recovery_code(user: User, code: str, *, at: datetime | None = None) -> None:
    """Use up a recovery code; it allows enrolling a new factor, nothing else."""
    at = at or timezone.now()
    _require_tries_left(user)
    with transaction.atomic():
        unused = RecoveryCode.objects.filter(user=user, used_at=None, code_hash=_hash(user, code))
        used = unused.update(used_at=at) == 1
        if used:
            left = codes_left(user)
            record(Event.RECOVERY_CODE_USED, by=user, obj=user, data={"left": left}, at=at)
            notify.recovery_code_used(user, left=left, at=at)
    if not used:
        _refuse(user, "recovery", at)
        raise CodeRefused(WRONG_RECOVERY_CODE)
    give_back(WRONG_CODES, str(user.pk))


@transaction.atomic
def make_recovery_codes(user: User, *, at: datetime | None = None) -> list[str]:
    """Replace the user's recovery codes; only the hashes stay, so this is the one time they can be shown."""
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=_hash(user, code), created_at=at) for code in codes
    )
    record(Event.RECOVERY_CODES_MADE, by=user, obj=user, data={"count": CODES}, at=at)
    return codes


def codes_left(user: User) -> int:
    """Return how many recovery codes were not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _require_tries_left(user: User) -> None:
    if not try_once(WRONG_CODES, str(user.pk)):
        raise CodeRefused(TOO_MANY)


def _refuse(user: User, kind: str, at: datetime) -> None:
    record(Event.FACTOR_REFUSED, by=user, obj=user, outcome="refused", data={"kind": kind}, at=at)


def _step_of(secret: NewSecret, code: str) -> int | None:
    """Return the time step the code belongs to, so that the same code does not sign in a moment later."""
    digits = _digits(code)
    totp = TOTP(bytes.fromhex(secret.hex))
    totp.time = time.time()
    return int(totp.t()) if digits and totp.verify(int(digits), tolerance=1) else None


def _digits(code: str) -> str:
    text = re.sub(r"[\s-]", "", code)
    return text if re.fullmatch(r"[0-9]{6}", text) else ""


def _hash(user: User, code: str) -> str:
    typed = re.sub(r"[\s-]", "", code).upper().translate(str.maketrans("01", "OI"))
    return salted_hmac(f"accounts.recovery.{user.pk}", typed, algorithm="sha256").hexdigest()
