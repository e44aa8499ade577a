"""What a proposal says, as exact bytes: the thing that a second person signs."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from foundation.audit.canonical import encode
from foundation.providers.models import EntryPoint
from requests_app.enums import (
    WITHOUT_RECORDS,
    DataCategory,
    LineDecision,
    Outcome,
    ProposedResult,
    RedirectChannel,
    RequestKind,
)
from requests_app.kind_words import FULL, NATIONAL, PART, freeze_facts
from requests_app.models import DataRequest, NonDisclosureOrder, OrderVersion, Proposal, RequestLine, Target
from requests_app.permissions import is_emergency
from requests_app.services import comparing, counsel, minimum
from requests_app.services.guard import limits_of
from requests_app.services.notice_facts import plans_of

Content = dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """What the proposer states about the whole decision; stored as columns of the proposal."""

    result: str
    binding: bool
    route: str
    lawful_basis: str
    transfer_ground: str
    necessity: str
    text_for_officer: str
    refusal_code: str = ""
    redirect_channel: str = ""


# What a choice in the review proposes, and where it refers to.
_RESULTS: dict[str, tuple[ProposedResult, str]] = {
    FULL: (ProposedResult.GRANT, ""),
    PART: (ProposedResult.GRANT, ""),
    ProposedResult.REFUSE: (ProposedResult.REFUSE, ""),
    ProposedResult.REDIRECT: (ProposedResult.REDIRECT, RedirectChannel.MLA),
    NATIONAL: (ProposedResult.REDIRECT, RedirectChannel.NATIONAL),
}


# The way that a referral names; a request that is answered here goes the way that is typed.
_ROUTES: Mapping[str, str] = {
    RedirectChannel.MLA: "Mutual legal assistance", RedirectChannel.NATIONAL: "National channel",
}  # fmt: skip


def terms_typed(typed: Mapping[str, Any]) -> Terms | None:
    """Return the terms of what is typed in a review, whole or not; None while no decision is chosen."""
    if typed.get("choice") not in _RESULTS:
        return None
    result, channel = _RESULTS[typed["choice"]]
    return Terms(
        result=str(result),
        binding=typed.get("binding") == "yes" and result != ProposedResult.REDIRECT,
        route=_ROUTES.get(channel) or typed.get("route", ""),
        lawful_basis=typed.get("lawful_basis", ""),
        transfer_ground=typed.get("transfer_ground", ""),
        necessity=typed.get("necessity", ""),
        text_for_officer=typed.get("text_for_officer", ""),
        refusal_code=typed.get("refusal_code", "") if result == ProposedResult.REFUSE else "",
        redirect_channel=str(channel),
    )


def terms_of(proposal: Proposal) -> Terms:
    """Return the terms that were proposed."""
    return Terms(**{name: getattr(proposal, name) for name in Terms.__dataclass_fields__})


def build(data_request: DataRequest, terms: Terms, *, at: datetime) -> Content:
    """Return everything that is decided, read from the database now: what leaves, to whom, why, and who is told."""
    officer, agency = data_request.officer, data_request.agency
    content: Content = {
        "version": 1,
        "request": data_request.reference,
        "kind": data_request.kind,
        "recipient": {"officer": officer.get_full_name(), "email": officer.email, "agency": agency.name,
                      "country": agency.country},
        "entity": data_request.legal_entity.name if data_request.legal_entity else "",
        "process": data_request.process_type.code if data_request.process_type else "",
        "orders": [_order(v) for v in order_versions(data_request)],
        "lines": [_line(n, line) for n, line in enumerate(lines_of(data_request), 1)],
        "notice": notice_intention(data_request, at=at),
        "bars": [_bar(bar) for bar in data_request.non_disclosure_orders.order_by("pk")],
        "terms": _said(terms),
    }  # fmt: skip
    if terms.redirect_channel == RedirectChannel.NATIONAL:
        content["channel"] = channel_of(data_request)
    # Only where counsel was asked or something was compared: what was proposed before there was either still holds.
    beside = {"counsel": counsel.content_of(data_request), "compared": comparing.content_of(data_request)}
    content |= {name: rows for name, rows in beside.items() if rows}
    if is_emergency(data_request) and terms.result == ProposedResult.GRANT:
        content["emergency"] = minimum.content_of(data_request)
    if data_request.kind == RequestKind.FREEZE:
        content["freeze"] = freeze_facts(getattr(data_request, "freeze", None))
    return content


def channel_of(data_request: DataRequest) -> Content | None:
    """Return the national channel that officers of this country are sent to, with its law; None where there is none."""
    points = EntryPoint.objects.filter(provider=data_request.provider_id, jurisdiction=data_request.jurisdiction)
    point = points.exclude(national_channel="").first()
    return {"name": point.title, "where": point.national_channel, "law": point.law} if point else None


def _said(terms: Terms) -> Content:
    """Return the terms as they are sealed; what came later stands there only where it says something."""
    return {name: value for name, value in asdict(terms).items() if value or name != "redirect_channel"}


def canonical(content: Content) -> str:
    """Return the content as the exact text that is stored and hashed."""
    return encode(content).decode()


def seal(text: str) -> str:
    """Return the SHA-256 of the exact text."""
    return hashlib.sha256(text.encode()).hexdigest()


def lines_of(data_request: DataRequest) -> list[RequestLine]:
    """Return the lines in the order in which they are numbered everywhere."""
    rows = data_request.lines.select_related("target__entity", "order_version__process")
    return list(rows.order_by("target_id", "id"))


def order_versions(data_request: DataRequest) -> list[OrderVersion]:
    """Return the versions of the orders behind a request."""
    versions = OrderVersion.objects.filter(process__data_requests=data_request)
    return list(versions.select_related("process", "document").order_by("process_id", "number"))


def notice_intention(data_request: DataRequest, *, at: datetime, only: Iterable[Target] | None = None) -> list[Content]:
    """Return what is intended for the holder of each account of which something is produced, and why.

    only: the identifiers whose accounts are asked about, where not all are.
    """
    if data_request.kind in WITHOUT_RECORDS:  # see notices.plan_for
        return []
    produced = data_request.lines.filter(decision=LineDecision.PRODUCE).exclude(target__account="")
    if only is not None:
        produced = produced.filter(target__in=list(only))
    plans = plans_of(data_request, produced.order_by().values_list("target__account", flat=True).distinct(), at=at)
    return [{"account": name, "timing": str(plan.timing), "reason": plan.reason} for name, plan in plans.items()]


def outcome_of(lines: list[RequestLine]) -> str:
    """Derive a request's outcome from its lines."""
    decisions = {line.decision for line in lines}
    if LineDecision.PRODUCE in decisions:
        return str(Outcome.IN_PART if LineDecision.REFUSE in decisions else Outcome.IN_FULL)
    return str(Outcome.NO_RECORDS if LineDecision.NO_RECORDS in decisions else Outcome.NONE)


def differences(before: str, after: str) -> list[str]:
    """Say in sentences what differs between two texts made by canonical()."""
    return list(_compare("", _read(before), _read(after)))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"content": text}


def _compare(where: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            if key == "compared" and not where:
                yield from _compared(before.get(key), after.get(key))
                continue
            yield from _compare(f"{where}, {_words(key)}" if where else _words(key), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(1, max(len(before), len(after)) + 1):
            old, new = (side[number - 1] if number <= len(side) else None for side in (before, after))
            yield from _compare(f"{_ONE.get(where, where)} {number}", old, new)
    elif before != after:
        yield f"{where}: was {_value(before)}, is {_value(after)}"


def _compared(before: Any, after: Any) -> Iterator[str]:
    """Say what differs in what was said of other requests, which stand in the content as digests."""
    old, new = ({row["pair"]: row for row in side or []} for side in (before, after))
    for count, words in (
        (len(new.keys() - old.keys()), "compared with another request"),
        (len(old.keys() - new.keys()), "no longer compared with another request"),
        (sum(old[pair] != new[pair] for pair in old.keys() & new.keys()), "what was said of another request changed"),
    ):
        if count:
            yield f"Also in other requests: {words}" + (f", {count} times" if count > 1 else "")


_ONE = {"Lines": "Line", "Orders": "Order", "Bars": "Bar", "Notice": "Notice"}


def _words(key: str) -> str:
    return str(key).replace("_", " ").capitalize()


def _value(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(k)} {_value(v)}" for k, v in value.items())
    return f"“{value}”"


def _line(number: int, line: RequestLine) -> Content:
    target = line.target
    answer = {"entity": str(target.entity) if target.entity else ""} if line.category == DataCategory.ACCOUNT else {}
    return answer | {
        "number": number,
        "uid": str(line.uid),
        "identifier": f"{target.normalised} {target.detail}".strip(),
        "identifier_kind": target.kind,
        "network": target.network,
        "match": target.match_result,
        "account": target.account,
        "records": line.category,
        "from": _stamp(line.period_from),
        "to": _stamp(line.period_to),
        **_limits(line),
        "order": str(line.order_version) if line.order_version else "",
        "decision": line.decision,
        "refusal_code": line.refusal_code,
        "ground": line.ground,
    }


def _limits(line: RequestLine) -> Content:
    """Return what narrows a line inside its records; what came later stands there only where it says something."""
    limits = limits_of(line)
    said: Content = {
        "assets": ", ".join(limits.assets),
        "holder": limits.holder,
        "other_holders": "yes" if limits.other_holders else "",
        "counterparties": "yes" if limits.counterparties else "",
    }
    return {name: value for name, value in said.items() if value}


def _order(version: OrderVersion) -> Content:
    return {
        "order": str(version),
        "relation": version.relation,
        "issued_on": version.issued_on.isoformat(),
        "valid_until": version.valid_until.isoformat() if version.valid_until else "",
        "sha256": version.document.sha256 if version.document else "",
    }


def _bar(bar: NonDisclosureOrder) -> Content:
    return {
        "clause": bar.clause,
        "page": bar.page,
        "until": bar.bars_until.isoformat() if bar.bars_until else "",
        "confirmed": bool(bar.confirmed_at),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def result_fits(terms: Terms, lines: list[RequestLine]) -> bool:
    """Say whether the result and the lines say the same: nothing leaves with a refusal, something with a grant."""
    outcome = outcome_of(lines)
    return (outcome != Outcome.NONE) == (terms.result == ProposedResult.GRANT)
