"""The connector to the generated exchange: the whole job can be done on a machine that has nothing else."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from foundation.core.identifiers import Identifier
from foundation.core.jobs import JobState
from foundation.providers.connectors.base import (
    NO_LIMITS,
    CannotDo,
    Category,
    Channel,
    Contact,
    ExportedFile,
    Frozen,
    KeptFile,
    Letter,
    Limits,
    Match,
    Restrictions,
    Snapshot,
)
from foundation.providers.connectors.demo import answers, books, snapshots
from foundation.providers.models import ConnectorAct, ConnectorJob

# What is kept stays with the company: what an order will cover is not known yet.
_EVERYTHING = Limits(other_holders=True, counterparties=True)


@dataclass(frozen=True)
class DemoConnector:
    """Answers from the exchange of one seed."""

    seed: str
    provider_id: int | None = None
    # How much too early exports begin: systems that cut by whole weeks give rows that nobody asked for.
    early: timedelta = timedelta()

    def match(self, identifiers: Sequence[Identifier]) -> list[Match]:
        """Answer one Match for each identifier."""
        return answers.match(self.seed, identifiers, timezone.now())

    def contact(self, account: str) -> Contact:
        """Say how the account holder is reached."""
        return answers.contact(self.seed, account)

    def preserve(
        self,
        account: str,
        categories: Sequence[str],
        until: datetime,
        *,
        hold: str,
        key: str,
        at: datetime,
        period: tuple[datetime, datetime] | None = None,
    ) -> Snapshot:
        """Keep what there is now, or what was kept before for this hold; the same rows can be made again any time."""
        opened = answers.opened(self.seed, account)
        taken, kinds = snapshots.taken_before(self.provider_id, account, hold) or (at, categories)
        start, end = period or (opened, taken + timedelta(seconds=1))
        kept = tuple(
            KeptFile(file.name, file.category, file.rows, sum(map(len, file.chunks)), _sha256(file.chunks),
                     None if file.category == Category.REGISTRATION else snapshots.days(start, min(end, taken)))
            for file in self.export(account, kinds, start, end, at=taken, limits=_EVERYTHING)
        )  # fmt: skip
        unsigned = Snapshot(account, hold, taken, until, kept, digest="")
        text = json.dumps(unsigned.as_json(), sort_keys=True, separators=(",", ":"))
        return Snapshot(account, hold, taken, until, kept, digest=_sha256([text.encode()]))

    def release(self, account: str, hold: str, *, key: str, at: datetime) -> datetime:
        """End this hold; there is nothing to delete, so it is gone at once."""
        answers.opened(self.seed, account)
        return at

    def notify(self, account: str, letter: Letter, *, key: str, at: datetime) -> datetime:
        """Put a letter into the exchange's own pages, for the holders who read letters there."""
        if answers.contact(self.seed, account).channel != Channel.COMPANY:
            raise CannotDo("The holder of this account reads letters by mail, not in the exchange's pages.")
        return books.deliver(self.provider_id, account, letter, key=key, at=at)

    def export(
        self,
        account: str,
        categories: Sequence[str],
        period_from: datetime,
        period_to: datetime,
        *,
        at: datetime,
        key: str = "",
        limits: Limits = NO_LIMITS,
    ) -> Iterable[ExportedFile]:
        """Return for each category the rows of this account in [period_from, period_to), and its documents."""
        begin = period_from - self.early
        return answers.export(self.seed, account, categories, begin, period_to, now=at, limits=limits)

    def freeze(
        self, account: str, asset: str, amount: Decimal | None, *, freeze: str, key: str, at: datetime
    ) -> Frozen:
        """Keep so much of an asset on the books, or what there is of it."""
        balance = answers.balance(self.seed, account, asset, at)
        row = books.freeze(self.provider_id, account, asset, amount, balance=balance, freeze=freeze, key=key, at=at)
        return Frozen(account, row.asset, row.balance, row.amount, row.frozen_at)

    def lift(self, account: str, *, freeze: str, key: str, at: datetime) -> datetime:
        """Take this freeze off the books; done already, it says when."""
        answers.opened(self.seed, account)
        return books.lift(self.provider_id, account, freeze=freeze, at=at)

    def restrictions(self, account: str) -> Restrictions:
        """Answer from the instructions that were carried out: kept while a hold or a freeze has not ended."""
        answers.opened(self.seed, account)
        acts = ConnectorJob.objects.filter(account=account, act__in=[ConnectorAct.PRESERVE, ConnectorAct.RELEASE])
        if self.provider_id is not None:
            acts = acts.filter(provider_id=self.provider_id)
        held: set[str] = set()
        for act, arguments in (
            acts.filter(state=JobState.DONE).order_by("finished_at", "pk").values_list("act", "arguments")
        ):
            (held.add if act == ConnectorAct.PRESERVE else held.discard)(arguments["hold"])
        kept = bool(held) or books.is_frozen(self.provider_id, account)
        return Restrictions(account, keep=kept, ask_legal=kept)


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
