"""The register of breaches against the entries of its steps: what was changed, taken out or put in by hand."""

import hashlib
from collections.abc import Iterator
from typing import Any

from foundation.audit.canonical import encode
from lers.gaps.reading import Said, about, batches, every
from requests_app import breach_rules
from requests_app.events import Event as R
from requests_app.models import Breach, BreachStep
from requests_app.services import breaches

_STEPS = (R.BREACH_NOTED, R.BREACH_ADDED, R.BREACH_TOLD, R.BREACH_CLOSED)


def gaps() -> Iterator[str]:
    """Return a line for each breach or step that is not what the trail says."""
    for batch in batches(Breach.objects.all()):
        told = about(Breach, [row.pk for row in batch], _STEPS)
        for row in batch:
            yield from (f"requests_app.breach {row.pk}: {words}" for words in _one(row, told[str(row.pk)]))
    yield from _gone()


def _one(row: Breach, said: list[Said]) -> Iterator[str]:
    steps = {step.number: step for step in row.steps.all()}
    entries = {int(entry.data.get("step", 0)): entry for entry in said}
    for number in sorted(steps.keys() - entries.keys()):
        yield f"nobody wrote step {number}"
    for number, entry in entries.items():
        step = steps.get(number)
        if step is None:
            yield f"step {number} is gone"
        elif entry.data.get("sha256") != _hash(step) or entry.actor_id != str(step.by_id):
            yield f"step {number} is not what entry {entry.pk} says"
    wrote: dict[str, str] = {}
    for step in steps.values():
        wrote |= step.says
    stands = breaches.standing(row).items()
    if odd := sorted(name for name, value in stands if (value or "") != _read(name, wrote.get(name, ""))):
        yield f"what its steps say is not what stands there: {', '.join(odd)}"


def _read(name: str, kept: str) -> Any:
    return breach_rules.unpacked(name, kept) or ""


def _hash(step: BreachStep) -> str:
    return hashlib.sha256(encode(dict(step.says))).hexdigest()


def _gone() -> Iterator[str]:
    here = set(Breach.objects.values_list("pk", flat=True))
    for entry in every([R.BREACH_NOTED]):
        if int(entry.object_id) not in here:
            yield f"requests_app.breach {entry.object_id}: it is gone"
