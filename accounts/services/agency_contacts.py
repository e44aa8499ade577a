"""How an agency is known and reached: its e-mail domains, and the numbers that the company found itself.

A number that an applicant gave never enters on their word: whoever forges an application also answers its telephone.
"""

from datetime import date, datetime

import phonenumbers
from django.db import models, transaction
from django.utils import timezone

from accounts.addresses import judge
from accounts.domain_names import DomainRefused, read_domain
from accounts.events import Event
from accounts.models import AccessApplication, Agency, AgencyDomain, AgencyMembership, AgencyNumber, BlockedDomain, User
from accounts.permissions import Permission
from accounts.services.agencies import changeable, is_government_zone
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused


class FromApplication(PortalError):
    """An applicant gave this number; a second source, named, would stand for it."""


@transaction.atomic
def add_domain(
    agency: Agency,
    domain: str,
    *,
    covers_subdomains: bool = False,
    source: str,
    by: User,
    at: datetime | None = None,
) -> AgencyDomain:
    """Add an e-mail domain of an agency, kept as an IDNA A-label in lower case; `source` says who names it.

    Raises DomainRefused for what is no domain, for mail services that anybody can join and blocked domains;
    NotAllowed where it is a domain of another agency, or would cover every office of a government.
    """
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.MANAGE_AGENCIES)
    name = read_domain(domain)
    if not source.strip():
        raise Incomplete("Write down where the domain stands.")
    if refusal := _domain_refusal(name, covers_subdomains=covers_subdomains):
        raise DomainRefused(refusal)
    values = {"agency": row, "covers_subdomains": covers_subdomains, "source": source, "added_at": at, "added_by": by}
    entry, made = AgencyDomain.objects.select_related("agency").get_or_create(domain=name, defaults=values)
    if not made:
        whose = "this agency" if entry.agency_id == row.pk else f"{entry.agency} ({entry.agency.country})"
        raise NotAllowed(f"{name} is a domain of {whose} already.")
    facts: dict[str, str | bool] = {"domain": name, "covers_subdomains": covers_subdomains, "source": source}
    record(Event.AGENCY_DOMAIN_ADDED, by=by, obj=row, data=facts, at=at)
    return entry


@transaction.atomic
def remove_domain(entry: AgencyDomain, *, reason: str, by: User, at: datetime | None = None) -> int:
    """Remove a domain of an agency; return how many domains it has left. Access given before is not touched."""
    at = at or timezone.now()
    row = changeable(entry.agency, by=by, permission=Permission.MANAGE_AGENCIES)
    gone, _of = AgencyDomain.objects.filter(pk=entry.pk, agency=row).delete()
    if not gone:
        raise TransitionRefused("This domain was removed already.")
    left_behind = officers_under(entry).count()
    facts: dict[str, str | int] = {"domain": entry.domain, "source": entry.source, "officers": left_behind}
    record(Event.AGENCY_DOMAIN_REMOVED, by=by, obj=row, reason=reason, data=facts, at=at)
    return row.domains.count()


def officers_under(entry: AgencyDomain) -> models.QuerySet[AgencyMembership]:
    """Return the memberships in force whose officer has an address at this very domain."""
    return AgencyMembership.objects.filter(ended_at=None, user__email__endswith=f"@{entry.domain}")


@transaction.atomic
def enter_number(
    agency: Agency,
    number: str,
    *,
    label: str = "",
    source: str,
    source_date: date,
    second_source: str = "",
    by: User,
    at: datetime | None = None,
) -> AgencyNumber:
    """Enter a number that the company found itself; it may be called once another person confirmed it.

    `number` is in E.164; `source_date` is the date of the source. Raises FromApplication for a number that an
    applicant of this agency gave, unless `second_source` names another place that has it; both are kept.
    """
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.MANAGE_AGENCIES)
    if not source.strip():
        raise Incomplete("Write down where the number stands.")
    if source_date > timezone.localdate(at):
        raise NotAllowed("The date of the source lies in the future.")
    if AgencyNumber.objects.filter(agency=row, number=number, retired_at=None).exists():
        raise TransitionRefused("This agency has the number already.")
    given = where_given(row, number)
    if given and not second_source.strip():
        raise FromApplication(
            f"This number stands in {given}: find it independently. If a second source has it too, name that as well."
        )
    stated = f"{source}; also {second_source}" if second_source.strip() else source
    entry = AgencyNumber.objects.create(
        agency=row, number=number, label=label, source=stated, source_date=source_date, entered_at=at, entered_by=by
    )
    facts = {"number": number, "label": label, "source": stated, "source_date": source_date.isoformat()}
    record(Event.AGENCY_NUMBER_ENTERED, by=by, obj=row, data=facts | ({"also_in": given} if given else {}), at=at)
    return entry


@transaction.atomic
def confirm_number(number: AgencyNumber, *, source: str, by: User, at: datetime | None = None) -> AgencyNumber:
    """Confirm a number that another person entered, after looking it up oneself; `source` says where."""
    at = at or timezone.now()
    row = changeable(number.agency, by=by, permission=Permission.MANAGE_AGENCIES)
    entry = _in_use(number)
    if entry.confirmed_at is not None:
        raise TransitionRefused("Somebody confirmed this number already.")
    if entry.entered_by_id == by.pk:
        raise NotAllowed("You entered this number: another person must confirm it.")
    entry.confirmed_at, entry.confirmed_by = at, by
    entry.save(update_fields=["confirmed_at", "confirmed_by"])
    facts = {"number": entry.number, "source": source}
    record(Event.AGENCY_NUMBER_CONFIRMED, by=by, obj=row, data=facts, at=at)
    return entry


@transaction.atomic
def retire_number(number: AgencyNumber, *, reason: str, by: User, at: datetime | None = None) -> AgencyNumber:
    """Retire a number: it stays on record with the calls made to it, and is never called again."""
    at = at or timezone.now()
    row = changeable(number.agency, by=by, permission=Permission.MANAGE_AGENCIES)
    entry = _in_use(number)
    entry.retired_at, entry.retired_by = at, by
    entry.save(update_fields=["retired_at", "retired_by"])
    record(Event.AGENCY_NUMBER_RETIRED, by=by, obj=row, reason=reason, data={"number": entry.number}, at=at)
    return entry


def where_given(agency: Agency, number: str) -> str:
    """Say in which application of the agency, or for which officer, this number (E.164) was given, or nothing.

    Looked at are direct phones, the switchboard of a proposed agency, and numbers in what is said of the supervisor;
    of applications for the agency and of those that came from its domains.
    """
    theirs = models.Q(agency=agency)
    for domain in agency.domains.values_list("domain", flat=True):
        theirs |= models.Q(email__endswith=f"@{domain}")
    said = AccessApplication.objects.filter(theirs).order_by("pk").values_list(
        "reference", "phone", "supervisor_contact", "proposed_agency"
    )  # fmt: skip
    for reference, phone, contact, proposed in said.iterator():
        texts = (phone, contact, str(proposed.get("switchboard", "")))
        if any(number in _numbers_in(text, agency.country) for text in texts):
            return f"application {reference}"
    members = AgencyMembership.objects.filter(agency=agency).select_related("user")
    found = next((m for m in members.iterator() if number in _numbers_in(m.phone, agency.country)), None)
    return f"the entry of {found.user.get_full_name()}" if found else ""


def _numbers_in(text: str, country: str) -> set[str]:
    """Return the telephone numbers in a text in E.164, also those written as people dial them in this country."""
    found = phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.POSSIBLE)
    return {phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) for match in found}


def _domain_refusal(name: str, *, covers_subdomains: bool) -> str:
    if BlockedDomain.objects.filter(domain=name, lifted_at=None).exists():
        return f"{name} is blocked. Lift the block first."
    found = judge(f"somebody@{name}")
    if found.refused:
        return f"{found.why[:1].upper()}{found.why[1:]}: an address there says nothing about an office."
    if covers_subdomains and is_government_zone(name):
        return f"Every office of a government is under {name}: give the domains of this agency one by one."
    return ""


def _in_use(number: AgencyNumber) -> AgencyNumber:
    entry = AgencyNumber.objects.select_for_update(of=("self",)).get(pk=number.pk)
    if entry.retired_at is not None:
        raise TransitionRefused("This number was retired already.")
    return entry
