"""The second signature: what waits, what exactly would be approved, and by whom it may be."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import dateformat
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access, factor_is_fresh
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.core.identifiers import IdentifierKind
from requests_app import queue as reading
from requests_app import refusals
from requests_app.checks import checks_of, tally
from requests_app.enums import (
    CheckAnswer,
    DataCategory,
    LineDecision,
    MatchResult,
    ProposalStatus,
    ProposedResult,
    RequestStatus,
)
from requests_app.forms.desk import SignForm
from requests_app.history import history
from requests_app.kind_words import RECORDS, KindWords, freeze_words, without_period, words_of
from requests_app.limit_words import sealed_words
from requests_app.models import DataRequest, Proposal
from requests_app.permissions import request_workflow
from requests_app.services import decisions, redirecting, review, signing
from requests_app.services.decisions import ContentChanged
from requests_app.services.pages import Numbered, number_of
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.messages import danger_of

_ACTION: dict[str, str] = {
    ProposedResult.GRANT: "grant",
    ProposedResult.REFUSE: "refuse",
    ProposedResult.REDIRECT: "redirect",
}
# Lines that are shown together: a long decision has parts.
LINES = 100
_COLOURS: dict[str, str] = {LineDecision.PRODUCE: "green", LineDecision.OPEN: "grey"}


_KNOWN = "The officer learns of the account by another line, and nothing of this"


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """List what waits for a second signature, emergencies first, then by deadline."""
    user: Any = request.user
    waiting = Proposal.objects.filter(status=ProposalStatus.PROPOSED).select_related("proposed_by")
    rows = DataRequest.objects.visible_to_staff(user).filter(status=RequestStatus.AWAITING_APPROVAL)
    rows = rows.prefetch_related(Prefetch("proposals", queryset=waiting, to_attr="waiting"))
    page = reading.read_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "staff/approvals.html", {"page": page})


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def approval(request: HttpRequest, reference: str) -> HttpResponse:
    """Show exactly what would be approved; who took part sees why not they."""
    data_request = visible(request, reference)
    proposal = _waiting(data_request)
    if proposal is None:
        messages.info(request, "Nothing waits for approval here.")
        return redirect("staff:request", data_request.reference)
    looked(request, data_request, "approval")
    return _draw(request, proposal, _form(proposal, initial={"seen": proposal.content_hash}))


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve what was seen. A GET comes back from the second factor and leads to the page again."""
    user: Any = request.user
    data_request = visible(request, reference)
    proposal = _waiting(data_request)
    if request.method != "POST" or proposal is None:
        return redirect("staff:approval", data_request.reference)
    form = _form(proposal, request.POST, approving=True, ticked=_ticked(request))
    if not form.is_valid():
        return _draw(request, proposal, form, status=422)
    try:
        decisions.sign(proposal, seen_hash=form.cleaned_data["seen"], by=user)
    except ContentChanged as changed:
        again = _form(proposal, initial={"seen": proposal.content_hash, "why": form.cleaned_data["why"]})
        return _draw(request, proposal, again, differences=changed.differences, status=409)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("staff:approval", data_request.reference)
    messages.success(request, f"{data_request.reference} is decided. The officer is told.")
    return redirect("staff:approvals")


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION)
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a proposal to review with a reason and the lines that are meant."""
    user: Any = request.user
    data_request = visible(request, reference)
    proposal = _waiting(data_request)
    if request.method != "POST" or proposal is None:
        return redirect("staff:approval", data_request.reference)
    form = _form(proposal, request.POST)
    if not form.is_valid():
        return _draw(request, proposal, form, status=422)
    try:
        decisions.send_back(proposal, reason=form.cleaned_data["why"], lines=_ticked(request), by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("staff:approval", data_request.reference)
    messages.success(request, f"{data_request.reference} is in review again.")
    return redirect("staff:approvals")


@access(Audience.STAFF, permission=Permission.PROPOSE_DECISION)
@require_http_methods(["GET", "HEAD", "POST"])
def recall(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back what one proposed, while nobody has signed it."""
    user: Any = request.user
    data_request = visible(request, reference)
    proposal = _waiting(data_request)
    if request.method == "POST":
        try:
            if proposal is None:
                raise Stale("This proposal does not wait any more: it was signed or sent back.")
            decisions.recall(proposal, by=user)
            messages.success(request, "You took the proposal back. It is in review again.")
        except PortalError as error:
            messages.error(request, str(error))
    return redirect("staff:request", data_request.reference)


def _ticked(request: HttpRequest) -> tuple[int, ...]:
    """Return the numbers of the lines that are marked to be sent back."""
    return tuple(int(n) for n in request.POST.getlist("line") if n.isascii() and n.isdigit() and len(n) < 6)


def _waiting(data_request: DataRequest) -> Proposal | None:
    proposal = data_request.proposals.filter(status=ProposalStatus.PROPOSED).select_related("proposed_by").first()
    if proposal is not None:
        proposal.data_request = data_request
    return proposal


def _draw(
    request: HttpRequest,
    proposal: Proposal,
    form: SignForm,
    *,
    differences: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    data_request = proposal.data_request
    content = _content(proposal)
    said = freeze_words(content["freeze"]) if "freeze" in content else ""
    told = _told_of(content)
    lines = [_line(line, data_request.kind, said, told) for line in content.get("lines", [])]
    for line in lines:
        line["ticked"] = str(line["number"]) in request.POST.getlist("line")
    part = _part(request.POST.get("view", "") or request.GET.get("part", ""), lines)
    found = differences if differences is not None else decisions.changes(proposal)
    stored = review.review_of(data_request)
    context = case(request, data_request, "review") | {
        "proposal": proposal,
        "form": form,
        "content": content,
        "lines": part.shown,
        "line_part": part,
        "sent_back": decisions.sent_back_before(proposal),
        "kept_holds": redirecting.kept(data_request) if proposal.result == ProposedResult.REDIRECT else [],
        "recommendation": stored.recommendation,
        "recommended_by": stored.recommended_by,
        "recommended_at": stored.recommended_at,
        "unsearched": len({line["identifier"] for line in lines if line["match"] == MatchResult.UNMATCHED}),
        "summary": _summary(lines, words_of(data_request.kind)),
        "freeze_said": said,
        "differences": found,
        "sign_refusal": request_workflow.refusal(data_request, _ACTION[proposal.result], user),
        "nobody_signs": signing.nobody_signs(data_request),
        "back_refusal": request_workflow.refusal(data_request, "send_back", user),
        "fresh": factor_is_fresh(request, passkey=settings.PASSKEY_FOR_DECISIONS),
        "need_passkey": settings.PASSKEY_FOR_DECISIONS,
        "step_up_minutes": settings.STEP_UP_SECONDS // 60,
        "checks": _checks(data_request, stored),
        "tally": tally(data_request.kind, stored.checks),
        "danger": danger_of(data_request),
        "entries": history(data_request, looks=False, limit=8),
    }
    return render(request, "staff/approval.html", context, status=status)


@dataclass(frozen=True)
class LinePart(Numbered):
    """Some lines of a long decision."""

    shown: list[dict[str, Any]]
    total: int


def _part(asked: str, lines: list[dict[str, Any]]) -> LinePart:
    """Return the part that is asked for, the nearest where there is none."""
    number, parts = number_of(asked, total=len(lines), size=LINES)
    return LinePart(number, parts, lines[(number - 1) * LINES : number * LINES], len(lines))


def _content(proposal: Proposal) -> dict[str, Any]:
    """Return the stored content as it was proposed: the page shows what is signed, not what is stored elsewhere."""
    try:
        found = json.loads(proposal.content)
    except ValueError as error:
        raise Http404("This proposal cannot be read.") from error
    return found if isinstance(found, dict) else {}


def _form(proposal: Proposal, *given: Any, **more: Any) -> SignForm:
    """Return the form of the second person in the words of this kind of request."""
    lines = len(_content(proposal).get("lines", []))
    return SignForm(*given, lines=lines, kind=proposal.data_request.kind, **more)


def _told_of(content: dict[str, Any]) -> set[str]:
    """Return the accounts and identifiers of which another line tells the officer that there is an account."""
    produced = [line for line in content.get("lines", []) if line["decision"] == LineDecision.PRODUCE]
    return {line[name] for line in produced for name in ("account", "identifier")} - {""}


def _line(line: dict[str, Any], kind: str, freeze: str, told: set[str]) -> dict[str, Any]:
    """A line in words, those of its kind of request; `freeze` says what a freeze asks, as it was sealed."""
    decision = LineDecision(line["decision"])
    tells = _tells(line, kind, known=bool(told & {line["account"], line["identifier"]}))
    whole_days = period_words(line["from"], line["to"])
    when = f"As of {whole_days.partition(' to ')[0]}" if without_period(line["records"]) else whole_days
    return line | {
        "kind_words": IdentifierKind(line["identifier_kind"]).label,
        "records_words": DataCategory(line["records"]).label,
        "match_words": MatchResult(line["match"]).label,
        "decision_words": words_of(kind).decisions[decision],
        "period": freeze or when,
        "limits": sealed_words(line),
        "colour": _COLOURS.get(decision, "magenta"),
        "tells": tells[decision],
    }


def _tells(line: dict[str, Any], kind: str, *, known: bool) -> dict[LineDecision, str]:
    """Say what a line tells the officer, by its decision; that nothing was found of an account tells of it too.

    known: another line tells the officer of the same account.
    """
    found = line["match"] == MatchResult.EXACT and line["records"] not in {DataCategory.ACCOUNT, DataCategory.ASSETS}
    nothing = "Tells the officer that the account was not used for this" if found else ""
    code = f"{refusals.why(line['refusal_code'], kind)}. " if line["refusal_code"] else ""
    return {
        LineDecision.PRODUCE: f"Names {line['entity']}" if line.get("entity") else "Tells the officer of the account",
        LineDecision.NO_RECORDS: nothing or "Tells the officer that nothing was found",
        LineDecision.REFUSE: code + (_KNOWN if known else "The officer does not learn whether there is an account"),
        LineDecision.OPEN: "",
    }


def period_words(start: str, end: str) -> str:
    """The period as the officer gave it: whole UTC days, both included."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end) - timedelta(microseconds=1)
    return f"{dateformat.format(first, 'j M Y')} to {dateformat.format(last, 'j M Y')}"


def _summary(lines: list[dict[str, Any]], words: KindWords) -> str:
    decided = [line["decision"] for line in lines]
    leave, none = decided.count(LineDecision.PRODUCE), decided.count(LineDecision.NO_RECORDS)
    parts = [f"{leave} {words.one_done if leave == 1 else words.many_done}"]
    if none and words is not RECORDS:
        parts.append(f"{none} {words.decisions[LineDecision.NO_RECORDS].lower()}")
    elif none:
        parts.append(f"{none} {'says' if none == 1 else 'say'} no records")
    rest = len(decided) - leave - none
    if rest and words is not RECORDS:
        parts.append(f"{rest} {words.decisions[LineDecision.REFUSE].lower()}")
    elif rest:
        parts.append(f"{rest} {'does' if rest == 1 else 'do'} not leave")
    return ", ".join(parts)


def _checks(data_request: DataRequest, stored: Any) -> list[dict[str, str]]:
    """The reviewer's answers, those that are not Yes first."""
    rows = [
        {"text": check.text, "answer": "", "note": "", "page": "", **stored.checks.get(check.name, {})}
        for check in checks_of(data_request.kind)
    ]
    return sorted(rows, key=lambda row: row["answer"] in {CheckAnswer.YES, CheckAnswer.DOES_NOT_APPLY})
