"""Recovery codes: hashed, single use. django-otp's static codes are plain text and too short."""

from django.conf import settings
from django.db import models


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
