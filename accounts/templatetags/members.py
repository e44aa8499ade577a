"""Template tags of pages about members of agencies."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.member_words import event_words, state_of, state_words
from foundation.core.templatetags.portal import status_tag

register = template.Library()


@register.simple_tag(takes_context=True)
def member_tag(context: Context, member: Any) -> SafeString:
    """The one tag of a member: has access, lapsed, suspended, ended."""
    return SafeString(status_tag(*state_words(state_of(member, context.get("now") or timezone.now()))))


@register.filter
def happened(action: str) -> str:
    """What an entry of the trail says, for a person."""
    return event_words(action) or action
