"""The long run of `make bench ARGS=random_use`: no test of every day, so its file does not have the name of one."""

from pytest_django import DjangoDbBlocker

from benchmarks import random_use
from tests.random.stage import staged


def test_a_long_run(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), staged() as stage:
        tally = random_use.live(stage)
    assert not tally.found
    assert not random_use.never_done(tally)
