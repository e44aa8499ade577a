"""Which team a request goes to when it comes in, and why: the first rule that fits, else the entry point's team.

A rule names conditions; an empty one holds for everything. No rule changes who may see a restricted request, and none
makes an emergency less urgent. A restricted request goes to the company's team for these, and nothing else goes there.
What stands on a request is where it was routed then; changed rules move nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.languages import language_name
from foundation.legal.countries import EU, EU_MEMBERS, jurisdiction_names
from foundation.legal.models import Issuer, ProcessType
from foundation.providers.models import EntryPoint, LegalEntity, Provider, Team
from requests_app.enums import Rank, RequestKind
from requests_app.events import Event
from requests_app.models import DataRequest, OrderUse, RoutingRule
from requests_app.notify import work
from requests_app.notify.recipients import on_call
from requests_app.permissions import assign_refusal
from requests_app.services import orders
from requests_app.services.locks import lock

_LONGEST = 300


@dataclass(frozen=True)
class Facts:
    """What rules look at: nothing of it names a person or says what the case is about."""

    jurisdiction: str
    kind: str
    process_type: ProcessType | None = None
    language: str = ""
    entity: LegalEntity | None = None


@dataclass(frozen=True)
class Route:
    """Where a request goes: the team, why in words, the rule that said so, and the rank it sets."""

    team: Team | None
    because: str
    rule: RoutingRule | None = None
    rank: int | None = None


def facts_of(data_request: DataRequest) -> Facts:
    """Return what rules look at of a request; the language is that of its leading order, empty where not said."""
    leading = orders.leading(data_request)
    return Facts(
        data_request.jurisdiction,
        data_request.kind,
        data_request.process_type,
        leading.language if leading else "",
        data_request.legal_entity,
    )


def route(data_request: DataRequest) -> Route:
    """Return where the rules of today send a request; nothing is changed."""
    found = route_for(data_request.provider, facts_of(data_request))
    return _restricted(data_request, found, restricted_team(data_request.provider))


def restricted_team(provider: Provider) -> Team | None:
    """Return the team for restricted requests, if there is one with members."""
    team = provider.restricted_team
    return team if team and team.memberships.exists() else None


def _restricted(data_request: DataRequest, found: Route, team: Team | None) -> Route:
    """Return the way of a restricted request: to its team, with the rank of the rule that fits.

    An emergency goes there only where that team can be called out.
    """
    if team is None or not data_request.restricted:
        return found
    if data_request.kind == RequestKind.EMERGENCY and not team.on_call_address:
        return found
    words = "it is restricted, and this team reads restricted requests"
    if found.rank is not None:
        words += f"; its priority is set by {found.because}"
    return replace(found, team=team, because=words[:_LONGEST])


def route_for(provider: Provider, facts: Facts, rules: Iterable[RoutingRule] | None = None) -> Route:
    """Return where something with these facts goes; `rules` are those in force unless the caller read them before."""
    known = rules_in_force(provider) if rules is None else rules
    return _by_rules(known, facts) or _Fallback(provider).route(facts.jurisdiction)


def _by_rules(rules: Iterable[RoutingRule], facts: Facts) -> Route | None:
    for rule in rules:
        if (matched := _matched(rule, facts)) is not None:
            words = f"rule “{rule.name}”" + (f": {', '.join(matched)}" if matched else " takes everything")
            return Route(rule.team, words[:_LONGEST], rule, rule.rank)
    return None


class _Fallback:
    """Where something goes that no rule takes: the team of its entry point, else the company's first. Read once."""

    def __init__(self, provider: Provider) -> None:
        rows = EntryPoint.objects.filter(provider=provider, team__in=provider.ordinary_teams())
        rows = rows.select_related("team__calendar")
        self.entries = {row.jurisdiction_id: row.team for row in rows}
        self.first = provider.ordinary_teams().select_related("calendar").order_by("pk").first()

    def route(self, jurisdiction: str) -> Route:
        if team := self.entries.get(jurisdiction):
            name = jurisdiction_names().get(jurisdiction, jurisdiction)
            return Route(team, f"no rule fits; the entry point of {name} names this team")
        return Route(self.first, "no rule fits and no entry point names a team; this is the first team")


@dataclass(frozen=True)
class Tried:
    """A request that came in, and where the rules of today would send it."""

    data_request: DataRequest
    facts: Facts
    found: Route

    @property
    def moves(self) -> bool:
        """Whether it stands with another team now."""
        return self.data_request.team_id != (self.found.team.pk if self.found.team else None)


def tried(provider: Provider, rows: list[DataRequest], rules: list[RoutingRule]) -> list[Tried]:
    """Return where the rules would send each of these requests; in a number of queries that does not grow with them."""
    uses = OrderUse.objects.filter(data_request__in=rows).select_related("process").order_by("-position", "-pk")
    spoken = {use.data_request_id: use.process.language for use in uses}  # the leading order last, so that it stays
    elsewhere, closed = _Fallback(provider), restricted_team(provider)
    found = []
    for row in rows:
        language = spoken.get(row.pk, "")
        facts = Facts(row.jurisdiction, row.kind, row.process_type, language, row.legal_entity)
        way = _by_rules(rules, facts) or elsewhere.route(facts.jurisdiction)
        found.append(Tried(row, facts, _restricted(row, way, closed)))
    return found


def rules_in_force(provider: Provider) -> list[RoutingRule]:
    """Return the rules that are switched on, in the order in which they are tried; none to the restricted team."""
    rows = (
        provider.routing_rules.filter(active=True)
        .exclude(team=F("provider__restricted_team"))
        .select_related("team__calendar", "entity")
    )
    return list(rows.order_by("position", "pk"))


def rank_at_receipt(found: Route, rank: int) -> int:
    """Return the rank a request gets: an emergency keeps its own, another one what the rule sets."""
    return rank if rank == Rank.EXIGENT or found.rank is None else max(found.rank, Rank.PRIORITY)


@transaction.atomic
def reroute(data_request: DataRequest, *, reason: str, by: User, at: datetime | None = None) -> DataRequest:
    """Send a request where the rules of today say. Its deadlines, readers and assignee stay.

    Raises NotAllowed without the right, Incomplete without a reason, TransitionRefused where nothing would change.
    """
    at = at or timezone.now()
    row = lock(data_request)
    if refusal := assign_refusal(by, row, by):
        raise NotAllowed(refusal)
    if not reason.strip():
        raise Incomplete("Write why it is routed again.")
    found = route(row)
    rank = rank_at_receipt(found, row.rank)
    moved = row.team_id != (found.team.pk if found.team else None)
    if not moved and rank == row.rank:
        raise TransitionRefused(f"The rules say what holds already: {found.because}.")
    data: dict[str, str] = {"because": found.because, "to": found.team.name if found.team else "", "from": ""}
    data["from"] = row.team.name if row.team else ""
    row.team, row.rank, row.routed_because = found.team, rank, found.because
    row.save(update_fields=["team", "rank", "routed_because"])
    record(Event.ROUTED, by=by, obj=row, reason=reason.strip(), data=data, at=at)
    if moved and row.assignee_id is None:
        for person in on_call(row, at=at):
            if person != by:
                work.team_has_more(person, number=1, key=f"routed:{row.pk}:{at.isoformat()}", at=at)
    return row


def conditions(rule: RoutingRule) -> list[str]:
    """Say what a rule asks for, condition by condition; empty where it takes everything."""
    names, kinds, issuers = jurisdiction_names(), dict(RequestKind.choices), dict(Issuer.choices)
    said = [
        _any_of(names.get(code, code) for code in rule.jurisdictions),
        _any_of(kinds.get(kind, kind) for kind in rule.kinds),
        _any_of(f"issued by {issuers.get(who, who).lower()}" for who in rule.issuers),
        _any_of(rule.process_codes),
        _any_of(f"order in {language_name(code)}" for code in rule.languages),
        f"addressed to {rule.entity.name}" if rule.entity else "",
    ]
    return [words for words in said if words]


def _any_of(words: Iterable[str]) -> str:
    return " or ".join(words)


def _matched(rule: RoutingRule, facts: Facts) -> list[str] | None:
    """Return what of the facts a rule was looking for, in words; None where it does not fit."""
    kind = facts.process_type
    places = {facts.jurisdiction} | ({EU} if facts.jurisdiction in EU_MEMBERS else set())
    asked = (
        (rule.jurisdictions, places, jurisdiction_names().get(facts.jurisdiction, facts.jurisdiction)),
        (rule.kinds, {facts.kind}, dict(RequestKind.choices).get(facts.kind, facts.kind)),
        (rule.issuers, {kind.issuer} if kind else set(), f"issued by {kind.get_issuer_display()}" if kind else ""),
        (rule.process_codes, {kind.code} if kind else set(), kind.name if kind else ""),
        (rule.languages, {facts.language}, f"order in {language_name(facts.language)}"),
        ([rule.entity_id] if rule.entity_id else [], {facts.entity.pk} if facts.entity else set(),
         f"addressed to {facts.entity.name}" if facts.entity else ""),
    )  # fmt: skip
    if any(wanted and not set(wanted) & has for wanted, has, _words in asked):
        return None
    return [str(words) for wanted, _has, words in asked if wanted]
