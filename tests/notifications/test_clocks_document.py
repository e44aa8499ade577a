"""docs/clocks.md says what the program does: its table is compared with what the apps have registered."""

from pathlib import Path

import pytest
from django.conf import settings

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, clocks

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "clocks.md"
HEAD = ("| Clock | Column | When it is told of | Who is told |", "|---|---|---|---|")


def line(clock: RunningClock) -> str:
    column = f"`{clock.running().model.__name__}.{clock.due}`"
    return f"| {clock.label} (`{clock.name}`) | {column} | {clock.when.capitalize()} | {clock.told.rstrip('.')} |"


def test_the_table_is_what_runs():
    table = "\n".join([*HEAD, *(line(clock) for clock in clocks())])
    assert table in DOCUMENT.read_text(), f"docs/clocks.md needs this table:\n{table}"


@pytest.mark.parametrize("clock", clocks(), ids=lambda clock: clock.name)
def test_every_clock_says_who_is_told_when_and_by_which_rule(clock):
    assert clock.told
    assert clock.when
    rules = DOCUMENT.read_text().partition("## How each is counted")[2].partition("\n## ")[0]
    assert f"| `{clock.name}` |" in rules


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (before(days=1), "1 day before"),
        (before(hours=4), "4 hours before"),
        (before(hours=24), "1 day before"),
        (at_the_end(), "at the end"),
        (after(minutes=15), "15 minutes after"),
        (after(minutes=90), "90 minutes after"),
        (after(days=7), "7 days after"),
    ],
)
def test_a_stage_in_words(stage, words):
    assert stage.words == words
