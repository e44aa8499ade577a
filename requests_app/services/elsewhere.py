"""Other requests that have something in common with one: an identifier, an account, a file, the words, an order.

Only requests that the reader may see are looked at: a restricted one leaves neither a row nor a number. What is found
is a hint for a person, decides nothing, and neither agency is ever told of the other.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, ExpressionWrapper, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Lower

from accounts.models import User
from requests_app.enums import RequestStatus
from requests_app.models import ComparedRequest, DataRequest, OrderUse, RequestDocument, Target
from requests_app.models.searchable import FACTS_DIGEST
from requests_app.services import comparing

SHOWN = 10
# So many rows of each kind are read: more in common changes nothing in what a person does.
_READ = 100
# Shorter facts are alike by chance.
_LEAST_WORDS = 40
# The index's expression with its type, which its parts do not agree on.
_SAME_WORDS = ExpressionWrapper(FACTS_DIGEST, output_field=TextField())

IDENTIFIER, ACCOUNT, FILE, FACTS, ORDER = "identifier", "account", "file", "facts", "order"
_WORDS = {
    IDENTIFIER: ("the same identifier", "the same identifiers"),
    ACCOUNT: ("the same account", "the same accounts"),
    FILE: ("the same file", "the same files"),
    FACTS: ("the same wording of the facts", "the same wording of the facts"),
    ORDER: ("the same order", "the same orders"),
}


@dataclass
class Alike:
    """Another request and what it has in common with this one."""

    data_request: DataRequest
    same_agency: bool
    common: dict[str, list[str]] = field(default_factory=dict)
    """What is common, by kind: the identifiers, accounts, names of files or orders as this request has them."""
    compared: ComparedRequest | None = None
    """What a person said of the two, if anybody did."""

    @property
    def because(self) -> list[tuple[str, str]]:
        """What is common in words: ("the same account", "48213377")."""
        found = []
        for kind, values in self.common.items():
            shown = ", ".join(values[:3]) + (f" and {len(values) - 3} more" if len(values) > 3 else "")
            found.append((_WORDS[kind][len(values) > 1], "" if kind == FACTS else shown))
        return found


def elsewhere(data_request: DataRequest, *, user: User) -> list[Alike]:
    """Return the requests that have something in common with this one, SHOWN at most; four queries.

    Those that nobody has compared come first, of each the newest first.

    Drafts are nobody's business, and a request that is restricted is found by its named readers alone.
    """
    visible = DataRequest.objects.visible_to_staff(user).exclude(pk=data_request.pk)
    visible = visible.exclude(status=RequestStatus.DRAFT).filter(provider=data_request.provider_id)
    common = _common(data_request, visible)
    if not common:
        return []
    rows = visible.filter(pk__in=common).select_related("agency", "assignee").order_by("-submitted_at", "-pk")[:SHOWN]
    said = {row.there.pk: row for row in comparing.settled(data_request, user=user)}  # type: ignore[attr-defined]
    found = [Alike(row, row.agency_id == data_request.agency_id, common[row.pk], said.get(row.pk)) for row in rows]
    return sorted(found, key=lambda item: item.compared is not None)


def common_of(data_request: DataRequest, other: DataRequest) -> dict[str, list[str]]:
    """Return what two requests have in common, by kind; the caller has seen to it that both may be seen."""
    return _common(data_request, DataRequest.objects.filter(pk=other.pk)).get(other.pk, {})


def _common(data_request: DataRequest, others: QuerySet[Any]) -> dict[int, dict[str, list[str]]]:
    """Return what each of these others has in common with this request, by its key; one query."""
    arms = [arm for arm in _arms(data_request, others) if arm is not None]
    found: dict[int, dict[str, list[str]]] = {}
    for key, kind, words in arms[0].union(*arms[1:], all=True) if len(arms) > 1 else arms[0]:
        known = found.setdefault(key, {}).setdefault(kind, [])
        if words not in known:
            known.append(words)
    order = list(_WORDS)
    return {key: dict(sorted(kinds.items(), key=lambda item: order.index(item[0]))) for key, kinds in found.items()}


def _arms(data_request: DataRequest, others: QuerySet[Any]) -> list[Any]:
    """Return one query for each thing two requests can have in common: the key of the other, what, and which."""
    own = data_request.targets
    arms: list[Any] = [
        _arm(Target.objects.filter(normalised__in=own.values("normalised")).filter(
            kind__in=own.order_by().values("kind").distinct()), others, IDENTIFIER, "normalised"),
        _arm(Target.objects.filter(account__in=own.exclude(account="").values("account")).exclude(account=""),
             others, ACCOUNT, "account"),
        _arm(RequestDocument.objects.filter(removed_at=None, document__sha256__in=_hashes(data_request)), others, FILE,
             "document__filename"),
    ]  # fmt: skip
    dockets = data_request.orders.exclude(docket="").values(folded=Lower("docket"))
    orders = OrderUse.objects.alias(folded=Lower("process__docket")).filter(folded__in=dockets)
    same = orders.filter(process__issuing_authority__in=data_request.orders.values("issuing_authority"))
    arms.append(_arm(same, others, ORDER, "process__docket"))
    if len(data_request.facts.strip()) >= _LEAST_WORDS:
        own_words = DataRequest.objects.filter(pk=data_request.pk).values_list(_SAME_WORDS)
        alike = others.exclude(facts="").annotate(words_digest=_SAME_WORDS).filter(words_digest__in=own_words)
        arms.append(_values(alike.order_by("-pk"), F("pk"), FACTS, Value("")))
    return arms


def _arm(rows: QuerySet[Any], others: QuerySet[Any], kind: str, words: str) -> Any:
    rows = rows.filter(data_request__in=others.order_by()).order_by("-data_request")
    return _values(rows, F("data_request_id"), kind, F(words))


def _values(rows: QuerySet[Any], key: Any, kind: str, words: Any) -> Any:
    text = CharField(max_length=300)
    named = rows.annotate(other_key=key, common_kind=Value(kind, output_field=text), common_words=Cast(words, text))
    return named.values_list("other_key", "common_kind", "common_words")[:_READ]


def _hashes(data_request: DataRequest) -> Any:
    own = data_request.documents.filter(removed_at=None).exclude(document__sha256="")
    return own.values("document__sha256")
