"""Who works on each request, against the entries by which it was taken, handed over and given back."""

from collections.abc import Iterable, Iterator

from lers.gaps.reading import Said, about, batches
from requests_app.events import Event as R
from requests_app.models import DataRequest

# Whoever had it has it no more.
_FREES = {R.GIVEN_BACK, R.APPEALED, R.MADE_ORDINARY}
_MOVES = {R.TAKEN, R.ASSIGNED, R.RESTRICTED, *_FREES}


def gaps() -> Iterator[str]:
    """Return a line for each request that somebody else has than the trail says."""
    for batch in batches(DataRequest.objects.only("pk", "assignee_id")):
        told = about(DataRequest, [row.pk for row in batch], _MOVES)
        for row in batch:
            known, who = _last(told.get(str(row.pk), []))
            if known and who != row.assignee_id:
                what = f"requests_app.datarequest {row.pk}"
                yield f"{what}: {_has(row.assignee_id)} has it, the trail says {_has(who)}"


def _last(told: Iterable[Said]) -> tuple[bool, int | None]:
    """Return whether the entries say who has it, and who; those of before say of a hand-over only an address."""
    known, who = True, None
    for said in told:
        if said.action in _FREES:
            known, who = True, None
        elif said.action == R.TAKEN:
            known, who = True, int(said.actor_id)
        elif said.action == R.ASSIGNED:
            known, who = "to_id" in said.data, said.data.get("to_id")
        elif known and who is not None and who not in said.data.get("ids", ()):
            # Whoever restricts a request has it where those who may read it on do not include who had it.
            known, who = "ids" in said.data, int(said.actor_id)
    return known, who


def _has(user: int | None) -> str:
    return f"user {user}" if user else "nobody"
