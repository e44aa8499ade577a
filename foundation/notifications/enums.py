"""Words that other apps store."""

from django.db import models


class Digest(models.TextChoices):
    """How often a person gets ordinary messages by mail; the inbox has them at once."""

    AT_ONCE = "at_once", "At once, one mail for each"
    DAILY = "daily", "Once a day, together"
    WEEKLY = "weekly", "Once a week, together, on Monday"
