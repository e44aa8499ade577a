"""How often something was tried, counted where every process sees it."""

from django.db import models


class Throttle(models.Model):
    """Tries of one kind for one key (a keyed hash, so that no address stands here) since started_at."""

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    # Limits that wait longer each time: how often it was locked in a row, and until when it is.
    locks = models.PositiveSmallIntegerField(default=0, db_default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="throttle_once")]
        indexes = [models.Index(fields=["started_at"])]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
