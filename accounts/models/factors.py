"""Second factors: authenticator apps with sealed secrets, and hashed recovery codes. Passkeys: django-otp-webauthn."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from foundation.documents.keys import WrappedKey, unwrap, wrap

if TYPE_CHECKING:
    from accounts.models.users import User

STEP_SECONDS = 30  # SEC-04
# One step early or late: phones are not quite on time, and typing takes a moment.
_TOLERANCE = 1


class AuthenticatorAppManager(models.Manager["AuthenticatorApp"]):
    """Makes apps with a sealed secret, and lists them for django-otp."""

    def devices_for_user(self, user: "User", confirmed: bool | None = None) -> models.QuerySet["AuthenticatorApp"]:
        """Return the apps of a person; django-otp asks every kind of device so."""
        rows = self.filter(user=user)
        return rows if confirmed is None else rows.filter(confirmed=bool(confirmed))

    def make(
        self, *, user: "User", secret: bytes, name: str, last_step: int = -1, at: datetime | None = None
    ) -> "AuthenticatorApp":
        """Create a confirmed app; last_step is the time step of the code that confirmed it, at when it was added."""
        uid = uuid.uuid4()
        sealed = wrap(secret, uid)
        app = self.create(
            user=user,
            name=name,
            confirmed=True,
            uid=uid,
            sealed_secret=sealed.sealed,
            master_key_id=sealed.master_key_id,
            last_step=last_step,
        )
        if at is not None:  # django-otp writes the time of the machine when the row is made
            app.created_at = at
            app.save(update_fields=["created_at"])
        return app


class AuthenticatorApp(TimestampMixin, ThrottlingMixin, Device, models.Model):  # type: ignore[misc] # django-otp has no types
    """An app that shows a code of six digits every 30 seconds (RFC 6238).

    In place of django-otp's own device, which keeps secrets in plain text: here they are sealed under the master
    keys, so that a copy of the database opens no account.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticator_apps")
    uid = models.UUIDField(unique=True, editable=False)
    sealed_secret = models.BinaryField()
    master_key_id = models.CharField(max_length=40)
    # The time step of the newest code that was accepted: no code of it or of an earlier one is accepted again.
    last_step = models.BigIntegerField(default=-1)

    objects: ClassVar[AuthenticatorAppManager] = AuthenticatorAppManager()

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @property
    def bin_key(self) -> bytes:
        """The secret in plain."""
        return unwrap(WrappedKey(bytes(self.sealed_secret), self.master_key_id), self.uid)

    def step_of(self, digits: str, *, at: datetime) -> int | None:
        """Return the time step whose code this is, if it may still be used."""
        return step_of(self.bin_key, digits, at=at, after=self.last_step)

    def get_throttle_factor(self) -> int:
        """Wait 1, 2, 4… seconds after wrong codes."""
        return 1


def step_of(secret: bytes, digits: str, *, at: datetime, after: int = -1) -> int | None:
    """Return the time step of a code of six digits, newer than the step `after`; None for a wrong or old code."""
    totp = TOTP(secret, step=STEP_SECONDS)
    totp.time = at.timestamp()
    return int(totp.t()) if digits and totp.verify(int(digits), _TOLERANCE, after + 1) else None


class RecoveryCode(models.Model):
    """One code of 80 random bits, stored as a keyed hash (SEC-29, NIST SP 800-63B-4: at least 64 bits)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recoverycode_unique")]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"
