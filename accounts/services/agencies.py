"""The registry of agencies as the desk keeps it: add, correct, confirm police power; blocked domains; misused names.

Domains and numbers of an agency are in `agency_contacts`, joining two entries in `merging`.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import government_zone, judge, registered
from accounts.domain_names import read_domain
from accounts.enums import AgencyStatus
from accounts.events import Event
from accounts.models import Agency, AgencyDomain, BlockedDomain, User
from accounts.permissions import Permission, has_permission
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError, Stale, TransitionRefused

# What people correct, in the order of the page.
FACTS = ("name", "local_name", "country", "region", "town", "address", "kind", "website", "generic_address", "source")


class KnownAlready(PortalError):
    """The registry has an agency of this name in this country."""

    def __init__(self, agency: Agency) -> None:
        super().__init__(f"{agency.name} is in the registry already. Tick the box if this is another agency.")
        self.agency = agency


class MailboxRefused(PortalError):
    """Copies and warnings would go to somebody else than the agency."""


class Outdated(Stale):
    """Somebody saved other facts since this person opened the page: field to (what they saw, what is stored)."""

    def __init__(self, changes: Mapping[str, tuple[str, str]]) -> None:
        super().__init__("Somebody else saved this agency while you typed. Compare, then save again.")
        self.changes = changes


@transaction.atomic
def add(facts: Mapping[str, str], *, although_known: bool = False, by: User, at: datetime | None = None) -> Agency:
    """Add an agency; it has neither domain nor number, and nothing says yet that it has police power.

    Raises KnownAlready where the country has an agency of this name, unless the person says that it is another; and
    NotAllowed with a generic address, which must be on a domain of the agency.
    """
    at = at or timezone.now()
    require(by, Permission.MANAGE_AGENCIES)
    if facts.get("generic_address"):
        raise NotAllowed("Give the agency its domain first, then the generic address on it.")
    agency = Agency(status=AgencyStatus.ACTIVE, created_at=at, **{name: facts.get(name, "") for name in FACTS})
    same = Agency.objects.filter(country=agency.country, name__iexact=agency.name, merged_into=None).first()
    if same is not None and not although_known:
        raise KnownAlready(same)
    agency.save(force_insert=True)
    record(Event.AGENCY_CREATED, by=by, obj=agency, data=dict(facts_of(agency)), at=at)
    return agency


@transaction.atomic
def correct(
    agency: Agency, facts: Mapping[str, str], *, seen: Mapping[str, str], by: User, at: datetime | None = None
) -> Agency:
    """Correct what the registry says of an agency. `seen` are the facts this person had before them.

    Raises Outdated where other facts are stored by now: nothing is overwritten that nobody read. Facts that are as
    they were leave no event. Raises MailboxRefused for a generic address that is not on a domain of the agency.
    """
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.MANAGE_AGENCIES)
    stored = facts_of(row)
    changes = {name: [stored[name], facts[name]] for name in FACTS if facts.get(name, stored[name]) != stored[name]}
    if not changes:  # a second click, or two people of one mind
        return row
    if moved := {name: (seen.get(name, ""), stored[name]) for name in FACTS if seen.get(name, "") != stored[name]}:
        raise Outdated(moved)
    if refusal := mailbox_refusal(row, changes.get("generic_address", ["", ""])[1]):
        raise MailboxRefused(refusal)
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    row.save(update_fields=list(changes))
    record(Event.AGENCY_CHANGED, by=by, obj=row, data={"changes": changes}, at=at)
    return row


@transaction.atomic
def confirm_power(agency: Agency, *, source: str, by: User, at: datetime | None = None) -> Agency:
    """Write down that the agency has police power, where that stands, who looked and when. An approver does."""
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.APPROVE_APPLICATION)
    if row.police_power_confirmed:
        raise TransitionRefused("The police power of this agency is confirmed already.")
    _set_power(row, confirmed=True, source=source, when=at, who=by)
    record(Event.AGENCY_POWER_CONFIRMED, by=by, obj=row, data={"source": source}, at=at)
    return row


@transaction.atomic
def withdraw_power(agency: Agency, *, reason: str, by: User, at: datetime | None = None) -> Agency:
    """Take back that the agency has police power: it was a mistake, or the law changed. An approver does."""
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.APPROVE_APPLICATION)
    if not row.police_power_confirmed:
        raise TransitionRefused("The police power of this agency is not confirmed.")
    before = {"source": row.police_power_source}
    _set_power(row, confirmed=False, source="", when=None, who=None)
    record(Event.AGENCY_POWER_WITHDRAWN, by=by, obj=row, reason=reason, data=before, at=at)
    return row


def _set_power(row: Agency, *, confirmed: bool, source: str, when: datetime | None, who: User | None) -> None:
    row.police_power_confirmed, row.police_power_source = confirmed, source
    row.police_power_at, row.police_power_by = when, who
    names = ("confirmed", "source", "at", "by")
    row.save(update_fields=[f"police_power_{name}" for name in names])


def mailbox_refusal(agency: Agency, address: str) -> str:
    """Say why copies and warnings for an agency cannot go to this address, or nothing."""
    if not address:
        return ""
    found = judge(address)
    if found.refused:
        return f"{found.why[:1].upper()}{found.why[1:]}: copies and warnings cannot go there."
    entry = registered(found.domain)
    if entry is None or entry.agency_id != agency.pk:
        return f"{found.domain} is not a domain of this agency. Add the domain with its source first."
    return ""


def conflict_refusal(agency: Agency, by: User) -> str:
    """Say that this person declared a conflict with the agency, or nothing."""
    declared = by.conflicts.filter(agency=agency, ended_at=None).exists()
    return "You declared a conflict with this agency. You can read its entry and change nothing." if declared else ""


def note_read(agency: Agency, *, by: User, at: datetime | None = None) -> None:
    """Leave the event of somebody who reads an agency's entry."""
    record(Event.AGENCY_READ, by=by, obj=agency, at=at)


def history(agency: Agency) -> models.QuerySet[AuditEvent]:
    """Return what was done to an agency's entry and to those merged into it, newest first, without mere looks.

    Calls about the agency and conflicts with it stand elsewhere.
    """
    ids = [str(pk) for pk in Agency.objects.filter(merged_into=agency).values_list("pk", flat=True)]
    entries = AuditEvent.objects.filter(object_type=Agency._meta.label_lower, object_id__in=[str(agency.pk), *ids])
    changed = entries.filter(action__startswith="agency.").exclude(action=Event.AGENCY_READ)
    return changed.order_by("-occurred_at", "-id")


def facts_of(agency: Agency) -> dict[str, str]:
    """Return what people correct, as it is stored."""
    return {name: str(getattr(agency, name)).replace("\r\n", "\n") for name in FACTS}


def changeable(agency: Agency, *, by: User, permission: Permission) -> Agency:
    """Lock and return an agency that this person may change, or raise NotAllowed or TransitionRefused."""
    row = Agency.objects.select_for_update().get(pk=agency.pk)
    require(by, permission)
    if refusal := conflict_refusal(row, by):
        raise NotAllowed(refusal)
    if row.merged_into_id is not None:
        raise TransitionRefused("This agency was merged into another. Open that one.")
    return row


@transaction.atomic
def block_domain(
    domain: str, *, reason: str, about_reference: str = "", by: User, at: datetime | None = None
) -> BlockedDomain:
    """Let nobody in with this domain any more; `about_reference` is the application that showed why, as text.

    A domain that is blocked already stays as it is. Raises DomainRefused for what is no domain, and NotAllowed
    without the right, for a government's suffix, and for a domain under which an active agency is known.
    """
    at = at or timezone.now()
    require(by, Permission.MANAGE_AGENCIES)
    name = read_domain(domain)
    if is_government_zone(name):
        raise NotAllowed(f"{name} is kept for a government: blocking it would shut out every office under it.")
    if known := _active_under(name):
        raise NotAllowed(f"{known.domain} is a domain of {known.agency}. Suspend the agency instead.")
    row, made = BlockedDomain.objects.get_or_create(
        domain=name, lifted_at=None,
        defaults={"reason": reason, "about_reference": about_reference, "blocked_at": at, "blocked_by": by},
    )  # fmt: skip
    if made:
        about = {"about": about_reference} if about_reference else {}
        record(Event.DOMAIN_BLOCKED, by=by, obj=row, reason=reason, data={"domain": name, **about}, at=at)
    return row


@transaction.atomic
def lift_block(blocked: BlockedDomain, *, reason: str, by: User, at: datetime | None = None) -> BlockedDomain:
    """Let people in with a blocked domain again; a block that is lifted already stays as it is."""
    at = at or timezone.now()
    require(by, Permission.MANAGE_AGENCIES)
    row = BlockedDomain.objects.select_for_update().get(pk=blocked.pk)
    if row.lifted_at is not None:
        return row
    row.lifted_at, row.lifted_by = at, by
    row.save(update_fields=["lifted_at", "lifted_by"])
    record(Event.DOMAIN_UNBLOCKED, by=by, obj=row, reason=reason, data={"domain": row.domain}, at=at)
    return row


@transaction.atomic
def warn_agency(agency: Agency, *, about_reference: str, by: User, at: datetime | None = None) -> bool:
    """Tell an agency at its generic address that its name was used to ask for access; no names, no facts of the case.

    Returns False, and does nothing, where no generic address is on file. Told once per application. Raises
    NotAllowed without the right.
    """
    at = at or timezone.now()
    require(by, Permission.MANAGE_AGENCIES)
    if not agency.generic_address:
        return False
    if notify.name_misused(agency, about_reference=about_reference, at=at):
        record(Event.AGENCY_WARNED, by=by, obj=agency, data={"about": about_reference}, at=at)
    return True


def is_government_zone(domain: str) -> bool:
    """Say whether offices of a government have their names under this one (bund.de, state.tx.us)."""
    return domain in {government_zone(domain), government_zone(f"office.{domain}")}


def require(by: User, permission: Permission) -> None:
    """Raise NotAllowed unless this person holds the permission."""
    if not has_permission(by, permission):
        raise NotAllowed("You do not have the right to do this.")


def _active_under(domain: str) -> AgencyDomain | None:
    """Return the entry of an active agency that a block of this domain would shut out."""
    active = AgencyDomain.objects.filter(agency__status=AgencyStatus.ACTIVE).select_related("agency")
    parents = [domain.split(".", n)[n] for n in range(1, domain.count(".") + 1)]
    return (
        active.filter(domain=domain).first()
        or active.filter(domain__in=parents, covers_subdomains=True).first()
        or active.filter(domain__endswith=f".{domain}").first()
    )
