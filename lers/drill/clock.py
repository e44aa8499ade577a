"""The one clock more of a drill, with deadlines minutes away. Whoever runs a drill names it, not who imports this."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before

CLOCK = RunningClock(
    name="drill",
    label="Drill",
    due="deadline_at",
    began="submitted_at",
    rows="lers.drill.deadlines.running",
    tell="lers.drill.deadlines.tell",
    stages=(before(hours=1), before(seconds=10), at_the_end(), after(seconds=5)),
    told="Whoever runs the drill",
)
