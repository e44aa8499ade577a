"""The officer's list in pages and parts: what runs down or wants a word by its day, drafts, what ended latest first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Coalesce

from preservation import schedule
from preservation.enums import ENDED_STATUSES, OPEN_STATUSES, HoldStatus

PAGE = 50
PARTS = {"": "All", "running": "Running", "ending": "Ending", "question": "With a question", "ended": "Ended"}
# Days before the end from which a hold is among those that end.
ENDING = 30
# From so long before it is due a treaty request is asked about.
_ASKED = timedelta(days=14)
_KEY = re.compile(r"([0-3])\.([0-9]{1,17})\.([0-9]{1,18})")
_EPOCH, _FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """The holds of one page, and what the page says of its part and of what goes before and after."""

    holds: list[Any]
    context: dict[str, Any]


def page_of(found: Any, given: Mapping[str, str], now: datetime) -> Page:
    """Return a page of the holds an officer may see: `show` names the part, `after` the place; what is odd is left out.

    Read by place, so that a page costs the same however many holds there are before it.
    """
    show = given.get("show", "")
    part = show if show in PARTS else ""
    after = str(given.get("after", ""))
    rows = _placed(found.filter(_part(part, now)), now)
    if match := _KEY.fullmatch(after):
        place, moment, pk = int(match[1]), _EPOCH + timedelta(microseconds=int(match[2])), int(match[3])
        same = Q(place=place, moment=moment, pk__gt=pk)
        rows = rows.filter(Q(place__gt=place) | Q(place=place, moment__gt=moment) | same)
    holds = list(rows.order_by("place", "moment", "pk")[: PAGE + 1])
    more, holds = len(holds) > PAGE, holds[:PAGE]
    context = {
        "parts": [(words, f"?show={name}" if name else "?", name == part) for name, words in PARTS.items()],
        "part": part,
        "next": _address(part, _key(holds[-1])) if more else "",
        "first": _address(part) if match else "",
    }
    return Page(holds, context)


def _part(name: str, now: datetime) -> Q:
    soon = Q(status=HoldStatus.ACTIVE, expires_at__lt=schedule.within(ENDING, at=now))
    asked = (
        Q(status=HoldStatus.ACTIVE, needed_asked_at__isnull=False)
        | Q(status=HoldStatus.ACTIVE, authority_must_file_by__isnull=False, filed_on=None)
        | _treaty_asked(now)
    )
    parts = {
        "running": Q(status__in=OPEN_STATUSES), "ending": soon, "question": asked,
        "ended": Q(status__in=ENDED_STATUSES),
    }  # fmt: skip
    return parts.get(name, Q())


def _treaty_asked(now: datetime) -> Q:
    return Q(status=HoldStatus.ON_TREATY, confirm_by__lte=now + _ASKED)


def _placed(found: Any, now: datetime) -> Any:
    """Note on each row its place and its moment in it; of what is over the moment runs backwards."""
    over = ExpressionWrapper(
        Coalesce("released_at", "expired_at", "declined_at", "created_at") - Value(_EPOCH), DurationField()
    )
    backwards = ExpressionWrapper(Value(_FAR) - over, DateTimeField())
    place = Case(
        When(Q(status=HoldStatus.ACTIVE) | _treaty_asked(now), then=Value(0)),
        When(status__in=[HoldStatus.PROCESS_SERVED, HoldStatus.ON_TREATY], then=Value(1)),
        When(status=HoldStatus.DRAFT, then=Value(2)),
        default=Value(3),
    )
    moment = Case(
        When(_treaty_asked(now), then=F("confirm_by")),
        When(status__in=OPEN_STATUSES, then=F("expires_at")),
        default=backwards,
    )
    return found.annotate(place=place, moment=moment)


def _key(hold: Any) -> str:
    return f"{hold.place}.{(hold.moment - _EPOCH) // timedelta(microseconds=1)}.{hold.pk}"


def _address(part: str, after: str = "") -> str:
    return "?" + urlencode({name: value for name, value in {"show": part, "after": after}.items() if value})
