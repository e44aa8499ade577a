"""What reached the demo's company through Sahyog: a batch with an answer to every line, and takedown notices."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from foundation.providers.models import Provider
from lers.demo.people import who
from requests_app.enums import Channel, TakedownStatus
from requests_app.models import ImportBatch, TakedownNotice
from requests_app.services import batch_files, batches, sahyog, takedowns

_FILE = """external_reference,law,agency,officer_name,identifiers,categories,date_from,date_to,content
SH/2026/11843,IT Act s.79(3)(b),Kesarpur Cyber Crime Cell,"R. Kulkarni, DIG",,,,,https://listing.example/offers/7731
SH/2026/11844,BNSS 94 and IT Act 79(3)(b),Kesarpur Cyber Crime Cell,,"uid, 48213377",kyc,,,https://listing.example/a
SH/2026/11845,BNSS s.94,Kesarpur Traffic Police,,"uid, 48213377",kyc,2026-01-01,2026-02-01,
SH/2026/11843,IT Act s.79(3)(b),Kesarpur Cyber Crime Cell,,,,,,https://listing.example/offers/7731
"""
_LETTERS = (
    ("F.12/26", "Directorate of Cyber Law, New Delhi", "https://coins.example/\nhttps://coins.example/join", 9),
    ("F.07/26", "State Nodal Officer, Kesarpur", "Listing 55102", 70),
)  # fmt: skip


def ensure(provider: Provider, *, now: datetime) -> Iterator[str]:
    """Make what is missing, and name it."""
    if not ImportBatch.objects.filter(provider=provider, sha256=_digest()).exists():
        _batch(provider, now - timedelta(hours=20))
        yield "batch of Sahyog"
    for number, authority, content, hours in _LETTERS:
        if takedowns.known_as(provider, Channel.POST, number) is None:
            _notice(provider, number, authority, content, now - timedelta(hours=hours))
            yield f"takedown notice, {number}"


def _digest() -> str:
    return hashlib.sha256(_FILE.encode()).hexdigest()


@transaction.atomic
def _batch(provider: Provider, at: datetime) -> None:
    by = who("second_analyst")
    lines = batch_files.read(_FILE.encode(), columns=sahyog.HEADINGS, needed=sahyog.NEEDED, most=sahyog.MOST)
    source = {"filename": "sahyog-2026-11.csv", "sha256": _digest()}
    batch = batches.start(lines, source, provider=provider, by=by, at=at)
    batches.run(batch.pk, at=at)


@transaction.atomic
def _notice(provider: Provider, number: str, authority: str, content: str, at: datetime) -> TakedownNotice:
    """Record one by post; an older one is answered within its time."""
    given = takedowns.Notice(
        arrived_at=at, authority=authority, content=content, channel=Channel.POST, external_reference=number,
        reason="It offers coins that do not exist.", officer_words="Joint Secretary",
    )  # fmt: skip
    row = takedowns.enter(given, provider=provider, by=who("second_analyst"), at=at)
    if number == "F.07/26":
        row = takedowns.take(row, by=who("analyst"), at=at + timedelta(hours=2))
        row = takedowns.propose(
            row, answer=TakedownStatus.COMPLIED, done="The listing was removed, and its address answers 404.",
            by=who("analyst"), at=at + timedelta(hours=5),
        )  # fmt: skip
        row = takedowns.sign(row, version=row.lock_version, by=who("approver"), at=at + timedelta(hours=7))
    return row
