"""The registry of agencies as the desk keeps it: blocked domains, and telling an agency that its name was used."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.addresses import government_zone
from accounts.domain_names import read_domain
from accounts.enums import AgencyStatus
from accounts.events import Event
from accounts.models import Agency, AgencyDomain, BlockedDomain, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed


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
    if government_zone(name) == name:
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
