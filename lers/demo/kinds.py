"""The demo's other kinds: an enquiry that was answered, a freeze that was carried out, a restricted request."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.enums import CallPurpose
from accounts.models import AgencyNumber, User
from foundation.providers import jobs
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import AnswersEnquiries, Provider
from lers.demo import desk, filing
from lers.demo.filing import Filing
from lers.demo.people import who
from requests_app.checks import checks_of
from requests_app.enums import (
    FreezeAct,
    LawfulBasis,
    LineDecision,
    MatchResult,
    ProposedResult,
    RequestKind,
    RestrictedGround,
)
from requests_app.models import DataRequest
from requests_app.services import (
    call_backs,
    decisions,
    drafts,
    freeze_jobs,
    freeze_orders,
    freezing,
    readers,
    review,
    targets,
)
from requests_app.services.contents import Terms, lines_of
from requests_app.services.preflight import Step
from requests_app.services.review import Draft, Mark

_DAY = timedelta(days=1)
_ANSWER = (
    "One of the accounts is ours, one is not. Name the company below in your order. This answer is no record: for "
    "records, send the order."
)
_FREEZE = "The order is signed, in force and names us. We keep the assets until it ends or is lifted."


def answered(name: str, provider: Provider, now: datetime) -> DataRequest:
    """An enquiry about two addresses, of which one is a customer's."""
    if provider.answers_enquiries != AnswersEnquiries.VETTED:  # a demo of before there were enquiries
        provider.answers_enquiries = AnswersEnquiries.VETTED
        provider.save(update_fields=["answers_enquiries"])
    by, at = who("officer"), now - 5 * _DAY
    draft = drafts.start(provider, by=by, key=filing.key_of(name), kind=RequestKind.ENQUIRY, at=at - timedelta(hours=1))
    facts = {
        "title": "Operation Nordvest", "case_number": "NV 26/20188", "investigating_officer": "",
        "facts": "Tickets that do not exist were sold in a group. We are about to ask the court for an order and need "
                 "to know which company it must name.",
    }  # fmt: skip
    drafts.save_step(draft, Step.FACTS, facts, version=_fresh(draft).lock_version, by=by, at=at - timedelta(minutes=40))
    found = filing.read([("email", accounts.EMAIL_B, ""), ("email", "ticket.desk@mail.example", "")])
    targets.add_identifiers(draft, found, version=_fresh(draft).lock_version, by=by, at=at - timedelta(minutes=20))
    made = filing.send(_fresh(draft), by=by, at=at)
    desk.take(made, at=at + timedelta(hours=3))
    desk.match(made, at=at + timedelta(hours=4))
    _decide(made, _ANSWER, LawfulBasis.LEGITIMATE_INTERESTS, "part", at=at + timedelta(hours=5))
    return made


def frozen(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A warrant that keeps part of a balance where it is, and what was done about it."""
    by, at = who("second_officer"), now - 6 * _DAY
    what = Filing(
        title="Operation Quayside", case_number="NM/2026/3377", offence="Fraud Act 2006, s.2",
        facts="A courier firm was paid for goods that were never sent. The United States issued this warrant on a "
              "treaty request of ours, because the firm's bank is there.",
        connection="The payments were turned into coins that lie on this account.",
        identifiers=(("email", accounts.EMAIL_C, ""),), categories=(), process_type="US-SEIZURE",
        section_of_law="18 USC 981(b)", court="United States District Court, Southern District of New York",
        judge="M. Harlow", docket="26-MAG-4410", assets="0.75 BTC on these accounts are kept where they are",
    )  # fmt: skip
    assets = {
        "act": FreezeAct.RESTRAIN, "asset": "BTC", "amount": Decimal("0.75"), "everything": False, "destination": "",
        "destination_network": "", "expires_on": (now + 80 * _DAY).date(),
    }  # fmt: skip
    made = granted_freeze(name, what, assets, provider, by=by, at=at)
    carry_out(made, at=at + _DAY)
    return made


def granted_freeze(
    name: str, what: Filing, assets: dict[str, Any], provider: Provider, *, by: User, at: datetime
) -> DataRequest:
    """File a freeze, call the agency back, and let two people grant it within the day."""
    draft = filing.start(name, what, provider, by=by, at=at - timedelta(minutes=40), kind=RequestKind.FREEZE)
    draft = filing.complete(draft, what, by=by, at=at - timedelta(minutes=30))
    drafts.save_step(draft, Step.ASSETS, assets, version=draft.lock_version, by=by, at=at - timedelta(minutes=10))
    made = filing.send(_fresh(draft), by=by, at=at)
    desk.take(made, at=at + timedelta(hours=2))
    desk.match(made, at=at + timedelta(hours=3))
    number = AgencyNumber.objects.filter(agency=made.agency, confirmed_at__isnull=False, retired_at=None).first()
    if number is not None:
        call_backs.record(
            _fresh(made), purpose=CallPurpose.REQUEST, number=number, result="confirmed",
            spoke_to="Duty inspector", by=who("analyst"), at=at + timedelta(hours=4),
        )  # fmt: skip
    _decide(made, _FREEZE, LawfulBasis.LEGAL_OBLIGATION, "full", at=at + timedelta(hours=5))
    return _fresh(made)


def carry_out(made: DataRequest, *, at: datetime) -> None:
    """Let the company's systems keep what is there, and confirm their answer as the second person."""
    freeze_jobs.instruct(_fresh(made), by=who("analyst"), at=at)
    for job in freeze_orders.asked_of_systems(_fresh(made).freeze):
        jobs.run(job, at)
    freeze_jobs.take_over(_fresh(made), at=at + timedelta(minutes=20))
    seen = freezing.stamp(freezing.order_of(made))
    freezing.confirm(_fresh(made), seen=seen, by=who("approver"), at=at + timedelta(hours=1))


def restricted(what: Filing, name: str, provider: Provider, now: datetime) -> DataRequest:
    """A request that only named people read: it is about a police officer."""
    by, at = who("officer"), now - timedelta(hours=26)
    inside = replace(
        what, title="Operation Stille", case_number="NV 26/20466", docket="26-111204",
        offence="Corruption, Penal Code section 387",
        facts="An officer of another district is suspected of having sold addresses from a register.",
        connection="The money for them arrived at this account.",
    )  # fmt: skip
    draft = filing.start(name, inside, provider, by=by, at=at - timedelta(minutes=40))
    draft = filing.complete(draft, inside, by=by, at=at - timedelta(minutes=30))
    because = readers.reason_words(RestrictedGround.INTERNAL)
    draft = readers.mark_draft(
        draft, restricted=True, because=because, version=draft.lock_version, by=by, at=at - timedelta(minutes=5)
    )
    return filing.send(_fresh(draft), by=by, at=at)


def _decide(made: DataRequest, text: str, basis: LawfulBasis, choice: str, *, at: datetime) -> None:
    """Answer every check, decide each line by what was found, propose, and sign a few hours later."""
    request, by = _fresh(made), who("analyst")
    checks = {check.name: {"answer": "yes", "note": "", "page": ""} for check in checks_of(request.kind)}
    lines = lines_of(request)
    marks = {line.pk: Mark(_found(line.target.match_result), "", "As found.", line.target.entity_id) for line in lines}
    terms = Terms(
        result=str(ProposedResult.GRANT), binding=basis == LawfulBasis.LEGAL_OBLIGATION, route="direct",
        lawful_basis=str(basis), transfer_ground="Important reasons of public interest.",
        necessity="Nothing is said or done beyond what was asked.", text_for_officer=text,
    )  # fmt: skip
    typed = {
        "choice": choice, "binding": "yes" if terms.binding else "no", "route": terms.route, "refusal_code": "",
        "lawful_basis": terms.lawful_basis, "transfer_ground": terms.transfer_ground, "necessity": terms.necessity,
        "text_for_officer": text,
    }  # fmt: skip
    seen = review.review_of(request).lock_version
    review.save(request, Draft(checks, marks, typed), seen_version=seen, by=by, at=at)
    desk.sign(decisions.propose(_fresh(request), terms=terms, by=by, at=at), at=at + timedelta(hours=3))


def _found(result: str) -> LineDecision:
    return LineDecision.PRODUCE if result == MatchResult.EXACT else LineDecision.NO_RECORDS


def _fresh(data_request: DataRequest) -> DataRequest:
    return DataRequest.objects.get(pk=data_request.pk)
