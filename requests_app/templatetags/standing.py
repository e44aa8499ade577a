"""Who asks, on every page that decides: `{% load standing %}{% standing data_request %}`."""

from typing import Any

from django import template
from django.template.context import Context

from accounts.permissions import Permission, has_permission
from requests_app.models import DataRequest
from requests_app.services.standing import standing_of

register = template.Library()


@register.inclusion_tag("staff/_standing.html", takes_context=True)
def standing(context: Context, data_request: DataRequest) -> dict[str, Any]:
    """The panel of officer and agency, as far as the person at the screen may know of them."""
    user = context["request"].user
    return {
        "data_request": data_request,
        "standing": standing_of(data_request, user=user),
        "may_see_agencies": has_permission(user, Permission.SEE_APPLICATIONS),
    }
