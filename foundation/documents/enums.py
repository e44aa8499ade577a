"""Words of the documents app."""

from django.db import models


class DocumentState(models.TextChoices):
    """Where a file stands between its first byte and the verdict on it."""

    RECEIVING = "receiving", "Being received"
    PENDING = "pending", "Being checked"
    CLEAN = "clean", "Checked"
    INFECTED = "infected", "Infected"
    REFUSED = "refused", "Refused"
    UNSCANNED = "unscanned", "Not scanned for viruses"
    PURGED = "purged", "Deleted"
