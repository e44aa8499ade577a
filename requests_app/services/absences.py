"""Days on which staff are away, who stands in, and which of their requests a deputy could take over.

Nothing is handed over by itself. While somebody is away, reminders about their requests go to the deputy too, nobody
away counts as on call, and whoever hands something over reads until when a colleague is away.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from accounts.absent import absences_of, day_in
from accounts.models import Absence, User
from foundation.providers.models import Provider


def with_absence(people: Iterable[User], provider: Provider, *, at: datetime | None = None) -> list[tuple[User, str]]:
    """Return each person with what to know before handing something over: until when they are away, and who stands in.

    Empty words for whoever is there.
    """
    known = list(people)
    day = day_in(provider.calendar.time_zone, at or timezone.now())
    away = absences_of(known, day)
    return [(person, away_words(away[person.pk]) if person.pk in away else "") for person in known]


def away_words(absence: Absence) -> str:
    """Say until when somebody is away and who stands in."""
    until = f"Away until {absence.last_day:%-d %b %Y}"
    return f"{until}. {absence.deputy.get_full_name()} stands in" if absence.deputy else until
