"""What stands before the release of an emergency.

`{% gate_steps data_request as steps %}`: the steps with state, who, when and the link of who may go on with them.
`{% left_before data_request as gone %}`: what had left before the agency took its word back, with what was fetched.
`{% sealed_minimum content.emergency as stated %}`: why each kind of records averts the harm, as pairs.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context

from requests_app.models import DataRequest
from requests_app.services import gate, minimum

register = template.Library()


@register.simple_tag(takes_context=True)
def gate_steps(context: Context, data_request: DataRequest) -> list[gate.Step]:
    """The steps of an emergency as they stand now, for the person at the screen."""
    return gate.steps(data_request, by=context["request"].user)


@register.simple_tag
def left_before(data_request: DataRequest) -> list[gate.Left]:
    """The packages that had left before the agency took its word back, with what was fetched of each, and when."""
    return gate.left(data_request)


@register.simple_tag
def sealed_minimum(sealed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why each kind of records averts the harm and what was left out, as it was sealed: pairs for a summary list."""
    return minimum.pairs(sealed.get("why", {}), sealed.get("left_out", ""))
