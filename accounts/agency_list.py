"""A list of .gov domains in the columns that the registry of .gov (CISA) publishes: read and understood.

Pure: what it says goes into the registry in `services.registry`. The columns are found by name, in any order; others
are left alone, the security contact among them, because it is nobody's generic address.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from accounts.domain_names import DomainRefused, read_domain
from accounts.enums import AgencyKind
from foundation.core.errors import PortalError

COLUMNS = ("Domain name", "Domain type", "Organization name", "Suborganization name", "City", "State")
MOST_BYTES = 32 * 1024 * 1024
_NAMED_PROBLEMS = 5
_LONGEST_NAME, _LONGEST_TOWN, _LONGEST_REGION = 200, 100, 60
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

# The first that fits gives the kind, a hint for search and statistics: it confers nothing. Counties are run by a
# "police jury" in Louisiana and a "fiscal court" in Kentucky; "Court House" and "Constable" are towns.
_WORDS: dict[AgencyKind, tuple[str, ...]] = {
    AgencyKind.FINANCIAL_INTELLIGENCE: (r"financial crimes enforcement",),
    AgencyKind.POLICE: (
        r"police(?! jury)", r"sheriffs?", r"constables?", r"(?<!fire )marshals?", r"(highway|state) patrol",
        r"bureau of investigations?", r"(law|drug|customs) enforcement", r"secret service", r"postal inspection",
        r"firearms,? and explosives",
    ),
    AgencyKind.PROSECUTOR: (
        r"(district|county|state'?s?|commonwealth'?s?|united states) attorneys?", r"prosecut(or|ing|ion)s?",
        r"attorney general",
    ),
    AgencyKind.COURT: (r"(?<!fiscal )courts?(?! house)", r"judicial", r"judiciary", r"tribunal"),
    AgencyKind.TAX: (
        r"internal revenue", r"(department|collector|commissioner|bureau) of revenue", r"customs", r"taxation",
        r"tax (collector|commissioner|commission|office|agency|administration)",
    ),
    AgencyKind.REGULATOR: (r"securities", r"financial institutions", r"(department|commissioner) of insurance"),
}  # fmt: skip
_KINDS = {kind: re.compile(rf"\b({'|'.join(words)})\b") for kind, words in _WORDS.items()}
# Named after those whom they defend, train or watch.
_NONE_OF_THEM = re.compile(r"\b(public defender|training|police (monitor|pension|retirement))\b|^town of constable$")


class ListRefused(PortalError):
    """The file is no such list; nothing of it was taken. The message names the lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One domain of the list and whose it is; the domain is an A-label."""

    number: int
    domain: str
    type: str
    organization: str
    part: str
    town: str
    region: str

    @property
    def name(self) -> str:
        """The agency's name: the part and what it is a part of, unless one says both."""
        if not self.part:
            return self.organization
        return self.part if self.organization.lower() in self.part.lower() else f"{self.part}, {self.organization}"

    @property
    def key(self) -> str:
        """The same for all domains of one organisation, part, town and state, however they are capitalised."""
        words = f"{self.organization}|{self.part}|{self.town}|{self.region}".casefold()
        if len(words) > 200:
            words = hashlib.sha256(words.encode()).hexdigest()
        return f"dotgov:{words}"

    @property
    def kind(self) -> AgencyKind:
        """What the name says the agency is for, a court where the type says so, OTHER where neither says anything."""
        name = self.name.casefold().replace("\u2019", "'")
        fits = (kind for kind, words in _KINDS.items() if words.search(name) and not _NONE_OF_THEM.search(name))
        found = next(fits, AgencyKind.OTHER)
        if found is AgencyKind.OTHER and self.type.casefold() == "federal - judicial":
            return AgencyKind.COURT
        return found


class _Rows:
    """The rows of a CSV file, with the number of the line that each begins on."""

    def __init__(self, text: str) -> None:
        self._reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        self.number = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self.number = self._reader.line_num + 1
        return next(self._reader)


def read(file: IO[bytes]) -> list[Line]:
    """Return the lines of a list; raises ListRefused, naming the lines, where it is not one from start to end."""
    rows = _Rows(_text_of(file))
    try:
        return _lines(rows)
    except csv.Error as error:
        raise ListRefused(f"Line {rows.number} is not CSV: {error}. Look for a quotation mark too many.") from error


def _text_of(file: IO[bytes]) -> str:
    content = file.read(MOST_BYTES + 1)
    if not content.strip():
        raise ListRefused("The file is empty.")
    if len(content) > MOST_BYTES:
        raise ListRefused(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    if content.startswith(_UTF16):
        raise ListRefused("The file is UTF-16. Save it as CSV in UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ListRefused(f"Line {number} is not UTF-8. Save the file as CSV in UTF-8.") from error
    if "\x00" in text:
        raise ListRefused(f"Line {text.count(chr(10), 0, text.index(chr(0))) + 1} holds a zero byte: this is no text.")
    return text


def _lines(rows: _Rows) -> list[Line]:
    places, width = _header(next(rows, []))
    found: list[Line] = []
    problems: list[str] = []
    for row in rows:
        try:
            if any(value.strip() for value in row):
                found.append(_line(rows.number, row, places, width))
        except ListRefused as error:
            problems.append(f"Line {rows.number} {error}")
    if problems:
        more = len(problems) - _NAMED_PROBLEMS
        rest = [f"And {more} more."] if more > 0 else []
        raise ListRefused(" ".join(problems[:_NAMED_PROBLEMS] + rest))
    if not found:
        raise ListRefused("The file has a header and no rows.")
    return found


def _header(row: Sequence[str]) -> tuple[list[int], int]:
    """Return where each column stands, and how many there are."""
    names = [" ".join(name.split()).casefold() for name in row]
    missing = [name for name in COLUMNS if name.casefold() not in names]
    if missing:
        raise ListRefused(f"Line 1 lacks the columns: {', '.join(missing)}.")
    return [names.index(name.casefold()) for name in COLUMNS], len(names)


def _line(number: int, row: Sequence[str], places: Sequence[int], width: int) -> Line:
    if len(row) != width:
        raise ListRefused(f"has {len(row)} values instead of {width}.")
    domain, type_, organization, part, town, region = (" ".join(row[place].split()) for place in places)
    try:
        name = read_domain(domain)
    except DomainRefused as error:
        raise ListRefused(f"has no usable domain: {domain[:60] or 'nothing'}.") from error
    if not organization:
        raise ListRefused(f"names no organization for {name}.")
    line = Line(number, name, type_, organization, part, town, region)
    if len(line.name) > _LONGEST_NAME or len(town) > _LONGEST_TOWN or len(region) > _LONGEST_REGION:
        raise ListRefused(f"has a name or a place that is too long, for {name}.")
    return line
