"""What a search for an identifier means for the decision, in the desk's words."""

from collections.abc import Iterable

from requests_app.enums import LineDecision, MatchResult, RequestKind
from requests_app.models import RequestLine, Target

# Of what a request is left to named people, as connectors say it of an account.
PROTECTED = {
    "minor": "a minor",
    "lawyer": "a lawyer",
    "journalist": "a journalist",
    "diplomat": "a diplomat",
    "staff": "one of our own staff, or their family",
}

_MEANS: dict[str, str] = {
    MatchResult.AMBIGUOUS: "Nothing of these accounts is produced until you say which one the order means.",
    MatchResult.OWN_WALLET: "It leads to no customer. Ask the officer for the transaction, or refuse these lines.",
    MatchResult.OMNIBUS: "It leads to no customer by itself. Ask the officer for the memo or tag.",
    MatchResult.OTHER_ENTITY: "The account is not this company's: these lines are refused as wrong legal entity.",
    MatchResult.NONE: "Say that there are no records only if the order covers the identifier.",
}

# The same where there is no order yet.
_IN_EMERGENCY: dict[str, str] = {
    MatchResult.AMBIGUOUS: "Nothing of these accounts is produced until you say which one the officer means.",
    MatchResult.NONE: "Say that there are no records, or ask the officer whether it was typed as it should be.",
}


def meaning(target: Target, kind: str) -> str:
    """Say what to do about a result that leads to no single account; empty where there is nothing to say.

    kind: of the request. An emergency has no order yet.
    """
    if target.account:
        return ""
    if kind == RequestKind.EMERGENCY:
        return _IN_EMERGENCY.get(target.match_result, _MEANS.get(target.match_result, ""))
    return _MEANS.get(target.match_result, "")


def included(target: Target, lines: Iterable[RequestLine]) -> str:
    """Say how many of an identifier's lines are produced: it is included through its lines, never by itself."""
    own = [line.decision for line in lines if line.target_id == target.pk]
    produced = own.count(LineDecision.PRODUCE)
    if not own:
        return "No line"
    if own.count(LineDecision.OPEN) == len(own):
        return "Not decided"
    return "All lines" if produced == len(own) else f"{produced} of {len(own)} lines" if produced else "Left out"


def protected(targets: Iterable[Target]) -> list[str]:
    """Return why a request should be left to named people: who holds the accounts found, in words, each once."""
    flags = (flag for target in targets for found in target.match_detail.get("accounts", ()) for flag in found["flags"])
    return list(dict.fromkeys(PROTECTED.get(flag, flag) for flag in flags))
