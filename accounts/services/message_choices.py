"""What a person chose about messages: how often ordinary ones are mailed, in which language, in which time zone."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.people import require_not_frozen
from foundation.audit.trail import record
from foundation.notifications import digests
from foundation.notifications.enums import Digest
from foundation.notifications.events import NotificationEvent


@dataclass(frozen=True)
class Choices:
    """All that can be chosen; time_zone is a name of the IANA table, language one of notifications.languages."""

    digest: str
    language: str
    time_zone: str

    @classmethod
    def of(cls, user: User) -> "Choices":
        """Return what is chosen now."""
        return cls(user.digest, user.language, user.time_zone)

    def __str__(self) -> str:
        return f"{Digest(self.digest).label}; {self.language}; {self.time_zone}"


@dataclass(frozen=True)
class Changed:
    """What a change came to: whether anything is different, and how many messages that waited are sent now."""

    anything: bool
    sent: int = 0


@transaction.atomic
def change(user: User, choices: Choices, *, by: User, at: datetime | None = None) -> Changed:
    """Keep what the person chose, and bring what waits for a digest in line with it. The same again changes nothing.

    Legal and security messages are never among what waits. Raises NotAllowed while access is suspended.
    """
    at = at or timezone.now()
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require_not_frozen(locked)
    before = Choices.of(locked)
    if before == choices:
        return Changed(anything=False)
    locked.digest, locked.language, locked.time_zone = choices.digest, choices.language, choices.time_zone
    locked.save(update_fields=["digest", "language", "time_zone"])
    record(
        NotificationEvent.CHOICES_CHANGED, by=by, obj=locked, data={"before": str(before), "now": str(choices)}, at=at
    )
    return Changed(anything=True, sent=digests.rearrange(locked, at=at))
