"""The columns that a table of records may have, by category: what is not named here has not been granted."""

from collections.abc import Mapping

from foundation.providers.connectors.base import Category

ACCOUNT = "account"
TIME = "time_utc"
# A fact about a person has no moment: it was on file from then until then (empty: it still is).
SPAN = ("on_file_from_utc", "on_file_until_utc")
# Which of several holders of a joint account a fact is about; empty: the account as such.
HOLDER = "holder"
# The label of the holder whose facts are given where nobody asks for a certain one.
FIRST_HOLDER = "1"
# Who the other side of a transaction is, where that is a customer; empty unless the order covers it.
COUNTERPARTY = ("counterparty_account", "counterparty_name")
# Where an address on a network stands, and never a name.
ADDRESSES = ("sender", "receiver")
# The two sides of a trade: what was sold or moved, and what was bought; with how much of each.
LEGS = (("asset", "amount"), ("against_asset", "against_amount"))
FEE = "fee"
KIND = "kind"
# The fee of a trade is in what was bought.
TRADE = "trade"

COLUMNS: Mapping[str, frozenset[str]] = {
    Category.REGISTRATION: frozenset({ACCOUNT, HOLDER, "fact", "value", *SPAN}),
    Category.LOGINS: frozenset({TIME, ACCOUNT, "result", "ip_address", "device", "agent"}),
    Category.TRANSACTIONS: frozenset(
        {
            TIME, ACCOUNT, "number", KIND, "asset", "amount", FEE, "against_asset", "against_amount", "network",
            *ADDRESSES, "txid", *COUNTERPARTY,
        }
    ),
    Category.BALANCES: frozenset({TIME, ACCOUNT, "asset", "amount"}),
    Category.COMMUNICATIONS: frozenset({TIME, ACCOUNT, "ticket", "direction", "subject", "text"}),
}  # fmt: skip
# What narrows a category: assets where its rows are of one, holders where its facts are about a person.
WITH_ASSETS = frozenset({Category.TRANSACTIONS, Category.BALANCES})
WITH_HOLDERS = frozenset({Category.REGISTRATION})
WITH_COUNTERPARTIES = frozenset({Category.TRANSACTIONS})
# Documents belong to what is known of a person, as they are.
WITH_DOCUMENTS = frozenset({Category.REGISTRATION})


def needed(category: str, *, assets: bool = False, holders: bool = True) -> frozenset[str]:
    """Return the columns without which nobody can say whether a row was granted.

    assets: whether only some assets were. holders: whether the facts of one holder only were.
    """
    if category in WITH_HOLDERS:
        return frozenset({ACCOUNT, *SPAN, *([HOLDER] if holders else [])})
    found = {ACCOUNT, TIME}
    if assets and category == Category.BALANCES:
        found |= {"asset"}
    elif assets:
        found |= {KIND, FEE, *(column for leg in LEGS for column in leg)}
    return frozenset(found)
