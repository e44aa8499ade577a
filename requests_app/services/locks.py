"""One way to hold a request, and a notice or package of it, while something about it is decided."""

from requests_app.models import DataRequest, DisclosurePackage, UserNotice


def lock(data_request: DataRequest) -> DataRequest:
    """Return the request as it stands now, locked until the transaction ends.

    The request is locked before any of its children: one order everywhere, so that nobody waits in a circle.
    """
    related = ("provider__calendar", "officer", "agency", "assignee", "legal_entity", "process_type")
    rows = DataRequest.objects.select_for_update(of=("self",)).select_related(*related)
    row: DataRequest = rows.get(pk=data_request.pk)
    return row


def lock_notice(notice: UserNotice) -> UserNotice:
    """Return the notice as it stands now, locked until the transaction ends, with its request locked before it."""
    data_request = lock(notice.data_request)
    found: UserNotice = data_request.notices.select_for_update(of=("self",)).get(pk=notice.pk)
    found.data_request = data_request
    return found


def lock_package(package: DisclosurePackage) -> DisclosurePackage:
    """Return the package as it stands now, locked until the transaction ends, with its request locked before it."""
    data_request = lock(package.data_request)
    rows = data_request.packages.select_for_update(of=("self",)).select_related("archive")
    found: DisclosurePackage = rows.get(pk=package.pk)
    found.data_request = data_request
    return found
