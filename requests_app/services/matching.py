"""Finding the account an identifier means: only for requests in review, each search asked and logged by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.core.identifiers import Identifier
from foundation.providers.connectors.base import Account, ConnectorFailed, Match
from foundation.providers.connectors.registry import connector_for
from foundation.providers.models import LegalEntity
from requests_app.enums import LineDecision, MatchResult
from requests_app.events import Event
from requests_app.models import DataRequest, Review, Target
from requests_app.permissions import access_in_force, desk_refusal, review_refusal
from requests_app.services import account_facts, alarms
from requests_app.services.locks import lock

_HOLDER_LENGTH = 40


@dataclass(frozen=True)
class Searched:
    """What became of a search for many identifiers: each that was asked, and what could not be asked and why."""

    targets: tuple[Target, ...]
    failures: tuple[str, ...] = ()

    @property
    def single(self) -> int:
        """How many led to a single account."""
        return sum(target.match_result == MatchResult.EXACT for target in self.targets)


def match_target(target: Target, *, by: User, at: datetime | None = None) -> Target:
    """Ask the company's systems which account this identifier means, and keep the answer as it is.

    The question goes out before anything is locked; if the review ended meanwhile the answer is not kept.
    """
    at = at or timezone.now()
    found = _search(target, by=by, at=at)
    alarms.after_search(by, target.data_request, searches=1, at=at)
    return found


def match_targets(data_request: DataRequest, keys: Iterable[int], *, by: User, at: datetime | None = None) -> Searched:
    """Search for those of these identifiers of this request that nobody searched for yet, each by itself.

    An error of the company's systems about one is said and stops no other. What a colleague found meanwhile is kept.
    """
    at = at or timezone.now()
    if refusal := review_refusal(by, data_request, Permission.MATCH_ACCOUNTS):
        raise NotAllowed(refusal)
    connector_for(data_request.provider)  # where there is none, it is said once
    found: list[Target] = []
    failures: list[str] = []
    waiting = data_request.targets.filter(match_result=MatchResult.UNMATCHED)
    for key in waiting.filter(pk__in=list(keys)).order_by("pk").values_list("pk", flat=True):
        # Read again before each question: somebody else may press the same button, or take the identifier out.
        target = waiting.filter(pk=key).first()
        if target is None:
            continue
        target.data_request = data_request
        try:
            found.append(_search(target, by=by, at=at, again=False))
        except ConnectorFailed as failure:
            failures.append(f"{target.normalised}: {failure}")
    if found:
        alarms.after_search(by, data_request, searches=len(found), at=at)
    return Searched(tuple(found), tuple(failures))


def _search(target: Target, *, by: User, at: datetime, again: bool = True) -> Target:
    """Ask, log and store; again: put the answer in the place of an earlier one."""
    if refusal := review_refusal(by, target.data_request, Permission.MATCH_ACCOUNTS):
        raise NotAllowed(refusal)
    [found] = connector_for(target.data_request.provider).match([_identifier(target)])
    with transaction.atomic():
        data_request = lock(target.data_request)
        refusal = review_refusal(by, data_request, Permission.MATCH_ACCOUNTS)
        facts: dict[str, JSON] = {
            "kind": target.kind,
            "result": str(found.result),
            "accounts": len(found.accounts),
        }
        outcome = "refused" if refusal else "ok"
        record(Event.MATCHED, by=by, obj=data_request, outcome=outcome, reason=refusal or "", data=facts, at=at)
        stored = data_request.targets.filter(pk=target.pk).first()
        if refusal is None and stored is not None and not again and stored.match_result != MatchResult.UNMATCHED:
            target = stored
        elif refusal is None and stored is not None:
            target = _store(data_request, target, found, by=by, at=at)
    if refusal:
        raise NotAllowed(refusal)
    account_facts.learn(target.data_request.provider, [target.account], at=at)
    return target


def choose_account(target: Target, *, account: str, by: User, at: datetime | None = None) -> Target:
    """Say which of several accounts found is meant; an account that was not found cannot be chosen."""
    at = at or timezone.now()
    target = _choose(target, account=account, by=by, at=at)
    # The company is asked once nothing is locked any more.
    account_facts.learn(target.data_request.provider, [target.account], at=at)
    return target


@transaction.atomic
def _choose(target: Target, *, account: str, by: User, at: datetime) -> Target:
    data_request = lock(target.data_request)
    if refusal := review_refusal(by, data_request, Permission.MATCH_ACCOUNTS):
        raise NotAllowed(refusal)
    target = data_request.targets.get(pk=target.pk)
    candidates = {c["uid"]: c for c in target.match_detail.get("accounts", [])}
    if account not in candidates:
        raise NotAllowed("Choose one of the accounts that were found.")
    target.match_result, target.account = MatchResult.EXACT, account
    target.account_label = candidates[account]["label"][:200]
    target.holder = candidates[account].get("holder", "")[:_HOLDER_LENGTH]
    target.entity = _entity(data_request, candidates[account].get("entity", ""))
    target.match_detail = target.match_detail | {"chosen": True}
    target.matched_at, target.matched_by = at, by
    target.save()
    _reopen_lines(target)
    facts: dict[str, JSON] = {"kind": target.kind, "result": "chosen", "accounts": 1}
    record(Event.MATCHED, by=by, obj=data_request, data=facts, at=at)
    return target


def names_of(data_request: DataRequest, *, by: User, at: datetime | None = None) -> dict[str, str]:
    """Return the full names of the holders of the accounts found; asking for them leaves an event."""
    if refusal := desk_refusal(by, Permission.SEE_QUEUE, data_request) or access_in_force(data_request):
        raise NotAllowed(refusal)
    accounts = sorted(set(data_request.targets.exclude(account="").values_list("account", flat=True)))
    connector = connector_for(data_request.provider)
    record(Event.ACCOUNT_SHOWN, by=by, obj=data_request, data={"accounts": len(accounts)}, at=at)
    return {account: connector.contact(account).name for account in accounts}


def _identifier(target: Target) -> Identifier:
    return Identifier(
        kind=target.kind,
        network=target.network,
        given=target.given,
        normalised=target.normalised,
        detail=target.detail,
    )


def _store(data_request: DataRequest, target: Target, found: Match, *, by: User, at: datetime) -> Target:
    """Write the answer: an account only where exactly one was found, all that were found as candidates."""
    target = data_request.targets.get(pk=target.pk)
    before = target.account, target.holder
    result = MatchResult(str(found.result))
    one = found.accounts[0] if result == MatchResult.EXACT and len(found.accounts) == 1 else None
    target.match_result = MatchResult.AMBIGUOUS if result == MatchResult.EXACT and one is None else result
    target.account = one.uid if one else ""
    target.account_label = one.label[:200] if one else ""
    target.holder = one.holder[:_HOLDER_LENGTH] if one else ""
    target.entity = _entity(data_request, one.entity) if one else None
    target.match_detail = {"explanation": found.explanation, "accounts": [_candidate(a) for a in found.accounts]}
    target.matched_at, target.matched_by = at, by
    target.save()
    # Another holder of the same account is another person: what is given of him is decided again.
    if (target.account, target.holder) != before:
        _reopen_lines(target)
    return target


def _entity(data_request: DataRequest, name: str) -> LegalEntity | None:
    """Return the company that holds the account, by the name the systems give; else the only one there is."""
    entities = list(data_request.provider.entities.order_by("pk"))
    named = next((entity for entity in entities if entity.name == name), None)
    return named or (entities[0] if len(entities) == 1 else None)


def _reopen_lines(target: Target) -> None:
    """Ask again what to produce: the lines were decided for another account."""
    if target.lines.filter(decision=LineDecision.PRODUCE).update(decision=LineDecision.OPEN):
        # Whoever has the page open must see it before saving over it.
        Review.objects.filter(data_request=target.data_request_id).update(lock_version=F("lock_version") + 1)


def _candidate(account: Account) -> dict[str, Any]:
    return {
        "uid": account.uid,
        "label": account.label,
        "note": account.note,
        "entity": account.entity,
        "closed": account.closed,
        "holder": account.holder,
        "flags": list(account.flags),
    }
