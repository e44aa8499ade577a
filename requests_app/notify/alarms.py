"""What is told of unusual searching: that there is an alarm. Not about whom, nor in which request."""

from datetime import datetime

from accounts.permissions import Permission
from foundation.notifications.outbox import send
from requests_app.models import MatchAlarm
from requests_app.notify.recipients import holders


def raised(match_alarm: MatchAlarm, *, at: datetime) -> None:
    """Tell approvers and the auditor, never the person it is about."""
    for person in holders(match_alarm.provider, [Permission.SEE_ALARMS]).exclude(pk=match_alarm.user_id):
        send("match_alarm", dedupe_key=f"match_alarm:{match_alarm.pk}:{person.pk}", to_user=person, context={}, at=at)
