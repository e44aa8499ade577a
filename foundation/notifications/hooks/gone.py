"""Who is told that a receiver wanted no more calls and its hook was switched off: the apps above know the people.

The app that keeps hooks names its function in `AppConfig.ready()`, by its dotted path: (hook, at=) -> None, called in
the transaction that switches the hook off.

    when_gone("accounts.services.hooks.tell_gone")
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from foundation.notifications.models import Hook

_tellers: list[str] = []


def when_gone(path: str) -> None:
    """Name a function that tells people of a hook that switched itself off; the same path again changes nothing."""
    if path not in _tellers:
        _tellers.append(path)


def tell_gone(hook: "Hook", *, at: datetime) -> None:
    """Have everybody told who was named."""
    for path in _tellers:
        import_string(path)(hook, at=at)
