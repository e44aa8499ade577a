"""Figures of the desk, counted by a worker: nobody waits for them, and two people read the same."""

from django.db import models

from foundation.providers.models import Provider


class Figures(models.Model):
    """Everything that is counted for one slice of the requests. Restricted requests are in none of them."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="figures")
    # What the slice is of: all, team, country, type, kind, channel; and which one.
    dimension = models.CharField(max_length=10)
    key = models.CharField(max_length=60, blank=True)
    # First day of a month; empty: as it stands now, or over the last twelve months.
    month = models.DateField(null=True, blank=True)
    values = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "dimension", "key", "month"], name="figures_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.key} {self.month or ''}".strip()
