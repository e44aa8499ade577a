"""The clocks of a request that reminders and the page of deadlines know of."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, running_clock

_TELL = "requests_app.services.reminders."
_PAGE = "requests_app.services.emergency_alerts."
_LIST = "requests_app.services.clock_lists."

CLOCKS = (
    RunningClock(
        name="acknowledgement",
        label="Acknowledgement",
        rows=_TELL + "unacknowledged",
        due="submitted_at",
        began="submitted_at",
        stages=(after(minutes=15),),
        tell=_TELL + "tell_acknowledgement",
        listing=_LIST + "acknowledgements",
        told="After 15 minutes without it: who works on the request, else the team on call, else all reviewers.",
    ),
    RunningClock(
        name="first_look",
        label="First look",
        rows=_TELL + "first_looks",
        due="first_look_due_at",
        began="submitted_at",
        stages=(before(hours=4), at_the_end(), after(days=1), after(days=3)),
        tell=_TELL + "tell_first_look",
        listing=_LIST + "first_looks",
        told="The team on call, else all reviewers; from a day late all reviewers and approvers.",
    ),
    RunningClock(
        name="answer",
        label="Answer",
        rows=_TELL + "answers",
        due="deadline_at",
        began="submitted_at",
        stages=(before(days=5), before(days=1), at_the_end(), after(days=1), after(days=7)),
        tell=_TELL + "tell_answer",
        listing=_LIST + "answers",
        told="The assignee, else the team on call, else all reviewers; from a day late approvers too. "
        "At the end and a week later also the officer and who follows.",
    ),
    RunningClock(
        name="question",
        label="Question",
        rows=_TELL + "questions",
        due="due_at",
        began="asked_at",
        stages=(before(days=3), before(days=1)),
        elsewhere=(at_the_end(),),
        tell=_TELL + "tell_question",
        listing=_LIST + "questions",
        told="The officer and who follows; at the end, when the request is closed, also who works on it.",
    ),
    RunningClock(
        name="counsel",
        label="Counsel",
        rows="requests_app.services.counsel.clocks",
        due="due_at",
        began="asked_at",
        stages=(before(days=1), at_the_end(), after(days=2)),
        tell="requests_app.services.counsel.tell",
        listing="requests_app.services.counsel.listing",
        told="Whoever of counsel was named, else all of counsel; from the end on also who asked.",
    ),
    RunningClock(
        name="emergency_take",
        label="Emergency to take",
        rows=_PAGE + "to_take",
        due="next_page_at",
        began="opened_at",
        stages=(at_the_end(),),
        tell=_PAGE + "page_next",
        listing=_LIST + "emergencies_to_take",
        urgent=True,
        told="The next step of the rota; behind its last step, or without one, the team's address and all reviewers, "
        "from ten minutes late also approvers and administrators.",
    ),
    RunningClock(
        name="urgent_contact",
        label="Emergency without an account",
        rows="requests_app.services.urgent_clocks.untaken",
        due="take_by",
        began="created_at",
        stages=(at_the_end(), after(minutes=5), after(minutes=10), after(minutes=30), after(hours=1)),
        tell="requests_app.services.urgent_clocks.tell",
        listing="requests_app.services.urgent_clocks.listing",
        urgent=True,
        told="All reviewers, one page a minute for all that wait; from ten minutes late also approvers.",
    ),
    RunningClock(
        name="emergency_decide",
        label="Emergency to decide",
        rows=_TELL + "emergencies_to_decide",
        due="deadline_at",
        began="submitted_at",
        stages=(before(minutes=10), at_the_end(), after(minutes=10), after(hours=1)),
        tell=_TELL + "tell_decide",
        listing=_LIST + "emergencies_to_decide",
        urgent=True,
        told="The assignee; at the end all reviewers and approvers; ten minutes later also administrators.",
    ),
    RunningClock(
        name="takedown",
        label="Takedown notice",
        rows="requests_app.services.takedowns.clocks",
        due="deadline_at",
        began="arrived_at",
        stages=(before(hours=12), before(hours=4), before(hours=1), at_the_end(), after(hours=1), after(hours=12)),
        tell="requests_app.services.takedowns.tell",
        listing="requests_app.services.takedowns.listing",
        told="Who has the notice, else all reviewers, or who may sign it; from the end on all reviewers and approvers",
    ),
    RunningClock(
        name="freeze_end",
        label="End of a freeze",
        rows="requests_app.services.freeze_orders.ends",
        due="ends_at",
        began="confirmed_at",
        stages=(
            before(days=30),
            before(days=14),
            before(days=7),
            before(days=1),
            at_the_end(),
            after(days=1),
            after(days=7),
        ),
        tell="requests_app.services.freeze_orders.tell_end",
        listing="requests_app.services.freeze_orders.list_ends",
        told="The officer and followers up to the end; the assignee, else the team, also while nobody has lifted it.",
    ),
)


def register() -> None:
    """Name the clocks; called when the app is ready."""
    for clock in CLOCKS:
        running_clock(clock)
