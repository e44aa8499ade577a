"""What the page of the rota shows: who is paged when from a moment on, and where the rota has holes.

Conflicts and restricted requests are not known here: of one agency, or one request, fewer people may be paged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.absent import absences_of, day_in
from accounts.models import Absence, TeamMembership, User
from foundation.providers.models import Provider, Team
from requests_app import duty as hours
from requests_app.duty import Span, on_duty
from requests_app.models import RotaStep
from requests_app.notify.recipients import REVIEWING, holders
from requests_app.services.emergency_alerts import STEP_EVERY

LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Shown:
    """Somebody of a page: paged, or not and why."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Planned:
    """One page as it would be: so many minutes after an emergency came in, to these people and addresses."""

    minutes: int
    at: datetime
    title: str
    people: list[Shown] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    @property
    def reaches(self) -> bool:
        """Whether anybody is paged; where nobody is, the next step is paged at once."""
        return bool(self.addresses) or any(not one.problem for one in self.people)


@dataclass(frozen=True)
class StepState:
    """A step of the rota with its holes of the next days and the people who are never paged."""

    step: RotaStep
    holes: list[Span]
    cannot: list[str]


def plan(provider: Provider, team: Team | None, steps: Sequence[RotaStep], *, at: datetime) -> list[Planned]:
    """Return every page from a moment on, until everybody is paged; each with who is on duty when it goes out."""
    found, moment = list[Planned](), at
    reviewers = {user.pk: user for user in holders(provider, REVIEWING)}
    for number, step in enumerate(steps, 1):
        page = _of_step(step, number, provider, reviewers, at, moment)
        found.append(page)
        moment += STEP_EVERY if page.reaches else timedelta()
    if not steps:
        page = _on_call(provider, team, reviewers, at)
        found.append(page)
        moment += STEP_EVERY if page.reaches else timedelta()
    last = _shown(list(reviewers.values()), provider, reviewers, moment)
    address = [team.on_call_address] if team and team.on_call_address else []
    return [*found, Planned(_minutes(at, moment), moment, "Everybody who reviews", last, address)]


def states(provider: Provider, steps: Sequence[RotaStep], *, at: datetime) -> list[StepState]:
    """Return each step with when nobody is on duty in it within LOOK_AHEAD, and who in it may not review."""
    reviewers = set(holders(provider, REVIEWING).values_list("pk", flat=True))
    until = at + LOOK_AHEAD
    away = _away(provider, steps, at, until)
    return [
        StepState(
            step,
            [] if _always(step) else hours.gaps(_spans(step, reviewers, away, at, until), at, until),
            sorted({one.user.get_full_name() for one in step.duties.all() if one.user_id not in reviewers}),
        )
        for step in steps
    ]


def holes(provider: Provider, steps: Sequence[RotaStep], *, at: datetime) -> list[Span]:
    """Return when within LOOK_AHEAD no step at all has anybody on duty; nothing for what has no steps."""
    if not steps or any(_always(step) for step in steps):
        return []
    reviewers = set(holders(provider, REVIEWING).values_list("pk", flat=True))
    until = at + LOOK_AHEAD
    away = _away(provider, steps, at, until)
    return hours.gaps([span for step in steps for span in _spans(step, reviewers, away, at, until)], at, until)


def _always(step: RotaStep) -> bool:
    return step.everybody or bool(step.address)


def _spans(
    step: RotaStep, reviewers: set[int], away: dict[int, list[Span]], since: datetime, until: datetime
) -> Iterator[Span]:
    for one in step.duties.all():
        if one.user_id in reviewers:
            yield from hours.without(hours.windows(one, since, until), away.get(one.user_id, []))


def _away(provider: Provider, steps: Sequence[RotaStep], since: datetime, until: datetime) -> dict[int, list[Span]]:
    zone = provider.calendar.time_zone
    people = {one.user_id for step in steps for one in step.duties.all()}
    rows = Absence.objects.filter(
        ended_at=None, user__in=people, last_day__gte=day_in(zone, since), first_day__lte=day_in(zone, until)
    )
    found: dict[int, list[Span]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(hours.days_of(zone, row.first_day, row.last_day))
    return found


def _of_step(
    step: RotaStep, number: int, provider: Provider, reviewers: dict[int, User], begun: datetime, at: datetime
) -> Planned:
    people = list(reviewers.values()) if step.everybody else []
    people += [one.user for one in step.duties.all() if not step.everybody and on_duty(one, at)]
    shown = _shown(list(dict.fromkeys(people)), provider, reviewers, at)
    return Planned(_minutes(begun, at), at, f"{number}. {step.name}", shown, [step.address] if step.address else [])


def _on_call(provider: Provider, team: Team | None, reviewers: dict[int, User], at: datetime) -> Planned:
    """Return the first page where there is no rota: the address of the team and who is on call in it."""
    members = TeamMembership.objects.filter(team=team, on_call=True) if team else TeamMembership.objects.none()
    people = [row.user for row in members.select_related("user").order_by("user__full_name")]
    address = [team.on_call_address] if team and team.on_call_address else []
    return Planned(0, at, "Who is on call in the team", _shown(people, provider, reviewers, at), address)


def _shown(people: list[User], provider: Provider, reviewers: dict[int, User], at: datetime) -> list[Shown]:
    away = absences_of(people, day_in(provider.calendar.time_zone, at))
    found = []
    for person in people:
        problem = "" if person.pk in reviewers else "may not review requests"
        if not problem and person.pk in away:
            problem = f"away until {away[person.pk].last_day:%-d %b %Y}"
        found.append(Shown(person.get_full_name(), problem))
    return found


def _minutes(begun: datetime, at: datetime) -> int:
    return (at - begun) // timedelta(minutes=1)
