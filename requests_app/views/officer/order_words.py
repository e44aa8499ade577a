"""Orders in words: the facts of one for a list, and of those that another request uses."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from foundation.core.languages import language_name
from requests_app.models import DataRequest, LegalProcess, OrderUse, OrderVersion
from requests_app.order_rules import day_of, in_force, in_order, quashed_by
from requests_app.services import orders
from requests_app.services.orders import version_words

_MOST = 3


@dataclass(frozen=True)
class OrderCard:
    """One order as a list shows it."""

    process: LegalProcess
    title: str
    rows: list[tuple[str, Any]]
    versions: list[OrderVersion]
    standing: str
    colour: str
    leads: bool = False
    read_only: bool = False
    # Requests that this officer may see, by which an order is recognised.
    used_in: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Say whether another request may rest on it: one that was quashed carries nothing."""
        return self.standing != "Quashed"


def cards_of(data_request: DataRequest, at: datetime) -> list[OrderCard]:
    """Return the orders of a request as a list shows them, in three queries however many there are."""
    found = orders.orders_of(data_request)
    others = OrderUse.objects.filter(process__in=found, data_request__submitted_at__isnull=False)
    sent = set(others.exclude(data_request=data_request).values_list("process_id", flat=True))
    return [_card(process, at, leads=n == 0, read_only=process.pk in sent) for n, process in enumerate(found)]


def reuse_cards(found: QuerySet[LegalProcess], draft: DataRequest, user: Any, at: datetime) -> list[OrderCard]:
    """Return orders of other requests, each with the names of the requests this officer may see."""
    seen = DataRequest.objects.visible_to(user).exclude(pk=draft.pk)
    rows = list(found.select_related("process_type__jurisdiction").prefetch_related("versions__document"))
    names: dict[int, list[str]] = defaultdict(list)
    uses = OrderUse.objects.filter(process__in=rows, data_request__in=seen.values("pk")).order_by("-data_request__pk")
    for pk, reference, title in uses.values_list("process_id", "data_request__reference", "data_request__title"):
        names[pk].append(" ".join(filter(None, (reference, title))) or "a draft of yours")
    return [_card(process, at, used_in=tuple(names[process.pk][:_MOST])) for process in rows]


def _card(
    process: LegalProcess, at: datetime, *, leads: bool = False, read_only: bool = False, used_in: tuple[str, ...] = ()
) -> OrderCard:
    versions = in_order(process.versions.all())
    standing, colour = _standing(versions, at)
    title = process.process_type.full_name if process.process_type else "Order"
    rows = [row for row in _rows(process, versions) if row[1]]
    return OrderCard(process, title, rows, versions, standing, colour, leads, read_only, used_in)


def _rows(process: LegalProcess, versions: list[OrderVersion]) -> list[tuple[str, Any]]:
    signed = ", ".join(filter(None, (process.signatory, process.issuer_rank)))
    newest = versions[-1] if versions else None
    return [
        ("Issued by", process.issuing_authority),
        ("Signed by", signed),
        ("Docket", process.docket),
        ("Section of law", process.section_of_law),
        ("Dates", "; ".join(version_words(version) for version in versions)),
        ("Return date", _day(newest.return_date) if newest and newest.return_date else ""),
        ("Language", language_name(process.language)),
        ("Copy", newest.document.filename if newest and newest.document else ""),
    ]


def _standing(versions: list[OrderVersion], at: datetime) -> tuple[str, str]:
    """Say how an order stands, and the colour of its tag; nothing to say while it is in force."""
    day = day_of(at)
    if not versions:
        return "Not complete", "blue"
    if quashed_by(versions, day):
        return "Quashed", "red"
    return ("", "") if in_force(versions, day) else ("Not in force", "red")


def _day(value: Any) -> str:
    return f"{value:%-d %b %Y}"
