"""What applicants and officers gave: their numbers, and the domains they answer at. Neither proves an agency.

Whoever forges an application also answers its telephone and writes its website: what was given to us is compared with
what somebody of the desk says to have found. Numbers are compared with everything anybody ever gave, for any agency.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

import phonenumbers
from django.db import models
from django.db.models.functions import Cast, Concat

from accounts.addresses import registered
from accounts.domain_names import DomainRefused, parts_of, read_domain
from accounts.models import AccessApplication, Agency, AgencyMembership
from accounts.services.agencies import is_government_zone
from foundation.core.errors import PortalError

# Digits of other scripts, which telephones and phonenumbers read like ours.
_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９"
_OURS = "0123456789" * 4
_TELLING = 6
_SAID = (
    "phone", "unit", "supervisor_name", "supervisor_contact", "address_note", "explanation", "appeal",
    "proposed_agency",
)  # fmt: skip
_DOT = re.compile(r"\s*[\[(]\s*(?:dot|\.)\s*[\])]\s*|\s+dot\s+", re.IGNORECASE)
_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")


class OwnSource(PortalError):
    """The source is the applicant's own: it says nothing that the application does not say."""


def where_given(number: str, *, country: str, of: Agency | None = None) -> str:
    """Say in which application, or for which officer, this number (E.164) was given, or nothing.

    Every application and every membership of every agency is asked, decided and ended ones too, or only those `of` one
    agency. Looked at are telephones, the agency that was proposed, and all texts, as people write numbers in `country`,
    in the number's own country and in those named there.
    """
    parsed = phonenumbers.parse(number)
    tail = phonenumbers.national_significant_number(parsed)[-_TELLING:]
    here = {country, phonenumbers.region_code_for_country_code(parsed.country_code or 0)}
    said = AccessApplication.objects.annotate(digits=_digits(_SAID)).filter(digits__contains=tail)
    members = AgencyMembership.objects.annotate(digits=_digits(("phone", "unit"))).filter(digits__contains=tail)
    if of is not None:
        said, members = said.filter(agency=of), members.filter(agency=of)
    for row in said.select_related("agency").order_by("pk").iterator():
        countries = here | {row.proposed_agency.get("country", ""), row.agency.country if row.agency else ""}
        if _holds(number, map(str, _texts(row)), countries):
            return f"application {row.reference}"
    for member in members.select_related("user", "agency").order_by("pk").iterator():
        if _holds(number, (member.phone, member.unit), here | {member.agency.country}):
            return f"the entry of {member.user.get_full_name()}"
    return ""


def refuse_own_source(agency: Agency, *sources: str) -> None:
    """Raise OwnSource where a source names a domain that somebody who applied for this agency gave.

    That is the domain of their address, of the website they proposed, or of an address or page in what they wrote. A
    domain that the registry held for the agency before the application came does not count as theirs.
    """
    hosts = {host for text in sources for host in hosts_in(text)}
    if not hosts:
        return
    for row in AccessApplication.objects.filter(agency=agency).order_by("pk").iterator():
        texts = [row.email.rpartition("@")[2], *(str(text) for text in _texts(row))]
        given = {_owner(host) for text in texts for host in hosts_in(text)}
        for host in sorted(hosts):
            if _owner(host) in given and not _known_before(agency, host, row.created_at):
                raise OwnSource(
                    f"{host} stands in application {row.reference}, so it is the applicant's word and no source. Name "
                    "a directory, an official list or another agency."
                )


def hosts_in(text: str) -> set[str]:
    """Return the domains that a text names, as A-labels: of pages, of addresses, and also where the dot is a word."""
    found = set()
    for word in _HOST.findall(_DOT.sub(".", text.replace("。", "."))):
        with suppress(DomainRefused):
            found.add(read_domain(word))
    return found


def _known_before(agency: Agency, host: str, moment: datetime) -> bool:
    entry = registered(host) or registered(host.removeprefix("www."))
    return entry is not None and entry.agency_id == agency.pk and entry.added_at < moment


def _owner(host: str) -> str:
    """Return the part that one owner registered; under a government's zone every office is its own owner."""
    sub, label, suffix = parts_of(host)
    whole = f"{label}.{suffix}"
    return f"{sub.rpartition('.')[2]}.{whole}" if sub and is_government_zone(whole) else whole


def _texts(row: AccessApplication) -> list[object]:
    proposed = row.proposed_agency.values()
    return [*(getattr(row, name) for name in _SAID if name != "proposed_agency"), *proposed]


def _holds(number: str, texts: Iterable[str], countries: Iterable[str]) -> bool:
    wanted = [country or None for country in countries]
    return any(number in _numbers_in(text, country) for text in texts for country in wanted)


def _numbers_in(text: str, country: str | None) -> set[str]:
    """Return the telephone numbers in a text in E.164, also those written as people dial them in this country."""
    found = phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.POSSIBLE)
    return {phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) for match in found}


def _digits(columns: Iterable[str]) -> models.Func:
    """All digits of these columns in a row, so that the database leaves out what cannot hold the number."""
    text: models.Func = Concat(*[Cast(name, models.TextField()) for name in columns], output_field=models.TextField())
    ours = models.Func(text, models.Value(_DIGITS), models.Value(_OURS), function="TRANSLATE")
    kept = models.Func(
        ours, models.Value("[^0-9]"), models.Value(""), models.Value("g"), function="REGEXP_REPLACE"
    )  # fmt: skip
    kept.output_field = models.TextField()
    return kept
