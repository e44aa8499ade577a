"""Lets random people do random acts, thousands of them, and judges each; says which acts never succeeded.

    make bench ARGS=random_use       STEPS=3000 SEED=1 LIFE=80 for other numbers

The machine is that of tests/random, whose short run is part of the tests. Here choices are steered towards what was
done least often, and what the judge finds ends that life only. A life begins from the same rows and is taken back.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from django.conf import settings

from lers.drill.place import Place
from tests.random.machine import ACTS, Tally, Where, run

STEPS = int(os.environ.get("STEPS", "3000"))
SEED = int(os.environ.get("SEED", "1"))
LIFE = int(os.environ.get("LIFE", "80"))
# What the machine, and writing it, brought to light so far; each is mended and has a test of its own.
_MENDED = """\
- A draft begun by somebody of no agency ended in an AttributeError. It is refused now
  (`tests/requests_app/officer/test_filing.py`).
- A look at a letter, a certificate or an added file was noted for whoever called the service, and it counts towards a
  release. It is asked now who may look (`tests/requests_app/records/test_paper_looks.py`, and a planted fault).
"""
# Every second seed lives with the acts of one part of the portal only, so that long rows of acts come about.
THEMES = (
    (
        "take_application call_applicant recommend let_in send_application_back ask_applicant send_again "
        "lose_factor recognise reset_factor call_about_factor propose_role confirm_role refuse_role"
    ),
    (
        "ask time_passes sweep_questions answer_late take_up_again ask_counsel advise go_on record_freeze "
        "confirm_freeze call_agency vouch state_minimum end_early"
    ),
    (
        "prepare build build_again read_papers release download end_downloads time_passes reissue tell_holders object_ "
        "dismiss uphold stop confirm_recall answer_recall"
    ),
    (
        "record_freeze confirm_freeze ask_lift begin_lift record_lift confirm_lift decline_lift order_goes_on "
        "call_agency check_version keep_longer not_longer sweep_freezes time_passes look_at"
    ),
    (
        "suspend_officer suspend_agency look_back_at_all call_about_access give_access_back call_about_lead "
        "appoint_lead end_lead call_about_factor reset_factor declare_conflict end_conflict look_at"
    ),
)
_RESULT = Path(os.environ.get("RESULT") or Path(__file__).parent / "results" / "random_use.md")


def main(_place: Place) -> int:
    """Run it on the server of the tests, under their settings; 1 where anything was found or never done."""
    given = ("PATH", "HOME", "STEPS", "SEED", "LIFE", "RESULT", "TEST_VAR", "DATABASE_URL")
    env = {name: os.environ[name] for name in given if name in os.environ}
    command = [sys.executable, "-m", "pytest", "tests/random/deep.py", "-q", "-s", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=False).returncode


def live(stage: Where) -> Tally:
    """Live life after life until enough acts were tried; the table is written as it goes."""
    tally, begun, seed = Tally(), time.process_time(), SEED
    while tally.steps < STEPS:
        only = frozenset(THEMES[seed // 2 % len(THEMES)].split()) if seed % 2 else frozenset()
        run(stage, examples=2, steps=LIFE, seed_of=seed, shrink=False, collect=True, steer=True, tally=tally, only=only)
        seed += 1
        write(tally, seeds=range(SEED, seed), seconds=time.process_time() - begun)
        print(
            f"{tally.steps} acts, {len(tally.done)} of {len(ACTS)} kinds done, {tally.found.total()} alarms", flush=True
        )
    return tally


def never_done(tally: Tally) -> list[str]:
    """Return the acts that nobody ever succeeded with."""
    return sorted(set(ACTS) - set(tally.done))


def write(tally: Tally, *, seeds: range, seconds: float) -> None:
    """Write the table as it stands."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    lives = 2 * len(seeds)
    text = (
        f"# Random people doing random acts\n\n`make bench ARGS=random_use STEPS={STEPS}`, "
        f"{os.cpu_count()} CPUs, load average {load}: **{tally.steps:,} acts** in "
        f"at most {lives} lives of up to {LIFE}, seeds {seeds[0]} to {seeds[-1]}, {seconds:,.0f} s of processor time "
        f"(without PostgreSQL's). {tally.done.total():,} were done, {tally.refused.total():,} refused. After each act "
        "the judge of `tests/random/judge.py` compared everything that is stored.\n\n"
        f"Kinds of acts that succeeded: **{len(ACTS) - len(never_done(tally))} of {len(ACTS)}**."
        f"{_list('Never', never_done(tally))}\n\n## What the judge found\n\n{_found(tally.found)}\n\n"
        f"Mended before:\n\n{_MENDED}\n"
        "## Acts\n\n| Act | tried | done | refused |\n|---|---:|---:|---:|\n"
    )
    for name in sorted(ACTS):
        done, refused = tally.done[name], tally.refused[name]
        text += f"| {name} | {done + refused} | {done} | {refused} |\n"
    _RESULT.write_text(text)


def _list(words: str, names: list[str]) -> str:
    return f" {words}: {', '.join(names)}." if names else ""


def _found(found: Counter[str]) -> str:
    return "\n".join(f"- {count} times: {words}" for words, count in found.most_common()) or "Nothing in this run."
