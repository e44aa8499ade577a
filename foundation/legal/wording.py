"""What an officer has to attach, in plain English."""

import re

from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import ProcessType

DOCUMENTS = {
    "signed_process": "The signed order, warrant, subpoena or request, all pages",
    "return_date": "The date by which you need the records, as the document says",
    "target_identifiers": "What identifies each account: user ID, e-mail, phone, wallet address or transaction hash",
    "date_range": "The first and last day of the records you need",
    "officer_identification": "Your name, rank or badge number, and your agency",
    "judge_signature_or_seal": "The signature or seal of the judge or the court",
    "legal_basis_statement": "The law and the section that allow you to ask",
    "translation": "A translation into English, if the document is in another language",
    "cover_letter": "A signed letter on your agency's letterhead",
    "emergency_statement": "Who is in danger, of what, and why you cannot wait for an order",
    "supervisor_contact": "The name and phone number of your supervisor",
    "designated_agreement_reference": "The reference under the agreement between the two states",
    "certificate_form": "The certificate (EPOC or EPOC-PR), filled in and signed",
    "domestic_execution_order": "The order of the authority in our country that carries out the request",
    "prescribed_form": "The form that the law prescribes, filled in and signed",
    "wallet_instructions": "The wallet or account that seized assets go to",
    "FIR_number": "The number and date of the First Information Report (FIR)",
    "formal_order_reference": "The reference of the formal order of investigation",
    "court_order_if_john_doe": "The court's order, if the summons names nobody (John Doe)",
    "attachment_A_B": "Attachments A and B of the warrant",
    "nsl_certification": "The certification that the law requires",
    "countersignature": "The signature of the senior officer who authorised it",
    "URN_and_SPoC_reference": "The unique reference number (URN) and your Single Point of Contact",
    "EIO_annex_A": "The form in Annex A of the European Investigation Order",
    "prosecutor_authorisation": "The prosecutor's authorisation",
    "authorisation_copy": "A copy of the authorisation",
    "form_5.001": "Form 5.001, filled in and signed",
    "form_5.003": "Form 5.003, signed by the justice or judge",
    "officer_rank": "Your rank",
    "copy_of_preservation_direction": "A copy of the preservation direction that came first",
    "mla_request": "The request for mutual legal assistance",
    "letters_rogatory": "The letters rogatory",
    "diplomatic_transmission": "The note by which they were sent through diplomatic channels",
    "art_29_2_request": "The request with everything that article 29(2) of the Budapest Convention lists",
    "art_7_supplemental_information": "The supplemental information of article 7 of the Second Protocol",
    "art_8_order": "The order under article 8 of the Second Protocol",
}


def requirements_of(process_type: ProcessType) -> list[str]:
    """Say in plain English what has to come with this type of process, and who must have signed."""
    needs = [DOCUMENTS.get(name, name.replace("_", " ").capitalize()) for name in process_type.required_documents]
    if process_type.minimum_rank:
        needs.append(f"Issued by this rank or function: {process_type.minimum_rank}")
    return needs


def compels_words(process_type: ProcessType) -> str:
    """Say whether the type binds inside the jurisdiction that issues it; abroad it may not."""
    return {True: "Yes, in its own country", False: "No, an answer is voluntary", None: "Not known"}[
        process_type.compels
    ]


def answer_words(process_type: ProcessType) -> str:
    """Say by when the law wants an answer; a date on the document always goes first."""
    days, hours = process_type.response_days, process_type.emergency_hours
    parts = [f"{days} days ({process_type.get_counting_mode_display().lower()})"] if days else []
    parts += [f"{hours} hours in an emergency"] if hours else []
    return ", ".join(parts) or "The law sets none, or it is not known. The date on the document goes first"


def hold_words(process_type: ProcessType) -> str:
    """Say how long a hold under this type lasts and how often it may be extended; empty where it holds nothing.

    A maximum in all is said where it cuts more than the number of extensions does.
    """
    days, most = process_type.preservation_days, process_type.maximum_hold_days
    if days is None:
        return ""
    first = f"{days} days"
    if process_type.foreign_days:
        first += f" ({process_type.foreign_days} for an offence under foreign law)"
    if process_type.maximum_extensions == 0 or (most is not None and most <= days):
        return f"{first}, no extension"
    more = f"{process_type.extension_days} days more" if process_type.extension_days else "longer on request"
    times = {None: "as often as we agree", 1: "once"}.get(process_type.maximum_extensions)
    times = times or f"at most {process_type.maximum_extensions} times"
    return f"{first}, {more}, {times}" + (f", {most} days in all" if most else "")


def hold_duties(process_type: ProcessType) -> list[str]:
    """Say what else the law asks of a hold under this type, each as a sentence; empty where it asks nothing more."""
    words = []
    if process_type.file_within_days:
        words.append(
            f"The authority must go to court within {process_type.file_within_days} days of our receipt, "
            f"or the hold falls."
        )
    if process_type.destroy_after:
        words.append("What was kept is destroyed as soon as the hold is over: a late request comes too late.")
    return words


def hold_sources(process_type: ProcessType) -> str:
    """Return the citation of the type's law and of each number of holds that stands in the catalogue beside it."""
    cited: dict[str, str] = process_type.value_sources or {}
    found = [process_type.authority, *(cited[name] for name in _HOLD_NUMBERS if name in cited)]
    return "; ".join(dict.fromkeys(found))


_HOLD_NUMBERS = ("maximum_extensions", "maximum_hold_days", "file_within_days", "foreign_days", "destroy_after")


_RULE = re.compile(
    r"(?P<name>business_days|calendar_roll|calendar_strict|hours) (?P<count>\d+)"
    r"(?:, (?P<place>\S+) v(?P<version>\d+), holidays [^\s,]+)?(?P<more>.*)"
)


def rule_words(rule: str) -> str:
    """Say in words how a stored deadline was counted, from the rule that foundation.legal.deadlines wrote.

    The version of the library of holidays stays in what is stored and is not said. Other text is returned as it is,
    with a capital letter.
    """
    words, place, version, more = _read_rule(rule)
    return (f"{words} (work calendar of {place}, version {version})" if place else words) + more


def rule_parts(rule: str) -> tuple[str, str]:
    """Say the same for a table: what was counted and where, and apart from it what only few need to know."""
    words, place, version, more = _read_rule(rule)
    small = f"Work calendar version {version}{more}" if place else more.lstrip(" ,;")
    return f"{words}, {place}" if place else words, small


def _read_rule(rule: str) -> tuple[str, str, str, str]:
    """Return what was counted, the place of its work calendar, that one's version, and what else the rule says."""
    found = _RULE.fullmatch(rule)
    if found is None:
        return rule[:1].upper() + rule[1:], "", "", ""
    count = int(found["count"])
    one, many = _COUNTED[found["name"]]
    country, _, region = (found["place"] or "").partition("-")
    place = ", ".join(part for part in (jurisdiction_names().get(country, country), region) if part)
    return f"{count} {one if count == 1 else many}", place, found["version"] or "", found["more"]


_COUNTED = {
    "business_days": ("working day", "working days"),
    "calendar_roll": ("day, moved to the next working day if it ends on none",
                      "days, moved to the next working day if they end on none"),
    "calendar_strict": ("day, weekends and holidays too", "days, weekends and holidays too"),
    "hours": ("hour", "hours"),
}  # fmt: skip
