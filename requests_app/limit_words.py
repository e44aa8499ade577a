"""What narrows a line inside its records and period, as people type and read it: assets, holders, the other side."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from foundation.core.errors import Incomplete
from foundation.providers.connectors.columns import WITH_ASSETS, WITH_COUNTERPARTIES, WITH_HOLDERS

MOST_ASSETS = 50
_ASSET = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}")


def read_assets(text: str) -> list[str]:
    """Read short names of assets between commas or blanks, in any case. Raises Incomplete for what is no such name."""
    found = sorted({name.upper() for name in re.split(r"[\s,;]+", text) if name})
    if wrong := [name for name in found if not _ASSET.fullmatch(name)]:
        raise Incomplete(f"{wrong[0][:40]} is no short name of an asset. Write them like BTC, USDT.")
    if len(found) > MOST_ASSETS:
        raise Incomplete(f"Name at most {MOST_ASSETS} assets, or none for all of them.")
    return found


def has_assets(category: str) -> bool:
    """Say whether records of this category are of an asset each."""
    return category in WITH_ASSETS


def has_holders(category: str) -> bool:
    """Say whether records of this category are about a person who holds the account."""
    return category in WITH_HOLDERS


def has_counterparties(category: str) -> bool:
    """Say whether records of this category can say who the other side is."""
    return category in WITH_COUNTERPARTIES


def limit_words(
    category: str,
    *,
    assets: Iterable[str] = (),
    holder: str = "",
    other_holders: bool = False,
    counterparties: bool = False,
) -> str:
    """Say what a line covers inside its records, where that is not what is usual; else nothing."""
    parts = []
    if has_assets(category) and (named := sorted(assets)):
        parts.append(f"only {', '.join(named)}")
    if has_holders(category) and other_holders:
        parts.append("with all holders of a joint account")
    elif has_holders(category) and holder:
        parts.append(f"only holder {holder} of a joint account")
    if has_counterparties(category) and counterparties:
        parts.append("with who the other side is")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def sealed_words(line: Mapping[str, Any]) -> str:
    """Say the same of a line of a decision as it was sealed."""
    return limit_words(
        line["records"],
        assets=filter(None, line.get("assets", "").split(", ")),
        holder=line.get("holder", ""),
        other_holders=bool(line.get("other_holders")),
        counterparties=bool(line.get("counterparties")),
    )
