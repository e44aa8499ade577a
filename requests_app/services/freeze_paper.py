"""The letter that tells what was done about a freeze or seizure: balances, amounts, when, and until when it holds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from django.utils.dateformat import format as format_date

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import TransitionRefused
from foundation.core.paper import render_pdf
from foundation.notifications.site import site_details
from requests_app.enums import FreezeAct, LiftCause, LineDecision, Outcome, RequestStatus
from requests_app.events import Event
from requests_app.kind_words import amount_of, freeze_facts, freeze_words, one_asset
from requests_app.models import DataRequest, FreezeOrder, FreezeResult, RequestLine
from requests_app.services import freeze_orders, freezing
from requests_app.services.contents import lines_of

_DONE: Mapping[str, str] = {
    Outcome.IN_FULL: "We carried out what the order says.",
    Outcome.IN_PART: "We carried out part of what the order says.",
    Outcome.NO_RECORDS: "There was nothing to freeze or transfer on the accounts you named.",
}


def taken(data_request: DataRequest, *, by: User, at: datetime) -> bytes:
    """Return the letter as PDF, and note who took it.

    Raises TransitionRefused before a second person confirmed what was done, and PaperFailed.
    """
    freeze = freezing.order_of(data_request)
    if freeze is None or freeze.confirmed_at is None or data_request.status != RequestStatus.CLOSED:
        raise TransitionRefused("There is no letter before a second person confirmed what was done.")
    pdf = render_pdf("paper/freeze.html", context_of(data_request, freeze, at=at))
    record(Event.LETTER_DOWNLOADED, by=by, obj=data_request, data={"about": "what was done", "bytes": len(pdf)}, at=at)
    return pdf


def context_of(data_request: DataRequest, freeze: FreezeOrder, *, at: datetime) -> dict[str, object]:
    """Return what the letter says of a freeze that was carried out and confirmed."""
    results, lines = freezing.results_of(data_request), lines_of(data_request)
    people = [one.pseudonym for one in (freeze.recorded_by, freeze.confirmed_by) if one is not None and one.pseudonym]
    return {
        "site": site_details(),
        "language": "en",
        "reference": data_request.reference,
        "made_at": _moment(at),
        "agency": data_request.agency.name,
        "officer": data_request.officer.get_full_name(),
        "day": format_date((freeze.confirmed_at or at).astimezone(UTC), "j F Y"),
        "case_number": data_request.case_number,
        "order": str(freeze.process) if freeze.process else "",
        "asked": freeze_words(freeze_facts(freeze)),
        "outcome": _DONE.get(data_request.outcome, ""),
        "lines": [_line(line, results.get(line.pk), freeze.asset) for line in lines],
        "together": _together(lines, results, freeze.asset),
        "until": _until(freeze, at=at),
        "people": f"Recorded by {people[0]}, confirmed by {people[1]}." if len(people) == 2 else "",
        "entity": data_request.provider.name,
    }


def _together(lines: Sequence[RequestLine], results: Mapping[int, FreezeResult], asset: str) -> str:
    """Return what was done for several accounts together; empty for one, and where the numbers have several units."""
    accounts = {line.target.account for line in lines if line.pk in results and results[line.pk].amount}
    return amount_of(freezing.done_together(lines, results), asset) if len(accounts) > 1 and one_asset(asset) else ""


def _line(line: RequestLine, done: FreezeResult | None, asset: str) -> dict[str, str]:
    row = {"named": line.target.given, "done": "No account found", "balance": "", "amount": "", "when": "", "note": ""}
    if line.decision == LineDecision.REFUSE:
        return row | {"done": f"Not done: {line.get_refusal_code_display().lower()}"}
    if done is None:
        return row
    return row | {
        "done": done.get_extent_display(),
        "balance": "Not known" if done.balance is None else amount_of(done.balance, asset),
        "amount": amount_of(done.amount, asset) if done.amount else "None",
        "when": _moment(done.done_at),
        "note": done.note,
    }


def _until(freeze: FreezeOrder, *, at: datetime) -> str:
    """Say until when the assets are kept, as it stands when the letter is made."""
    if freeze.data_request.outcome == Outcome.NO_RECORDS:
        return ""
    if freeze.act == FreezeAct.TRANSFER:
        return f"The assets went to {freeze.destination} ({freeze.destination_network})."
    lift = freeze_orders.lift_of(freeze)
    standing = freeze_orders.standing_of(freeze, lift=lift, at=at)
    if standing is None:
        return ""
    if standing.lifted_at is not None:
        return f"The freeze was lifted on {_moment(standing.lifted_at)}."
    if lift is not None and lift.cause == LiftCause.QUASHED and freeze_orders.is_open(lift):
        return "The order was quashed. The freeze is to be lifted."
    if standing.ends_at is not None and standing.ends_at <= at:
        return f"The last day of the order was over on {_moment(standing.ends_at)}. The freeze is to be lifted."
    asked = " We were asked to lift it earlier, and look at that." if freeze_orders.is_open(lift) else ""
    if standing.ends_at is None:
        return f"The assets are kept until further order.{asked}"
    return (
        f"The assets are kept until {_moment(standing.ends_at)}: then the last day of the order is over everywhere "
        f"on earth, and we lift the freeze.{asked}"
    )


def _moment(at: datetime) -> str:
    return f"{format_date(at.astimezone(UTC), 'j M Y, H:i')} UTC"
