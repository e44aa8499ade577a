"""Who is asked right before each try of a message, so that nothing goes out that must not any more.

An app names its function in `AppConfig.ready()`, by the event and a dotted path:

    asks_before("user_notice", "requests_app.services.notice_again.mail_stopped")   # (message) -> why not, or ""
"""

from typing import Any

from django.utils.module_loading import import_string

_paths: dict[str, str] = {}


def asks_before(event: str, path: str) -> None:
    """Name the function that says why a message of this event does not go out any more."""
    _paths[event] = path


def stopped(message: Any) -> str:
    """Say why this message does not go out any more, or nothing."""
    path = _paths.get(message.event)
    return str(import_string(path)(message)) if path else ""
