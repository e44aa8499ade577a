"""Abstract models that every app may stand on. This app has no tables of its own."""

import uuid

from django.db import models


class Identified(models.Model):
    """A row addressed in URLs by a random id that says nothing."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
