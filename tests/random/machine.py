"""The state machine: random people do random acts to random objects, and the judge looks after each."""

import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts.acting import SessionEnded, acting
from foundation.core.errors import NotAllowed, PortalError
from tests.random import (
    acts_access,
    acts_desk,
    acts_freezes,
    acts_holds,
    acts_officer,
    acts_people,
    acts_records,
    acts_special,
    acts_time,
)
from tests.random.acts import ACTS, Act, may
from tests.random.found import Found
from tests.random.judge import Judge
from tests.random.world import START, World


class Clock(Protocol):
    """The clock of the portal, as time_machine holds it."""

    def move_to(self, destination: datetime) -> None:
        """Set it."""

    def shift(self, delta: timedelta) -> None:
        """Let time pass."""


# How many of the rarest acts are looked at before what was drawn is taken.
_RARE = 12
# Five minutes and 500 shorter runs are what hypothesis would take to shorten what it found.
_SHRINKS, _SHRINKING_SECONDS = 40, 30
OF_OFFICERS = {"officer", "owner", "reader", "follower", "lead"}
# What goes on only after other acts comes up more often.
OFTEN = (
    "answer_recall", "build", "change_order", "check", "choose", "download", "give_access_back", "grant_extension",
    "open_again", "prepare", "propose", "read_papers", "release", "reissue", "sign", "sign",
)  # fmt: skip
MODULES = (
    acts_access,
    acts_desk,
    acts_freezes,
    acts_holds,
    acts_officer,
    acts_people,
    acts_records,
    acts_special,
    acts_time,
)


class Tally:
    """What a run did: how often each act was done, refused, or had nothing to be done to."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.idle: Counter[str] = Counter()
        # What was said to who was refused, by act.
        self.why: Counter[str] = Counter()
        # Which entries an act left in the name of whoever did it, by act.
        self.left: dict[str, Counter[str]] = defaultdict(Counter)
        # What the judge found, where a run is to go on: each ends its example.
        self.found: Counter[str] = Counter()

    @property
    def steps(self) -> int:
        """How many acts were tried."""
        return self.done.total() + self.refused.total()


class Life(RuleBasedStateMachine):
    """One run: begins from the rows of the world, and takes back everything it did."""

    world: World
    judge: Judge
    tally: Tally
    clock: Clock
    collect = False
    steer = False
    people: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.over = False
        self.savepoint: AbstractContextManager[None] = transaction.atomic()
        self.savepoint.__enter__()
        self.kept, self.world.notes = self.world.notes, self.world.copy_of_notes()
        self.clock.move_to(START + timedelta(hours=2))
        self.last = self.judge.picture()

    def teardown(self) -> None:
        """Take everything back."""
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.world.notes = self.kept

    def attempt(self, act: Act, *, honest: bool, who: int, what: int, how: int) -> None:
        """Let somebody try something: whoever may and where it makes sense, or anybody with anything."""
        if self.over:
            return
        if self.steer and honest:
            act = self._rarest(act, who)
        objects = act.objects(self.world)
        if honest:
            objects = [obj for obj in objects if act.meant(obj)]
        if not objects:
            self.tally.idle[act.name] += 1
            return
        obj = objects[-1 - what % len(objects)]
        people: list[str | None] = [None] if "system" in act.who else sorted(self.people or self.world.people)
        if honest:
            people = [name for name in people if may(self.world, act, name, obj)]
        if not people:
            self.tally.idle[act.name] += 1
            return
        name = people[who % len(people)]
        try:
            self._try(act, obj, name, how)
        except Exception as found:
            if not self.collect:
                raise
            self.over = True
            last = traceback.extract_tb(found.__traceback__)[-1]
            self.tally.found[f"{type(found).__name__}: {found} ({Path(last.filename).name}:{last.lineno})"] += 1

    def _rarest(self, act: Act, number: int) -> Act:
        """Return what was done least often so far and can be tried now; every third time, what was drawn."""
        if number % 3 == 0:
            return act
        done, refused, idle = self.tally.done, self.tally.refused, self.tally.idle
        often = {name: 3 * done[name] + refused[name] + idle[name] for name in sorted(self.only or ACTS)}
        for name in sorted(often, key=lambda name: often[name])[:_RARE]:
            found = ACTS[name]
            fitting = [obj for obj in found.objects(self.world) if found.meant(obj)]
            if fitting and (
                "system" in found.who or any(may(self.world, found, one, fitting[-1]) for one in self.world.people)
            ):
                return found
            idle[name] += 1
        return act

    def _try(self, act: Act, obj: Any, name: str | None, how: int) -> None:
        allowed = may(self.world, act, name, obj)
        said = f"{name or 'the system'}: {act.name} {obj or ''}".strip()
        self.clock.shift(timedelta(minutes=1))
        try:
            self._through_the_door(act, obj, name, how)
        except (PortalError, SessionEnded) as refusal:
            note(f"{said}: {refusal}")
            self.tally.refused[act.name] += 1
            self.tally.why[f"{act.name}: {refusal}"] += 1
            after = self.judge.picture()
            self._judge(said, lambda: self.judge.refused(self.last, after))
        else:
            note(f"{said}: done")
            self.tally.done[act.name] += 1
            after = self.judge.picture()
            self._judge(said, lambda: self._look(act, name, after, allowed=allowed))
        self.last = after

    def _through_the_door(self, act: Act, obj: Any, name: str | None, how: int) -> None:
        """Do it as a page does: officers' pages let officers in who may act, the desk's let staff in, nothing more."""
        person = self.world.person(name)
        if person is None:
            act.deed(self.world, obj, None, how)
            return
        of_officers = act.who <= OF_OFFICERS
        if not act.who & {"self", "anybody"} and not (person.is_officer if of_officers else person.is_staff_member):
            raise NotAllowed("The page is not for this person.")
        with acting(person):
            act.deed(self.world, obj, person, how)

    def _look(self, act: Act, name: str | None, after: Any, *, allowed: bool) -> None:
        changed = after.digests != self.last.digests
        if changed and not allowed:
            raise Found("was done by somebody who may not")
        entries = self.judge.done(act.name, name, self.last, after, quiet=act.quiet)
        self.tally.left[act.name].update({entry.action for entry in entries if entry.actor_id or name is None})
        self.judge.everything(entries, self.last, after)

    @staticmethod
    def _judge(said: str, look: Callable[[], None]) -> None:
        try:
            look()
        except Found as found:
            raise Found(f"{said}: {found}") from None


def _rule(names: list[str]) -> Callable[..., None]:
    number = st.integers(0, 47)

    @rule(act=st.sampled_from(names), honest=st.sampled_from([True] * 7 + [False]), who=number, what=number, how=number)
    def somebody(self: Life, act: str, honest: bool, who: int, what: int, how: int) -> None:
        self.attempt(ACTS[act], honest=honest, who=who, what=what, how=how)

    return somebody


class Where(Protocol):
    """Where a run takes place."""

    world: World
    judge: Judge
    clock: Clock


def run(
    where: Where,
    *,
    examples: int,
    steps: int,
    seed_of: int,
    shrink: bool = True,
    collect: bool = False,
    steer: bool = False,
    tally: Tally | None = None,
    only: frozenset[str] = frozenset(),
    people: frozenset[str] = frozenset(),
) -> Tally:
    """Let people act at random; raise what the judge finds, with the shortest sequence that shows it.

    `only` these acts, and only these `people`, where they are named. `steer` turns choices towards what was done
    least often in this run; what it finds cannot be shortened then. A `tally` of an earlier run goes on.
    """
    tally = tally or Tally()
    body: dict[str, Any] = {"world": where.world, "judge": where.judge, "clock": where.clock}
    body |= {"tally": tally, "collect": collect, "steer": steer, "people": people, "only": only}
    body["somebody"] = _rule(sorted(only or [*ACTS, *OFTEN], key=lambda name: (name != "time_passes", name)))
    where.world.clock = where.clock
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    profile = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MAX_SHRINKS", _SHRINKS)
        patch.setattr(engine, "MAX_SHRINKING_SECONDS", _SHRINKING_SECONDS)
        run_state_machine_as_test(seed(seed_of)(type("Life", (Life,), body)), settings=profile)
    return tally
