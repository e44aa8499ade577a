"""Plays the drills of impostors one after the other, and keeps the table."""

import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from lers.drill.impostors.counting import Watch, delivered, told, watching
from lers.drill.impostors.help_desk import HelpDesk
from lers.drill.impostors.mailbox import Mailbox
from lers.drill.impostors.moved import Moved
from lers.drill.impostors.play import Play
from lers.drill.impostors.sessions import StolenSession
from lers.drill.impostors.signing_up import ExpiredDomain, LookAlike
from lers.drill.impostors.story import Story, details, faults, table
from lers.drill.impostors.world import ACCOUNT, World
from lers.drill.place import Place
from lers.drill.run import migrate

_RESULT = settings.BASE_DIR / "benchmarks" / "results" / "impostors.md"
PLAYS: tuple[type[Play], ...] = (Mailbox, ExpiredDomain, LookAlike, Moved, StolenSession, HelpDesk)


def main(place: Place) -> int:
    """Play the drills that DRILL_IMPOSTORS names (all without it); return the exit code."""
    began = time.monotonic()
    if place.own_database:
        migrate()
    world = World(place)
    try:
        world.start()
        stories = [play_one(kind(world), lambda line: _say(began, line)) for kind in chosen()]
    finally:
        world.stop()
        connection.close()
    wrong = faults(stories)
    words = [table(stories), "", *(wrong or ["Good: nothing got out, and each true officer got the records."])]
    _say(began, "\n\n" + "\n".join(words) + "\n")
    whole = len(stories) == len(PLAYS)
    if written := os.environ.get("DRILL_IMPOSTORS_RESULT") or (_RESULT if whole else ""):
        _write(Path(written), words, stories, seconds=time.monotonic() - began)
    return 1 if wrong else 0


def chosen() -> list[type[Play]]:
    """Return the drills to play; raises SystemExit for a name that none has."""
    names = [name.strip() for name in os.environ.get("DRILL_IMPOSTORS", "").split(",") if name.strip()]
    known = {kind.name: kind for kind in PLAYS}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"No such impostor: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[name] for name in names] if names else list(PLAYS)


def play_one(play: Play, say: Callable[[str], None]) -> Story:
    """Prepare, let the true officer go the path, then the impostor; whatever breaks off makes the drill fail."""
    story = Story(play.name, play.had)
    folder, until = play.world.mail_folder, play.world.until
    watch = Watch(folder)
    try:
        play.prepare()
        until(delivered, "all mails are delivered")
        say(f"{play.name}: the true officer")
        with watching(Watch(folder), [ACCOUNT]) as honest:
            play.honest(honest)
            until(delivered, "all mails are delivered")
        story.twin = honest.out
        say(f"{play.name}: the impostor")
        with watching(watch, [ACCOUNT]):
            play.impostor(story, watch)
            until(delivered, "all mails are delivered")
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are played and this one has failed
        traceback.print_exc()
        story.broken = f"{type(error).__name__}: {error}"
    # Also of a drill that broke off: what got out until then is out.
    story.out = watch.out
    story.told += told(watch.mails, play.mailboxes)
    if watch.seen_by_staff:
        story.notes.append("Pages of the staff showed which account was found. Nothing left by that.")
    say(f"{play.name}: {len(story.tries)} tries, out: {story.out}")
    return story


def _say(began: float, line: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {line}", file=sys.stdout, flush=True)


def _write(path: Path, words: Sequence[str], stories: Sequence[Story], *, seconds: float) -> None:
    head = (
        f"# Six impostors\n\n`make drill ARGS=impostors` on {timezone.now():%Y-%m-%d %H:%M} UTC, {seconds:.0f} s. "
        "What each drill is, and how it is counted: docs/drill.md.\n\n"
    )
    path.write_text(head + "\n".join(words) + "\n\n" + details(stories) + "\n")
