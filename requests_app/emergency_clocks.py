"""The clock of what follows an emergency, by name: its column, its stages, who is told."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, running_clock

_SERVICE = "requests_app.services.emergency_after"


def register() -> None:
    """Name this clock; called when the app is ready."""
    running_clock(
        RunningClock(
            name="emergency_process",
            label="Process after an emergency",
            rows=f"{_SERVICE}.running",
            due="process_due_at",
            began="filed_at",
            stages=(before(days=2), before(days=1), at_the_end(), after(days=3), after(days=10), after(days=30)),
            tell=f"{_SERVICE}.tell",
            listing=f"{_SERVICE}.listing",
            told="The officer and who follows in the same agency; from the end on also the agency at its own address, "
            "and the assignee, else the team",
        )
    )
