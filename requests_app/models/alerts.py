"""One alert for the emergencies that an agency files within a few minutes."""

from django.db import models

from accounts.models import Agency
from foundation.providers.models import Provider, Team


class EmergencyAlert(models.Model):
    """A page to the people on call, and the emergencies of one agency that joined it while nobody had taken any.

    Its emergencies are `emergencies`; the first one opened it.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    # By when the first is taken; until then others join, then everybody is told how many wait.
    take_by = models.DateTimeField()
    # The last step of the rota that was paged, and when the next one is; empty once somebody took all of them.
    step = models.PositiveSmallIntegerField(default=0)
    next_page_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-take_by"], name="alert_of_agency"),
            models.Index(fields=["next_page_at"], condition=models.Q(next_page_at__isnull=False), name="alert_to_page"),
        ]

    def __str__(self) -> str:
        return f"Alert of {self.opened_at:%Y-%m-%d %H:%M}"
