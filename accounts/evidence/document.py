"""What the identity document says of its own making. Marks can be forged; a careless forger leaves them."""

import re
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from accounts.enums import ProofKind
from accounts.evidence.finding import Finding, Marks, day, failed, look, nothing, passed, sentences, unknown
from accounts.evidence.history import hash_of, named, others, same_content, same_ids
from accounts.models import AccessApplication
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import SandboxFailed
from foundation.documents.filetypes import PDF
from foundation.documents.models import Document

WAITS = 30
_EDITORS = re.compile(
    r"photoshop|gimp|canva|affinity|pixelmator|photopea|paint\.net|pixlr|snapseed|picsart|illustrator|coreldraw|inkscape"
    r"|figma|sejda|smallpdf|ilovepdf|pdfescape|pdffiller|pdf-xchange|foxit (phantom|pdf editor)|nitro|pdfelement"
    r"|acrobat pro|midjourney|stable diffusion|dall|firefly",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})[-:]?(\d{2})?[-:]?(\d{2})?[T ]?(\d{2})?:?(\d{2})?")
_LATER = timedelta(days=1)
_FORGED = "Compare it with another proof, and ask the agency when you call whether it issued this."


def document(application: AccessApplication) -> Finding:
    """Compare the file with those of other applications, and read what it says of its making."""
    file = application.identity_document
    if file is None:
        return look("No document was sent.", "Ask for a proof of identity and office.")
    if not_read := _not_read(application, file):
        return not_read
    try:
        marks = {"sha256": file.sha256, **documents.marks(file)}
    except SandboxFailed as error:
        said = f"Could not be checked: the file could not be read ({error})."
        return unknown(said, "Look at its pages with care, or ask for another copy.", tries=3)
    twin, plain = _twins(application, marks)
    proof = _proof(application, file, marks)
    odd = _oddities(marks)
    said = sentences(twin, *proof, *odd, _origin(marks))
    if plain or (proof and application.proof_kind == ProofKind.SIGNED_PDF and not _well_signed(file, marks)):
        found = failed(said, _FORGED)
    elif twin or odd:
        found = look(said, _FORGED)
    else:
        found = passed(said, "What a file says of itself can be forged. Look at the pages.")
    return Finding(found.outcome, found.evidence, found.explanation, marks=marks)


def _not_read(application: AccessApplication, file: Document) -> Finding | None:
    """Return the answer where the file cannot be read now: refused, deleted, or still being checked."""
    twin = named(others(application, same_content(file.sha256) & _strangers(application)))
    if file.state in {DocumentState.REFUSED, DocumentState.INFECTED}:
        return failed(sentences(file.refusal, twin and f"the same file was sent with {twin}"), "Ask for another copy.")
    if file.purged_at is not None:
        said = f"The file was deleted. Its hash is {file.sha256[:16]}…"
        return nothing(
            sentences(said, twin and f"the same file was sent with {twin}"), "Ask for a new copy if you need it."
        )
    if file.state in {DocumentState.RECEIVING, DocumentState.PENDING}:
        said = "Could not be checked yet: the file is still being looked at."
        return unknown(said, "The check is done by itself as soon as the file is ready.", tries=WAITS)
    if not documents.is_usable(file):
        said = "Could not be checked: no virus scanner is set up, so the file stays closed."
        return unknown(said, "Tell the administrator. Until then two people decide.", tries=WAITS)
    return None


def _twins(application: AccessApplication, marks: Marks) -> tuple[str, bool]:
    """Return in words whose file is the same or comes from the same one, and whether that is plain."""
    strangers = _strangers(application)
    if twin := named(others(application, same_content(hash_of(application)) & strangers)):
        return f"the very same file was sent with {twin}", True
    if twin := named(others(application, same_ids(dict(marks)) & strangers)):
        return f"the file was made out of the one that was sent with {twin}", True
    if marks.get("author") and marks.get("created"):
        same = Q(document_marks__author=marks["author"], document_marks__created=marks["created"])
        if twin := named(others(application, same & strangers)):
            return f"author and moment of making are those of the file sent with {twin}", False
    return "", False


def _strangers(application: AccessApplication) -> Q:
    return Q(user=None) | ~Q(user=application.user_id)


def _proof(application: AccessApplication, file: Document, marks: Marks) -> list[str]:
    """Say what there is of an electronic signature; one behind which something was added proves nothing."""
    if not marks.get("signatures"):
        if application.proof_kind != ProofKind.SIGNED_PDF:
            return []
        return [
            "the proof was to be a signed PDF, but " + ("it is no PDF" if _is_picture(file) else "it has no signature")
        ]
    signer = f" of “{marks['signer']}”" if marks.get("signer") else ""
    changed = ", and something was added after signing" if marks.get("changed_after_signing") else ""
    return [f"it has an electronic signature{signer}, which we did not verify{changed}"]


def _well_signed(file: Document, marks: Marks) -> bool:
    return not _is_picture(file) and bool(marks.get("signatures")) and not marks.get("changed_after_signing")


def _is_picture(file: Document) -> bool:
    return file.media_type != PDF.media_type


def _oddities(marks: Marks) -> list[str]:
    odd = []
    tools = dict.fromkeys(str(marks[name]) for name in ("software", "creator", "producer") if marks.get(name))
    odd += [f"saved by “{tool}”, a program for editing" for tool in tools if _EDITORS.search(tool)]
    if marks.get("made_by_model"):
        odd.append("it says of itself that a program made it out of words")
    created, modified = moment(marks.get("created")), moment(marks.get("modified"))
    if created and modified and modified - created > _LATER:
        odd.append(f"made on {day(created)} and changed on {day(modified)}")
    if marks.get("updates") and not marks.get("signatures"):
        times = "once" if marks["updates"] == 1 else f"{marks['updates']} times"
        odd.append(f"something was added to the finished PDF {times}")
    if marks.get("changed_after_signing"):
        odd.append("what was added after signing is covered by no signature")
    return odd


def _origin(marks: Marks) -> str:
    words = [f"{label} “{marks[name]}”" for name, label in (
        ("author", "author"), ("creator", "made with"), ("producer", "written by"), ("software", "saved by"),
        ("camera", "camera"),
    ) if marks.get(name)]  # fmt: skip
    if created := moment(marks.get("created")):
        words.append(f"made on {day(created)}")
    if marks.get("place"):
        words.append("it holds the place where the picture was taken")
    origin = ", ".join(words) if words else "the file says nothing of its making"
    return f"no other application has this file or its origin; {origin}" if words else origin


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
