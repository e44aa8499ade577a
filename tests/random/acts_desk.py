"""What staff do with requests until they are decided."""

from dataclasses import replace

from django.http import Http404
from django.test import RequestFactory

from foundation.core.errors import NotAllowed
from requests_app.enums import LineDecision, RefusalCode
from requests_app.models import CounselReferral, NonDisclosureOrder, Proposal, Target
from requests_app.services import (
    counsel,
    decisions,
    followers,
    matching,
    notices,
    questions,
    readers,
    reopening,
    review,
    triage,
)
from requests_app.services.review import Draft, Mark
from requests_app.views.staff import common
from tests.random.acts import act, requests
from tests.random.acts_officer import followed
from tests.random.acts_officer import questions as all_questions
from tests.random.world import World, version_of_review
from tests.requests_app.desk.pages import REFUSAL, TERMS, answers

OPEN = ["submitted", "in_review", "awaiting_officer", "awaiting_approval", "granted"]


def targets(_world: World) -> list[Target]:
    """All identifiers."""
    return list(Target.objects.select_related("data_request").order_by("pk"))


def proposals(_world: World) -> list[Proposal]:
    """All proposals."""
    return list(Proposal.objects.select_related("data_request").order_by("pk"))


def referrals(_world: World) -> list[CounselReferral]:
    """All questions to counsel."""
    return list(CounselReferral.objects.select_related("data_request").order_by("pk"))


def bars(_world: World) -> list[NonDisclosureOrder]:
    """All stated bars."""
    return list(NonDisclosureOrder.objects.select_related("data_request").order_by("pk"))


@act("analyst", requests, meant=lambda row: row.status == "submitted" or (not row.assignee_id and row.status in OPEN))
def take(w, row, by, how):
    """An analyst takes a request."""
    triage.take(row, by=by)


@act("analyst", requests, of=OPEN, quiet=True)
def assign(w, row, by, how):
    """An analyst hands a request to a colleague."""
    triage.assign(row, to=w.person(["ana", "abe", "both", "per"][how % 4]), note="Please", by=by)


@act("analyst", requests, meant=lambda row: row.assignee_id and row.status in OPEN)
def give_back(w, row, by, how):
    """A request goes back into the queue."""
    triage.give_back(row, reason="Another desk knows this", by=by)


@act("analyst", requests, of=["submitted"], quiet=True)
def set_rank(w, row, by, how):
    """A request becomes a priority, or ordinary."""
    triage.set_rank(row, rank=[5, 9, 0][how % 3], by=by)


@act("analyst", requests, of=["submitted"])
def return_incomplete(w, row, by, how):
    """A new request goes back to the officer."""
    triage.return_incomplete(row, code="other", text="The second page is missing.", by=by)
    w.notes.requests[row.pk].with_us = False


@act("analyst", targets, meant=lambda t: t.data_request.status == "in_review")
def match(w, target, by, how):
    """An analyst asks which account an identifier means."""
    matching.match_target(target, by=by)


@act("analyst", targets, meant=lambda t: t.match_result == "ambiguous")
def choose(w, target, by, how):
    """An analyst says which of two accounts is meant."""
    found = [account["uid"] for account in target.match_detail.get("accounts", [])] or ["ACC-NONE"]
    matching.choose_account(target, account=found[how % len(found)], by=by)


@act("analyst", requests, of=["in_review"], quiet=True)
def check(w, row, by, how):
    """An analyst answers the checks and decides the lines."""
    marks = {}
    for number, line in enumerate(row.lines.order_by("pk")):
        no = how % 4 == 3 or (how % 4 == 2 and number == 0)
        decision = LineDecision.REFUSE if no else LineDecision.PRODUCE
        marks[line.pk] = Mark(decision, RefusalCode.REACH if no else "", "Order 1(a)")
    draft = Draft(answers(row.kind, "yes"), marks, {})
    review.save(row, draft, seen_version=version_of_review(row), by=by)


@act("analyst approver counsel dpo custodian auditor", requests, meant=lambda row: row.status != "draft")
def look_at(w, row, by, how):
    """Somebody of the desk opens a page of a request."""
    page = RequestFactory().get("/")
    page.user = by
    try:
        found = common.visible(page, row.reference or "")
    except Http404 as nothing:
        raise NotAllowed("Nothing is here.") from nothing
    common.looked(page, found, ["review", "sent", "messages", "notes", "history"][how % 5])


@act("analyst approver counsel dpo", requests, meant=lambda row: row.status != "draft", quiet=True)
def note(w, row, by, how):
    """Somebody of the desk writes a note."""
    review.write_note(row, text=f"Looked at page {how}.", by=by)


@act("analyst", requests, of=["in_review"])
def ask(w, row, by, how):
    """An analyst asks the officer something."""
    questions.ask(row, text="Which period should we use?", by=by)


@act("analyst", all_questions, of=["open"])
def cancel_question(w, question, by, how):
    """An analyst takes a question back."""
    questions.cancel(question, by=by)


@act("analyst", requests, of=["lapsed"])
def take_up_again(w, row, by, how):
    """An analyst takes up a request whose question was answered too late."""
    questions.reopen(row, by=by)


def _decided(row):
    return row.status == "in_review" and not row.lines.filter(decision=LineDecision.OPEN).exists()


def _narrowed(row):
    return row.status == "granted" and row.orders.filter(versions__relation__in=["narrows", "quashed"]).exists()


@act("analyst", requests, meant=_decided)
def propose(w, row, by, how):
    """An analyst proposes a decision."""
    produced = row.lines.filter(decision=LineDecision.PRODUCE).exists()
    terms = TERMS if produced else REFUSAL
    if not produced and how % 4 == 3:
        terms = replace(REFUSAL, result="redirect", refusal_code="", redirect_channel="mla")
    decisions.propose(row, terms=terms, by=by)


@act("approver", proposals, of=["proposed"])
def sign(w, proposal, by, how):
    """A second person signs what was proposed."""
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=by)


@act("approver", proposals, of=["proposed"])
def send_back(w, proposal, by, how):
    """A second person sends a proposal back."""
    decisions.send_back(proposal, reason="Line 2 is not covered.", by=by)


@act("analyst", proposals, of=["proposed"])
def take_proposal_back(w, proposal, by, how):
    """Whoever proposed takes it back."""
    decisions.recall(proposal, by=by)


@act("analyst", requests, meant=_narrowed)
def open_again(w, row, by, how):
    """A granted request whose order changed goes back to review."""
    reopening.reopen(row, by=by)


@act("analyst", requests, of=["in_review"])
def ask_counsel(w, row, by, how):
    """An analyst asks counsel."""
    counsel.ask(row, question="May we?", by=by)


@act("counsel dpo", referrals, of=["open"])
def advise(w, referral, by, how):
    """Counsel answers."""
    counsel.answer(referral, opinion=["agrees", "objects"][how % 2], advice="Article 6 is enough.", by=by)


@act("analyst", referrals, of=["open"])
def withdraw_referral(w, referral, by, how):
    """An analyst takes a question to counsel back."""
    counsel.withdraw(referral, by=by)


@act("analyst", referrals, of=["answered"])
def go_on(w, referral, by, how):
    """An analyst writes why it goes on against counsel."""
    counsel.go_on(referral, because="The court decided it since.", by=by)


@act("analyst approver", bars, meant=lambda bar: bar.confirmed_at is None)
def confirm_bar(w, bar, by, how):
    """Somebody reads the clause that forbids telling the account holder."""
    notices.confirm_bar(bar, page="2", bars_until=bar.bars_until, by=by)


@act("analyst", requests, meant=lambda row: row.status in OPEN and not row.restricted)
def restrict(w, row, by, how):
    """An analyst leaves a request to a few readers."""
    named = [["per"], ["both", "pia"], ["cleo"], []][how % 4]
    readers.restrict(row, because="An officer of ours is named.", people=[w.person(n) for n in named], by=by)
    case = w.notes.requests[row.pk]
    case.restricted = True
    able = {n for n in named if not w.notes._away(n, case)}
    case.readers = able | {w.name(by.pk)} | case.followers


@act("analyst approver counsel dpo", requests, meant=lambda row: row.restricted and row.status in OPEN, quiet=True)
def add_reader(w, row, by, how):
    """A reader names another one."""
    name = ["abe", "pia", "cleo", "both", "aud", "stranger"][how % 6]
    readers.add(row, w.person(name), reason="Needed", by=by)
    w.notes.requests[row.pk].readers.add(name)


@act("analyst approver counsel dpo", requests, meant=lambda row: row.restricted and row.status in OPEN)
def remove_reader(w, row, by, how):
    """A reader takes another one out."""
    name = ["abe", "pia", "cleo", "both", "ana", "per"][how % 6]
    readers.remove(row, w.person(name), reason="Not needed", by=by)
    w.notes.requests[row.pk].readers.discard(name)


@act("analyst", followed, of=["waiting"])
def agree_to_follower(w, follower, by, how):
    """An analyst lets an officer of another agency follow."""
    followers.agree(follower, reason="The agreement names both.", by=by)
    follower.refresh_from_db()
    w.notes.requests[follower.data_request_id].followers.add(w.name(follower.user_id))


@act("analyst", followed, of=["waiting"])
def decline_follower(w, follower, by, how):
    """An analyst does not let somebody follow."""
    followers.decline(follower, reason="The agreement names nobody.", by=by)
