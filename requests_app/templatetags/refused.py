"""`{{ line.refusal_code|refused_because:data_request.kind }}`: why something is refused, in words."""

from django import template

from requests_app import refusals

register = template.Library()


@register.filter
def refused_because(code: str, kind: str) -> str:
    """Why something is refused, in the words of the kind of request; nothing where it is not."""
    return refusals.why(code, kind) if code else ""
