"""Names of what is written to the trail."""

from enum import StrEnum


class NotificationEvent(StrEnum):
    """Events of messages and hooks that people must be able to answer for."""

    SENT = "message.sent"
    GIVEN_UP = "message.given_up"
    BOUNCED = "message.bounced"
    RESENT = "message.resent"
    DEALT_WITH = "message.dealt_with"
    WORDS_FAILED = "message.words_failed"
    UNDELIVERED_LISTED = "message.undelivered_listed"
    UNDELIVERED_READ = "message.undelivered_read"
    CHOICES_CHANGED = "message.choices_changed"
    HOOK_ADDED = "hook.added"
    HOOK_CHANGED = "hook.changed"
    HOOK_REMOVED = "hook.removed"
    HOOK_SECRET_CHANGED = "hook.secret_changed"
    HOOK_SECRET_SHOWN = "hook.secret_shown"
    HOOK_TESTED = "hook.tested"
    HOOK_GIVEN_UP = "hook.given_up"
    HOOK_RESENT = "hook.resent"
