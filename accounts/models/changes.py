"""Officers whose address or agency changed: vetting begins again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.enums import AddressChangeStatus, ChangeOf
from accounts.models.applications import AccessApplication
from foundation.core.models import Identified

_USER = settings.AUTH_USER_MODEL


class AddressChange(Identified):
    """A new address of an officer, from asking to the desk's decision."""

    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="address_changes")
    kind = models.CharField(max_length=10, choices=ChangeOf.choices)
    old_email = models.EmailField(max_length=254)
    new_email = models.EmailField(max_length=254)
    status = models.CharField(max_length=10, choices=AddressChangeStatus.choices, default=AddressChangeStatus.ASKED)
    asked_at = models.DateTimeField()
    token_hash = models.CharField(max_length=64, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # A draft that nobody sends is deleted; that the change was asked for stays.
    application = models.OneToOneField(
        AccessApplication, null=True, blank=True, on_delete=models.SET_NULL, related_name="address_change"
    )
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(status="asked"), name="addresschange_one_asked")
        ]

    def __str__(self) -> str:
        return f"New address of {self.user}"
