"""Whether the countries agree: of agency, telephone, domain, and the place the first page was asked from."""

from accounts.addresses import judge
from accounts.enums import AddressVerdict
from accounts.evidence.finding import Finding, domain_of, look, nothing, passed, sentences
from accounts.evidence.phone import country_of, parsed
from accounts.models import AccessApplication, AgencyNumber
from foundation.legal.countries import EU, EU_MEMBERS, INTERNATIONAL, jurisdiction_names

# Codes that say one country in two ways, or a whole with its parts.
_SAME = {"UK": "GB", "EL": "GR", "GG": "GB", "JE": "GB", "IM": "GB", "PR": "US", "GU": "US", "VI": "US"}


def country(application: AccessApplication) -> Finding:
    """Compare every country that is known with the agency's; international bodies sit anywhere."""
    agency = application.agency
    home = agency.country if agency else str(application.proposed_agency.get("country", ""))
    given = {
        "telephone": _of_phone(application),
        "domain": _of_domain(application),
        "first page asked from": application.signup_country,
    }
    known = {what: code for what, code in given.items() if code}
    said = ", ".join(f"{what} {_name(code)}" for what, code in {"agency": home, **known}.items() if code)
    if not home or not known:
        return nothing(f"Nothing to compare: {said or 'no country is known'}.", "Nothing follows from it.")
    if _is_international(home, application.email):
        return passed(f"An international body: {said}.", "Its officers work in many countries.")
    strange = [what for what, code in known.items() if not _agrees(code, home)]
    if not strange:
        return passed(f"Nothing disagrees: {said}.", "The places fit together.")
    beside = ""
    if "telephone" in strange and _same(known["telephone"]) in _called_countries(application):
        beside = "a number of the agency in our directory is of that country too"
    return look(
        sentences(f"The countries do not agree ({', '.join(strange)}): {said}", beside),
        "Officers travel and liaise. Ask the agency why when you call.",
    )


def _of_phone(application: AccessApplication) -> str:
    number = parsed(application.phone)
    return country_of(number) if number else ""


def _of_domain(application: AccessApplication) -> str:
    """The country that the domain itself says; what the registry says of an agency is compared elsewhere."""
    found = judge(application.email)
    if found.verdict is AddressVerdict.KNOWN_AGENCY and found.agency == application.agency:
        return ""
    return str(getattr(found, "country", ""))


def _called_countries(application: AccessApplication) -> set[str]:
    """Countries of the numbers that the directory has for the agency."""
    if application.agency_id is None:
        return set()
    held = AgencyNumber.objects.filter(agency=application.agency_id, retired_at=None, confirmed_at__isnull=False)
    numbers = [parsed(number) for number in held.values_list("number", flat=True)]
    return {_same(country_of(number)) for number in numbers if number is not None}


def _is_international(home: str, email: str) -> bool:
    domain = domain_of(email)
    return home in {INTERNATIONAL, EU, "UN"} or domain.endswith((".int", ".europa.eu"))


def _agrees(code: str, home: str) -> bool:
    return _same(code) == _same(home) or (code == EU and home in EU_MEMBERS) or code == INTERNATIONAL


def _same(code: str) -> str:
    return _SAME.get(code, code)


def _name(code: str) -> str:
    return jurisdiction_names().get(code, code)
