"""What the identity document says of its own making. Marks can be forged; a careless forger leaves them.

Electronic signatures are another matter: a worker judged them, and that verdict counts.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from accounts.enums import ProofKind
from accounts.evidence.finding import Finding, Marks, day, failed, look, nothing, passed, sentences, unknown
from accounts.evidence.history import hash_of, named, others, same_content, same_ids
from accounts.models import AccessApplication
from foundation.documents import services as documents
from foundation.documents.about import active_words, moment
from foundation.documents.enums import DocumentState
from foundation.documents.errors import SandboxFailed
from foundation.documents.filetypes import PDF
from foundation.documents.inspection import SignatureFacts
from foundation.documents.models import Document
from foundation.documents.signatures import FAIL, PASS, mark_of, words_of, worst

WAITS = 30
_EDITORS = re.compile(
    r"photoshop|gimp|canva|affinity|pixelmator|photopea|paint\.net|pixlr|snapseed|picsart|illustrator|coreldraw|inkscape"
    r"|figma|sejda|smallpdf|ilovepdf|pdfescape|pdffiller|pdf-xchange|foxit (phantom|pdf editor)|nitro|pdfelement"
    r"|acrobat pro|midjourney|stable diffusion|dall|firefly",
    re.IGNORECASE,
)
_LATER = timedelta(days=1)
_FORGED = "Compare it with another proof, and ask the agency when you call whether it issued this."


def document(application: AccessApplication) -> Finding:
    """Compare the file with those of other applications, and read what it says of its making."""
    file = application.identity_document
    if file is None:
        return look("No document was sent.", "Ask for a proof of identity and office.")
    if not_read := _not_read(application, file):
        return not_read
    read = documents.findings(file)
    if read is None and file.due_at is not None:
        said = "Could not be checked yet: the file is still being read."
        return unknown(said, "The check is done by itself as soon as the file is ready.", tries=WAITS)
    try:
        marks = {"sha256": file.sha256, **documents.marks(file)}
    except SandboxFailed as error:
        said = f"Could not be checked: the file could not be read ({error})."
        return unknown(said, "Look at its pages with care, or ask for another copy.", tries=3)
    twin, plain = _twins(application, marks)
    signatures: Sequence[SignatureFacts] = read.signatures if read else []
    proof, verdict = _proof(application, file, signatures)
    odd = _oddities(marks, signatures)
    said = sentences(twin, *proof, *odd, _origin(marks))
    if plain or verdict == FAIL:
        found = failed(said, _FORGED)
    elif twin or odd or verdict != PASS:
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


def _proof(
    application: AccessApplication, file: Document, signatures: Sequence[SignatureFacts]
) -> tuple[list[str], str]:
    """Say what the electronic signatures are worth, with the worst mark: none where one was announced fails."""
    if signatures:
        return [_said(facts) for facts in signatures], worst(map(mark_of, signatures))
    if application.proof_kind != ProofKind.SIGNED_PDF:
        return [], PASS
    why = "it is no PDF" if _is_picture(file) else "it has no signature"
    return [f"the proof was to be a signed PDF, but {why}"], FAIL


def _said(facts: SignatureFacts) -> str:
    """Return one signature as part of the evidence; quotes keep the name in it from being read as our words."""
    words = words_of(facts)
    signer = f" of “{facts['signer']}”" if facts.get("signer") else ""
    return f"electronic signature{signer}: {words.result.lower()}. {' '.join(words.sentences)}"


def _is_picture(file: Document) -> bool:
    return file.media_type != PDF.media_type


def _oddities(marks: Marks, signatures: Sequence[SignatureFacts]) -> list[str]:
    odd = []
    tools = dict.fromkeys(str(marks[name]) for name in ("software", "creator", "producer") if marks.get(name))
    odd += [f"saved by “{tool}”, a program for editing" for tool in tools if _EDITORS.search(tool)]
    if marks.get("made_by_model"):
        odd.append("it says of itself that a program made it out of words")
    created, modified = moment(marks.get("created")), moment(marks.get("modified"))
    if created and modified and modified - created > _LATER:
        odd.append(f"made on {day(created)} and changed on {day(modified)}")
    if marks.get("updates") and not signatures:
        times = "once" if marks["updates"] == 1 else f"{marks['updates']} times"
        odd.append(f"something was added to the finished PDF {times}")
    odd += [f"it holds {what}" for what in active_words(marks)]
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
