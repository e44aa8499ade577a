"""Emergencies told by somebody without an account: who is paged, who takes them, what became of them.

Nothing is ever disclosed from here. What follows is a vetting before others, and at most a hold.
"""

from accounts.models import User
from requests_app.models import UrgentContact


def waiting(user: User) -> int:
    """Return how many wait to be taken, of those that this member of staff may see."""
    return UrgentContact.objects.visible_to_staff(user).untaken().count()
