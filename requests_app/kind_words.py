"""The words that differ by kind of request: what a line's decision means for an enquiry, a freeze, or records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from requests_app.enums import DataCategory, FreezeAct, LineDecision, ProposedResult, RequestKind

if TYPE_CHECKING:
    from requests_app.models import FreezeOrder

# What a list of assets has in it, or what stands for one.
_SEVERAL = re.compile(r"[,;/+&]|\b(and|or|all|any|every|assets|funds)\b", re.IGNORECASE)
FULL, PART, NATIONAL = "full", "part", "national"


@dataclass(frozen=True)
class KindWords:
    """What staff and officers read for one kind of request."""

    # What a line's decision is called, by decision.
    decisions: Mapping[str, str]
    # The choices of a whole decision, with what stands under the first two. NATIONAL only where there is a channel.
    results: tuple[tuple[str, str], ...]
    hints: Mapping[str, str]
    lines: str
    lines_meta: str
    checks: str
    what: str
    # Of the second signature: "2 accounts are named as ours".
    one_done: str
    many_done: str
    after_signing: str


RECORDS = KindWords(
    decisions=dict(LineDecision.choices),
    results=(
        (FULL, "Disclose everything asked for"),
        (PART, "Disclose in part, or say that there are no records"),
        (ProposedResult.REFUSE.value, "Do not disclose"),
        (ProposedResult.REDIRECT.value, "Refer to mutual legal assistance"),
        (NATIONAL, "Refer to the national channel"),
    ),
    hints={FULL: "Open only when every check is Yes", PART: "Leaves out what the lines say"},
    lines="What leaves",
    lines_meta="Every line is decided before it goes to a second person",
    checks="Is the order valid for this request?",
    what="Records and period",
    one_done="line leaves",
    many_done="lines leave",
    after_signing="Nothing leaves yet: a package is built, then released",
)
ENQUIRY = KindWords(
    decisions={
        LineDecision.OPEN: "Not decided",
        LineDecision.PRODUCE: "Ours",
        LineDecision.REFUSE: "Not answered",
        LineDecision.NO_RECORDS: "Not ours: nothing found",
    },
    results=(
        (FULL, "Answer: all of them are ours"),
        (PART, "Answer what the lines say"),
        (ProposedResult.REFUSE.value, "Do not answer"),
        (ProposedResult.REDIRECT.value, "Refer to mutual legal assistance"),
        (NATIONAL, "Refer to the national channel"),
    ),
    hints={FULL: "Open only when every check is Yes", PART: "Some are not ours, or are not answered"},
    lines="What we answer",
    lines_meta="For each identifier: ours and which company to name, not ours, or not answered",
    checks="May we answer this enquiry?",
    what="Asked",
    one_done="account is named as ours",
    many_done="accounts are named as ours",
    after_signing="The officer reads the answer at once. No records leave, and nobody else is told",
)
FREEZE = KindWords(
    decisions={
        LineDecision.OPEN: "Not decided",
        LineDecision.PRODUCE: "Do it",
        LineDecision.REFUSE: "Do not do it",
        LineDecision.NO_RECORDS: "No account found",
    },
    results=(
        (FULL, "Do everything the order says"),
        (PART, "Do it for some accounts, or say that none was found"),
        (ProposedResult.REFUSE.value, "Do not do it"),
        (ProposedResult.REDIRECT.value, "Refer to mutual legal assistance"),
        (NATIONAL, "Refer to the national channel"),
    ),
    hints={FULL: "Open only when every check is Yes", PART: "Leaves out what the lines say"},
    lines="What is frozen or seized",
    lines_meta="Every line is decided before it goes to a second person",
    checks="Is the order valid for this freeze?",
    what="What the order says",
    one_done="account is frozen or seized",
    many_done="accounts are frozen or seized",
    after_signing="The portal moves nothing: people do it in our systems and record it here",
)
_WORDS: Mapping[str, KindWords] = {RequestKind.ENQUIRY: ENQUIRY, RequestKind.FREEZE: FREEZE}


def words_of(kind: str) -> KindWords:
    """Return the words of a kind of request; emergencies have those of records."""
    return _WORDS.get(kind, RECORDS)


def freeze_facts(freeze: "FreezeOrder | None") -> dict[str, Any]:
    """Return what a freeze asks as plain text values, as they are sealed; empty where there is none."""
    if freeze is None:
        return {}
    return {
        "act": freeze.act,
        "asset": freeze.asset,
        "amount": amount_words(freeze.amount),
        "everything": freeze.everything,
        "destination": freeze.destination,
        "network": freeze.destination_network,
        "until": freeze.expires_on.isoformat() if freeze.expires_on else "",
        "order": str(freeze.process) if freeze.process else "",
    }


def freeze_words(facts: Mapping[str, Any]) -> str:
    """Say in one sentence what a freeze asks: "Restrain 2.5 BTC, until 1 Mar 2027"."""
    if not facts.get("act"):
        return "Not said yet"
    how_much = "all" if facts.get("everything") else facts.get("amount") or "no amount of"
    asset = facts.get("asset") or "assets"
    if how_much == "all" and asset.lower().startswith("all "):
        how_much = ""
    said = " ".join(filter(None, (_ACTS[facts["act"]], how_much, asset)))
    if facts["act"] == FreezeAct.TRANSFER:
        network = f" ({facts['network']})" if facts.get("network") else ""
        said += f" to {facts.get('destination') or 'no destination'}{network}"
    until = facts.get("until")
    return said + (f", until {date.fromisoformat(until):%-d %b %Y}" if until else ", until further order")


_ACTS: Mapping[str, str] = {FreezeAct.RESTRAIN: "Restrain", FreezeAct.TRANSFER: "Transfer"}


def amount_words(amount: Decimal | None) -> str:
    """Write an amount without needless zeros; empty where there is none."""
    if amount is None:
        return ""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def one_asset(asset: str) -> bool:
    """Say whether what an order names is one asset with a unit ("BTC"), not several ("BTC and ETH", "all assets")."""
    return _SEVERAL.search(asset) is None


def amount_of(amount: Decimal, asset: str) -> str:
    """Write an amount with its unit; of an order for several assets the note names the unit."""
    return f"{amount_words(amount)} {asset if one_asset(asset) else '(see the note)'}"


def without_period(category: str) -> bool:
    """Say whether a line is about a moment and not about a period of days."""
    return category in {DataCategory.ACCOUNT, DataCategory.ASSETS}


def ground_words(kind: str, *, binding: bool, entity: str) -> str:
    """Say in a letter why we answer: bound or voluntarily, as which company. An emergency rests on no order."""
    if kind == RequestKind.EMERGENCY and binding:
        return f"We answer because the law on emergencies that you named binds us, as {entity}."
    if kind == RequestKind.EMERGENCY:
        return (
            f"We answer voluntarily, as {entity}, because you stated that a person is in imminent danger. We give only "
            "what helps to avert it."
        )
    if binding:
        return f"We answer because your legal process binds us, as {entity}."
    return f"We answer voluntarily, on your legal process, as {entity}."
