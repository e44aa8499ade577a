"""How much a person may upload; asked before the first byte is stored, when the view has not run yet."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access import is_verified
from accounts.permissions import Permission, has_permission

ADDS_NOTHING = "Your role does not add files. Nothing was stored."


def limit_of(request: HttpRequest | None) -> int:
    """Return the largest file in bytes: nothing without a verified second factor, more for staff's records.

    Of staff, those who prepare records add files, and custodians scans of what they signed; nobody else does.
    """
    if request is None or not is_verified(request):
        return 0
    user: Any = request.user
    if not user.is_staff_member:
        return int(settings.UPLOAD_LIMIT_OFFICER)
    if has_permission(user, Permission.PREPARE_RECORDS):
        return int(settings.UPLOAD_LIMIT_STAFF)
    return int(settings.UPLOAD_LIMIT_OFFICER) if has_permission(user, Permission.SIGN_CERTIFICATE) else 0
