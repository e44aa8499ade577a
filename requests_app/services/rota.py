"""Who is paged for an emergency at which step, by the rota that administrators keep.

A team has its own rota, or that of every team without one. Whoever is away, may not review or may not read a request
is left out; a step that reaches nobody is passed over at once. Of restricted requests no rota is asked: only their
named readers are paged.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import CharField, Prefetch, Q, QuerySet, Value

from accounts.absent import away_on, day_in, is_away
from accounts.models import TeamMembership, User
from foundation.providers.models import Provider, Team
from requests_app.duty import on_duty
from requests_app.models import DataRequest, RotaDuty, RotaStep
from requests_app.notify.recipients import REVIEWING, readers

# No person is called that: says in a list of names that there is a rota.
_ROTA = "\n"


@dataclass(frozen=True)
class Page:
    """Who is paged now: of one step, or everybody once the steps are used up."""

    step: int
    people: list[User]
    addresses: list[str]
    behind: int = 0
    """How many times everybody was paged, this one counted; 0 for a step."""


def steps_of(provider: Provider, team: Team | None) -> list[RotaStep]:
    """Return the steps that hold for a team, in their order: its own, else those of teams without own."""
    duties = RotaDuty.objects.select_related("user").order_by("user__full_name", "pk")
    wanted = Q(team=None) | Q(team=team) if team else Q(team=None)
    rows = list(provider.rota.filter(wanted).prefetch_related(Prefetch("duties", queryset=duties)))
    own = [row for row in rows if row.team_id is not None]
    return own or rows


def on_duty_now(user: User, *, at: datetime) -> list[str]:
    """Return who is paged first now at the companies this person works for, by name.

    By the first steps of the rotas; where there is none, who is on call in a team. One query where there is no rota.
    """
    providers = user.staff_roles.filter(ended_at=None).values("provider")
    on_call = TeamMembership.objects.filter(on_call=True, team__provider__in=providers, user__is_active=True)
    on_call = on_call.exclude(is_away("user", "team__provider__calendar__time_zone", at=at))
    first = RotaStep.objects.filter(provider__in=providers, position=1)
    marked = first.order_by().values_list(Value(_ROTA, output_field=CharField()))
    names = {row[0] for row in on_call.order_by().values_list("user__full_name").union(marked)}
    if _ROTA not in names:
        return sorted(names)
    duties = RotaDuty.objects.filter(step__in=first, user__is_active=True).select_related("user")
    duties = duties.exclude(is_away("user", "step__provider__calendar__time_zone", at=at))
    return sorted({duty.user.get_full_name() for duty in duties if on_duty(duty, at)})


def first_page(data_request: DataRequest, *, at: datetime) -> Page | None:
    """Return who is paged at once by the rota; None where there is none, where it is restricted, or it has nobody."""
    page = next_page(data_request, after=0, at=at)
    return None if page.behind else page


def next_page(data_request: DataRequest, *, after: int, missed: int = 0, at: datetime) -> Page:
    """Return who is paged after so many steps; those of steps that were `missed` meanwhile are paged too.

    Behind the last step it is everybody who can take it; of them only the addresses of missed steps are returned here.
    """
    steps = [] if data_request.restricted else steps_of(data_request.provider, data_request.team)
    there = _there(data_request.provider, readers(data_request, REVIEWING), at) if steps else set()
    return _page(steps, there, after=after, missed=missed, at=at)


def first_of(provider: Provider, team: Team | None, people: QuerySet[User], *, at: datetime) -> Page | None:
    """Return the first step of the rota that reaches an address, or any of these people who is not away; or None."""
    steps = steps_of(provider, team)
    page = _page(steps, _there(provider, people, at) if steps else set(), after=0, missed=0, at=at)
    return None if page.behind else page


def _page(steps: list[RotaStep], there: set[User], *, after: int, missed: int, at: datetime) -> Page:
    people, addresses = list[User](), list[str]()
    aim = after + 1 + missed
    for number, step in enumerate(steps[after:], after + 1):
        found, address = _of_step(step, there, at)
        people += found
        addresses += [address] if address else []
        if number >= aim and (people or addresses):
            return Page(number, list(dict.fromkeys(people)), list(dict.fromkeys(addresses)))
    number = max(aim, len(steps) + 1)
    return Page(number, people, list(dict.fromkeys(addresses)), behind=number - len(steps))


def _there(provider: Provider, people: QuerySet[User], at: datetime) -> set[User]:
    """Return who of these is not away."""
    return set(people.exclude(pk__in=away_on(_today(provider, at)).values("user")))


def _of_step(step: RotaStep, there: set[User], at: datetime) -> tuple[list[User], str]:
    if step.everybody:
        return sorted(there, key=lambda person: person.pk), step.address
    return [duty.user for duty in step.duties.all() if duty.user in there and on_duty(duty, at)], step.address


def _today(provider: Provider, at: datetime) -> date:
    return day_in(provider.calendar.time_zone, at)
