"""The checks of a review: of an order, of an emergency, which has none, of an enquiry and of a freeze."""

from collections.abc import Mapping
from dataclasses import dataclass

from requests_app.enums import CheckAnswer, RequestKind


@dataclass(frozen=True)
class Check:
    """One question a reviewer answers with Yes, No or Unclear; some may have nothing to look at in a case."""

    name: str
    text: str
    # Whether "Does not apply" is an answer too, which counts as Yes does.
    may_not_apply: bool = False


# Of every order; the last three came later.
_PAPER = (
    Check("translation", "Translation, where we do not read its language", may_not_apply=True),
    Check("e_signature", "Electronic signature", may_not_apply=True),
    Check("binding", "Binding or voluntary for our company is clear"),
)
OF_ORDER = (
    Check("authority", "Court or authority may order this"),
    Check("signed", "Signed and dated, still in force"),
    Check("entity", "Names the right company"),
    Check("basis", "Legal basis stated, and covers our records"),
    Check("records", "Every record asked for is in the order"),
    Check("dates", "Dates given, and the request stays inside them"),
    Check("accounts", "Accounts are named exactly enough"),
    Check("non_disclosure", "Non-disclosure: by whom, until when", may_not_apply=True),
    *_PAPER,
)
OF_EMERGENCY = (
    Check("danger", "Life or limb of a person is in danger"),
    Check("imminent", "The danger is imminent: ordinary process would be too late"),
    Check("averts", "These records can avert the harm"),
    Check("minimum", "Nothing is asked for beyond that"),
    Check("identity", "The officer and the supervisor are who they say"),
    Check("entity", "We hold these records, and may give them"),
    Check("accounts", "Accounts are named exactly enough"),
    Check("afterwards", "What follows is clear: process, or a supervisor's confirmation"),
)
OF_ENQUIRY = (
    Check("authority", "The officer's authority may ask for this kind of account"),
    Check("purpose", "What it is for is stated, and is a criminal matter"),
    Check("accounts", "Accounts are named exactly enough"),
    Check("policy", "Our policy lets us answer without an order"),
)
OF_FREEZE = (
    Check("statute", "The statute named reaches assets, not only records"),
    Check("authority", "Issued by a judge, or by whom the statute names, of the rank it needs"),
    Check("signed", "Signed and dated, still in force"),
    Check("entity", "Names the right company"),
    Check("asset", "Asset, and the amount or all of it, stand in the order"),
    Check("dates", "Its last day, or that it holds until further order, stands in the order"),
    Check("accounts", "Accounts are named exactly enough"),
    Check(
        "destination",
        "For a transfer: the destination stands in the order and was confirmed by call-back",
        may_not_apply=True,
    ),
    Check("non_disclosure", "Non-disclosure: by whom, until when", may_not_apply=True),
    *_PAPER,
)
_CHECKS: Mapping[str, tuple[Check, ...]] = {
    RequestKind.EMERGENCY: OF_EMERGENCY,
    RequestKind.ENQUIRY: OF_ENQUIRY,
    RequestKind.FREEZE: OF_FREEZE,
}


def checks_of(kind: str) -> tuple[Check, ...]:
    """Return the checks for this kind of request."""
    return _CHECKS.get(kind, OF_ORDER)


def answer_of(answers: Mapping[str, Mapping[str, str]], check: Check) -> str:
    """Return what was answered to a check, or the empty text."""
    return str(answers.get(check.name, {}).get("answer", ""))


def answers_to(check: Check) -> list[CheckAnswer]:
    """Return the answers that a check takes."""
    three = [CheckAnswer.YES, CheckAnswer.NO, CheckAnswer.UNCLEAR]
    return [*three, CheckAnswer.DOES_NOT_APPLY] if check.may_not_apply else three


def is_fine(check: Check, answer: str) -> bool:
    """Say whether an answer stands in the way of nothing: Yes, or that a check which may not apply does not."""
    return answer == CheckAnswer.YES or (check.may_not_apply and answer == CheckAnswer.DOES_NOT_APPLY)


# Of a freeze these must be Yes even where some accounts are left out: no account may be frozen without them.
_NEVER_WITHOUT = frozenset({"statute", "authority", "signed", "asset"})


def missing_for_freeze(answers: Mapping[str, Mapping[str, str]], *, transfer: bool) -> list[Check]:
    """Return the checks without which nothing is frozen, however few accounts it is; of a transfer its destination."""
    needed = _NEVER_WITHOUT | ({"destination"} if transfer else set())
    asked = [check for check in OF_FREEZE if check.name in needed]
    return [check for check in asked if answer_of(answers, check) != CheckAnswer.YES]


def all_answered(kind: str, answers: Mapping[str, Mapping[str, str]]) -> bool:
    """Say whether every check has an answer."""
    return all(answer_of(answers, check) for check in checks_of(kind))


def how_many(kind: str) -> str:
    """Say how many checks this kind of request has: "eleven"."""
    return _NUMBERS[len(checks_of(kind))]


_NUMBERS = {4: "four", 8: "eight", 11: "eleven", 12: "twelve"}


def all_yes(kind: str, answers: Mapping[str, Mapping[str, str]]) -> bool:
    """Say whether nothing is wrong with any check: only then may everything asked for be disclosed."""
    return all(is_fine(check, answer_of(answers, check)) for check in checks_of(kind))


def tally(kind: str, answers: Mapping[str, Mapping[str, str]]) -> str:
    """Say how the checks stand: "6 yes, 1 no, 1 unclear, 2 do not apply"."""
    given = [answer_of(answers, check) for check in checks_of(kind)]
    parts = [f"{given.count(a)} {a}" for a in (CheckAnswer.YES, CheckAnswer.NO, CheckAnswer.UNCLEAR) if a in given]
    if none := given.count(CheckAnswer.DOES_NOT_APPLY):
        parts.append(f"{none} {'does' if none == 1 else 'do'} not apply")
    if "" in given:
        parts.append(f"{given.count('')} open")
    return ", ".join(parts)
