"""What an alarm says, from its figures alone."""

from requests_app.enums import AlarmKind
from requests_app.models import MatchAlarm


def words_of(alarm: MatchAlarm) -> str:
    """Say in a sentence what was unusual."""
    facts = {"searches": 0, "usual": 0, "hour": 0, "days": 0, "requests": 0, "undecided": 0, "nothing": 0}
    facts |= {name: value for name, value in alarm.facts.items() if isinstance(value, int)}
    return _SENTENCES[AlarmKind(alarm.kind)].format(**facts)


_SENTENCES = {
    AlarmKind.MANY: "{searches} searches within an hour. Usual here are {usual}.",
    AlarmKind.HOUR: "Searched about {hour}:00 on the person's own clock, an hour at which this person hardly ever did "
    "on {days} days of work.",
    AlarmKind.UNDECIDED: "Searched in {requests} requests within {days} days. {undecided} of them were sent back, "
    "withdrawn or closed without an answer, so that no second person looked.",
    AlarmKind.NOTHING: "{nothing} of {searches} searches within a day found nothing.",
}
