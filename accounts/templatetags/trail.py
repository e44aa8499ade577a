"""Template tags of the audit log's pages."""

from typing import Any

from django import template
from django.template import Context

from accounts.permissions import Permission, has_permission

register = template.Library()

_TABS = (
    ("entries", "Entries", "accounts:trail", Permission.READ_TRAIL),
    ("unusual", "Weekly report", "staff:unusual", Permission.READ_TRAIL),
    ("alarms", "Searching for accounts", "staff:alarms", Permission.SEE_ALARMS),
    ("state", "State of the log", "staff:trail_state", Permission.SEE_TRAIL_STATE),
)


@register.inclusion_tag("accounts/staff/_trail_tabs.html", takes_context=True)
def trail_tabs(context: Context, tab: str) -> dict[str, Any]:
    """The pages of the audit log that this reader may open; nothing where there is only one."""
    user = context["request"].user
    mine = [(name, words, url) for name, words, url, right in _TABS if has_permission(user, right)]
    return {"tabs": mine if len(mine) > 1 else [], "tab": tab}
