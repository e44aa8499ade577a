"""Why a request's account holders are told, or not: what the rule looked at, the row that answers, for each account."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.references import normalise_reference
from requests_app.enums import WITHOUT_RECORDS, LineDecision, NoticeStatus
from requests_app.events import Event
from requests_app.models import DataRequest, UserNotice
from requests_app.notice_rules import LOOK_WORDS, NoticePlan, Situation, looks_of, notice_rule
from requests_app.notice_table import INPUTS, Row, row_of, values_of
from requests_app.services.notice_facts import situations_of

SHOWN = 50
_SETTLED = (NoticeStatus.SENT, NoticeStatus.OBJECTED, NoticeStatus.UPHELD, NoticeStatus.WAIVED)


@dataclass(frozen=True)
class Explained:
    """One account: what was looked at in words, the row that answers, and what is stored."""

    name: str
    facts: list[tuple[str, str]]
    row: Row
    plan: NoticePlan
    looks: list[str]
    notice: UserNotice | None

    @property
    def settled(self) -> bool:
        """Say whether something was done already: then the rule is not asked again."""
        return self.notice is not None and self.notice.status in _SETTLED


@dataclass(frozen=True)
class Explanation:
    """What is said of one request; accounts beyond the first ones are counted."""

    data_request: DataRequest
    accounts: list[Explained]
    more: int
    no_notice: bool


def explain(reference: str, *, by: User, at: datetime | None = None) -> Explanation | None:
    """Explain a request this person may know of, and leave an event; None where there is none.

    A restricted one is found by its named readers alone. Administrators, who do not see the queue, read no account.
    """
    at = at or timezone.now()
    known = normalise_reference(reference)
    if not any(has_permission(by, right) for right in (Permission.SEE_QUEUE, Permission.MANAGE_SETTINGS)):
        return None
    rows = DataRequest.objects.told_to_staff(by).select_related("provider", "process_type")
    data_request: DataRequest | None = rows.filter(reference=known).first() if known else None
    if data_request is None:
        return None
    record(Event.RULE_ASKED, by=by, obj=data_request, at=at)
    if data_request.kind in WITHOUT_RECORDS:
        return Explanation(data_request, [], 0, no_notice=True)
    names = has_permission(by, Permission.SEE_QUEUE)
    decided = data_request.lines.exclude(decision=LineDecision.REFUSE).exclude(target__account="")
    accounts = sorted(set(decided.values_list("target__account", flat=True)))
    notices = {notice.account: notice for notice in data_request.notices.filter(account__in=accounts[:SHOWN])}
    found = situations_of(data_request, accounts[:SHOWN], at=at)
    said = [
        _explained(account if names else f"Account {number}", now, notices.get(account), at)
        for number, (account, now) in enumerate(found.items(), 1)
    ]
    return Explanation(data_request, said, max(len(accounts) - SHOWN, 0), no_notice=False)


def _explained(name: str, now: Situation, notice: UserNotice | None, at: datetime) -> Explained:
    values = values_of(now, at=at)
    facts = [(title, words[values[key]]) for key, (title, words) in INPUTS.items()]
    looks = [LOOK_WORDS[look] for look in looks_of(now)]
    return Explained(name, facts, row_of(now, at=at), notice_rule(now, at=at), looks, notice)
