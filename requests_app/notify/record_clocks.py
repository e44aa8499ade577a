"""Reminders around what leaves: when the time to object, a bar on notice and a download end. No facts of the case."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import User
from foundation.notifications.rendering import Value
from requests_app.models import DataRequest, DisclosurePackage, NonDisclosureOrder, UserNotice
from requests_app.notify.recipients import officers
from requests_app.notify.telling import to_each


def window_ends(notice: UserNotice, people: Iterable[User], *, at: datetime) -> None:
    """Remind staff that the time to object is over in a day; several accounts with one end are one message."""
    key = f"window:{notice.data_request_id}:{notice.window_ends_at:%Y%m%d%H%M%S}:before"
    to_each(notice.data_request, "window_ends", people, key=key, context={"ends": notice.window_ends_at}, at=at)


def window_over(notice: UserNotice, people: Iterable[User], *, waits: bool, at: datetime) -> None:
    """Tell staff that the time to object is over; waits: something else still keeps the records back."""
    key = f"window:{notice.data_request_id}:{notice.window_ends_at:%Y%m%d%H%M%S}:over"
    context = {"ended": notice.window_ends_at, "waits": int(waits)}
    to_each(notice.data_request, "window_over", people, key=key, context=context, at=at)


def bar_ends(bar: NonDisclosureOrder, *, at: datetime) -> None:
    """Remind the officer and who follows that we may tell the account holder soon."""
    key = f"bar:{bar.data_request_id}:{bar.bar_ends_at:%Y%m%d%H%M%S}:before"
    _to_officers(bar.data_request, "bar_ends", key=key, context={"ends": bar.bar_ends_at}, at=at)


def bar_over(bar: NonDisclosureOrder, people: Iterable[User], *, at: datetime) -> None:
    """Tell the officer, who follows, and these members of staff that the bar is over."""
    key = f"bar:{bar.data_request_id}:{bar.bar_ends_at:%Y%m%d%H%M%S}:over"
    _to_officers(bar.data_request, "bar_over", key=key, context={"ended": bar.bar_ends_at}, at=at)
    bar_over_staff(bar, people, at=at)


def bar_over_staff(bar: NonDisclosureOrder, people: Iterable[User], *, at: datetime) -> None:
    """Tell these members of staff alone that the bar is over: the officer filed what extends it, and nobody read it."""
    key = f"bar:{bar.data_request_id}:{bar.bar_ends_at:%Y%m%d%H%M%S}:over:staff"
    to_each(bar.data_request, "bar_over_staff", people, key=key, context={"ended": bar.bar_ends_at}, at=at)


def renewal_read(bar: NonDisclosureOrder, *, forbids: bool, at: datetime) -> None:
    """Tell the officer and who follows what a person found in the order that was to extend a bar."""
    key = f"bar:{bar.pk}:read:{int(forbids)}"
    _to_officers(bar.data_request, "renewal_read", key=key, context={"forbids": int(forbids)}, at=at)


def download_ends(package: DisclosurePackage, *, days: int, at: datetime) -> None:
    """Remind the officer and who follows that records wait that nobody has downloaded; days: what is left, whole."""
    key = f"package:{package.pk}:{package.expires_at:%Y%m%d%H%M%S}:ends:{days}"
    context = {"until": package.expires_at, "days": days}
    _to_officers(package.data_request, "download_ends", key=key, context=context, at=at)


def download_over(package: DisclosurePackage, *, taken: bool, at: datetime) -> None:
    """Tell the officer and who follows that the download has ended, and whether anybody took the records."""
    key = f"package:{package.pk}:{package.expires_at:%Y%m%d%H%M%S}:over"
    context = {"ended": package.expires_at, "taken": int(taken)}
    _to_officers(package.data_request, "download_over", key=key, context=context, at=at)


def not_downloaded(package: DisclosurePackage, people: Iterable[User], *, told: bool, at: datetime) -> None:
    """Tell staff that a download has ended which nobody used; told: so is the officer."""
    key = f"package:{package.pk}:{package.expires_at:%Y%m%d%H%M%S}:unused"
    context = {"ended": package.expires_at, "told": int(told)}
    to_each(package.data_request, "download_unused", people, key=key, context=context, at=at)


def _to_officers(
    data_request: DataRequest, event: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    to_each(data_request, event, officers(data_request), key=key, context=context, at=at)
