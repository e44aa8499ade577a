"""What a recorded request lacks, for who reviews it: what an officer would have been asked for, said of the paper."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from requests_app.enums import Channel, RequestKind
from requests_app.models import DataRequest
from requests_app.services import preflight
from requests_app.services.preflight import Finding, Kind, Step

# Nobody types these for a request that came outside the portal, and the channel it came by is known.
_NOT_ASKED = {"title", "connection", "secrecy", "channel", "unread"}
_MISSING: Mapping[str, str] = {
    "case_number": "No case number of the agency is known",
    "offence": "No offence is named",
    "facts": "Nothing is said of what happened",
    "process_type": "No type of legal process is chosen",
    "section_of_law": "No section of law is named",
    "issuing_authority": "No authority that issued it is named",
    "issued_on": "No date of issue is known",
    "legal_entity": "It does not say to which of our companies it is addressed",
    "value": "No identifier of an account is named",
    "categories": "No records with their dates are named",
    "clause": "No clause is named that forbids telling the account holder",
    "document": "No document is named in which that clause stands",
    "act": "It is not known whether the assets are kept or transferred",
    "asset": "No asset is named",
    "amount": "It is not known how much, or whether it is everything",
    "destination": "No destination of the transfer is named",
    "expires_on": "It is not known until when it holds",
}
# Of an emergency: what it does not say of the danger, and of the parts of an ordinary request only these.
_OF_EMERGENCY = {Step.IDENTIFIERS, Step.RECORDS}
_UNSAID: Mapping[str, str] = {
    "why_data": "It does not say how the data prevents the harm",
    "why_no_process": "It does not say why there is no time for an order",
    "supervisor": "No supervisor is named",
    "process_follows": "It does not say whether legal process follows",
}
# A sentence that asks the officer for something, and what it means for who reviews.
_SAID: Mapping[str, str] = {
    "Add a copy of the order or warrant. Without it we cannot process a request": "No copy of the order came along",
    "Add a translation of the order. We cannot read its language": "The order is in a language that nobody reads here, "
    "and no translation came along",
    "Say in which language the order is, or add a translation of it": "It is not known in which language the order is",
    "Name the law under which this court may freeze or seize assets": "No law is named under which this court may "
    "freeze or seize assets",
    "The document the clause stands in cannot be used. Choose another, or add it again": "The document in which the "
    "clause stands cannot be used",
    "Give an amount or everything, not both": "An amount is given, and everything too",
}


def lacks(data_request: DataRequest, at: datetime) -> list[str]:
    """Return in sentences what this request lacks; nothing where it came through the portal or is long over."""
    if data_request.channel in {Channel.PORTAL, Channel.HISTORY}:
        return []
    found = preflight.findings(data_request, at)
    if data_request.kind != RequestKind.EMERGENCY:
        return said(found)
    unsaid = [words for name, words in _UNSAID.items() if not data_request.emergency.get(name)]
    return unsaid + said(one for one in found if one.step in _OF_EMERGENCY)


def said(found: Iterable[Finding]) -> list[str]:
    """Return findings as they concern who reviews: no advice to an officer, and nothing that no one was asked."""
    sentences = (_sentence(one) for one in found if one.kind != Kind.WAIT and one.field not in _NOT_ASKED)
    return list(dict.fromkeys(sentences))


def _sentence(one: Finding) -> str:
    for asked, means in _SAID.items():
        if one.message.endswith(asked):
            return one.message.removesuffix(asked) + means
    lead, _colon, _rest = one.message.rpartition(": ")
    if one.kind == Kind.MISSING and one.field in _MISSING:
        return f"{lead}: {_MISSING[one.field]}" if lead else _MISSING[one.field]
    if one.kind == Kind.MISSING and one.field.endswith("_order"):
        return f"{lead}: no order is named that covers this"
    if one.kind == Kind.MISSING and one.field.endswith("_from"):
        return f"{lead}: the first and the last day are not both known"
    # What follows the first sentence tells the officer what to do.
    return one.message.split(". ")[0].split(": say why")[0]
