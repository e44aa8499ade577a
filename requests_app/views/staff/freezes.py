"""All freezes: what is to be carried out, what is in force and ends when, what is to be lifted."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from requests_app.kind_words import freeze_facts, freeze_words
from requests_app.services import freeze_orders

_EACH = 50


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def freezes(request: HttpRequest) -> HttpResponse:
    """Show one list, the most pressing first; which one stands in the address."""
    user: Any = request.user
    which = request.GET.get("show", "")
    which = which if which in freeze_orders.LISTS else "force"
    counts, at = freeze_orders.tally(user), timezone.now()
    pages = Paginator(freeze_orders.listed(user, which), _EACH)
    pages.count = counts[which]
    page = pages.get_page(request.GET.get("page"))
    rows = [
        (row, freeze_words(freeze_facts(row)), freeze_orders.standing_of(row, lift=getattr(row, "lift", None), at=at))
        for row in page.object_list
    ]
    context = {
        "which": which,
        "title": freeze_orders.LISTS[which],
        "rows": rows,
        "tabs": [
            {"words": words, "count": counts[name], "url": _address(name), "current": name == which,
             "alert": name == "lift"}
            for name, words in freeze_orders.LISTS.items()
        ],
        "page": page,
        "previous": _address(which, page.previous_page_number()) if page.has_previous() else "",
        "next": _address(which, page.next_page_number()) if page.has_next() else "",
        "shown": len(rows),
        "total": counts[which],
    }  # fmt: skip
    return render(request, "staff/freezes.html", context)


def _address(which: str, page: int = 1) -> str:
    return f"{reverse('staff:freezes')}?show={which}" + (f"&page={page}" if page > 1 else "")
