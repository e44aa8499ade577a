"""Tables as they stream through the guard, and what is granted in its tests: a line of each category, with limits."""

import csv
import io
from datetime import UTC, datetime

from foundation.providers.connectors.base import Limits
from requests_app.services.guard import Guard, Scope

FROM, TO = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
OURS = "48213377"
LIMITED = {
    "registration": Limits(holder="2"),
    "logins": Limits(),
    "transactions": Limits(assets=("BTC", "USDT")),
    "balances": Limits(assets=("BTC",)),
}
HEADERS = {
    "registration": ["account", "holder", "fact", "value", "on_file_from_utc", "on_file_until_utc"],
    "logins": ["time_utc", "account", "result", "ip_address", "device", "agent"],
    "transactions": ["time_utc", "account", "kind", "asset", "amount", "fee", "against_asset", "against_amount",
                     "sender", "receiver", "counterparty_account", "counterparty_name", "number"],
    "balances": ["time_utc", "account", "asset", "amount"],
}  # fmt: skip


def scope(category, **limits):
    return Scope(OURS, category, FROM, TO, lines=[], limits=Limits(**limits) if limits else LIMITED[category])


def table(header, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def watched(wanted, content, pieces=()):
    """Stream a table through the guard in pieces of these lengths; what comes out is what went in."""
    guard = Guard(wanted)
    assert b"".join(guard.watch(cut(content, pieces))) == content
    return guard


def cut(content, pieces):
    for length in pieces:
        yield content[:length]
        content = content[length:]
    yield content
