"""Orders on pages of staff, after `{% load orders %}`.

- `{% order_news data_request %}`: what was quashed or narrowed since the request was sent, in the head of its pages
- `{% order_list data_request %}`: the orders with every version, its document, who added it and when
- `{{ version|said }}`: Extended 27 Mar 2026, valid until 1 Jun 2026
"""

from typing import Any

from django import template
from django.template import Context

from requests_app.models import DataRequest, OrderVersion
from requests_app.order_rules import in_order
from requests_app.services import order_versions, orders, reopening
from requests_app.services.orders import version_words

register = template.Library()


@register.inclusion_tag("staff/_order_news.html", takes_context=True)
def order_news(context: Context, data_request: DataRequest) -> dict[str, Any]:
    """Draw a warning for every order that was quashed or narrowed since the request was sent, and what to do."""
    found = order_versions.news(data_request)
    user = context["request"].user
    again = bool(found) and reopening.refusal(data_request, by=user) is None
    return {"news": found, "data_request": data_request, "may_review_again": again}


@register.inclusion_tag("staff/_orders.html")
def order_list(data_request: DataRequest) -> dict[str, Any]:
    """Draw the orders of a request with their versions, newest last."""
    own = set(data_request.documents.values_list("document_id", flat=True))
    rows = [(process, in_order(process.versions.all())) for process in orders.orders_of(data_request)]
    others = orders.shared_with(data_request)
    return {
        "data_request": data_request,
        "orders": [(process, versions, others.get(process.pk, 0)) for process, versions in rows],
        "own": own,
    }


@register.filter
def said(version: OrderVersion) -> str:
    """Say what a version did and until when it holds."""
    return version_words(version)
