"""Notices over all requests, as the desk reads them: in lists by what is to be done, each paged from its end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from requests_app.enums import NoticeStatus
from requests_app.models import DataRequest, UserNotice
from requests_app.services import notice_letters

PAGE = 50
# Counting stops here.
COUNT_TO = 1000


@dataclass(frozen=True)
class Listed:
    """A list: its name, which rows, and the column that orders it; newest: the last one first."""

    words: str
    which: Q
    moment: str
    newest: bool = False


LISTS: dict[str, Listed] = {
    "waiver": Listed("Never tell?", ~Q(waived_by=None) & Q(status__in=["planned", "postponed"]), "planned_at"),
    "look": Listed(
        "Waits for a look", ~Q(waits_for="") & Q(status__in=["planned", "postponed"], waived_by=None), "planned_at"
    ),
    "objected": Listed("Objected", Q(status=NoticeStatus.OBJECTED), "objection_recorded_at"),
    "lost": Listed("Letter did not arrive", Q(), "sent_at"),
    "due": Listed("To be told", Q(status=NoticeStatus.PLANNED, waits_for="", waived_by=None), "due_at"),
    "postponed": Listed("Not yet", Q(status=NoticeStatus.POSTPONED), "due_at"),
    "told": Listed("Told", Q(sent_at__isnull=False, status__in=notice_letters.TOLD), "sent_at", newest=True),
    "never": Listed("Never told", Q(status=NoticeStatus.WAIVED), "planned_at", newest=True),
}


def listed(user: Any, name: str) -> QuerySet[UserNotice]:
    """Return the rows of a list that this person may know of, in its order; what has no date comes last."""
    found = LISTS[name]
    rows = notice_letters.not_arrived() if name == "lost" else UserNotice.objects.filter(found.which)
    rows = rows.filter(data_request__in=DataRequest.objects.visible_to_staff(user))
    if found.newest:
        return rows.order_by(F(found.moment).desc(), "-pk")
    return rows.order_by(F(found.moment).asc(nulls_last=True), "pk")


def after(rows: QuerySet[UserNotice], name: str, moment: datetime | None, pk: int) -> QuerySet[UserNotice]:
    """Return what of a list stands behind a place: a moment, or None among those without a date, and a key."""
    column, newest = LISTS[name].moment, LISTS[name].newest
    if newest and moment is None:
        return rows
    if newest:
        return rows.filter(Q(**{f"{column}__lt": moment}) | Q(**{column: moment, "pk__lt": pk}))
    if moment is None:
        return rows.filter(**{f"{column}__isnull": True, "pk__gt": pk})
    behind = Q(**{f"{column}__gt": moment}) | Q(**{column: moment, "pk__gt": pk}) | Q(**{f"{column}__isnull": True})
    return rows.filter(behind)


def count(user: Any, name: str) -> int:
    """Return how many rows a list has for this person, up to one more than COUNT_TO."""
    return listed(user, name).order_by()[: COUNT_TO + 1].count()


def to_look_at(user: Any, at: datetime) -> list[QuerySet[Any]]:
    """Return what waits for a person: a look, or a decision about what somebody else wrote down or proposed."""
    objected = listed(user, "objected").exclude(objection_recorded_by=user)
    waivers = listed(user, "waiver").exclude(waived_by=user)
    return [listed(user, "look").order_by(), objected.order_by(), waivers.order_by()]
