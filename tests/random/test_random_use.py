"""Random people do random acts: no stranger ever sees, no state jumps, nothing leaves without two people.

The seed is fixed; RANDOM_SEED changes it, and RANDOM_EXAMPLES says how many lives of 40 acts are lived.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError
from pytest_django import DjangoDbBlocker

from tests.random import machine
from tests.random.faults import FAULTS
from tests.random.found import Found
from tests.random.stage import Stage, staged

SEED = int(os.environ.get("RANDOM_SEED", "20261120"))
EXAMPLES = int(os.environ.get("RANDOM_EXAMPLES", "4"))
TABLE = Path(settings.BASE_DIR) / "benchmarks" / "results" / "random_use.md"
# What nobody has succeeded with in the long run so far.
NEVER_YET: frozenset[str] = frozenset()
pytestmark = pytest.mark.xdist_group("random")


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One world for all tests here."""
    with django_db_blocker.unblock(), staged() as found:
        yield found


def test_random_people_doing_random_things_break_nothing(stage):
    tally = machine.run(stage, examples=EXAMPLES, steps=40, seed_of=SEED)
    assert tally.steps > 60, f"with seed {SEED} only {tally.steps} acts were tried"


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(stage, monkeypatch, name):
    fault = FAULTS[name]
    fault.plant(monkeypatch)
    with pytest.raises((Found, IntegrityError), match=fault.says):
        machine.run(
            stage, examples=25, steps=25, seed_of=SEED, shrink=False,
            only=frozenset(fault.acts.split()), people=frozenset(fault.people.split()),
        )  # fmt: skip


def test_every_kind_of_act_has_succeeded_in_the_long_run():
    """The table is written by `make bench ARGS=random_use`: an act that nobody ever succeeds with proves nothing."""
    rows = re.findall(r"^\| (\w+) \| \d+ \| (\d+) \|", TABLE.read_text(), re.MULTILINE)
    done = {name: int(times) for name, times in rows}
    assert sorted(machine.ACTS) == sorted(done), "run the benchmark again"
    assert sorted(name for name, times in done.items() if not times) == sorted(NEVER_YET)
