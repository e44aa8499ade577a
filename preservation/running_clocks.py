"""The clocks of holds by name: their columns, who is told when, and where their rows come from."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, running_clock
from preservation import schedule

_SERVICE = "preservation.services.clocks"


def register() -> None:
    """Name the clocks of this app. A hold is reminded of by the sweep that also ends it, puts it off or presses."""
    running_clock(
        RunningClock(
            name="hold",
            label="Hold",
            due="expires_at",
            began="starts_at",
            rows=f"{_SERVICE}.running",
            tell="",
            stages=(),
            listing=f"{_SERVICE}.list_running",
            told="The officer, who follows, and whoever decides on holds; a suspended officer not; "
            "the agency's leads where the officer has left",
            elsewhere=(*(before(days=lead) for lead in schedule.LEADS), at_the_end()),
        )
    )
    running_clock(
        RunningClock(
            name="hold_to_accept",
            label="Hold to accept",
            due="accept_by",
            began="requested_at",
            rows="preservation.services.accept_clocks.waiting",
            tell="preservation.services.accept_clocks.tell",
            stages=(before(hours=4), at_the_end(), after(days=1), after(days=3)),
            listing="preservation.services.accept_clocks.listing",
            told="Whoever decides on holds",
        )
    )
    running_clock(
        RunningClock(
            name="hold_release",
            label="Copies of an ended hold",
            due="ended_at",
            began="starts_at",
            rows=f"{_SERVICE}.not_let_go",
            tell=f"{_SERVICE}.tell_not_let_go",
            stages=(after(hours=4), after(days=1), after(days=7)),
            listing=f"{_SERVICE}.list_not_let_go",
            told="Whoever decides on holds",
        )
    )
    running_clock(
        RunningClock(
            name="hold_filing",
            label="Authority to file",
            due="authority_must_file_by",
            began="starts_at",
            rows="preservation.services.filing.unfiled",
            tell="preservation.services.filing.tell_unfiled",
            stages=(before(days=14), before(days=7), before(days=1)),
            listing="preservation.services.filing.list_unfiled",
            told="The officer and followers; when the hold fell, also whoever decides on holds",
            elsewhere=(at_the_end(),),
        )
    )
    running_clock(
        RunningClock(
            name="hold_treaty",
            label="Treaty request of a hold",
            due="confirm_by",
            began="starts_at",
            rows="preservation.services.treaty.running",
            tell="preservation.services.treaty.tell",
            stages=(before(days=14), at_the_end(), after(days=7), after(days=30)),
            listing="preservation.services.treaty.list_running",
            told="The officer and followers up to a week after it, and whoever decides on holds",
        )
    )
