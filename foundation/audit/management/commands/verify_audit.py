"""Checks the whole trail."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.audit import anchor_check, checking, publishing, sealing, stamping, verification
from foundation.audit.anchor_check import Anchored

_NOBODY = (
    "No authority stamps this trail: who has the signing key and the database can write it anew from the beginning, "
    "and only a copy of the checkpoints that is kept elsewhere would tell (docs/audit.md)."
)
_ENDED = "The last check that was kept had failed: this one is an entry now, and ends the alarm."
_LASTS = (
    "The last check that was kept had failed, and its alarm lasts: this role of the database writes no entries. Run "
    "verify_audit as the portal, or wait for the nightly check."
)


class Command(BaseCommand):
    """Exit 0 and print a count, or exit 1 and name the first broken entry."""

    help = "Checks every entry of the trail against its bytes, its leaf, the signed checkpoints and the time stamps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what an auditor may bring along."""
        parser.add_argument(
            "--anchors", type=Path, help="a copy of the published anchors, kept elsewhere: file or folder"
        )
        parser.add_argument(
            "--every-stamp", action="store_true", help="check each stamp, not one an hour of the old ones"
        )
        parser.add_argument("--strict", action="store_true", help="fail too where stamps are missing or came late")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the trail."""
        try:
            done = verification.verify(every_stamp=options["every_stamp"])
            compared = _compared(options["anchors"])
        except publishing.NoCopy as error:
            raise CommandError(f"The trail is whole, and was compared with no copy. {error}") from error
        except (verification.TrailBroken, anchor_check.AnchorBroken, publishing.CopyBroken) as error:
            raise CommandError(f"The trail is broken. {error}") from error
        self.stdout.write(
            f"The trail is whole: {done.sealed + done.unsealed} entries, {done.sealed} of them sealed "
            f"under {done.checkpoints} checkpoints."
        )
        if compared is not None:
            self.stdout.write(f"It is the trail of the kept copy: {compared} anchors are the same.")
        if checking.failed_last():
            self.stdout.write(_ENDED if checking.passed_by_hand(done) else _LASTS)
        late = sealing.lateness(timezone.now())
        lacks = [*([str(late)] if late else []), *_lacks(done)]
        for said in filter(None, (_stamped(done.anchored), *lacks)):
            self.stdout.write(said)
        if options["strict"] and lacks:
            raise CommandError("Not everything is as it should be: see above.")


def _compared(path: Path | None) -> int | None:
    if path is None:
        return None
    return anchor_check.compare(publishing.lines(path))


def _stamped(found: Anchored) -> str:
    if found.first is None or found.last is None:
        return ""
    return (
        f"Stamped outside from {found.first:%Y-%m-%d %H:%M:%S} to {found.last:%Y-%m-%d %H:%M:%S} UTC, last by "
        f"{found.authority}: {found.checked} of {found.anchors} anchors checked, the others hold on to each other."
    )


def _lacks(done: verification.Verified) -> list[str]:
    found = done.anchored
    if not done.checkpoints:
        return []
    if found.last is None and not stamping.is_set_up():
        return [_NOBODY]
    if found.last is None:
        return ["Nothing is stamped yet."]
    said = []
    if found.gaps:
        said.append(f"{found.gaps} times no stamp came in time; the longest wait was {found.longest}.")
    if found.waiting_since is not None:
        said.append(f"What was sealed since {found.waiting_since:%Y-%m-%d %H:%M:%S} UTC waits for the next stamp.")
    return said
