"""How an agency is known and reached: its e-mail domains, and the numbers that the company found itself.

A number that an applicant gave never enters on their word: whoever forges an application also answers its telephone.
"""

from datetime import date, datetime

import phonenumbers
from django.db import models, transaction
from django.utils import timezone

from accounts.addresses import judge
from accounts.domain_names import DomainRefused, parts_of, read_domain
from accounts.enums import AgencyStatus
from accounts.events import Event
from accounts.look_alikes import imitation
from accounts.models import Agency, AgencyDomain, AgencyMembership, AgencyNumber, BlockedDomain, User
from accounts.official_domains import parents
from accounts.permissions import Permission
from accounts.services.agencies import changeable, is_government_zone
from accounts.services.applicant_contacts import refuse_own_source, where_given
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused

OLDEST_SOURCE = date(2000, 1, 1)
_KIND = phonenumbers.PhoneNumberType
# Whoever calls these reaches whoever pays for them: no office is known by such a number.
_NO_OFFICE = {
    _KIND.PREMIUM_RATE: "a premium-rate number", _KIND.SHARED_COST: "a shared-cost number",
    _KIND.PERSONAL_NUMBER: "a personal number that can lead anywhere", _KIND.PAGER: "a pager",
    _KIND.VOICEMAIL: "a voice mailbox",
}  # fmt: skip


class SecondSourceNeeded(PortalError):
    """One source is not enough for this number; a second one, named, would stand for it."""


class FromApplication(SecondSourceNeeded):
    """An applicant gave this number; a second source, named, would stand for it."""


class NumberRefused(PortalError):
    """No office is reached at a number of this kind."""


class LooksLikeAnother(PortalError):
    """The domain may be taken for another agency's; somebody who checked that says so."""


@transaction.atomic
def add_domain(
    agency: Agency,
    domain: str,
    *,
    covers_subdomains: bool = False,
    source: str,
    checked: bool = False,
    by: User,
    at: datetime | None = None,
) -> AgencyDomain:
    """Add an e-mail domain of an agency, kept as an IDNA A-label in lower case; `source` says who names it.

    Raises DomainRefused for what is no domain, for mail services that anybody can join, endings under which anybody
    registers and blocked domains; NotAllowed where it is a domain of another agency, lies under one that covers it, or
    would cover every office of a government. Raises LooksLikeAnother where it may be taken for another agency's,
    unless the person `checked` that it is this one's; the trail keeps that.
    """
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.MANAGE_AGENCIES)
    name = read_domain(domain)
    if not source.strip():
        raise Incomplete("Write down where the domain stands.")
    if refusal := _domain_refusal(name, covers_subdomains=covers_subdomains):
        raise DomainRefused(refusal)
    like = "" if AgencyDomain.objects.filter(domain=name).exists() else _resembled(row, name)
    if like and not checked:
        raise LooksLikeAnother(f"{name} {like}. Tick the box only if you checked that it is this agency's.")
    values = {"agency": row, "covers_subdomains": covers_subdomains, "source": source, "added_at": at, "added_by": by}
    entry, made = AgencyDomain.objects.select_related("agency").get_or_create(domain=name, defaults=values)
    if not made:
        whose = "this agency" if entry.agency_id == row.pk else f"{entry.agency} ({entry.agency.country})"
        raise NotAllowed(f"{name} is a domain of {whose} already.")
    facts: dict[str, str | bool] = {"domain": name, "covers_subdomains": covers_subdomains, "source": source}
    if like:
        facts |= {"checked": True, "resembles": like}
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

    `number` is in E.164; `source_date` is the date of the source. Raises NumberRefused for premium-rate numbers and the
    like, OwnSource for a source that an applicant named, and SecondSourceNeeded (FromApplication) for mobiles and for
    a number that anybody ever gave us, unless `second_source` names another place that has it; both are kept.
    """
    at = at or timezone.now()
    row = changeable(agency, by=by, permission=Permission.MANAGE_AGENCIES)
    _refuse_source(row, source, second_source, source_date, at=at)
    if AgencyNumber.objects.filter(agency=row, number=number, retired_at=None).exists():
        raise TransitionRefused("This agency has the number already.")
    given = where_given(number, country=row.country)
    _refuse_kind(number, second_source=second_source)
    if given and not second_source.strip():
        raise FromApplication(_given(given))
    stated = f"{source}; also {second_source}" if second_source.strip() else source
    entry = AgencyNumber.objects.create(
        agency=row, number=number, label=label, source=stated, source_date=source_date, entered_at=at, entered_by=by
    )
    facts = {"number": number, "label": label, "source": stated, "source_date": source_date.isoformat()}
    record(Event.AGENCY_NUMBER_ENTERED, by=by, obj=row, data=facts | ({"also_in": given} if given else {}), at=at)
    return entry


@transaction.atomic
def confirm_number(
    number: AgencyNumber, *, source: str, second_source: str = "", by: User, at: datetime | None = None
) -> AgencyNumber:
    """Confirm a number that another person entered, after looking it up oneself; `source` says where.

    What was asked when it was entered is asked again, for an application may have come since: raises NumberRefused,
    OwnSource, and FromApplication unless this person, too, names a `second_source`.
    """
    at = at or timezone.now()
    row = changeable(number.agency, by=by, permission=Permission.MANAGE_AGENCIES)
    entry = _in_use(number)
    if entry.confirmed_at is not None:
        raise TransitionRefused("Somebody confirmed this number already.")
    if entry.entered_by_id == by.pk:
        raise NotAllowed("You entered this number: another person must confirm it.")
    if not source.strip():
        raise Incomplete("Write down where you looked.")
    refuse_own_source(row, source, second_source)
    _refuse_same(source, second_source)
    _refuse_kind(entry.number, second_source=second_source or entry.source)
    given = where_given(entry.number, country=row.country)
    if given and not second_source.strip():
        raise FromApplication(_given(given))
    entry.confirmed_at, entry.confirmed_by = at, by
    entry.save(update_fields=["confirmed_at", "confirmed_by"])
    stated = f"{source}; also {second_source}" if second_source.strip() else source
    facts = {"number": entry.number, "source": stated} | ({"also_in": given} if given else {})
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


def _given(where: str) -> str:
    return f"This number stands in {where}: find it independently. If a second source has it too, name that as well."


def _refuse_source(agency: Agency, source: str, second: str, day: date, *, at: datetime) -> None:
    if not source.strip():
        raise Incomplete("Write down where the number stands.")
    if day > timezone.localdate(at):
        raise NotAllowed("The date of the source lies in the future.")
    if day < OLDEST_SOURCE:
        raise NotAllowed("The source is from before 2000: find a newer one.")
    _refuse_same(source, second)
    refuse_own_source(agency, source, second)


def _refuse_same(source: str, second: str) -> None:
    if second.strip() and second.strip().casefold() == source.strip().casefold():
        raise SecondSourceNeeded("The second source is the first one again. Name another place that has the number.")


def _refuse_kind(number: str, *, second_source: str) -> None:
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    if what := _NO_OFFICE.get(kind):
        raise NumberRefused(f"This is {what}. Find the number of the office.")
    if kind == _KIND.MOBILE and not second_source.strip():
        raise SecondSourceNeeded("This is a mobile number: name a second source that has it too.")


def _resembled(agency: Agency, name: str) -> str:
    """Say which other agency this domain may be taken for, or nothing; NotAllowed under one that covers it."""
    others = AgencyDomain.objects.exclude(agency=agency).filter(agency__status=AgencyStatus.ACTIVE)
    above = others.select_related("agency").filter(domain__in=parents(name))
    for entry in sorted(above, key=lambda found: -len(found.domain)):
        whose = f"{entry.domain}, a domain of {entry.agency} ({entry.agency.country})"
        if entry.covers_subdomains:
            raise NotAllowed(f"{name} lies under {whose}, which covers it.")
        if not is_government_zone(entry.domain):
            return f"lies under {whose}"
    like = imitation(name, others.values_list("domain", flat=True))
    known = others.select_related("agency").filter(domain=like[0]).first() if like else None
    if like is None or known is None:
        return ""
    return f"{like[1]}: {known.domain}, {known.agency} ({known.agency.country})"


def _domain_refusal(name: str, *, covers_subdomains: bool) -> str:
    if not parts_of(name)[1]:
        return f"{name} is an ending under which anybody registers, not the domain of one agency."
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
