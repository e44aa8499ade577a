"""What left the portal while somebody did something: counted in the database, in the mails and at the browsers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.demo.people import STAFF_DOMAIN
from lers.drill.impostors.browser import Browser
from lers.drill.impostors.story import Out
from lers.mail_catcher import NEWEST, CaughtMail, newest
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, DownloadGrant, DownloadReceipt, FreezeOrder

_LONG_ENOUGH = 12
_REFERENCE = re.compile(r"^\[[^\]]+\] ")


@dataclass
class Watch:
    """Counts between begin and end; everything in between is the doing of the drill."""

    mail_folder: Path
    browsers: list[Browser] = field(default_factory=list)
    out: Out = field(default_factory=Out)
    mails: list[CaughtMail] = field(default_factory=list)
    # Account numbers on pages of the staff: what somebody in a stolen staff session reads. Nothing left by it.
    seen_by_staff: int = 0

    def looks_at(self, browser: Browser) -> Browser:
        """Count what this browser is shown, too."""
        self.browsers.append(browser)
        return browser


@contextmanager
def watching(watch: Watch, accounts: Sequence[str]) -> Iterator[Watch]:
    """Count what leaves within the block; `accounts` are numbers of the company that nobody outside may read."""
    mail_folder = watch.mail_folder
    before, mails = in_database(), {mail.key for mail in newest(mail_folder)}
    try:
        yield watch
    finally:
        after = in_database()
        watch.mails = new = [mail for mail in newest(mail_folder) if mail.key not in mails]
        watch.seen_by_staff = accounts_shown(_pages(watch, staff=True), accounts)
        if len(new) >= NEWEST:
            raise RuntimeError("More mails than are read back: some were not looked at.")
        watch.out = Out(
            packages=after.packages - before.packages,
            grants=after.grants - before.grants,
            receipts=after.receipts - before.receipts,
            passphrases=after.passphrases - before.passphrases,
            freezes=after.freezes - before.freezes,
            bytes=sum(browser.file_bytes for browser in watch.browsers),
            accounts=accounts_shown(_pages(watch, staff=False), accounts),
            mails=len(telling(new, words_of_cases(), accounts)),
        )


def _pages(watch: Watch, *, staff: bool) -> list[str]:
    found = [page for browser in watch.browsers for page in browser.pages]
    return [text for path, text in found if path.startswith("/staff/") is staff]


def in_database() -> Out:
    """Count what ever left, by the rows that cannot be avoided: releases, grants, receipts, passphrases, freezes."""
    return Out(
        packages=DisclosurePackage.objects.filter(released_at__isnull=False).count(),
        grants=DownloadGrant.objects.count(),
        receipts=DownloadReceipt.objects.count(),
        passphrases=AuditEvent.objects.filter(action=Event.PASSPHRASE_SHOWN).count(),
        freezes=FreezeOrder.objects.exclude(instructed_at=None, recorded_at=None).count(),
    )


def accounts_shown(pages: Iterable[str], accounts: Sequence[str]) -> int:
    """Count the different account numbers that stand on any of these pages."""
    texts = list(pages)
    return sum(any(re.search(rf"\b{re.escape(number)}\b", text) for text in texts) for number in accounts)


def words_of_cases() -> list[str]:
    """Return what only a case says: titles, numbers, identifiers, and the first words of what happened."""
    words: set[str] = set()
    for row in DataRequest.objects.prefetch_related("targets"):
        words |= {row.title, row.case_number, row.facts[:40], str(row.emergency.get("danger", ""))[:40]}
        words |= {target.given for target in row.targets.all()}
    return sorted(word for word in words if len(word) >= _LONG_ENOUGH)


def telling(mails: Iterable[CaughtMail], words: Sequence[str], accounts: Sequence[str]) -> list[CaughtMail]:
    """Return the mails that say anything of a case."""
    found = []
    for mail in mails:
        text = " ".join(f"{mail.subject} {mail.text} {mail.html}".split())
        if any(" ".join(word.split()) in text for word in words) or accounts_shown([text], accounts):
            found.append(mail)
    return found


def told(mails: Iterable[CaughtMail], impostors: Sequence[str]) -> list[str]:
    """Say who was told what by mail, oldest first; what only the impostor reads is counted and not named."""
    new = list(reversed(list(mails)))
    lost = [mail for mail in new if any(box in mail.to for box in impostors)]
    found = [f"{_reader(mail.to)}: {_REFERENCE.sub('', mail.subject)}" for mail in new if mail not in lost]
    read = [f"{len(lost)} mails only to mailboxes that the impostor reads"] if lost else []
    return [*dict.fromkeys(found), *read]


def _reader(address: str) -> str:
    """Say who reads this address, without the name."""
    local, _at, domain = address.strip("<>").rpartition("@")
    if domain == STAFF_DOMAIN:
        return "staff"
    return "the general address of the agency" if local == "contact" else "the officer"


def delivered() -> bool:
    """Say whether no mail waits to be sent."""
    return not OutboundMessage.objects.filter(state__in=[JobState.PENDING, JobState.RUNNING], for_digest=False).exists()
