"""Questions to the officer and their answers; notes that only staff see."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from foundation.core.models import Identified
from foundation.documents.models import Document
from requests_app.enums import AmendmentKind, ClarificationStatus
from requests_app.models.requests import DataRequest
from requests_app.models.searchable import WORDS_VECTOR

_USER = settings.AUTH_USER_MODEL


class Clarification(Identified):
    """A question that stops the request's clock until it is answered."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="clarifications")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=ClarificationStatus.choices, default=ClarificationStatus.OPEN)
    text = models.TextField()
    # What is missing: [{"check": name of a check or "", "text": words}]; empty: the text says it.
    items = models.JSONField(default=list, blank=True)
    # The text only leads to the points: nothing is asked in it. Otherwise the officer answers both.
    introduction = models.BooleanField(default=False)
    # The language of the text, ISO 639-1.
    language = models.CharField(max_length=10, default="en")
    documents = models.ManyToManyField(Document, related_name="+", blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    # Who follows it up and gets the answer; empty: whoever asked.
    owner = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    due_rule = models.CharField(max_length=80, blank=True)
    # The officer asks for more time, and what became of that.
    more_time_asked_at = models.DateTimeField(null=True, blank=True)
    more_time_until = models.DateField(null=True, blank=True)
    more_time_reason = models.CharField(max_length=300, blank=True)
    more_time_decided_at = models.DateTimeField(null=True, blank=True)
    more_time_given = models.BooleanField(null=True, blank=True)
    # Why not, for the officer to read in the portal.
    more_time_answer = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Why it ended without an answer.
    closed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(status="open"), name="clarification_due"),
            GinIndex(WORDS_VECTOR, name="clarification_words"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["data_request"], condition=models.Q(status="open"), name="clarification_one_open"
            ),
            models.UniqueConstraint(fields=["data_request", "number"], name="clarification_number"),
        ]

    @property
    def asks_in_text(self) -> bool:
        """Say whether the text itself is to be answered: there are no points, or it is more than their introduction."""
        return not self.items or bool(self.text and not self.introduction)

    def __str__(self) -> str:
        return f"Question {self.number} of {self.data_request}"


class ClarificationReply(models.Model):
    """The officer's answer, with documents."""

    clarification = models.ForeignKey(Clarification, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField()
    # To each of the question's items in its order: [{"text": words, "given": whether what was asked for is given}].
    items = models.JSONField(default=list, blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    documents = models.ManyToManyField(Document, related_name="+", blank=True)

    class Meta:
        indexes = [GinIndex(WORDS_VECTOR, name="clarificationreply_words")]

    def __str__(self) -> str:
        return f"Answer to {self.clarification}"


class AnswerDraft(models.Model):
    """An answer that is typed and not sent yet; goes when it is sent, or when nobody waits for it any more."""

    clarification = models.OneToOneField(Clarification, on_delete=models.CASCADE, related_name="draft")
    text = models.TextField(blank=True)
    items = models.JSONField(default=list, blank=True)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Draft of an answer to {self.clarification}"


class ThreadRead(models.Model):
    """How far somebody read the questions and answers of a request."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="thread_reads")
    user = models.ForeignKey(_USER, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_request", "user"], name="threadread_once")]

    def __str__(self) -> str:
        return f"{self.user} read {self.data_request}"


class CaseNote(models.Model):
    """A note of staff; never leaves the desk."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-written_at"]

    def __str__(self) -> str:
        return f"Note on {self.data_request}"


class Amendment(Identified):
    """What the officer changed after sending: what stood there before and what stands there now."""

    data_request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=AmendmentKind.choices)
    text = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["data_request", "number"], name="amendment_number")]

    def __str__(self) -> str:
        return f"{self.data_request}, amendment {self.number}"
