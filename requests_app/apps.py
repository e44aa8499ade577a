"""The request, from draft to closure."""

from django.apps import AppConfig

from accounts.event_names import names
from accounts.kept_away import finds, hides, lets_go
from accounts.open_work import gives_back, in_hand, left_by
from accounts.trail_parts import stands_under, withholds
from accounts.waiting import waits
from accounts.watched import opens, stops, watch
from foundation.legal.open_clocks import clocks_of
from foundation.notifications.stopping import asks_before as asks_before_mail
from foundation.notifications.subjects import subject
from foundation.providers.stopping import asks_before
from requests_app import emergency_clocks, running
from requests_app.events import Event
from requests_app.record_clocks import register as register_record_clocks

# What an officer does here that is looked at again after a suspension.
_WATCHED = {
    Event.SUBMITTED: "Sent a request",
    Event.WITHDRAWN: "Took a request back",
    Event.QUESTION_ANSWERED: "Answered a question",
    Event.APPEALED: "Appealed",
    Event.DOWNLOAD_OPENED: "Opened a download",
    Event.FOLLOWER_ADDED: "Let a colleague follow a request",
    Event.FOLLOWER_ASKED: "Asked that another agency may follow a request",
    Event.HANDED_OVER: "Handed a request over",
    Event.HAND_OVER_ASKED: "Asked to hand a request over",
    Event.AMENDED: "Changed a request after sending",
    Event.PRINTED: "Took a PDF of a request",
    Event.PASSPHRASE_SHOWN: "Read a passphrase",
    Event.DOWNLOADED: "Downloaded records",
}


class RequestsConfig(AppConfig):
    """The request, from draft to closure."""

    name = "requests_app"
    label = "requests_app"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which acts are looked at again, where requests stand, what a suspension stops and is handed back."""
        for event, words in _WATCHED.items():
            watch(event, words)
        opens("requests_app.datarequest", "requests_app.services.frozen.links")
        opens("requests_app.clarification", "requests_app.services.frozen.question_links")
        stops("requests_app.services.frozen.effects")
        in_hand("requests_app.services.hand_back.in_hand")
        gives_back("requests_app.services.hand_back.give_back")
        left_by("requests_app.services.hand_back.left_by")
        lets_go("requests_app.services.declaring.let_go")
        finds("requests_app.services.declaring.find")
        hides("requests_app.services.declaring.hidden")
        clocks_of("requests", "requests_app.services.recounting.open_clocks", "requests_app.services.recounting.move")
        running.register()
        waits("staff:queue", "requests_app.waiting.to_look_at", "to look at or overdue")
        waits("banner:emergencies", "requests_app.waiting.emergencies", "emergencies to take")
        waits("banner:contacts", "requests_app.waiting.contacts", "emergencies told without an account")
        waits("staff:approvals", "requests_app.waiting.to_approve", "to approve", alert=True)
        waits("staff:freezes", "requests_app.services.freeze_orders.to_lift", "to lift", alert=True)
        waits("staff_records:notices", "requests_app.services.notice_lists.to_look_at", "to look at or decide")
        waits("staff_later:list", "requests_app.services.later.to_answer", "asked for later")
        waits("staff_recalls:list", "requests_app.services.recalls.to_decide", "to confirm or decide", alert=True)
        waits("staff:breaches", "requests_app.services.breaches.to_tell", "of which somebody is to be told", alert=True)
        waits("staff_certificates:list", "requests_app.services.certificates.to_sign_now", "to sign", alert=True)
        waits("staff:alarms", "requests_app.services.alarms.to_look_at", "to look at")
        waits("staff:unusual", "requests_app.services.unusual.waiting", "weekly reports to look at")
        waits("staff:counsel", "requests_app.services.counsel.to_answer", "to answer")
        waits("staff:restrictions", "requests_app.services.restrictions.to_decide", "to decide")
        waits("staff:incoming", "requests_app.services.incoming.to_read", "to read")
        waits("staff:takedowns", "requests_app.services.takedowns.waiting", "takedown notices to take or sign")
        asks_before("requests_app.freezeorder", "requests_app.services.freeze_jobs.stopped")
        asks_before("requests_app.usernotice", "requests_app.services.notice_again.job_stopped")
        asks_before_mail("user_notice", "requests_app.services.notice_again.mail_stopped")
        register_record_clocks()
        emergency_clocks.register()
        about = "requests_app.message_subjects"
        subject("requests", f"{about}.everything", f"{about}.known", links=f"{about}.links", hidden=f"{about}.hidden")
        names("requests_app.events.Event", "requests_app.event_words.WORDS")
        stands_under("requests_app.history.stands_under")
        withholds("requests_app.history.withheld")
