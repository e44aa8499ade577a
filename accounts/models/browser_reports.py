"""What browsers reported that the policy of a page had stopped."""

from django.db import models


class BrowserReport(models.Model):
    """One kind of violation: a directive, what it stopped and on which page; no address with an id, no person."""

    directive = models.CharField(max_length=40)
    # The origin that was to be loaded or called, or a word such as "inline"; never a path.
    blocked = models.CharField(max_length=120)
    # The name of the page's route, because an address may hold a reference.
    page = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["directive", "blocked", "page"], name="browser_report_once")]
        indexes = [models.Index(fields=["last_at"], name="browser_report_last")]

    def __str__(self) -> str:
        return f"{self.directive}: {self.blocked} on {self.page}"
