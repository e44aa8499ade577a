"""What staff are told about the electronic signatures in a file: one word, one sentence, and the facts behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import TextChoices

from foundation.documents.inspection import SignatureFacts


class SignatureState(TextChoices):
    """What a signature is worth."""

    TRUSTED = "trusted", "Valid, signer known"
    UNKNOWN_ISSUER = "unknown_issuer", "Valid, issuer unknown"
    NO_TRUST_LIST = "no_trust_list", "Valid, no list of issuers"
    EXPIRED_SINCE = "expired_since", "Valid, certificate ran out since"
    UNFIT = "unfit", "Certificate not meant for this"
    WEAK = "weak", "Weak method"
    UNSUPPORTED = "unsupported", "Could not be checked"
    BROKEN = "broken", "Broken"
    CHANGED = "changed", "Changed after signing"
    REVOKED = "revoked", "Certificate withdrawn"
    EXPIRED = "expired", "Certificate had run out"
    NOT_YET_VALID = "not_yet_valid", "Certificate not valid yet"
    UNREADABLE = "unreadable", "Not a signature"


State = SignatureState
PASS, WARN, FAIL = "pass", "warn", "fail"

# What holds for every valid signature; it stands above them.
PROVES = "A valid signature proves that the file was not changed since it was signed, not that the signer may sign."

_SENTENCES: Mapping[SignatureState, str] = {
    State.TRUSTED: "The file was not changed since, and the certificate comes from an authority on our list.",
    State.UNKNOWN_ISSUER: (
        "The file was not changed since. Whoever issued the certificate is not on our list, so the name in it is only "
        "a claim. Ask the agency by a way you know."
    ),
    State.NO_TRUST_LIST: (
        "The file was not changed since. No list of trusted issuers is set up, so the name in the certificate is only "
        "a claim. Ask the agency by a way you know."
    ),
    State.EXPIRED_SINCE: (
        "The file was not changed since, and the issuer is on our list. The certificate has run out, and that the file "
        "was signed before is only what the signer says."
    ),
    State.UNFIT: "The certificate or its chain does not allow signing documents. Ask for another signature.",
    State.WEAK: "The method of this signature can be forged today. It proves nothing.",
    State.UNSUPPORTED: "This kind of signature cannot be checked here. Look at it with another program, or ask.",
    State.BROKEN: "The file is not what was signed: something in it was changed.",
    State.CHANGED: (
        "Something was added to the file or put over what was signed. What you see is not what was signed."
    ),
    State.REVOKED: "The issuer withdrew the certificate.",
    State.EXPIRED: "The certificate had run out when the file was signed.",
    State.NOT_YET_VALID: "The certificate was not valid yet when the file was signed.",
    State.UNREADABLE: "There is a place for a signature, but what is in it is none.",
}
_MARKS = {
    State.TRUSTED: PASS,
    **dict.fromkeys(
        (
            State.UNKNOWN_ISSUER, State.NO_TRUST_LIST, State.EXPIRED_SINCE, State.UNFIT, State.WEAK, State.UNSUPPORTED,
        ),
        WARN,
    ),
}  # fmt: skip
_CHANGES = {
    "archival": "Afterwards only what proves its age was added.",
    "signatures": "Afterwards others signed too, which it allows.",
    "form": "Afterwards a form in it was filled in, which it allows. What stands in the form is not signed.",
}
_SEALED = {
    "no_changes": "Whoever signed forbade every change.",
    "fill_forms": "Whoever signed allowed forms to be filled in and others to sign.",
    "annotate": "Whoever signed allowed forms to be filled in and notes to be added.",
}
_COVERS = {"file": "the whole file", "revision": "the file as it was then", "part": "a part of the file"}


@dataclass(frozen=True, slots=True)
class SignatureWords:
    """One signature as it is shown."""

    mark: str
    result: str
    who: str
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def words_of(facts: SignatureFacts) -> SignatureWords:
    """Put one signature into words."""
    state = state_of(facts)
    stamp = facts.get("kind") == "stamp"
    name = str(facts.get("signer") or "") or "nobody who is named"
    return SignatureWords(
        mark=mark_of(facts),
        result=str(state.label),
        who=f"Time stamp by {name}" if stamp else f"Signed by {name}",
        sentences=tuple(_sentences(facts, state)),
        facts=tuple((label, text) for label, text in _facts(facts) if text),
    )


def state_of(facts: SignatureFacts) -> SignatureState:
    """Return what a signature is worth; what an older version wrote counts as not checked."""
    state = facts.get("state")
    return SignatureState(state) if state in SignatureState.values else State.UNSUPPORTED


def mark_of(facts: SignatureFacts) -> str:
    """Return pass, warn or fail. A filled-in form, a false time or a foreign time stamp is worth a look."""
    mark = _MARKS.get(state_of(facts), FAIL)
    odd = facts.get("change") == "form" or facts.get("ahead") is True or facts.get("stamp") == "broken"
    return WARN if mark == PASS and odd else mark


def worst(marks: Iterable[str]) -> str:
    """Return the worst of several marks; pass where there is none."""
    found = set(marks)
    return FAIL if FAIL in found else WARN if WARN in found else PASS


def read_moment(text: object) -> datetime | None:
    """Read a time as the worker wrote it."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sentences(facts: SignatureFacts, state: SignatureState) -> Iterable[str]:
    yield _SENTENCES[state]
    if state in {State.BROKEN, State.UNREADABLE}:
        return
    if said := _CHANGES.get(str(facts.get("change"))):
        yield said
    if facts.get("self_signed") is True and state in {State.UNKNOWN_ISSUER, State.NO_TRUST_LIST}:
        yield "The signer made the certificate themselves: anybody can make one with any name."
    if facts.get("ahead") is True:
        yield "The time of signing lies in the future: the clock was wrong, or the time is made up."
    if facts.get("stamp") == "broken":
        yield "The time stamp in it belongs to something else."
    if facts.get("kind") != "stamp" and state == State.TRUSTED and facts.get("lists") is not True:
        yield "Whether the certificate was withdrawn meanwhile is not known: the portal asks nobody outside."


def _facts(facts: SignatureFacts) -> Iterable[tuple[str, str]]:
    yield "Signer", _text(facts, "signer")
    yield "Organisation", _text(facts, "organisation")
    yield "Issuer", _text(facts, "issuer")
    yield "Serial number", _text(facts, "serial")
    start, end = (_when(facts, name) for name in ("valid_from", "valid_until"))
    yield "Certificate valid", f"{start} to {end}" if start and end else ""
    yield "Signed at, as the signer says", _when(facts, "claimed_at")
    stamped = _when(facts, "stamped_at")
    known = "" if facts.get("stamp") in {"trusted", None} else " (by an issuer that is not on our list)"
    yield "Time stamp", f"{stamped}{known}" if stamped else ("none" if facts.get("claimed_at") else "")
    yield "Withdrawn at", _when(facts, "withdrawn_at")
    yield "Covers", _COVERS.get(_text(facts, "coverage"), "")
    yield "Rule for changes", _SEALED.get(_text(facts, "certified"), "")
    yield "Form", _text(facts, "subfilter")
    yield "Method", _text(facts, "algorithm")
    yield "Field", _text(facts, "field")


def _text(facts: SignatureFacts, name: str) -> str:
    return str(facts.get(name) or "")


def _when(facts: SignatureFacts, name: str) -> str:
    moment = read_moment(facts.get(name))
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC" if moment else ""
