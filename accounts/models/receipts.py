"""What officers may show for what they sent and took."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.enums import ReceiptKind


class FilingReceipt(models.Model):
    """What we received from somebody or handed to them, in exact words, and the entry of the trail with their hash.

    The entry names no person, address or session, so its proof can be shown to anybody; the words are for those who
    may read what they are about. No foreign key to it: like the trail, a receipt neither blocks nor follows a deletion.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ReceiptKind.choices)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    entry = models.BigIntegerField(unique=True)
    issued_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "issued_at"], name="receipt_by_object")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, entry {self.entry}"
