"""The clocks of this app by name: their columns, who is told when, and where their rows come from."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, running_clock

_SERVICE = "accounts.services.clocks"


def register() -> None:
    """Name the clocks of this app."""
    running_clock(
        RunningClock(
            name="access",
            label="Application",
            due="due_at",
            began="submitted_at",
            rows=f"{_SERVICE}.applications",
            tell=f"{_SERVICE}.tell",
            stages=(at_the_end(), after(days=1)),
            listing=f"{_SERVICE}.list_applications",
            told="Whoever may decide next; the applicant once, when the time is over",
        )
    )
    running_clock(
        RunningClock(
            name="access_soon",
            label="Application, one working day before",
            due="remind_at",
            began="submitted_at",
            rows=f"{_SERVICE}.applications_to_remind",
            tell=f"{_SERVICE}.tell_soon",
            stages=(at_the_end(),),
            told="Whoever has it in hand, else whoever may decide next",
        )
    )
    running_clock(
        RunningClock(
            name="verification",
            label="Verification",
            due="verify_again_at",
            began="approved_at",
            rows=f"{_SERVICE}.members",
            tell="",
            stages=(),
            listing=f"{_SERVICE}.list_members",
            told="The officer",
            elsewhere=(before(days=30), before(days=14), before(days=7), before(days=1), at_the_end()),
        )
    )
