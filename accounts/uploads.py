"""How much a person may upload; asked before the first byte is stored, when the view has not run yet."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access import is_verified


def limit_of(request: HttpRequest | None) -> int:
    """Return the largest file in bytes: nothing without a verified second factor, more for staff's records."""
    if request is None or not is_verified(request):
        return 0
    user: Any = request.user
    return int(settings.UPLOAD_LIMIT_STAFF if user.is_staff_member else settings.UPLOAD_LIMIT_OFFICER)
