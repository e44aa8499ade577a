"""Pages of a list by the key of their first and last row, because a queue moves while it is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

SIZE = 25
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """The rows of one page, how many there are in all, and the way to the next page and back.

    `first` is the place of the first row in the whole list, from 1; 0 where it is not known.
    """

    rows: list[M]
    total: int
    next: str
    previous: str = ""
    first: int = 0


def page_of(rows: QuerySet[M], request: HttpRequest, *, keys: tuple[str, str]) -> Page[M]:
    """Return the page behind `?after=<moment>~<id>`: 25 rows, the smallest keys first, and how many there are."""
    moment, pk = keys
    total = rows.count()
    if place := _place(request.GET.get("after", "")):
        at, last = place
        rows = rows.filter(Q(**{f"{moment}__gt": at}) | Q(**{moment: at, f"{pk}__gt": last}))
    found = list(rows.order_by(moment, pk)[: SIZE + 1])
    more = len(found) > SIZE
    found = found[:SIZE]
    return Page(found, total, _next(request, found[-1], keys) if more else "")


def page_newest(rows: QuerySet[M], request: HttpRequest, *, keys: tuple[str, str]) -> Page[M]:
    """Return the page behind `?before=<moment>~<id>`: 25 rows, the largest keys first, and how many there are."""
    moment, pk = keys
    total = rows.count()
    if place := _place(request.GET.get("before", "")):
        at, last = place
        # The first condition alone lets the index find the place.
        rows = rows.filter(**{f"{moment}__lte": at}).filter(Q(**{f"{moment}__lt": at}) | Q(**{f"{pk}__lt": last}))
    found = list(rows.order_by(f"-{moment}", f"-{pk}")[: SIZE + 1])
    following = _next(request, found[SIZE - 1], keys, name="before") if len(found) > SIZE else ""
    return Page(found[:SIZE], total, following)


def page_in_order(rows: QuerySet[M], request: HttpRequest, *, column: str) -> Page[M]:
    """Return the page behind `?after=<id>`: 25 rows in the order of a column of text, and how many there are."""
    total, skipped, previous = rows.count(), 0, ""
    after = request.GET.get("after", "")
    known = rows.model._base_manager.filter(pk=int(after)) if after.isascii() and after.isdigit() else None
    if known is not None and len(after) < 19 and (place := known.values_list(column, flat=True).first()) is not None:
        before = rows.filter(**{f"{column}__lte": place})
        before = before.filter(Q(**{f"{column}__lt": place}) | Q(**{column: place, "pk__lte": int(after)}))
        skipped, previous = before.count(), _previous(before, request, column)
        # The first condition alone lets the index find the place.
        rows = rows.filter(**{f"{column}__gte": place})
        rows = rows.filter(Q(**{f"{column}__gt": place}) | Q(**{column: place, "pk__gt": int(after)}))
    found = list(rows.order_by(column, "pk")[: SIZE + 1])
    more = len(found) > SIZE
    found = found[:SIZE]
    following = _address(request, str(found[-1].pk)) if more else ""
    return Page(found, total, following, previous, skipped + 1)


def _previous(before: QuerySet[Any], request: HttpRequest, column: str) -> str:
    """The page that ends where this one begins; the first one has no place in its address."""
    last = before.order_by(f"-{column}", "-pk").values_list("pk", flat=True)[SIZE : SIZE + 1]
    return _address(request, "".join(map(str, last)))


def _address(request: HttpRequest, after: str) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    if after:
        query["after"] = after
    return f"?{query.urlencode()}"


def _place(text: str) -> tuple[datetime, int] | None:
    moment, _mark, pk = text.rpartition("~")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    return (at, int(pk)) if at is not None and at.tzinfo and pk.isascii() and pk.isdigit() and len(pk) < 19 else None


def _next(request: HttpRequest, row: Any, keys: tuple[str, str], *, name: str = "after") -> str:
    query = request.GET.copy()
    query[name] = f"{getattr(row, keys[0]).isoformat()}~{getattr(row, keys[1])}"
    return f"?{query.urlencode()}"
