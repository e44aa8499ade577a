"""Who may come in: agencies, officers, staff, vetting, roles, second factor."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from accounts.checks import check_staff_domains
from accounts.events import Event
from accounts.open_work import gives_back, in_hand
from accounts.running_clocks import register as register_clocks
from accounts.waiting import waits
from accounts.watched import watch
from foundation.legal.open_clocks import clocks_of
from foundation.notifications.hooks.gone import when_gone
from foundation.notifications.subjects import subject

# What an officer does here that is looked at again after a suspension.
_WATCHED = {
    Event.COLLEAGUE_VOUCHED: "Vouched for a colleague",
    Event.VOUCH_WITHDRAWN: "Took a vouch back",
    Event.MEMBERSHIP_ENDED: "Removed a member",
    Event.LEAD_APPOINTED: "Appointed a lead",
    Event.DESK_CHANGED: "Changed a desk",
    Event.PASSWORD_SET: "Set a new password",
    Event.FACTOR_ENROLLED: "Set up a second factor",
    Event.RECOVERY_CODE_USED: "Used a recovery code",
    Event.FACTOR_LOST: "Asked to reset passkeys and apps",
    Event.ADDRESS_CHANGE_ASKED: "Asked for another address",
}


class AccountsConfig(AppConfig):
    """Who may come in: agencies, officers, staff, vetting, roles, second factor."""

    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which acts are looked at again, and what somebody who leaves hands back; register the check."""
        register(check_staff_domains, Tags.security)
        for event, words in _WATCHED.items():
            watch(event, words)
        in_hand("accounts.services.hand_back.in_hand")
        gives_back("accounts.services.hand_back.give_back")
        waits("accounts:inbox", "accounts.message_counts.unread", "unread")
        waits("accounts:applications", "accounts.services.waiting.to_decide", "to decide")
        register_clocks()
        when_gone("accounts.services.hooks.tell_gone")
        subject("access", links="accounts.message_subjects.links")
        waits("accounts:undelivered", "accounts.services.undelivered.waiting", "not delivered", alert=True)
        clocks_of("access", "accounts.services.recounting.open_clocks", "accounts.services.recounting.move")
