"""What stands beside an identifier, in words."""

from typing import Any

from django import template

from foundation.core.identifiers import beside_words

register = template.Library()


@register.filter
def beside(identifier: Any) -> str:
    """Network, memo or tag, direction and output of a target or of an identifier that was read; often nothing."""
    return beside_words(identifier.network, identifier.detail)
