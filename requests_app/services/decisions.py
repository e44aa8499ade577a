"""The decision: proposed by one person, signed by another who signs exactly what was seen."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.core.errors import Incomplete, NotAllowed, Stale
from requests_app.checks import all_answered, all_yes, how_many
from requests_app.confirming import lacking
from requests_app.enums import (
    WITHOUT_RECORDS,
    DataCategory,
    LineDecision,
    MatchResult,
    Outcome,
    ProposalStatus,
    ProposedResult,
    RequestKind,
)
from requests_app.kind_words import PART, words_of
from requests_app.line_words import line_numbers, ranges
from requests_app.models import DataRequest, Proposal, RequestLine, Review
from requests_app.notify import desk as notify
from requests_app.permissions import is_emergency, request_workflow
from requests_app.services import (
    counsel,
    decision_letters,
    emergency_cases,
    freeze_orders,
    holds_beside,
    orders,
    redirecting,
    templates,
)
from requests_app.services.contents import (
    Terms,
    build,
    canonical,
    differences,
    lines_of,
    outcome_of,
    result_fits,
    seal,
    terms_of,
)
from requests_app.services.frozen import lock_in_force
from requests_app.services.locks import lock
from requests_app.services.notices import plan_for
from requests_app.services.signing import approvers


class ContentChanged(Stale):
    """What would be signed is not what was seen; `differences` says in sentences what changed."""

    def __init__(self, found: list[str]) -> None:
        self.differences = found
        super().__init__("Something changed after you opened this page. Nothing was approved.")


@transaction.atomic
def propose(data_request: DataRequest, *, terms: Terms, by: User, at: datetime | None = None) -> Proposal:
    """Fix what is to be decided, with its hash, and send it to a second person."""
    at = at or timezone.now()
    data_request = lock_in_force(data_request)
    lines = lines_of(data_request)
    request_workflow.advance(data_request, "propose", by=by, at=at, data={"result": terms.result})
    if problems := incomplete(data_request, terms, lines):
        raise Incomplete(" ".join(problems))
    content = canonical(build(data_request, terms, at=at))
    proposal = Proposal.objects.create(
        data_request=data_request,
        number=data_request.proposals.count() + 1,
        content=content,
        content_hash=seal(content),
        proposed_at=at,
        proposed_by=by,
        **asdict(terms),
    )
    if is_emergency(data_request):
        notify.approval_waits(proposal, people=approvers(data_request), at=at)
    return proposal


def incomplete(data_request: DataRequest, terms: Terms, lines: list[RequestLine]) -> list[str]:
    """Say in sentences what is still missing before this can be proposed."""
    problems = _line_problems(data_request, lines)
    if not terms.text_for_officer.strip():
        problems.append("Write the text for the officer.")
    if left := templates.left_over(terms.text_for_officer):
        problems.append(f"Text for the officer: write what belongs in the place of {', '.join(left)} in braces.")
    if not problems and not result_fits(terms, lines):
        problems.append(_result_says(data_request, terms))
    if terms.result == ProposedResult.GRANT:
        problems += _unfounded(data_request, terms)
        problems += _grant_problems(data_request, lines)
        problems += filter(None, [counsel.standing_of(data_request).problem])
        problems += lacking(data_request)
        problems += _unread_bar(data_request)
        problems += _unread_order(data_request)
    elif terms.result == ProposedResult.REFUSE and not terms.refusal_code:
        problems.append("Choose why nothing is disclosed.")
    elif terms.result == ProposedResult.REDIRECT and (missing := redirecting.problem(data_request, terms)):
        problems.append(missing)
    return problems


def _unfounded(data_request: DataRequest, terms: Terms) -> list[str]:
    """Say that a ground is missing (GDPR Art. 5(2), 6, 44); of an enquiry no records leave, so it goes no route."""
    needed = [terms.lawful_basis]
    if data_request.kind != RequestKind.ENQUIRY:
        needed += [terms.route, terms.transfer_ground, terms.necessity]
    if all(words.strip() for words in needed):
        return []
    return ["Give the lawful basis, the route, the ground of the transfer and why what leaves is necessary."]


def _unread_bar(data_request: DataRequest) -> list[str]:
    """Say that nobody has read what is stated to forbid telling: the holder is told once records are granted."""
    stated = data_request.non_disclosure_orders.filter(confirmed_at=None, declined_at=None)
    if data_request.kind in WITHOUT_RECORDS or not stated.exists():
        return []
    return ["Read the clause that is said to forbid telling the account holder: confirm the bar, or say it is none."]


def _unread_order(data_request: DataRequest) -> list[str]:
    """Say that nobody can have read an order: whoever waits for a check need not before they send, only we do."""
    names = ", ".join(copy.filename for copy in orders.unread_copies(data_request))
    if not names:
        return []
    return [f"The copy of the order cannot be opened ({names}). Wait for its check, or ask the officer for another."]


def _result_says(data_request: DataRequest, terms: Terms) -> str:
    """Say that the whole decision and its lines do not fit, in the words of this kind of request."""
    words = words_of(data_request.kind)
    done, not_done = words.decisions[LineDecision.PRODUCE], words.decisions[LineDecision.REFUSE]
    if data_request.kind not in WITHOUT_RECORDS:
        done, not_done = "are produced or say no records", "do not produce"
        grant = "Disclose"
    else:
        done, not_done = f"say {done} or {words.decisions[LineDecision.NO_RECORDS]}", not_done.lower()
        grant = dict(words.results)[PART]
    refuse = dict(words.results)[ProposedResult.REFUSE.value]
    if terms.result == ProposedResult.GRANT:
        return f"Every line says {not_done}: choose {refuse}, or refer the officer."
    return f"Some lines {done}: choose {grant}, or change these lines."


def _grant_problems(data_request: DataRequest, lines: list[RequestLine]) -> list[str]:
    """Say what a disclosure lacks: every check answered, and every one Yes if nothing is left out."""
    review = Review.objects.filter(data_request=data_request).first()
    answers = review.checks if review else {}
    if problems := freeze_orders.grant_problems(data_request, answers):
        return problems
    if not all_answered(data_request.kind, answers):
        return [f"Answer all {how_many(data_request.kind)} checks first."]
    left_out = any(line.decision == LineDecision.REFUSE for line in lines)
    if not left_out and not all_yes(data_request.kind, answers):
        if data_request.kind in WITHOUT_RECORDS:
            return ["A check is not Yes: nothing can be left as asked until all are, or until a line is not done."]
        return ["A check is not Yes: everything asked for can be disclosed only when all are."]
    return []


_OTHER_WORDS = (DataCategory.ACCOUNT, DataCategory.ASSETS)


def _line_problems(data_request: DataRequest, lines: list[RequestLine]) -> list[str]:
    """Say what the lines lack, each thing once with the numbers of its lines, however many they are."""
    unsearched = [n for n, line in enumerate(lines, 1) if _needs_search(line)]
    still_open = [n for n, line in enumerate(lines, 1) if line.decision == LineDecision.OPEN]
    lacking: dict[str, list[int]] = {}
    if still_open:
        ask = "decide whether it is produced." if len(still_open) == 1 else "decide whether they are produced."
        without = "decide it." if len(still_open) == 1 else "decide them."
        lacking[without if data_request.kind in WITHOUT_RECORDS else ask] = still_open
    for number, line in enumerate(lines, 1):
        if len(unsearched) > 1 and _needs_search(line):
            continue
        if problem := _line_problem(line):
            lacking.setdefault(problem, []).append(number)
    said = [f"{line_numbers(numbers)}: {problem}" for problem, numbers in lacking.items()]
    if len(unsearched) > 1:
        count = len({lines[number - 1].target_id for number in unsearched})
        who = "1 identifier was" if count == 1 else f"{count:,} identifiers were"
        said.append(f"{who} not searched yet (lines {ranges(unsearched)}).")
    return said


def _needs_search(line: RequestLine) -> bool:
    """Say whether a line is decided although nobody searched for its identifier."""
    decided = line.decision in {LineDecision.PRODUCE, LineDecision.NO_RECORDS}
    return decided and line.target.match_result == MatchResult.UNMATCHED


def _line_problem(line: RequestLine) -> str:
    """Say what a decided line lacks: an account to take records from, a search before it says no records."""
    target = line.target
    if line.decision == LineDecision.PRODUCE and (target.match_result != MatchResult.EXACT or not target.account):
        cure = "or do not produce" if line.category not in _OTHER_WORDS else "or decide otherwise"
        return f"no single account was found. Find the account, {cure}."
    if line.decision == LineDecision.PRODUCE and line.category == DataCategory.ACCOUNT and target.entity is None:
        return "choose which of our companies the officer names."
    if line.decision == LineDecision.NO_RECORDS and target.match_result == MatchResult.UNMATCHED:
        what = "that nothing was found" if line.category in _OTHER_WORDS else "that there are no records"
        return f"search for the identifier before you say {what}."
    return ""


@transaction.atomic
def sign(proposal: Proposal, *, seen_hash: str, by: User, at: datetime | None = None) -> Proposal:
    """Approve exactly what was seen, as the second person.

    The content is built again from the database under lock. If it is not what was proposed and what was seen,
    nothing is approved and ContentChanged says what differs. The view asks for a fresh second factor before.
    """
    at = at or timezone.now()
    data_request = lock_in_force(proposal.data_request)
    proposal = _waiting(data_request, proposal)
    if refusal := request_workflow.refusal(data_request, _ACTION[proposal.result], by):
        raise NotAllowed(refusal)
    if proposal.result == ProposedResult.GRANT and (unread := _unread_order(data_request)):
        raise NotAllowed(unread[0])
    now = canonical(build(data_request, terms_of(proposal), at=at))
    if not seal(now) == proposal.content_hash == seen_hash:
        raise ContentChanged(_what_changed(data_request, proposal, seen_hash, now))
    request_workflow.advance(
        data_request,
        _ACTION[proposal.result],
        by=by,
        at=at,
        data={"proposal": proposal.number, "content_hash": proposal.content_hash} | redirecting.facts(proposal),
        decided_at=at,
        outcome=outcome_of(lines_of(data_request)),
    )
    emergency_cases.decided(data_request, at)
    proposal.status, proposal.signed_hash = ProposalStatus.APPROVED, seen_hash
    proposal.signed_at, proposal.signed_by = at, by
    proposal.save(update_fields=["status", "signed_hash", "signed_at", "signed_by"])
    if proposal.result == ProposedResult.GRANT:
        plan_for(data_request, by=by, at=at)
        answer_at_once(data_request, at=at)
    elif proposal.result == ProposedResult.REDIRECT:
        redirecting.keep_holds(data_request, at=at)
    holds_beside.follow(data_request, at=at)
    decision_letters.plan(proposal, at=at)
    notify.decided(proposal, at=at)
    return proposal


def answer_at_once(data_request: DataRequest, *, at: datetime) -> None:
    """Close a granted enquiry, whose answer is the decision, and a freeze for which no account was found."""
    freeze = data_request.kind == RequestKind.FREEZE and outcome_of(lines_of(data_request)) == Outcome.NO_RECORDS
    if data_request.kind == RequestKind.ENQUIRY or freeze:
        request_workflow.advance(data_request, "answer", by=None, at=at, closed_at=at)


_ACTION: dict[str, str] = {
    ProposedResult.GRANT: "grant",
    ProposedResult.REFUSE: "refuse",
    ProposedResult.REDIRECT: "redirect",
}


def changes(proposal: Proposal, *, at: datetime | None = None) -> list[str]:
    """Say what changed in the database since this was proposed; as long as anything did, it cannot be signed."""
    now = build(proposal.data_request, terms_of(proposal), at=at or timezone.now())
    return differences(proposal.content, canonical(now))


def sent_back_before(proposal: Proposal) -> tuple[Proposal, bool] | None:
    """Return the proposal before this one if it was sent back, and whether nothing of what is signed changed since."""
    before = proposal.data_request.proposals.filter(number=proposal.number - 1).first()
    if before is None or before.status != ProposalStatus.SENT_BACK:
        return None
    return before, not differences(before.content, proposal.content)


def _what_changed(data_request: DataRequest, proposal: Proposal, seen_hash: str, now: str) -> list[str]:
    seen = data_request.proposals.filter(content_hash=seen_hash).order_by("-number").first() or proposal
    found = differences(seen.content, now)
    return found or [f"You saw another version: this is version {proposal.number}."]


@transaction.atomic
def send_back(
    proposal: Proposal, *, reason: str, by: User, lines: tuple[int, ...] = (), at: datetime | None = None
) -> Proposal:
    """Return a proposal to review, with the reason and the numbers of the lines that are meant."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why you send it back.")
    data_request = lock(proposal.data_request)
    proposal = _waiting(data_request, proposal)
    reason = reason.strip()
    if lines:
        reason = f"{'Lines' if len(lines) > 1 else 'Line'} {', '.join(map(str, sorted(lines)))}: {reason}"
    data = {"proposal": proposal.number, "lines": sorted(lines)}
    request_workflow.advance(data_request, "send_back", by=by, at=at, reason=reason, data=data)
    proposal.status, proposal.sent_back_reason = ProposalStatus.SENT_BACK, reason
    proposal.save(update_fields=["status", "sent_back_reason"])
    notify.sent_back(proposal, at=at)
    return proposal


@transaction.atomic
def recall(proposal: Proposal, *, by: User, at: datetime | None = None) -> Proposal:
    """Take one's own proposal back to review while nobody has signed it. Raises NotAllowed for everybody else."""
    at = at or timezone.now()
    data_request = lock(proposal.data_request)
    proposal = _waiting(data_request, proposal)
    request_workflow.advance(data_request, "recall", by=by, at=at, data={"proposal": proposal.number})
    proposal.status = ProposalStatus.TAKEN_BACK
    proposal.save(update_fields=["status"])
    return proposal


def _waiting(data_request: DataRequest, proposal: Proposal) -> Proposal:
    """Return the proposal as it stands now, or raise Stale if it no longer waits."""
    found = data_request.proposals.get(pk=proposal.pk)
    if found.status != ProposalStatus.PROPOSED:
        raise Stale("This proposal does not wait any more: it was signed or sent back.")
    found.data_request = data_request
    return found
