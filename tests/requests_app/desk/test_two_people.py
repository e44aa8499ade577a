from foundation.audit.models import AuditEvent
from foundation.core.errors import PortalError
from foundation.notifications.models import OutboundMessage
from requests_app.enums import MatchResult
from requests_app.models import Assignment, Proposal
from requests_app.services import decisions, matching, questions, review, triage
from requests_app.services.review import Draft
from tests.factories import request_at
from tests.harness.race import race
from tests.people import make_staff
from tests.requests_app.desk.pages import TERMS, answers, proposed, ready


def refused(results):
    return [r for r in results if isinstance(r, PortalError)]


def test_of_two_who_take_at_once_one_gets_it(committed_db):
    data_request = request_at("submitted")
    people = [make_staff("analyst"), make_staff("analyst")]
    results = race(*(lambda p=p: triage.take(data_request, by=p) for p in people))
    [late] = refused(results)
    data_request.refresh_from_db()
    assert str(late) == f"{data_request.assignee.get_full_name()} took this request already."
    assert Assignment.objects.get().user == data_request.assignee
    assert AuditEvent.objects.filter(action="request.taken").count() == 1
    assert OutboundMessage.objects.filter(event="review_started").count() == 1


def test_of_two_who_sign_at_once_one_signature_counts(committed_db):
    proposal = proposed()
    people = [make_staff("approver"), make_staff("approver")]
    results = race(*(lambda p=p: decisions.sign(proposal, seen_hash=proposal.content_hash, by=p) for p in people))
    assert len(refused(results)) == 1
    proposal.refresh_from_db()
    assert proposal.signed_by in people
    assert AuditEvent.objects.filter(action="decision.approved").count() == 1
    assert OutboundMessage.objects.filter(event="decision_made").count() == 1


def test_signing_and_sending_back_at_once_have_one_effect(committed_db):
    proposal = proposed()
    first, second = make_staff("approver"), make_staff("approver")
    results = race(
        lambda: decisions.sign(proposal, seen_hash=proposal.content_hash, by=first),
        lambda: decisions.send_back(proposal, reason="Wait.", by=second),
    )
    assert len(refused(results)) == 1
    done = AuditEvent.objects.filter(action__in=["decision.approved", "decision.sent_back"])
    assert done.count() == 1


def test_of_two_who_propose_at_once_one_proposal_waits(committed_db):
    data_request = ready()
    people = [data_request.assignee, make_staff("analyst")]
    results = race(*(lambda p=p: decisions.propose(data_request, terms=TERMS, by=p) for p in people))
    assert len(refused(results)) == 1
    assert Proposal.objects.count() == 1


def test_of_two_who_save_the_same_version_the_second_is_refused(committed_db):
    data_request = request_at("in_review")
    people = [data_request.assignee, make_staff("analyst")]
    drafts = [Draft(answers(answer="yes"), {}, {}), Draft(answers(answer="no"), {}, {})]
    results = race(
        *(
            lambda p=p, d=d: review.save(data_request, d, seen_version=0, by=p)
            for p, d in zip(people, drafts, strict=True)
        )
    )
    assert len(refused(results)) == 1
    assert AuditEvent.objects.filter(action="request.checked").count() == 1


def test_an_answer_and_a_withdrawn_question_at_once_have_one_effect(committed_db):
    data_request = request_at("in_review")
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee)
    results = race(
        lambda: questions.answer(question, text="March.", by=data_request.officer),
        lambda: questions.cancel(question, by=data_request.assignee),
        lambda: questions.sweep(at=question.due_at),
    )
    assert len(refused(results)) >= 1
    done = AuditEvent.objects.filter(action__in=["question.answered", "question.cancelled", "question.lapsed"])
    assert done.count() == 1


def test_two_who_search_for_many_at_once_keep_one_answer_for_each(committed_db):
    data_request = request_at("in_review", identifiers=[("uid", str(80_000_000 + number)) for number in range(6)])
    keys = list(data_request.targets.values_list("pk", flat=True))
    people = [data_request.assignee, make_staff("analyst")]
    found = race(*(lambda p=p: matching.match_targets(data_request, keys, by=p) for p in people))
    assert all(isinstance(one, matching.Searched) for one in found)
    assert not data_request.targets.filter(match_result=MatchResult.UNMATCHED).exists()
    assert all(target.matched_by in people for target in data_request.targets.all())
