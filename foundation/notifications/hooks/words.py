"""What hooks may be told of: the names are part of what receivers rely on."""

from django.db import models


class HookEvent(models.TextChoices):
    """Events that a hook may want. Each says that something happened and to which reference, never what it is about."""

    RECEIVED = "request.received", "A request arrived"
    EMERGENCY = "request.emergency", "An emergency arrived"
    EMERGENCY_WAITING = "request.emergency_waiting", "An emergency still waits for somebody to take it"
    WITHOUT_ACCOUNT = "emergency.without_account", "An emergency was told without an account"
    WITHOUT_ACCOUNT_WAITING = (
        "emergency.without_account_waiting", "Emergencies told without an account wait for somebody to take them",
    )  # fmt: skip
    OVERDUE = "request.overdue", "The answer to a request is late"
    DECIDED = "request.decided", "A request was decided"
    RELEASED = "records.released", "Records can be downloaded"
    HOLD_ENDED = "hold.ended", "A hold ended"
    MESSAGE_GIVEN_UP = "message.given_up", "A message could not be delivered"
    TEST = "test.ping", "Test"


# What the form of a new hook proposes: whoever is called for an emergency is called again while nobody takes it.
PROPOSED = [
    HookEvent.EMERGENCY.value, HookEvent.EMERGENCY_WAITING.value, HookEvent.WITHOUT_ACCOUNT.value,
    HookEvent.WITHOUT_ACCOUNT_WAITING.value,
]  # fmt: skip
# TEST is sent by hand, to one hook and whatever it wants.
CHOICES = [(value, label) for value, label in HookEvent.choices if value != HookEvent.TEST]
