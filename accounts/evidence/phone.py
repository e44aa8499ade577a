"""What the telephone number says: it is compared, and never called."""

import phonenumbers
from django.db.models import Q
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from accounts.evidence.finding import Finding, failed, look, passed, sentences
from accounts.evidence.history import named, others
from accounts.models import AccessApplication, AgencyNumber
from foundation.legal.countries import jurisdiction_names

NEVER = "Never call it: call a number of our directory."
_BAD = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number, which rings wherever its owner likes",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voice mailbox",
}
_SOFT = {
    PhoneNumberType.MOBILE: "a mobile number",
    PhoneNumberType.VOIP: "an internet telephone number, which anybody gets anywhere",
    PhoneNumberType.TOLL_FREE: "a toll-free number, not a direct line",
    PhoneNumberType.UAN: "a company-wide number, not a direct line",
}


def phone(application: AccessApplication) -> Finding:
    """Say what kind of number it is, whether the directory has it, and who else gave it."""
    number = parsed(application.phone)
    if number is None:
        return look(f"{application.phone or 'Nothing'} cannot be read as a telephone number.", f"Ask for one. {NEVER}")
    shown = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    kind, country = phonenumbers.number_type(number), country_of(number)
    place = f" in {jurisdiction_names().get(country, country)}" if country else ""
    twins = named(others(application, Q(phone__startswith=_e164(number))))
    beside = f"the same number stands in {twins}" if twins else ""
    if listed := _listed(application, number):
        said = f"{shown} is in our directory for this agency ({listed.label or listed.source})"
        return (look if twins else passed)(sentences(said, beside), f"It is a line of the agency. {NEVER}")
    if _same(application.supervisor_contact, number):
        said = f"{shown} is also the number given for the supervisor"
        return failed(
            sentences(said, beside), f"One person may be both. Reach the supervisor by the switchboard. {NEVER}"
        )
    if kind in _BAD:
        return failed(sentences(f"{shown} is {_BAD[kind]}{place}", beside), f"No officer has such a line. {NEVER}")
    if not phonenumbers.is_valid_number(number):
        giver = place.removeprefix(" in ") or "any country"
        said = f"{shown} is no number that {giver} gives out, and is not listed for this agency"
        return look(sentences(said, beside), f"It may be mistyped. Ask the agency for the officer's line. {NEVER}")
    if kind in _SOFT:
        said = f"{shown} is {_SOFT[kind]}{place} and is not listed for this agency"
        return look(sentences(said, beside), f"It says nothing of an office. {NEVER}")
    if _same(application.proposed_agency.get("switchboard", ""), number):
        said = f"{shown} is the switchboard that the applicant proposed for the agency"
        return look(sentences(said, beside), f"Find the agency's number in a source of your own. {NEVER}")
    said = f"{shown} is a fixed line{place}, not listed for this agency"
    if kind == PhoneNumberType.FIXED_LINE_OR_MOBILE:
        said = f"{shown} is a fixed or mobile number{place}, not listed for this agency"
    return (look if twins else passed)(sentences(said, beside), f"A direct line seldom is listed. {NEVER}")


def parsed(text: str) -> PhoneNumber | None:
    """Return the number of a text in E.164, with or without an extension, or None."""
    try:
        return phonenumbers.parse(text.partition(" ext")[0], None)
    except phonenumbers.NumberParseException:
        return None


def country_of(number: PhoneNumber) -> str:
    """Return the country of a number (ISO 3166-1), "" for numbers of no country."""
    code = number.country_code or 0
    found = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(code)
    return "" if found in {"001", "ZZ", None} else str(found)


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _same(text: str, number: PhoneNumber) -> bool:
    other = parsed(str(text))
    return other is not None and _e164(other) == _e164(number)


def _listed(application: AccessApplication, number: PhoneNumber) -> AgencyNumber | None:
    if application.agency_id is None:
        return None
    held = AgencyNumber.objects.filter(agency=application.agency_id, retired_at=None, confirmed_at__isnull=False)
    return next((row for row in held if _same(row.number, number)), None)
