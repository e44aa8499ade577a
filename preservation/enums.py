"""The words of holds."""

from django.db import models


class HoldStatus(models.TextChoices):
    """States of a preservation hold."""

    DRAFT = "draft", "Draft"
    REQUESTED = "requested", "Requested"
    ACTIVE = "active", "Active"
    PROCESS_SERVED = "process_served", "Kept while we answer"
    ON_TREATY = "on_treaty", "Kept during the treaty request"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Ended"
    DESTROYED = "destroyed", "Destroyed"
    DECLINED = "declined", "Declined"


class ExtensionStatus(models.TextChoices):
    """States of a request to extend; a granted one moves the hold's expiry."""

    REQUESTED = "requested", "Asked"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    LAPSED = "lapsed", "Lapsed"


class HoldGround(models.TextChoices):
    """Why records are kept."""

    POLICY = "policy", "Company policy"
    LAW = "law", "A legal instrument"
