"""The hold: place, remind, extend, release, expire."""

from django.apps import AppConfig

from accounts.event_names import names
from accounts.open_work import left_by
from accounts.trail_parts import stands_under
from accounts.waiting import waits
from accounts.watched import opens, stops, watch
from foundation.notifications.subjects import subject
from preservation.events import Event
from preservation.running_clocks import register as register_clocks

# What an officer does here that is looked at again after a suspension.
_WATCHED = {
    Event.REQUESTED: "Asked for a hold",
    Event.EXTENSION_ASKED: "Asked to keep records longer",
    Event.RELEASED: "Released a hold",
    Event.CERTIFICATE_DOWNLOADED: "Downloaded a certificate",
}


class PreservationConfig(AppConfig):
    """The hold: place, remind, extend, release, expire."""

    name = "preservation"
    label = "preservation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which acts are looked at again, where holds stand, and that they go on."""
        for event, words in _WATCHED.items():
            watch(event, words)
        opens("preservation.preservationhold", "preservation.services.suspended.links")
        stops("preservation.services.suspended.effects")
        left_by("preservation.services.followers.left_by")
        waits("holds:staff_list", "preservation.waiting.to_decide", "to decide")
        register_clocks()
        about = "preservation.message_subjects"
        subject(
            "preservation", f"{about}.everything", f"{about}.known", links=f"{about}.links", hidden=f"{about}.hidden"
        )
        names("preservation.events.Event", "preservation.services.history.STAFF_WORDS")
        stands_under("preservation.services.history.stands_under")
