"""Where a run takes place: one world, built once; every run takes back what it did."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from tests.random import midway
from tests.random.judge import Judge
from tests.random.machine import Clock
from tests.random.world import START, Accounts, World


@dataclass
class Stage:
    """The world, who judges it, and the clock that only acts move."""

    world: World
    judge: Judge
    clock: Clock


@contextmanager
def staged() -> Iterator[Stage]:
    """Furnish a world in a transaction that is rolled back at the end; the company's systems are stand-ins."""
    company = Accounts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("requests_app.services.collect.company", lambda _provider: company)
        patch.setattr("requests_app.services.matching.connector_for", lambda _provider: company)
        patch.setattr("preservation.services.execution.connector_for", lambda _provider: company)
        patch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 letter")
        patch.setattr("requests_app.services.certificate_paper.draft_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 draft")
        with time_machine.travel(START, tick=False) as clock, transaction.atomic():
            world = World(company)
            world.furnish()
            clock.shift(timedelta(minutes=20))
            midway.furnish(world)
            yield Stage(world, Judge(world), clock)
            transaction.set_rollback(True)
