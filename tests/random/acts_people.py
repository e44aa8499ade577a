"""Who may act changes: suspensions, roles, leads, conflicts."""

from accounts.models import AgencyMembership, CallBack, DeclaredConflict, RoleChange, Suspension
from accounts.services import conflicts, leads, look_back, staff, suspensions
from accounts.services.staff import Wanted
from requests_app.services import declaring
from tests.accounts.suspending import told
from tests.random.acts import act, once, requests
from tests.random.world import World


def officers(w: World) -> list[AgencyMembership]:
    """All officers."""
    rows = AgencyMembership.objects.filter(user__in=w.names).select_related("user", "agency")
    return list(rows.order_by("pk"))


def suspended(_world: World) -> list[Suspension]:
    """All suspensions."""
    return list(Suspension.objects.select_related("agency", "officer", "call__agency").order_by("pk"))


def changes(_world: World) -> list[RoleChange]:
    """All changes of roles."""
    return list(RoleChange.objects.select_related("user").order_by("pk"))


def declared(_world: World) -> list[DeclaredConflict]:
    """All conflicts."""
    return list(DeclaredConflict.objects.select_related("user", "agency").order_by("pk"))


@act("analyst approver", officers, meant=lambda member: member.suspended_at is None)
def suspend_officer(w, member, by, how):
    """Staff suspend an officer."""
    suspensions.suspend_officer(member.user, told=told(member.agency), reason="Stolen mailbox", by=by)
    w.notes.suspended.add(w.name(member.user_id))


@act("analyst approver", once)
def suspend_agency(w, _nothing, by, how):
    """Staff suspend an agency."""
    name = ["north", "south"][how % 2]
    agency = type(w.agencies[name]).objects.get(pk=w.agencies[name].pk)
    suspensions.suspend_agency(agency, told=told(agency), reason="Mail server broken into", by=by)
    w.notes.shut.add(name)


@act("analyst approver", suspended, meant=lambda row: row.lifted_at is None, quiet=True)
def look_back_at_all(w, suspension, by, how):
    """Staff look at every act of a list."""
    for item in suspension.look_back.filter(looked_at=None).order_by("pk"):
        look_back.check(item, outcome="fine", by=by)


@act("analyst approver", suspended, meant=lambda row: row.lifted_at is None)
def call_about_access(w, suspension, by, how):
    """Staff ask the agency whether access may be given back."""
    result = ["confirmed", "confirmed", "not_confirmed"][how % 3]
    call = told(suspension.subject_agency, result=result, spoke_to="Personnel office")
    suspensions.record_return_call(suspension, call, by=by)


@act("approver", suspended, meant=lambda row: row.lifted_at is None)
def give_access_back(w, suspension, by, how):
    """A second person gives access back."""
    suspensions.lift(suspension, reason="Mailboxes secured", by=by)
    if suspension.officer_id:
        w.notes.suspended.discard(w.name(suspension.officer_id))
    else:
        w.notes.shut.discard(w.agency_names[suspension.agency_id])


@act("administrator", once)
def propose_role(w, _nothing, by, how):
    """An administrator proposes to give or end a role."""
    kind, name, role = (
        ("grant", "curt", "analyst"),
        ("end", "abe", "analyst"),
        ("grant", "dora", "approver"),
        ("end", "pia", "approver"),
        ("end", "hana", "preservation_admin"),
    )[how % 5]
    wanted = Wanted(kind, provider=w.provider, role=role)
    staff.propose(w.person(name), wanted, reason="The night desk", by=by)


def _changed(w: World, change: RoleChange) -> None:
    roles = w.notes.roles[w.name(change.user_id)]
    (roles.add if change.kind == "grant" else roles.discard)(change.role)


@act("administrator approver", changes, of=["proposed"])
def confirm_role(w, change, by, how):
    """A second person lets a change of roles happen."""
    _changed(w, staff.confirm(change, by=by))


@act("administrator approver", changes, of=["proposed"])
def refuse_role(w, change, by, how):
    """A second person refuses a change of roles."""
    staff.refuse(change, reason="No need", by=by)


@act("administrator", changes, of=["proposed"])
def withdraw_role(w, change, by, how):
    """Whoever proposed a change takes it back."""
    staff.withdraw(change, by=by)


@act("approver", officers, meant=lambda member: member.role == "lead")
def end_lead(w, member, by, how):
    """Staff make a lead an officer like the others."""
    leads.end(member, by=by, reason="Moved to another unit")
    w.notes.leads.discard(w.name(member.user_id))


@act("analyst approver", officers, meant=lambda member: member.role != "lead")
def call_about_lead(w, member, by, how):
    """Staff call an agency about who leads it."""
    number = member.agency.numbers.first()
    leads.record_call(member, by=by, number=number, spoke_to="Personnel office", result="confirmed")


def _called(member):
    return member.role != "lead" and CallBack.objects.filter(about_user=member.user_id, result="confirmed").exists()


@act("approver", officers, meant=_called)
def appoint_lead(w, member, by, how):
    """Staff make an officer a lead."""
    leads.appoint(member, by=by, reason="Named by the agency")
    w.notes.leads.add(w.name(member.user_id))


@act("analyst approver counsel dpo custodian auditor", requests, meant=lambda row: row.status != "draft")
def declare_conflict(w, row, by, how):
    """Somebody keeps away from everything of an agency."""
    agency = w.notes.requests[row.pk].agency
    declaring.declare(row, reason="A cousin works there", whole_agency=True, by=by)
    w.notes.conflicts.add((w.name(by.pk), agency))


@act("approver", declared, meant=lambda row: row.ended_at is None)
def end_conflict(w, conflict, by, how):
    """An approver ends a conflict."""
    conflicts.end(conflict, by=by)
    w.notes.conflicts.discard((w.name(conflict.user_id), w.agency_names[conflict.agency_id]))
