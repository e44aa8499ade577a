"""What staff are told about a file beside its pages: how it was made, who signed it, what in it acts, and its scan."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from foundation.documents.enums import DocumentState
from foundation.documents.filetypes import PDF, by_media_type
from foundation.documents.models import Document, DocumentFindings, SanitisedCopy
from foundation.documents.signatures import FAIL, PASS, WARN, SignatureWords, words_of

_DATE = re.compile(r"(\d{4})[-:]?(\d{2})?[-:]?(\d{2})?[T ]?(\d{2})?:?(\d{2})?")
# Counted things of a PDF that do something by themselves, and how one and several are called; worst first.
_ACTS = (
    ("scripts", "script", "scripts"),
    ("launches", "command that starts a program", "commands that start programs"),
    ("submits", "command that sends or loads data", "commands that send or load data"),
    ("attachments", "embedded file", "embedded files"),
    ("media", "film, sound or 3D model", "films, sounds or 3D models"),
)
_LOADS = (("loads_outside", "picture or template that lies elsewhere", "pictures or templates that lie elsewhere"),)
# What is in an office file and not on its pages.
_UNSEEN = (
    ("changes", "recorded change", "recorded changes"),
    ("comments", "comment", "comments"),
    ("hidden_parts", "hidden sheet, slide or passage", "hidden sheets, slides or passages"),
)
_HARMLESS = (("links_out", "link", "links"),)
_MADE = (
    ("creator", "made with"),
    ("producer", "written by"),
    ("software", "saved by"),
    ("camera", "camera"),
    ("author", "author"),
)
# What a file says of itself, and what staff are told that a copy leaves out.
_SAID = (
    ("title", ("title",)),
    ("author", ("author",)),
    ("program", ("creator", "producer", "software")),
    ("dates", ("created", "modified")),
    ("earlier versions", ("xmp_document", "xmp_original")),
)

Marks = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class About:
    """What the panel beside a file shows."""

    document: Document
    rows: list[tuple[str, str]]
    scan: tuple[str, str, str]
    active: list[str]
    signatures: list[SignatureWords]
    unsigned: str
    error: str
    copy: SanitisedCopy | None
    no_copy: bool
    pending: bool


def about(document: Document) -> About:
    """Return what is known of a file; what was not read yet is left out."""
    found = DocumentFindings.objects.filter(document=document).first()
    # A copy counts once the findings are there: before that it was not checked.
    counts = found is not None and document.purged_at is None
    copy = SanitisedCopy.objects.filter(document=document).first() if counts else None
    marks: Marks = found.marks if found else {}
    is_pdf = document.media_type == PDF.media_type
    signed = [words_of(facts) for facts in found.signatures] if found else []
    return About(
        document=document,
        rows=list(_rows(document, marks)),
        scan=_scan(document),
        active=active_words(marks),
        signatures=signed,
        unsigned=_unsigned(marks) if found and is_pdf and not signed and not found.error else "",
        error=found.error if found else "",
        copy=copy,
        no_copy=bool(found and is_pdf and copy is None and document.purged_at is None),
        pending=found is None and _is_to_be_read(document),
    )


def active_words(marks: Marks) -> list[str]:
    """Return in words what in the file acts by itself or is carried along: "2 scripts", "1 embedded file"."""
    words = list(_counted(marks, _ACTS + _LOADS))
    if marks.get("starts_itself"):
        words.append("something that runs when the file is opened")
    return words


def removed_words(marks: Marks) -> list[str]:
    """Return in words what a sanitised copy leaves out."""
    words = active_words(marks)
    if marks.get("form"):
        words.append("a form (what is filled in stays visible)")
    words += _counted(marks, _HARMLESS)
    if said := [label for label, names in _SAID if any(marks.get(name) for name in names)]:
        words.append("what it says of its " + " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))))
    if marks.get("signatures"):
        words.append("electronic signatures")
    return words


def moment(text: object) -> datetime | None:
    """Read the date forms of PDF (D:20261101120000), EXIF (2026:11:01 12:00:00) and XMP (2026-11-01T12:00:00)."""
    match = _DATE.search(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, date, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month or 1, date or 1, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _rows(document: Document, marks: Marks) -> Iterable[tuple[str, str]]:
    made = [f"{label} “{marks[name]}”" for name, label in _MADE if marks.get(name)]
    if made:
        yield "As it says of itself", _sentence(", ".join(made))
    dates = [f"{label} {_day(found)}" for name, label in (("created", "made on"), ("modified", "changed on"))
             if (found := moment(marks.get(name)))]  # fmt: skip
    if dates:
        yield "Dates, as it says", _sentence(", ".join(dates))
    if times := int(marks.get("updates") or 0):
        saved = [_day(found) for part in str(marks.get("saved_at", "")).split(";") if (found := moment(part))]
        when = f" (its versions say: {', '.join(dict.fromkeys(saved))})" if saved else ""
        yield "Saved after it was made", ("Once" if times == 1 else f"{times} times") + when
    if marks.get("made_by_model"):
        yield "Origin", "It says of itself that a program made it out of words"
    yield from _written(marks)
    if unseen := list(_counted(marks, _UNSEEN)):
        yield "Perhaps not on the pages", _sentence(", ".join(unseen))
    if marks.get("attachment_names"):
        yield "Embedded files", f"{marks['attachment_names']}. The copy for safe reading does not have them"
    if marks.get("western"):
        yield "Characters", "Read as Windows-1252, which the file does not say of itself"
    if marks.get("place"):
        yield "Place", "It holds the place where the picture was taken"
    if document.page_count:
        size = f", {marks['page_size']}" if marks.get("page_size") else ""
        yield "Pages", f"{document.page_count}{size}"


def _written(marks: Marks) -> Iterable[tuple[str, str]]:
    """Yield what a person wrote into the file, which a picture may not show."""
    if filled := list(_counted(marks, (("filled_fields", "filled field", "filled fields"),))):
        yield "Form", f"{filled[0]}. The picture may not show all that is filled in: read the text of each page too"
    if marks.get("xfa"):
        yield "Form of a second kind (XFA)", "The pictures may not show everything. Compare with the original"
    if notes := list(_counted(marks, (("notes", "comment", "comments"),))):
        yield "Comments", f"{notes[0]}, told in the text of the pages"


def _scan(document: Document) -> tuple[str, str, str]:
    """Return mark, result and what is to be said besides."""
    when = f"On {_day(document.scanned_at)}." if document.scanned_at else ""
    if document.generated:
        return PASS, "Made by the portal", ""
    return {
        DocumentState.CLEAN: (PASS, "No virus found", when),
        DocumentState.UNSCANNED: (WARN, "Not scanned for viruses", "No scanner was set up when it came."),
        DocumentState.INFECTED: (FAIL, "A virus was found", when),
        DocumentState.REFUSED: (FAIL, "Refused", ""),
        DocumentState.PURGED: (WARN, "Deleted", ""),
    }.get(DocumentState(document.state), (WARN, "Still being checked", document.waits))


def _is_to_be_read(document: Document) -> bool:
    """Say whether a worker is still to look for marks, signatures and what acts."""
    kind = by_media_type(document.media_type)
    usable = document.state in {DocumentState.CLEAN, DocumentState.UNSCANNED} and document.purged_at is None
    return usable and not document.generated and kind is not None and kind.has_marks


def _unsigned(marks: Marks) -> str:
    empty = int(marks.get("empty_signature_fields") or 0)
    if not empty:
        return "The file has no electronic signature."
    places = "the place for one is empty" if empty == 1 else f"{empty} places for one are empty"
    return f"The file has no electronic signature: {places}."


def _counted(marks: Marks, things: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    for name, one, several in things:
        number: Any = marks.get(name) or 0
        if number:
            yield f"1 {one}" if number == 1 else f"{number} {several}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
