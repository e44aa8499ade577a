"""Notices over all requests: what waits for a look, what was objected to, what is due and what is held."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from requests_app.models import UserNotice
from requests_app.services import notice_lists
from requests_app.services.notice_lists import COUNT_TO, LISTS, PAGE

_KEY = re.compile(r"([0-9]{1,17}|none)\.([0-9]{1,18})")
_EPOCH = datetime.fromtimestamp(0, UTC)
# Further tabs exist only while something is in them or they are looked at.
_ALWAYS = {"look", "objected", "due", "postponed", "told"}
# What waits for a person: without a choice the first of them with something in it is shown.
_WAITS = ("waiver", "look", "objected", "lost")


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show one list, page by page; which one stands in the address."""
    user: Any = request.user
    which = request.GET.get("show", "")
    counts = {name: notice_lists.count(user, name) for name in LISTS}
    if which not in LISTS:
        which = next((name for name in _WAITS if counts[name]), "look")
    rows = notice_lists.listed(user, which)
    if match := _KEY.fullmatch(request.GET.get("after", "")):
        place = None if match[1] == "none" else _EPOCH + timedelta(microseconds=int(match[1]))
        rows = notice_lists.after(rows, which, place, int(match[2]))
    page = list(rows.select_related("data_request__agency", "objection_recorded_by")[: PAGE + 1])
    more, page = len(page) > PAGE, page[:PAGE]
    context = {
        "which": which,
        "title": LISTS[which].words,
        "rows": page,
        "tabs": [
            {"words": listed.words, "count": _number(counts[name]), "url": _address(name), "current": name == which}
            for name, listed in LISTS.items()
            if name in _ALWAYS or counts[name] or name == which
        ],
        "total": counts[which] if counts[which] <= COUNT_TO else None,
        "first": _address(which) if match else "",
        "next": _address(which, _key(page[-1], which)) if more else "",
    }
    return render(request, "staff/notice_list.html", context)


def _number(found: int) -> str:
    return str(found) if found <= COUNT_TO else f"{COUNT_TO}+"


def _key(row: UserNotice, which: str) -> str:
    moment: datetime | None = getattr(row, LISTS[which].moment)
    return f"{(moment - _EPOCH) // timedelta(microseconds=1) if moment else 'none'}.{row.pk}"


def _address(which: str, after: str = "") -> str:
    return f"{reverse('staff_records:notices')}?show={which}" + (f"&after={after}" if after else "")
