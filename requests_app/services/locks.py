"""One way to hold a request while something about it is decided."""

from requests_app.models import DataRequest


def lock(data_request: DataRequest) -> DataRequest:
    """Return the request as it stands now, locked until the transaction ends.

    The request is locked before any of its children: one order everywhere, so that nobody waits in a circle.
    """
    related = ("provider__calendar", "officer", "agency", "assignee", "legal_entity", "process_type")
    rows = DataRequest.objects.select_for_update(of=("self",)).select_related(*related)
    row: DataRequest = rows.get(pk=data_request.pk)
    return row
