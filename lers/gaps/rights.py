"""What people and agencies may do, against the entries that gave it to them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from accounts.enums import AgencyStatus, DeskRole
from accounts.events import Event as E
from accounts.models import Agency, AgencyDomain, AgencyMembership, AgencyNumber, User
from lers.demo.events import Event as Demo
from lers.gaps.reading import Said, about, batches, every
from preservation.events import Event as Hold
from preservation.models import PreservationHold
from requests_app.events import Event as R
from requests_app.models import DataRequest

_OPENS = {E.STAFF_UNBLOCKED, E.STAFF_ROLE_GRANTED}
_CLOSES = {E.STAFF_BLOCKED, E.STAFF_ACCOUNT_CLOSED}
_STAFF = {*_OPENS, *_CLOSES, E.STAFF_ROLE_ENDED, E.STAFF_TEAM_JOINED, E.STAFF_TEAM_LEFT, Demo.PERSON_MADE}
_MEMBER = {
    E.MEMBERSHIP_APPROVED, E.MEMBERSHIP_ENDED, E.ACCESS_SUSPENDED, E.SUSPENSION_LIFTED, E.ACCESS_LAPSED,
    E.LEAD_APPOINTED, E.LEAD_ENDED,
}  # fmt: skip
_OWNED = {R.SUBMITTED, R.RECORDED, R.HANDED_OVER}
_GIVEN = {Hold.PASSED_ON, Hold.GIVEN}
_HELD = {Hold.REQUESTED, Hold.PLACED, Hold.BROUGHT_OVER, *_GIVEN}
_DOMAINS = (E.AGENCY_DOMAIN_ADDED, E.AGENCY_DOMAIN_REMOVED, E.AGENCY_DOMAINS_IMPORTED, Demo.AGENCY_MADE)
_NUMBERS = (E.AGENCY_NUMBER_ENTERED, E.AGENCY_NUMBER_CONFIRMED, E.AGENCY_NUMBER_RETIRED, Demo.AGENCY_MADE)


def gaps() -> Iterator[str]:
    """Return a line for each right that the trail does not know, or knows otherwise."""
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        _people, _members, _agencies, _domains, _numbers, _owners, _marked, _readers,
    )  # fmt: skip
    for check in checks:
        yield from check()


def _people() -> Iterator[str]:
    stands_for = {str(said.data.get("account")) for said in every([E.AGENCY_ADDRESSEE_MADE])}
    for batch in batches(User.objects.prefetch_related("staff_roles", "team_memberships__team")):
        told = about(User, [user.pk for user in batch], _STAFF)
        for user in batch:
            yield from (f"accounts.user {user.pk}: {words}" for words in _person(user, told[str(user.pk)], stands_for))


def _person(user: User, told: list[Said], stands_for: set[str]) -> Iterator[str]:
    active = str(user.pk) not in stands_for
    roles: set[str] = set()
    teams: set[str] = set()
    for said in told:
        active = said.action in _OPENS or (said.action not in _CLOSES and active)
        if said.action == E.STAFF_ROLE_GRANTED:
            roles.add(said.data["role"])
        elif said.action == E.STAFF_ROLE_ENDED:
            roles.discard(said.data["role"])
        elif said.action == E.STAFF_TEAM_JOINED:
            teams.add(said.data["team"])
        elif said.action == E.STAFF_TEAM_LEFT:
            teams.discard(said.data["team"])
        elif said.action == Demo.PERSON_MADE:
            roles |= set(said.data.get("roles", ()))
            teams |= set(said.data.get("teams", ()))
    if user.is_active != active:
        yield f"it is {_open(user.is_active)}, the trail says {_open(active)}"
    yield from _differ("role", {row.role for row in user.staff_roles.all() if row.ended_at is None}, roles)
    yield from _differ("team", {str(row.team) for row in user.team_memberships.all()}, teams)


def _members() -> Iterator[str]:
    for batch in batches(AgencyMembership.objects.select_related("user")):
        told = about(AgencyMembership, [member.pk for member in batch], _MEMBER)
        made = about(User, [member.user_id for member in batch], [Demo.PERSON_MADE])
        for member in batch:
            said = told[str(member.pk)]
            by_demo = made[str(member.user_id)]
            for words in _member(member, said, by_demo):
                yield f"accounts.agencymembership {member.pk}: {words}"


def _member(member: AgencyMembership, told: list[Said], by_demo: list[Said]) -> Iterator[str]:
    said = {entry.action for entry in told}
    last = {entry.action: entry.pk for entry in told}
    if member.approved_at and E.MEMBERSHIP_APPROVED not in said and not by_demo:
        yield "it is in force, and nobody approved it"
    if (member.ended_at is not None) != (E.MEMBERSHIP_ENDED in said):
        yield f"it {'ended' if member.ended_at else 'goes on'}, the trail says otherwise"
    pairs = (
        (E.ACCESS_SUSPENDED, E.SUSPENSION_LIFTED, member.suspended_at is not None, "suspended"),
        (E.ACCESS_LAPSED, E.MEMBERSHIP_APPROVED, member.lapsed_at is not None, "lapsed"),
        (E.LEAD_APPOINTED, E.LEAD_ENDED, member.role == DeskRole.LEAD, "the agency's lead"),
    )
    for on, off, is_so, words in pairs:
        by_trail = last.get(on, 0) > last.get(off, 0)
        if words.endswith("lead"):
            by_trail = by_trail or (any(entry.data.get("lead") for entry in by_demo) and off not in last)
        if is_so != by_trail:
            yield f"it is {'' if is_so else 'not '}{words}, the trail says otherwise"


def _agencies() -> Iterator[str]:
    for batch in batches(Agency.objects.only("pk", "status")):
        told = about(Agency, [agency.pk for agency in batch], [E.AGENCY_SUSPENDED, E.AGENCY_SUSPENSION_LIFTED])
        for agency in batch:
            said = told[str(agency.pk)]
            suspended = bool(said) and said[-1].action == E.AGENCY_SUSPENDED
            if suspended != (agency.status == AgencyStatus.SUSPENDED) and agency.merged_into_id is None:
                yield f"accounts.agency {agency.pk}: it is {agency.status}, the trail says otherwise"


def _domains() -> Iterator[str]:
    """Compare whose each domain is; what was merged belongs to the agency that stays."""
    told: dict[str, int] = {}
    for said in every(_DOMAINS):
        if said.action == E.AGENCY_DOMAIN_REMOVED:
            told.pop(said.data["domain"], None)
        elif said.action == E.AGENCY_DOMAIN_ADDED:
            told[said.data["domain"]] = int(said.object_id)
        else:
            told |= {domain: int(pk) for domain, pk in said.data.get("of_domains", ())}
    merged = _merged()
    for batch in batches(AgencyDomain.objects.all()):
        for row in batch:
            if _stays(told.get(row.domain), merged) != _stays(row.agency_id, merged):
                yield f"accounts.agencydomain {row.pk}: {row.domain} is of agency {row.agency_id}, nobody put it there"
    held = set(AgencyDomain.objects.values_list("domain", flat=True))
    yield from (
        f"accounts.agencydomain: {domain} is gone, and nobody removed it" for domain in sorted(set(told) - held)
    )


def _numbers() -> Iterator[str]:
    """Compare the numbers that may be called: entered by one, confirmed by another."""
    entered: dict[str, set[int]] = defaultdict(set)
    confirmed: dict[str, set[int]] = defaultdict(set)
    for said in every(_NUMBERS):
        agency = int(said.object_id)
        for number in said.data.get("numbers", [said.data.get("number")]):
            if said.action in {E.AGENCY_NUMBER_ENTERED, Demo.AGENCY_MADE}:
                entered[number].add(agency)
            if said.action in {E.AGENCY_NUMBER_CONFIRMED, Demo.AGENCY_MADE}:
                confirmed[number].add(agency)
    merged = _merged()
    for batch in batches(AgencyNumber.objects.filter(retired_at=None)):
        for row in batch:
            what, mine = f"accounts.agencynumber {row.pk}", _stays(row.agency_id, merged)
            if mine not in {_stays(pk, merged) for pk in entered[row.number]}:
                yield f"{what}: {row.number} is a number of agency {row.agency_id}, and nobody entered it"
            elif row.confirmed_at and mine not in {_stays(pk, merged) for pk in confirmed[row.number]}:
                yield f"{what}: {row.number} may be called, and nobody confirmed it"


def _owners() -> Iterator[str]:
    """Compare whose each request and hold is: who may read it, and take its records, follows from that."""
    merged = _merged()
    kinds: tuple[tuple[type[DataRequest | PreservationHold], Iterable[str]], ...] = (
        (DataRequest, _OWNED),
        (PreservationHold, _HELD),
    )
    for model, actions in kinds:
        for batch in batches(model._base_manager.only("pk", "officer_id", "agency_id")):
            told = about(model, [row.pk for row in batch], actions)
            for row in batch:
                what = f"{model._meta.label_lower} {row.pk}"
                officer, agency = _owner(told[str(row.pk)])
                if officer is not None and officer != row.officer_id:
                    yield f"{what}: it is of user {row.officer_id}, the trail says user {officer}"
                if agency is not None and _stays(agency, merged) != _stays(row.agency_id, merged):
                    yield f"{what}: it is of agency {row.agency_id}, the trail says {agency}"


def _owner(told: Iterable[Said]) -> tuple[int | None, int | None]:
    """Return officer and agency as entries say; None where those of before name nobody by number."""
    officer = agency = None
    for said in told:
        if said.action in _GIVEN:
            officer = said.data.get("to_id")
        else:
            officer = said.data.get("to_id") or said.data.get("officer_id") or officer
        agency = said.data.get("agency_id") or agency
    return officer, agency


def _marked() -> Iterator[str]:
    """Compare the marks of compliance: they decide whether an account holder may be told."""
    kinds: tuple[tuple[type[DataRequest | PreservationHold], str], ...] = (
        (DataRequest, R.COMPLIANCE_MARKED),
        (PreservationHold, Hold.COMPLIANCE_MARKED),
    )
    for model, action in kinds:
        said = {int(entry.object_id): bool(entry.data.get("in_force")) for entry in every([action])}
        held = set(model._base_manager.filter(aml_bar=True).values_list("pk", flat=True))
        there = set(model._base_manager.filter(pk__in=said).values_list("pk", flat=True))
        told = {pk for pk, in_force in said.items() if in_force and pk in there}
        for pk in sorted(held ^ told):
            words = "set" if pk in held else "not set"
            yield f"{model._meta.label_lower} {pk}: compliance's mark is {words}, the trail says otherwise"


def _readers() -> Iterator[str]:
    """Compare which staff read each restricted request."""
    actions = [R.RESTRICTED, R.UNRESTRICTED, R.READER_ADDED, R.READER_REMOVED]
    staff = set(User.objects.filter(staff_roles__isnull=False).values_list("pk", flat=True))
    for batch in batches(DataRequest.objects.filter(restricted=True).prefetch_related("named_readers").only("pk")):
        told = about(DataRequest, [row.pk for row in batch], actions)
        for row in batch:
            named: set[int] = set()
            for said in told[str(row.pk)]:
                ids = set(said.data.get("ids", ()))
                if said.action == R.RESTRICTED and ids:
                    named = ids
                elif said.action == R.READER_ADDED:
                    named |= ids
                elif said.action == R.READER_REMOVED:
                    named -= ids
            here = {person.pk for person in row.named_readers.all()} & staff
            for words in _differ("reader", set(map(str, here)), set(map(str, named))):
                yield f"requests_app.datarequest {row.pk}: {words}"
    last = {said.object_id: said.action for said in every([R.RESTRICTED, R.UNRESTRICTED])}
    closed = [pk for pk, action in last.items() if action == R.RESTRICTED]
    still = DataRequest.objects.filter(pk__in=closed, restricted=False).order_by("pk").values_list("pk", flat=True)
    yield from (f"requests_app.datarequest {pk}: it is not restricted any more, and nobody opened it" for pk in still)


def _differ(what: str, held: set[str], told: set[str]) -> Iterator[str]:
    yield from (f"it has the {what} {name}, and nobody gave it" for name in sorted(held - told))
    yield from (f"it has not the {what} {name}, and nobody took it" for name in sorted(told - held))


def _open(active: bool) -> str:
    return "open" if active else "closed"


def _merged() -> dict[int, int]:
    rows = Agency.objects.exclude(merged_into=None).values_list("pk", "merged_into")
    return {pk: into for pk, into in rows if into is not None}


def _stays(agency: int | None, merged: Mapping[int, int]) -> int | None:
    seen: set[int] = set()
    while agency is not None and agency in merged and agency not in seen:
        seen.add(agency)
        agency = merged[agency]
    return agency
