"""A company whose answers a test decides: rows of accounts, and what may go wrong with them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from foundation.providers.connectors.base import ConnectorFailed, Contact, ExportedFile

HEADERS = {
    "registration": "account,holder,fact,value,on_file_from_utc,on_file_until_utc",
    "logins": "account,time_utc,ip_address",
    "transactions": "account,time_utc,amount",
}


class Company:
    """Answers export and contact; `rows` are added to its exports of `category`, `silent` makes it fail."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.category = "transactions"
        self.silent = False
        self.exports: list[tuple[str, str]] = []
        self.no_address = False

    def contact(self, account: str) -> Contact:
        """Every holder has an address, unless the test says otherwise."""
        self._answer()
        address = "" if self.no_address else f"{account.lower()}@mail.example"
        return Contact(account, "Jo Holder", address, "en")

    def export(self, account, categories, period_from, period_to, *, at, key="", **limits) -> Iterator[ExportedFile]:
        """Three rows inside, and what the test added."""
        for category in categories:
            self._answer()
            self.exports.append((account, category))
            yield self._file(account, category, period_from, period_to, at)

    def _answer(self) -> None:
        if self.silent:
            raise ConnectorFailed("The company's systems do not answer.")

    def _file(self, account: str, category: str, start: datetime, stop: datetime, at: datetime) -> ExportedFile:
        moments = (start, start + (stop - start) / 2, stop - timedelta(seconds=1))
        if category == "registration":
            rows = [f"{account},,name,Jo Holder,2020-01-01T00:00:00Z,"]
        else:
            rows = [f"{account},{m.astimezone(UTC).isoformat(timespec='seconds')},10" for m in moments]
        rows += [row.format(account=account) for row in self.rows if category == self.category]
        text = "\r\n".join([HEADERS[category], *rows]) + "\r\n"
        content = text.encode()
        halves = (content[:7], content[7:])
        return ExportedFile(f"{category}.csv", "text/csv", category, len(rows), halves, at)
