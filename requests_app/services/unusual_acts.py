"""The rules of the weekly report, each over one week of the trail; the numbers stand in requests_app.unusual_rules."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.events import Event as AccountEvent
from accounts.models import AgencyMembership, User
from foundation.audit.models import AuditEvent
from foundation.legal.calendars import is_working_day
from requests_app import unusual_rules as rules
from requests_app.events import Event
from requests_app.models import DataRequest, MatchAlarm
from requests_app.services import unusual_week
from requests_app.services.unusual_week import DECIDED, ENDED, FAILED, FILES, LOOKS, PASSED, SUSPENDED, USER, Act, Week
from requests_app.unusual_rules import UnusualKind

_MEMBER = AgencyMembership._meta.label_lower


@dataclass(frozen=True)
class Found:
    """Something for the report: whose acts, and the figures of its sentence."""

    kind: UnusualKind
    user: int
    facts: dict[str, Any]


def find(week: Week) -> list[Found]:
    """Return everything unusual in a week, in the order of the kinds."""
    found = [one for rule in _RULES for one in rule(week)]
    people = set(User.objects.filter(pk__in={one.user for one in found}).values_list("pk", flat=True))
    order = list(UnusualKind)
    return sorted((one for one in found if one.user in people), key=lambda one: (order.index(one.kind), one.user))


def _restricted(week: Week) -> Iterator[Found]:
    """Each person's looks at requests that are restricted now; which ones, the page says to who may read them."""
    looks = week.by_person(LOOKS)
    rows = unusual_week.requests_of(week, (act for acts in looks.values() for act in acts))
    closed = {key for key, row in rows.items() if row["restricted"]}
    named = set(DataRequest.objects.filter(pk__in=closed).values_list("pk", "named_readers"))
    for person, acts in looks.items():
        mine = [act.object_id for act in acts if act.kind == unusual_week.REQUEST and act.object_id in closed]
        if mine:
            not_named = sum((int(key), person) not in named for key in mine)
            facts = {"looks": len(mine), "requests": len(set(mine)), "not_named": not_named}
            yield Found(UnusualKind.RESTRICTED, person, facts)


def _decisions(week: Week) -> Iterator[Found]:
    """Signed what one took, in haste, or many at once."""
    decisions = week.by_person(DECIDED)
    own, opened = unusual_week.own(week, decisions), unusual_week.first_looks(week, decisions)
    for person, acts in decisions.items():
        number = {"decisions": len(acts)}
        if own[person] >= rules.SELF_TAKEN:
            yield Found(UnusualKind.SELF_TAKEN, person, number | {"own": own[person]})
        hasty = sum(act.at - opened.get((person, act.object_id), act.at) <= rules.HASTE for act in acts)
        if hasty >= rules.HASTY:
            yield Found(UnusualKind.HASTE, person, number | {"hasty": hasty})
        most = unusual_week.within([act.at for act in acts], rules.QUARTER_HOUR)
        if most >= rules.BULK:
            yield Found(UnusualKind.BULK, person, number | {"most": most})


def _pairs(week: Week) -> Iterator[Found]:
    """The same two, where others signed as well; told of who signs, once a week in which they did."""
    both = unusual_week.signatures(week)
    pairs, proposed, signed = Counter(both), Counter(a for a, _b in both), Counter(b for _a, b in both)
    active = set(week.by_person(DECIDED))
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=proposed)}
    for (proposer, signer), together in pairs.items():
        share = together / max(proposed[proposer], signed[signer])
        if signer in active and together >= rules.PAIR and share >= rules.PAIR_SHARE and len(signed) > 1:
            facts = {"together": together, "proposed": proposed[proposer], "signed": signed[signer]}
            yield Found(UnusualKind.PAIR, signer, facts | {"other": names.get(proposer, "")})


def _many(kind: UnusualKind, actions: Iterable[str], least: int) -> Callable[[Week], Iterator[Found]]:
    def rule(week: Week) -> Iterator[Found]:
        before = unusual_week.usual(week, actions)
        numbers = {person: len(acts) for person, acts in week.by_person(actions).items()}
        for person, number in numbers.items():
            mine = before.get(person, [])
            own = unusual_week.middle(mine) if len(mine) >= rules.KNOWN_WEEKS else None
            others = [n for who, weeks in before.items() if who != person for n in weeks if n]
            others += [n for who, n in numbers.items() if who != person]
            people = {who for who, weeks in before.items() if any(weeks)} | set(numbers)
            desk = unusual_week.middle(others) if len(people - {person}) >= rules.KNOWN_PEOPLE else None
            known = [each for each in (own, desk) if each is not None]
            if number >= least and known and number >= rules.TIMES * max(known):
                yield Found(kind, person, {"number": number, "own": _said(own), "desk": _said(desk)})

    return rule


def _said(number: int | None) -> int | str:
    return "not known yet" if number is None else number


def _hours(week: Week) -> Iterator[Found]:
    """Acts at hours, or on days off, at which this person hardly ever worked before."""
    zone, calendar = ZoneInfo(week.provider.calendar.time_zone), week.provider.calendar
    before, duties = unusual_week.hours(week), unusual_week.duty(week)
    acts: dict[int, list[datetime]] = defaultdict(list)
    for act in week.acts:
        if act.actor in week.staff:
            acts[act.actor].append(act.at)
    for person, moments in acts.items():
        free = [at for at in moments if not any(begins <= at < ends for begins, ends in duties.get(person, ()))]
        known = {at.astimezone(zone) for at in before.get(person, ())}
        days = len({at.date() for at in known})
        local = [at.astimezone(zone) for at in free]
        if days >= rules.HOUR_DAYS:
            odd, least = sum(not _used(known, at) for at in local), rules.ODD
        else:
            least = rules.NEW_ODD
            odd = sum(
                not rules.NIGHT_TO <= at.hour < rules.NIGHT_FROM or not is_working_day(calendar, at.date())
                for at in local
            )
        if odd >= least:
            yield Found(UnusualKind.HOURS, person, {"odd": odd, "acts": len(moments), "days": days})


def _used(known: set[datetime], at: datetime) -> bool:
    near = {at.hour, (at.hour - 1) % 24, (at.hour + 1) % 24}
    return len({one.date() for one in known if one.hour in near}) >= rules.HOUR_SEEN


def _matching(week: Week) -> Iterator[Found]:
    rows = MatchAlarm.objects.filter(provider=week.provider, raised_at__gte=week.start, raised_at__lt=week.end)
    every, waiting = Counter(rows.values_list("user", flat=True)), rows.filter(looked_at=None)
    unread = Counter(waiting.values_list("user", flat=True))
    for person, number in every.items():
        yield Found(UnusualKind.MATCHING, person, {"alarms": number, "open": unread[person]})


def _leaving(week: Week) -> Iterator[Found]:
    """What was read in the last days before somebody's access ended."""
    ended = {
        int(act.object_id): act.at for act in week.acts if act.action in ENDED and act.kind == USER and act.object_id
    }
    for person, at in ended.items():
        mine = AuditEvent.objects.filter(actor_id=str(person), actor_kind=USER, outcome="ok")
        mine = mine.filter(occurred_at__gte=at - rules.LEAVING, occurred_at__lt=at)
        looks, files = (mine.filter(action__in=list(map(str, kind))).count() for kind in (LOOKS, FILES))
        if person in week.staff and (looks >= rules.LEAVING_LOOKS or files >= rules.LEAVING_FILES):
            yield Found(UnusualKind.LEAVING, person, {"looks": looks, "files": files})


def _before(week: Week) -> Iterator[Found]:
    """Requests of one agency, not one's own, opened shortly before access there was suspended."""
    looks = week.by_person(LOOKS)
    rows = unusual_week.requests_of(week, (act for acts in looks.values() for act in acts))
    for agency, at in _suspended(week):
        for person, acts in looks.items():
            opened = {
                act.object_id
                for act in acts
                if at - rules.BEFORE <= act.at < at
                and (row := rows.get(act.object_id))
                and act.kind == unusual_week.REQUEST
                and row["agency_id"] == agency
                and row["assignee_id"] != person
            }
            if len(opened) >= rules.BEFORE_REQUESTS:
                name = rows[next(iter(opened))]["agency__name"]
                yield Found(UnusualKind.BEFORE, person, {"requests": len(opened), "agency": name})


def _suspended(week: Week) -> Iterator[tuple[int, datetime]]:
    """Return each agency that was suspended in the week, or an officer of it, and when first."""
    found: dict[int, datetime] = {}
    members = [
        int(act.object_id) for act in week.acts if act.action == AccountEvent.ACCESS_SUSPENDED and act.kind == _MEMBER
    ]
    agencies = dict(AgencyMembership.objects.filter(pk__in=members).values_list("pk", "agency_id"))
    for act in week.acts:
        if act.action == AccountEvent.AGENCY_SUSPENDED and act.object_id.isdigit():
            found.setdefault(int(act.object_id), act.at)
        elif act.action == AccountEvent.ACCESS_SUSPENDED and act.kind == _MEMBER and int(act.object_id) in agencies:
            found.setdefault(agencies[int(act.object_id)], act.at)
    yield from found.items()


def _wrong(week: Week) -> Iterator[Found]:
    """Wrong passwords and codes for one account, without a right one between."""
    rows: Counter[int] = Counter()
    most: Counter[int] = Counter()
    every: Counter[int] = Counter()
    for act in week.acts:
        if act.kind != USER or not act.object_id.isdigit() or act.action not in FAILED | PASSED:
            continue
        person = int(act.object_id)
        rows[person] = rows[person] + 1 if act.action in FAILED else 0
        every[person] += act.action in FAILED
        most[person] = max(most[person], rows[person])
    for person, row in most.items():
        if row >= rules.WRONG and _reported(week, person):
            yield Found(UnusualKind.WRONG, person, {"row": row, "wrong": every[person]})


def _refused(week: Week) -> Iterator[Found]:
    refused: dict[int, list[Act]] = defaultdict(list)
    for act in week.acts:
        if act.outcome != "ok" and act.actor and act.action not in FAILED:
            refused[act.actor].append(act)
    for person, acts in refused.items():
        if len(acts) >= rules.REFUSED and _reported(week, person):
            hour = unusual_week.within([act.at for act in acts], rules.WEEK / 168)
            yield Found(UnusualKind.REFUSED, person, {"refused": len(acts), "hour": hour})


def _reported(week: Week, person: int) -> bool:
    """Whether this company's report tells of the person: its staff, and of everybody else in the first one's alone."""
    if person in week.staff:
        return True
    return week.main and not User.objects.filter(pk=person, staff_roles__isnull=False).exists()


def _places(week: Week) -> Iterator[Found]:
    for person, acts in week.by_person([AccountEvent.NEW_DEVICE]).items():
        if len(acts) >= rules.PLACES:
            yield Found(UnusualKind.PLACES, person, {"places": len(acts)})


def _phrases(week: Week) -> Iterator[Found]:
    """Passphrases of this company's packages, read by officers."""
    shown = [act for act in week.acts if act.action == Event.PASSPHRASE_SHOWN and act.outcome == "ok" and act.actor]
    ours = unusual_week.requests_of(week, shown)
    people: dict[int, list[datetime]] = defaultdict(list)
    for act in shown:
        if act.object_id in ours:
            people[act.actor].append(act.at)
    for person, moments in people.items():
        most = unusual_week.within(moments, rules.BEFORE)
        if most >= rules.PHRASES:
            yield Found(UnusualKind.PHRASES, person, {"most": most, "phrases": len(moments)})


def _roles(week: Week) -> Iterator[Found]:
    """Whose roles changed, whoever of this company's staff it was."""
    kinds = (AccountEvent.STAFF_ROLE_GRANTED, AccountEvent.STAFF_ROLE_ENDED)
    acts = [act for act in week.acts if act.action in kinds and act.kind == USER and act.object_id.isdigit()]
    for person in {int(act.object_id) for act in acts} & week.staff:
        mine = Counter(act.action for act in acts if act.object_id == str(person))
        yield Found(UnusualKind.ROLES, person, {"granted": mine[kinds[0]], "ended": mine[kinds[1]]})


def _reopened(week: Week) -> Iterator[Found]:
    """Who gave access back within a week after it was taken; whose it was stands in the log."""
    for act in week.acts:
        taken = SUSPENDED.get(act.action)  # type: ignore[call-overload]
        if taken is None or act.actor not in week.staff:
            continue
        entries = AuditEvent.objects.filter(object_type=act.kind, object_id=act.object_id, action=taken)
        entries = entries.filter(occurred_at__gte=act.at - rules.WEEK, occurred_at__lt=act.at).order_by("-occurred_at")
        last = entries.values_list("occurred_at", flat=True).first()
        if last is not None:
            hours = max(round((act.at - last).total_seconds() / 3600), 1)
            yield Found(UnusualKind.REOPENED, act.actor, {"hours": hours})


_RULES: tuple[Callable[[Week], Iterator[Found]], ...] = (
    _restricted,
    _decisions,
    _pairs,
    _many(UnusualKind.LOOKS, LOOKS, rules.LOOKS),
    _many(UnusualKind.FILES, FILES, rules.FILES),
    _hours,
    _matching,
    _leaving,
    _before,
    _wrong,
    _refused,
    _places,
    _phrases,
    _roles,
    _reopened,
)
