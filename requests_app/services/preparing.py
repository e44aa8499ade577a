"""When records of a request may be prepared, and what counts as a package that is there already."""

from accounts.models import User
from accounts.permissions import Permission
from requests_app.enums import WITHOUT_RECORDS, PackageStatus, RequestStatus
from requests_app.models import DataRequest
from requests_app.permissions import access_in_force, desk_refusal, quashed_refusal

# While one of these is there, no second package is started.
UNDER_WAY = (PackageStatus.PREPARING, PackageStatus.BLOCKED, PackageStatus.SEALED)
ONCE_RELEASED = (PackageStatus.RELEASED, PackageStatus.EXPIRED, PackageStatus.PURGED)


def start_refusal(data_request: DataRequest, *, by: User) -> str | None:
    """Say why this person cannot have a package built now, or None."""
    if refusal := desk_refusal(by, Permission.PREPARE_RECORDS, data_request):
        return refusal
    if data_request.kind in WITHOUT_RECORDS:
        return "This kind of request is answered on its own page: no records leave, so there is no package."
    if data_request.status != RequestStatus.GRANTED:
        return "Records are prepared once the request is granted."
    return quashed_refusal(data_request) or access_in_force(data_request)
