"""The lines of a request: target x category x period, made of what the officer asks for."""

from datetime import UTC

from requests_app.deadlines import instants
from requests_app.models import DataRequest, RequestLine
from requests_app.services.preflight import read_day


def sync_lines(draft: DataRequest) -> None:
    """Make the lines what the identifiers and the records asked for say: target x category x period."""
    wanted = set()
    for asked in draft.records_asked:
        first, last = read_day(asked.get("from")), read_day(asked.get("to"))
        if first and last and first <= last:
            wanted |= {(pk, asked["category"], *instants(first, last)) for pk in _target_ids(draft)}
    for line in draft.lines.all():
        key = (line.target_id, line.category, line.period_from.astimezone(UTC), line.period_to.astimezone(UTC))
        if key in wanted:
            wanted.remove(key)
        else:
            line.delete()
    RequestLine.objects.bulk_create(
        [
            RequestLine(data_request=draft, target_id=pk, category=category, period_from=begins, period_to=ends)
            for pk, category, begins, ends in sorted(wanted)
        ]
    )


def _target_ids(draft: DataRequest) -> list[int]:
    return list(draft.targets.order_by("pk").values_list("pk", flat=True))
