"""What happened in one drill of an impostor, and the table of all of them. Nothing here needs a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

_HEAD = (
    "| Drill | The impostor had | Tried | Stopped by | The desk saw | Told | Records out | The true officer got |\n"
    "|---|---|---:|---|---|---|---:|---:|"
)


@dataclass(frozen=True)
class Out:
    """What left, counted. Everything here must be 0 for an impostor."""

    packages: int = 0  # released
    grants: int = 0  # downloads opened
    receipts: int = 0  # transfers of files
    passphrases: int = 0  # shown
    bytes: int = 0  # of files of records, as they came over HTTP
    freezes: int = 0  # carried out
    accounts: int = 0  # account numbers of the company on a page, none of which the impostor typed
    mails: int = 0  # that say anything of a case, to whomever

    @property
    def total(self) -> int:
        """Return the sum; a byte counts as much as a package, for anything but 0 is a failure."""
        return sum(getattr(self, each.name) for each in fields(self))

    def __str__(self) -> str:
        said = [f"{getattr(self, each.name):,} {each.name}" for each in fields(self) if getattr(self, each.name)]
        return ", ".join(said) or "0"


@dataclass(frozen=True)
class Try:
    """One attempt: what, and which guard ended it; without a guard it went through."""

    what: str
    stopped_by: str


@dataclass
class Story:
    """One drill while it is played, and afterwards."""

    name: str
    had: str
    tries: list[Try] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    out: Out = field(default_factory=Out)
    # What the true officer got on the same path; 0 means that the drill shows nothing.
    twin: Out = field(default_factory=Out)
    broken: str = ""

    def tried(self, what: str, stopped_by: str) -> None:
        """Write down an attempt; an empty guard means that nothing stopped it."""
        self.tries.append(Try(what, stopped_by))

    @property
    def through(self) -> list[Try]:
        """Return the attempts that nothing stopped."""
        return [each for each in self.tries if not each.stopped_by]

    @property
    def faults(self) -> list[str]:
        """Say what is wrong with this drill: something got out or through, or its control does not work."""
        found = [f"{self.name}: broke off: {self.broken}"] if self.broken else []
        if self.out.total:
            found.append(f"{self.name}: got out: {self.out}")
        found += [f"{self.name}: nothing stopped this: {each.what}" for each in self.through]
        if not self.tries:
            found.append(f"{self.name}: nothing was tried")
        if not (self.twin.bytes and self.twin.receipts and self.twin.passphrases):
            found.append(f"{self.name}: the true officer got no records on the same path, so the 0 shows nothing")
        return found

    def __str__(self) -> str:
        guards = list(dict.fromkeys(each.stopped_by for each in self.tries if each.stopped_by))
        twin = f"{self.twin.receipts:,} files, {self.twin.bytes:,} bytes"
        cells = [self.name, self.had, str(len(self.tries)), _listed(guards), _listed(self.saw), _listed(self.told)]
        return "| " + " | ".join([*(cell.replace("|", "/") for cell in cells), str(self.out), twin]) + " |"


def table(stories: Sequence[Story]) -> str:
    """Return the table, a line for each drill."""
    return "\n".join([_HEAD, *(str(story) for story in stories)])


def details(stories: Sequence[Story]) -> str:
    """Return every attempt, drill by drill."""
    parts = []
    for story in stories:
        lines = [f"- {each.what}: {each.stopped_by or '**nothing stopped it**'}" for each in story.tries]
        lines += [f"- Note: {note}" for note in story.notes]
        parts.append("\n".join([f"## {story.name}", "", *lines]))
    return "\n\n".join(parts)


def faults(stories: Sequence[Story]) -> list[str]:
    """Return what is wrong with the drills, as sentences; nothing where all is good."""
    return [fault for story in stories for fault in story.faults]


def _listed(said: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(said)) or "nothing"
