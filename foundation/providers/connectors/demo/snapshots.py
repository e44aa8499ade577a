"""What the demo company knows of its snapshots: the instructions that it carried out say when each was taken."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from foundation.core.jobs import JobState
from foundation.providers.models import ConnectorAct, ConnectorJob


def taken_before(provider_id: int | None, account: str, hold: str) -> tuple[datetime, Sequence[str]] | None:
    """Return when a snapshot was taken for this hold on this account, and of what; None where there is none yet."""
    if provider_id is None:
        return None
    done = ConnectorJob.objects.filter(provider_id=provider_id, account=account, act=ConnectorAct.PRESERVE)
    first = done.filter(state=JobState.DONE, arguments__hold=hold).order_by("finished_at", "pk").first()
    if first is None:
        return None
    return datetime.fromisoformat(first.answer["taken_at"]), first.arguments["categories"]


def days(start: datetime, end: datetime) -> tuple[date, date] | None:
    """Return the first and the last UTC day of [start, end); None where there is no such time."""
    last = end - timedelta(microseconds=1)
    return (start.astimezone(UTC).date(), last.astimezone(UTC).date()) if start < end else None
