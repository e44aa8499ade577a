"""Sessions as rows that can be listed and ended one by one, and forms that were typed when one ended."""

import uuid
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class UserSession(AbstractBaseSession):
    """One session under a keyed hash of its key: a copy of the database opens none.

    One that ended keeps its row for a day without its data, so that a form that was typed in it is known to be from
    this person (accounts.kept_forms).
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions", null=True)
    # The keyed hash of the secret in the forms of this session; the secret changes with every sign-in.
    form_hash = models.CharField(max_length=64, blank=True, db_index=True)
    # Whether the second factor was shown.
    verified = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store that reads these rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class KeptForm(models.Model):
    """What a person had typed into one form when their session ended, sealed; given back to nobody else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_forms")
    # A keyed hash of the address the form is sent to.
    place = models.CharField(max_length=64)
    sealed = models.TextField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="keptform_once")]

    def __str__(self) -> str:
        return f"Form of {self.user}"
