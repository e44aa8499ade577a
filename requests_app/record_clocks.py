"""The clocks of what leaves, by name: windows to object, bars on notice, downloads. Columns, stages, who is told."""

from foundation.notifications.running_clocks import RunningClock, after, at_the_end, before, running_clock
from requests_app.authority_clock import STAGES as AUTHORITY_STAGES

_SERVICE = "requests_app.services.record_clocks"
_RECALLS = "requests_app.services.recalls"
_MISTAKES = "requests_app.services.mistakes"
_BREACHES = "requests_app.services.breaches"

# A download ends by itself: packages.py tells of that with the end. Who took what was called back is asked again by
# destruction.py.
_CLOCKS = (
    RunningClock(
        name="notice_window",
        label="Time to object",
        due="window_ends_at",
        began="sent_at",
        rows=f"{_SERVICE}.windows",
        tell=f"{_SERVICE}.tell_window",
        stages=(before(days=1), at_the_end()),
        listing=f"{_SERVICE}.list_windows",
        told="The assignee, else the team; at the end also whoever may release a sealed package",
    ),
    RunningClock(
        name="bar",
        label="Bar on telling the account holder",
        due="bar_ends_at",
        began="confirmed_at",
        rows=f"{_SERVICE}.bars",
        tell=f"{_SERVICE}.tell_bar",
        stages=(before(days=14), at_the_end()),
        listing=f"{_SERVICE}.list_bars",
        told="The officer and followers; at the end also the assignee, else the team",
    ),
    RunningClock(
        name="download",
        label="Download",
        due="expires_at",
        began="released_at",
        rows=f"{_SERVICE}.downloads",
        tell=f"{_SERVICE}.tell_download",
        stages=(before(days=7), before(days=1)),
        listing=f"{_SERVICE}.list_downloads",
        told="The officer and followers, while nobody has downloaded; the assignee, else the team, if nobody did",
        elsewhere=(at_the_end(),),
    ),
    RunningClock(
        name="later",
        label="Asked for on an answered request",
        due="due_at",
        began="asked_at",
        rows="requests_app.services.later_clock.rows",
        tell="requests_app.services.later_clock.tell",
        stages=(before(days=7), before(days=1), at_the_end()),
        listing="requests_app.services.later_clock.listing",
        told="The assignee, else the team",
    ),
    RunningClock(
        name="recall",
        label="Recall to confirm",
        due="called_at",
        began="called_at",
        rows=f"{_RECALLS}.waiting",
        tell=f"{_RECALLS}.tell_waiting",
        stages=(after(days=1), after(days=3), after(days=7)),
        told="Whoever may release records, without the person who stopped the download",
    ),
    RunningClock(
        name="mistake",
        label="Mistaken disclosure",
        due="due_at",
        began="known_at",
        rows=f"{_MISTAKES}.running",
        tell=f"{_MISTAKES}.tell",
        stages=AUTHORITY_STAGES,
        listing=f"{_RECALLS}.list_mistakes",
        told="Counsel and the data-protection officer, until it is decided who is told and the authority is told",
    ),
    RunningClock(
        name="breach",
        label="Breach",
        due="due_at",
        began="known_at",
        rows=f"{_BREACHES}.running",
        tell=f"{_BREACHES}.tell",
        stages=AUTHORITY_STAGES,
        listing=f"{_BREACHES}.listing",
        told="Counsel and the data-protection officer, until the authority is told or no risk is likely",
    ),
    RunningClock(
        name="breach_controller",
        label="Controller to tell of a breach",
        due="known_at",
        began="known_at",
        rows=f"{_BREACHES}.with_processor",
        tell=f"{_BREACHES}.tell_controller",
        stages=(after(days=1), after(days=2), after(days=7)),
        told="Counsel and the data-protection officer, until the company for which we hold the data is told",
    ),
    RunningClock(
        name="certificate",
        label="Certificate to sign",
        due="drafted_at",
        began="drafted_at",
        rows="requests_app.services.certificates.unsigned",
        tell="requests_app.services.certificates.tell_unsigned",
        stages=(after(days=2),),
        told="The custodian, and whoever drafted it",
    ),
)


def register() -> None:
    """Name these clocks."""
    for clock in _CLOCKS:
        running_clock(clock)
