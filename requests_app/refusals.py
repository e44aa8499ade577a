"""Why something is refused, in the officer's words, and what can be done about it: each code has its cure.

An emergency rests on no order: there a code says something else, and another thing mends it.
"""

from collections.abc import Mapping

from requests_app.enums import RefusalCode as Code
from requests_app.enums import RequestKind

CURES: Mapping[str, str] = {
    Code.WRONG_ENTITY: "Send an order that names the company that holds the account.",
    Code.NO_LEGAL_BASIS: "Send an order that states the law and the section it stands on.",
    Code.REACH: "Send an order of a kind that reaches these records.",
    Code.NOT_SIGNED: "Send the order signed and dated.",
    Code.ACCOUNT_NOT_FOUND: "Check the identifier, or give another one.",
    Code.OVERBROAD: "Name fewer records or a shorter period, and why each is needed.",
    Code.DATES: "Give the first and last day of the records you need.",
    Code.LANGUAGE: "Send a translation with the order.",
    Code.JURISDICTION: "Ask through mutual legal assistance, or the national channel.",
    Code.NOT_CRIMINAL: "We answer in criminal matters only.",
    Code.PRIVILEGE: "These records are protected. Ask the court to decide.",
    Code.DUPLICATE: "You find the answer in your earlier request.",
    Code.WITHDRAWN: "Nothing to do: your agency withdrew this.",
}
_EMERGENCY_CURES: Mapping[str, str] = {
    Code.WRONG_ENTITY: "Ask the company that holds the account. Our guidelines say which one it is.",
    Code.NO_LEGAL_BASIS: "Say in a new emergency request who is in danger, how and how soon. Or file an ordinary "
    "request with an order.",
    Code.REACH: "Say in a new emergency request how these records avert the harm. Or file an ordinary "
    "request with an order that reaches them.",
    Code.OVERBROAD: "Name only what averts the harm. For the rest, file an ordinary request with an order.",
    Code.DATES: "Say which days you need to avert the harm, and why.",
    Code.LANGUAGE: "Write in a language that we read, or add a translation.",
    Code.NOT_CRIMINAL: "We give records only to avert the death of a person or serious injury.",
}
# What a code is called about an emergency. "Not confirmed" covers a danger that was not shown and a call that failed:
# whoever misuses an account does not learn which.
_EMERGENCY_WORDS: Mapping[str, str] = {
    Code.NO_LEGAL_BASIS: "The emergency was not confirmed",
    Code.REACH: "These records do not avert the harm",
    Code.NOT_CRIMINAL: "No danger to life or limb",
}
# There is no order that could lack a signature.
_NEVER = {RequestKind.EMERGENCY: frozenset({Code.NOT_SIGNED})}
# The prepared texts of these codes speak of no order, and fit an emergency as they are.
_WITHOUT_ORDER = frozenset({Code.ACCOUNT_NOT_FOUND, Code.PRIVILEGE, Code.DUPLICATE, Code.WITHDRAWN})


def why(code: str, kind: str) -> str:
    """Return what a code of refusal is called about a request of this kind."""
    words = _EMERGENCY_WORDS.get(code) if kind == RequestKind.EMERGENCY else None
    return words or str(Code(code).label)


def cure(code: str, kind: str) -> str:
    """Return what an officer can do about a refusal of a request of this kind."""
    words = _EMERGENCY_CURES.get(code) if kind == RequestKind.EMERGENCY else None
    return words or CURES[code]


def offered(kind: str) -> list[tuple[str, str]]:
    """Return the codes that staff choose from for a request of this kind, with their words."""
    never = _NEVER.get(RequestKind(kind), frozenset())
    return [(code.value, why(code, kind)) for code in Code if code not in never]


def text_about(code: str, kind: str) -> str:
    """Return which prepared text fits a refusal; empty for the general one, which leaves the reason to the code."""
    return code if kind != RequestKind.EMERGENCY or code in _WITHOUT_ORDER else ""
