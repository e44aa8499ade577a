"""What stands beside a request on the pages of staff, after `{% load beside %}`; each is read where it is drawn.

- `{% elsewhere_of data_request as alike %}`, then `{% include "staff/_elsewhere.html" %}`
- `{% counsel_of data_request as standing %}`, then `{% include "staff/_counsel.html" %}`
- `{{ target|match_means:data_request.kind }}`, `{{ target|included:part.lines }}`: what its match means and gives
- `{% protected_by targets as people %}`: who is meant
- `{% settled_of data_request as settled %}`: the requests that were compared with this one
"""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context

from requests_app import match_words
from requests_app.models import ComparedRequest, DataRequest, RequestLine, Target
from requests_app.services import comparing, counsel, elsewhere
from requests_app.services.counsel import Standing
from requests_app.services.elsewhere import Alike

register = template.Library()


@register.simple_tag(takes_context=True)
def elsewhere_of(context: Context, data_request: DataRequest) -> list[Alike]:
    """Other requests with something in common, of those that the person at the screen may see."""
    user: Any = context["request"].user
    return elsewhere.elsewhere(data_request, user=user)


@register.simple_tag
def counsel_of(data_request: DataRequest) -> Standing:
    """Where counsel stands on this request."""
    return counsel.standing_of(data_request)


@register.simple_tag(takes_context=True)
def settled_of(context: Context, data_request: DataRequest) -> list[ComparedRequest]:
    """What was said of this request and others, of those that the person at the screen may see."""
    user: Any = context["request"].user
    return comparing.settled(data_request, user=user)


@register.filter
def match_means(target: Target, kind: str) -> str:
    """What to do about a result that leads to no single account, in a request of this kind."""
    return match_words.meaning(target, kind)


@register.filter
def included(target: Target, lines: Iterable[RequestLine]) -> str:
    """How many of an identifier's lines are produced."""
    return match_words.included(target, lines)


@register.simple_tag
def protected_by(targets: Iterable[Target]) -> str:
    """Whom the accounts found belong to, where that makes a request one for named people only."""
    return ", ".join(match_words.protected(targets))
