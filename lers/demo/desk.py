"""The company's side of a demo request: review, decision, notice, package, release."""

from dataclasses import replace
from datetime import datetime, timedelta

from accounts.enums import CallBackResult, CallPurpose
from foundation.providers.models import Provider
from lers.demo import connector
from lers.demo.errors import DemoRefused
from lers.demo.people import who
from requests_app.checks import checks_of
from requests_app.enums import (
    AlarmKind,
    LawfulBasis,
    Likeness,
    LineDecision,
    PackageStatus,
    ProposedResult,
    RedirectChannel,
    RefusalCode,
)
from requests_app.models import DataRequest, Proposal
from requests_app.notice_enums import CompanyDoes, CustomerAsks
from requests_app.services import (
    alarms,
    appeals,
    building,
    call_backs,
    comparing,
    counsel,
    decisions,
    elsewhere,
    matching,
    minimum,
    notices,
    objections,
    packages,
    paper_looks,
    restrictions,
    review,
    triage,
)
from requests_app.services.contents import Terms, lines_of
from requests_app.services.review import Draft, Mark

_GRANTED = (
    "The order is signed, in force and names us. You get the records of the accounts we found, for the period that it "
    "states."
)
_GIVEN = (
    "Your agency and your supervisor confirmed the emergency. You get the least that averts the harm, voluntarily. "
    "Send legal process afterwards."
)
_SUPERVISOR = "Superintendent L. Holm"
_REFERRED = (
    "Your order does not reach records that a company of another country keeps. Send a request for mutual legal "
    "assistance through your central authority, and name our reference in it."
)
_APPEAL = "The account was opened with the company we named: the welcome mail in our file says so. Please look again."
_REFUSED = (
    "The account you named is held by another company of our group. Address the order to that company; the guidelines "
    "name its service address. If you file it here again, choose that company in the first part."
)

# In a week somebody signs in more than once.
_TOO_EARLY = 7
_ADVICE = "The order is in force and names every account. I looked at each page; nothing is asked for beyond it."


def take(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> DataRequest:
    """Take it into review."""
    return triage.take(_fresh(data_request), by=who(role), at=at)


def match(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> None:
    """Ask the company's systems which accounts are meant."""
    for target in _fresh(data_request).targets.order_by("pk"):
        matching.match_target(target, by=who(role), at=at)


def confirm_bars(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> None:
    """Read the clause that forbids telling the account holder, and note where it stands."""
    for bar in _fresh(data_request).non_disclosure_orders.all():
        notices.confirm_bar(bar, page="1", bars_until=bar.bars_until, by=who(role), at=at)


def refer(data_request: DataRequest, *, question: str, at: datetime, role: str = "analyst") -> None:
    """Refer it to counsel, who has not answered yet."""
    counsel.ask(_fresh(data_request), question=question, by=who(role), at=at)


def notice_searching(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> None:
    """Raise an alarm about searching, so that the page of alarms shows one."""
    found = alarms.Unusual(AlarmKind.HOUR, {"hour": 23, "days": 41}, data_request)
    alarms.raise_alarm(who(role), data_request.provider, found, at=at)


def settle(data_request: DataRequest, *, note: str, at: datetime, role: str = "analyst") -> None:
    """Say of the other requests with the same account that they are other matters."""
    for item in elsewhere.elsewhere(_fresh(data_request), user=who(role)):
        comparing.settle(data_request, item.data_request, verdict=Likeness.DIFFERENT, note=note, by=who(role), at=at)


def propose_grant(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> Proposal:
    """Answer every check, produce every line, and propose it."""
    request = _fresh(data_request)
    checks = _answers(request)
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "Covered by the order.") for line in lines_of(request)}
    terms = _terms(ProposedResult.GRANT, _GRANTED)
    _save_review(request, checks, marks, terms, "full", at=at - timedelta(minutes=20), role=role)
    return decisions.propose(_fresh(request), terms=terms, by=who(role), at=at)


def propose_refusal(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> Proposal:
    """Refuse every line for one reason, with the cure in the text."""
    request, code = _fresh(data_request), RefusalCode.WRONG_ENTITY
    checks = _answers(request)
    checks["entity"] = {"answer": "no", "note": "Held by the company in the United States.", "page": "1"}
    marks = {line.pk: Mark(LineDecision.REFUSE, code, "Held by another entity.") for line in lines_of(request)}
    terms = _terms(ProposedResult.REFUSE, _REFUSED, code)
    _save_review(request, checks, marks, terms, "refuse", at=at - timedelta(minutes=20), role=role)
    return decisions.propose(_fresh(request), terms=terms, by=who(role), at=at)


def propose_referral(data_request: DataRequest, *, at: datetime, role: str = "analyst") -> Proposal:
    """Leave every line undone, and refer the officer to mutual legal assistance."""
    request, code = _fresh(data_request), RefusalCode.JURISDICTION
    checks = _answers(request)
    marks = {line.pk: Mark(LineDecision.REFUSE, code, "Only through the treaty.") for line in lines_of(request)}
    terms = replace(_terms(ProposedResult.REDIRECT, _REFERRED), redirect_channel=str(RedirectChannel.MLA))
    _save_review(request, checks, marks, terms, "redirect", at=at - timedelta(minutes=20), role=role)
    return decisions.propose(_fresh(request), terms=terms, by=who(role), at=at)


def propose_voluntary(data_request: DataRequest, *, at: datetime) -> Proposal:
    """Reach agency and supervisor, say why each line averts the harm, and propose to give them without an order."""
    request, by = _fresh(data_request), who("analyst")
    number = call_backs.usable_numbers(request)[0]
    for purpose, name in ((CallPurpose.REQUEST, "Duty desk"), (CallPurpose.SUPERVISOR, _SUPERVISOR)):
        call_backs.record(
            request, purpose=purpose, number=number, result=CallBackResult.CONFIRMED, spoke_to=name, by=by,
            at=at - timedelta(minutes=12),
        )  # fmt: skip
    marks = {line.pk: Mark(LineDecision.PRODUCE, "", "It averts the harm.") for line in lines_of(request)}
    terms = replace(
        _terms(ProposedResult.GRANT, _GIVEN), binding=False, lawful_basis=str(LawfulBasis.VITAL_INTERESTS),
        transfer_ground="Vital interests, GDPR Art. 49(1)(f).", necessity="It shows where the missing person is.",
    )  # fmt: skip
    _save_review(request, _answers(request), marks, terms, "full", at=at - timedelta(minutes=10), role="analyst")
    why = dict.fromkeys((str(line.category) for line in lines_of(request)), "It shows where the missing person is.")
    minimum.state(_fresh(request), why=why, left_out="Everything but the last 30 days.", by=by, at=at)
    return decisions.propose(_fresh(request), terms=terms, by=by, at=at)


def appeal(data_request: DataRequest, *, at: datetime) -> None:
    """The officer asks that a refusal is looked at again."""
    request = _fresh(data_request)
    appeals.appeal(request, text=_APPEAL, by=request.officer, at=at)


def _answers(request: DataRequest) -> dict[str, dict[str, str]]:
    """Answer Yes to every check but those that have nothing to look at: an order in English, signed by hand."""
    nothing = {"translation", "e_signature", "destination"}
    return {
        check.name: {"answer": "none" if check.name in nothing else "yes", "note": "", "page": "1"}
        for check in checks_of(request.kind)
    }


def sign(proposal: Proposal, *, at: datetime) -> None:
    """Sign as the second person."""
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=who("approver"), at=at)


def tell(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the account holders whom nothing keeps from being told."""
    notices.send_due(at=at)


def produce(data_request: DataRequest, *, at: datetime, only: str = "") -> None:
    """Have a package built of all that is left, or of one category only, and release it as the second person."""
    request = _fresh(data_request)
    lines = list(request.lines.filter(category=only)) if only else None
    package = packages.start(request, by=who("analyst"), lines=lines, at=at)
    built = building.build(package.pk, at=at + timedelta(minutes=4))
    if built is None or built.status != PackageStatus.SEALED:
        why = built.blocked_reason or built.last_error if built else "nobody built it"
        raise DemoRefused(f"The demo package was not sealed: {why}")
    for document, _words in paper_looks.papers(built):
        paper_looks.note_look(built, document, by=who("approver"), at=at + timedelta(minutes=50))
    packages.release(built, by=who("approver"), at=at + timedelta(hours=1))


def collect_too_much(data_request: DataRequest, *, only: str, at: datetime) -> None:
    """Have a package of one category collected whose export holds rows from before the period: it is blocked."""
    request = _fresh(data_request)
    package = packages.start(request, by=who("analyst"), lines=list(request.lines.filter(category=only)), at=at)
    with connector.begins_early(request.provider, days=_TOO_EARLY):
        built = building.build(package.pk, at=at + timedelta(minutes=4))
    if built is None or built.status != PackageStatus.BLOCKED:
        raise DemoRefused("The demo's export held nothing outside of what was granted.")


def propose_waiver(data_request: DataRequest, *, reason: str, at: datetime) -> None:
    """Ask that the account holder is never told; nobody has signed it yet."""
    for notice in _fresh(data_request).notices.all():
        notices.propose_waiver(notice, reason=reason, by=who("second_analyst"), at=at)


def object_to(data_request: DataRequest, account: str, *, words: str, ticket: str, at: datetime) -> None:
    """Write down what an account holder said to support a few hours ago; nobody has decided about it yet."""
    notice = _fresh(data_request).notices.get(account=account)
    said_at = at - timedelta(hours=5)
    objections.record_objection(notice, words=words, ticket=ticket, said_at=said_at, by=who("second_analyst"), at=at)


def customer_asks(provider: Provider, account: str, *, at: datetime) -> None:
    """Ask as the company's systems do when their customer wants a copy of the data; it waits for counsel."""
    question = restrictions.Question("dsr-26-00417", account, CustomerAsks.ACCESS, "en")
    if restrictions.ask(provider, question, at=at).answer != CompanyDoes.ASK_LEGAL:
        raise DemoRefused("The demo's customer waits for nobody.")


def _save_review(
    request: DataRequest,
    checks: dict[str, dict[str, str]],
    marks: dict[int, Mark],
    terms: Terms,
    choice: str,
    *,
    at: datetime,
    role: str,
) -> None:
    typed = {
        "choice": choice,
        "binding": "yes" if terms.binding else "no",
        "route": terms.route,
        "lawful_basis": str(terms.lawful_basis),
        "transfer_ground": terms.transfer_ground,
        "necessity": terms.necessity,
        "refusal_code": str(terms.refusal_code),
        "text_for_officer": terms.text_for_officer,
    }
    seen = review.review_of(request).lock_version
    review.save(
        request,
        Draft(checks, marks, typed, _ADVICE if choice == "full" else ""),
        seen_version=seen,
        by=who(role),
        at=at,
    )


def _terms(result: ProposedResult, text: str, code: str = "") -> Terms:
    return Terms(
        result=str(result),
        binding=True,
        route="direct",
        lawful_basis=str(LawfulBasis.LEGAL_OBLIGATION),
        transfer_ground="Order of a court with jurisdiction over the case; important reasons of public interest.",
        necessity="Each line identifies the account holder or shows where the money went.",
        text_for_officer=text,
        refusal_code=str(code),
    )


def _fresh(data_request: DataRequest) -> DataRequest:
    return DataRequest.objects.get(pk=data_request.pk)
