"""What the company does before it answers its customer: a pure function of what there is about the account.

Ask legal: where somebody may not be told yet, or where a person must weigh it: a bar, the mark of compliance, a sealed
or an open request. Keep: where records are needed for a hold, a freeze or a package that is not delivered. Otherwise
the company goes on as usual.
"""

import calendar
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from requests_app.notice_enums import CompanyDoes


@dataclass(frozen=True)
class Found:
    """What there is about an account and those of the same person, by kind and key: nothing of it leaves the portal."""

    # What needs the data, and what a person of legal must weigh.
    needs: frozenset[str]
    silence: frozenset[str]

    @property
    def digest(self) -> str:
        """Return a digest of it: a decision holds as long as nothing else is there."""
        text = "\n".join([*sorted(self.needs), "", *sorted(self.silence)])
        return hashlib.sha256(text.encode()).hexdigest()


def company_does(found: Found, *, decision: str = "", basis: str = "") -> CompanyDoes:
    """Say what the company does; a decision of counsel counts while there is exactly what it was made on."""
    if decision and basis == found.digest:
        return CompanyDoes(decision)
    if found.silence:
        return CompanyDoes.ASK_LEGAL
    return CompanyDoes.KEEP if found.needs else CompanyDoes.PROCEED


def decision_refusal(found: Found, decision: str, *, deletion: bool) -> str | None:
    """Say why counsel cannot decide this, or None: what a hold, a freeze or a package needs is not deleted."""
    if deletion and decision == CompanyDoes.PROCEED and found.needs:
        return "Something needs this data now. Choose that the company keeps it."
    return None


def answer_day(asked_on: date, days: int) -> date:
    """Return the day on which the company answers: so many days later, and never later than a month (GDPR, 12(3)).

    A month ends on the same day of the next one, or on its last day (Regulation 1182/71, article 3(2)(c)).
    """
    year, month = (asked_on.year, asked_on.month + 1) if asked_on.month < 12 else (asked_on.year + 1, 1)
    last = calendar.monthrange(year, month)[1]
    return min(asked_on + timedelta(days=days), date(year, month, min(asked_on.day, last)))


def found(needs: Iterable[str], silence: Iterable[str]) -> Found:
    """Return what was found."""
    return Found(frozenset(needs), frozenset(silence))
