"""What the desk's tests share: a request ready to be proposed, and what a reviewer types."""

from requests_app.checks import checks_of
from requests_app.enums import LineDecision, ProposedResult, RefusalCode
from requests_app.services import decisions, review
from requests_app.services.contents import Terms
from requests_app.services.review import Draft, Mark
from tests.factories import request_at

TERMS = Terms(
    result=ProposedResult.GRANT,
    binding=True,
    route="direct",
    lawful_basis="6(1)(c)",
    transfer_ground="Inside the European Economic Area",
    necessity="Each line traces money named in the order.",
    text_for_officer="The order covers these records.",
)
REFUSAL = Terms(
    result=ProposedResult.REFUSE,
    binding=False,
    route="direct",
    lawful_basis="",
    transfer_ground="",
    necessity="",
    text_for_officer="The order is not signed.",
    refusal_code=RefusalCode.NOT_SIGNED,
)


def answers(kind="disclosure", answer="yes"):
    return {check.name: {"answer": answer, "note": "", "page": "1"} for check in checks_of(kind)}


def produce_all(data_request, *, by=None, decision=LineDecision.PRODUCE, answer="yes", at=None):
    """Answer every check and decide every line alike."""
    code = RefusalCode.REACH if decision == LineDecision.REFUSE else ""
    marks = {line.pk: Mark(decision, code, "Order 1(a)") for line in data_request.lines.all()}
    version = review.review_of(data_request).lock_version
    draft = Draft(answers(data_request.kind, answer), marks, {})
    return review.save(data_request, draft, seen_version=version, by=by or data_request.assignee, at=at)


def ready(**changes):
    """A request in review with accounts matched, checks answered and lines decided."""
    decision, answer = changes.pop("decision", LineDecision.PRODUCE), changes.pop("answer", "yes")
    data_request = request_at("in_review", matched=True, **changes)
    produce_all(data_request, decision=decision, answer=answer)
    return data_request


def proposed(terms=TERMS, **changes):
    """A proposal made for real, waiting for a second person."""
    data_request = ready(**changes)
    proposal = decisions.propose(data_request, terms=terms, by=data_request.assignee)
    data_request.refresh_from_db()
    return proposal


def typed(data_request, **changes):
    """What a browser sends for the review page as it stands, with changes."""
    stored = review.review_of(data_request)
    given = {"version": stored.lock_version, "action": "save"}
    for check in checks_of(data_request.kind):
        for part in ("answer", "note", "page"):
            given[f"{check.name}_{part}"] = stored.checks.get(check.name, {}).get(part, "")
    for line in data_request.lines.all():
        given |= {
            f"line{line.pk}_decision": line.decision,
            f"line{line.pk}_code": line.refusal_code,
            f"line{line.pk}_ground": line.ground,
        }
    return given | dict(stored.terms) | changes
