"""Requests in fifty hands at once: drafts, decisions, questions, what leaves and what is called back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from requests_app.models import Clarification, DataRequest, DownloadGrant, RecipientCopy
from requests_app.services import (
    appeals,
    building,
    call_backs,
    decisions,
    downloads,
    drafts,
    intake,
    notices,
    packages,
    purging,
    questions,
    recalls,
)
from tests.factories import request_at
from tests.harness.race import answers, one_effect
from tests.people import make_officer, make_provider, make_staff
from tests.races.fifty import FIFTY, Since, fifty, fresh, same
from tests.requests_app.desk.pages import proposed
from tests.requests_app.records.steps import granted_request, released_package, sealed_package, taken

pytestmark = pytest.mark.usefixtures("raced_db", "company", "quick_letter")


def test_one_key_starts_one_draft_and_one_sending():
    provider, officer, key = make_provider(), make_officer(), uuid4()
    since = Since()
    draft = same(fifty(lambda: drafts.start(provider, by=fresh(officer), key=key)))
    assert (draft.uid, since.entries("request.draft_started")) == (key, ["request.draft_started"])
    whole, since = request_at("draft"), Since()
    version, owner = whole.lock_version, whole.officer
    sent = fifty(lambda: intake.submit(fresh(whole), version=version, declared=True, by=fresh(owner)))
    assert len({one.reference for one in sent if isinstance(one, DataRequest)}) == 1
    same(sent)
    assert since.entries("request.submitted") == ["request.submitted"]
    assert since.mails("request_received") == ["request_received"]


def test_approvers_who_click_twice_and_others_who_send_back_have_one_effect():
    proposal = proposed()
    one, other, asker = make_staff("approver"), make_staff("approver"), proposal.proposed_by
    seen, since = proposal.content_hash, Since()
    results = fifty(
        lambda: decisions.sign(fresh(proposal), seen_hash=seen, by=fresh(one)),
        lambda: decisions.sign(fresh(proposal), seen_hash=seen, by=fresh(other)),
        lambda: decisions.send_back(fresh(proposal), reason="Wait.", by=fresh(other)),
        lambda: decisions.recall(fresh(proposal), by=fresh(asker)),
    )
    one_effect(results)
    acts = ("decision.approved", "decision.sent_back", "decision.taken_back")
    done = since.entries(*acts)
    assert len(done) == 1, done
    assert len(since.mails("decision_made")) == (done == ["decision.approved"])


def test_a_question_is_asked_once_and_ends_once():
    data_request = request_at("in_review")
    asker, officer, since = data_request.assignee, data_request.officer, Since()
    one_effect(fifty(lambda: questions.ask(fresh(data_request), text="Which period?", by=fresh(asker))))
    assert since.mails("question_asked") == ["question_asked"]
    question = Clarification.objects.get(data_request=data_request)
    results = fifty(
        lambda: questions.answer(fresh(question), text="March.", by=fresh(officer)),
        lambda: questions.cancel(fresh(question), by=fresh(asker)),
        lambda: questions.sweep(at=question.due_at),
    )
    done = [one for one in results if isinstance(one, Clarification)]
    ends = since.entries("question.answered", "question.cancelled", "question.lapsed")
    assert len(ends) == 1, answers(results)
    assert len(done) == (ends != ["question.lapsed"])


def test_a_refusal_is_appealed_once():
    data_request = request_at("refused")
    since, officer = Since(), data_request.officer
    one_effect(fifty(lambda: appeals.appeal(fresh(data_request), text="Look again.", by=fresh(officer))))
    assert since.entries("decision.appealed") == ["decision.appealed"]


def test_a_package_is_started_built_and_released_once():
    granted = granted_request()
    people, since = granted.test_people, Since()
    package = same(fifty(lambda: packages.start(fresh(granted), by=fresh(people.analyst))))
    built = fifty(lambda: building.build(package.pk))
    assert not [one for one in built if isinstance(one, Exception)], answers(built)
    assert since.entries("package.started", "package.sealed") == ["package.started", "package.sealed"]
    other = granted_request()
    ready, approver = sealed_package(other), other.test_people.approver
    since = Since()
    one_effect(fifty(lambda: packages.release(fresh(ready), by=fresh(approver))))
    assert since.entries("package.released", "request.produced") == ["package.released", "request.produced"]
    assert since.mails("records_ready") == ["records_ready"]


def test_one_session_has_one_grant_and_one_copy_and_every_look_at_the_secret_is_written_down():
    package = released_package(granted_request())
    officer, since = package.data_request.officer, Since()
    same(fifty(lambda: downloads.open_grant(fresh(package), user=fresh(officer), session="s")))
    assert DownloadGrant.objects.filter(package=package).count() == 1
    assert RecipientCopy.objects.filter(package=package).count() == 1
    assert since.entries("package.download_opened") == ["package.download_opened"]
    shown = fifty(lambda: downloads.show_passphrase(fresh(package), user=fresh(officer)))
    assert len(set(shown)) == 1, answers(shown)
    assert len(since.entries("package.passphrase_shown")) == FIFTY


def test_a_package_is_stopped_once_and_its_recall_decided_once():
    package = released_package(granted_request())
    taken(package)
    people, since = [make_staff("approver"), make_staff("approver")], Since()
    one_effect(
        fifty(
            *(
                lambda p=p: packages.revoke(fresh(package), cause="wrong_account", reason="Another man", by=fresh(p))
                for p in people
            )
        )
    )
    assert since.entries("package.revoked") == ["package.revoked"]
    recall, second = recalls.of_package(package), make_staff("approver")
    results = fifty(
        lambda: recalls.confirm(fresh(recall), by=fresh(second)),
        lambda: recalls.drop(fresh(recall), reason="It was right.", by=fresh(second)),
    )
    done = [one for one in results if not isinstance(one, Exception)]
    assert len(done) == 1, answers(results)
    assert len(since.entries("recall.confirmed", "recall.dropped")) == 1


def test_holders_are_told_once_and_a_notice_is_waived_once():
    told = granted_request(barred=False)
    notices_of = [str(pk) for pk in told.notices.values_list("pk", flat=True)]
    sent = fifty(notices.send_due)
    assert not [one for one in sent if isinstance(one, Exception)], answers(sent)
    assert notices_of
    assert AuditEvent.objects.filter(action="notice.sent", object_id__in=notices_of).count() == len(notices_of)
    notice = granted_request().notices.first()
    since = Since()
    one, other = make_staff("approver", "analyst"), make_staff("approver")
    notices.propose_waiver(notice, reason="The holder is dead.", by=one)
    results = fifty(lambda: notices.waive(fresh(notice), by=fresh(other)))
    one_effect(results)
    assert since.entries("notice.waived") == ["notice.waived"]


def test_a_download_ends_once_and_its_files_go_once():
    package = released_package(granted_request())
    since, ends = Since(package.data_request.reference), package.expires_at
    over = fifty(lambda: packages.expire_due(at=ends), lambda: packages.expire_due(at=ends + timedelta(seconds=1)))
    assert not [one for one in over if isinstance(one, Exception)], answers(over)
    assert since.entries("package.expired") == ["package.expired"]
    assert since.mails("download_over", "download_unused") == ["download_over", "download_unused"]
    later = ends + timedelta(days=400)
    gone = fifty(lambda: purging.purge_due(at=later))
    assert not [one for one in gone if isinstance(one, Exception)], answers(gone)
    assert since.entries("package.purged") == ["package.purged"]


def test_a_call_written_down_by_a_double_click_is_one_call():
    data_request = request_at("in_review")
    analyst, since = data_request.assignee, Since()
    number = call_backs.usable_numbers(data_request)[0]
    words = {"purpose": "request", "result": "confirmed", "spoke_to": "The chief", "note": "Knows of it."}
    same(fifty(lambda: call_backs.record(fresh(data_request), number=number, by=fresh(analyst), **words)))
    assert CallBack.objects.filter(about_reference=data_request.reference).count() == 1
    assert since.entries("request.call_back_recorded") == ["request.call_back_recorded"]
    again = {"at": timezone.now() + timedelta(minutes=5)} | words
    call_backs.record(fresh(data_request), number=number, by=analyst, **again)
    assert CallBack.objects.filter(about_reference=data_request.reference).count() == 2, "a second call is a second row"


def test_a_request_is_withdrawn_or_decided_never_both():
    data_request = request_at("awaiting_officer")
    officer, asker, since = data_request.officer, data_request.assignee, Since()
    question = data_request.clarifications.get()
    results = fifty(
        lambda: intake.withdraw(fresh(data_request), by=fresh(officer)),
        lambda: questions.answer(fresh(question), text="March.", by=fresh(officer)),
        lambda: questions.cancel(fresh(question), by=fresh(asker)),
    )
    data_request.refresh_from_db()
    moves = since.entries("request.withdrawn", "request.resumed")
    assert len(moves) == 1, (moves, answers(results))
    assert data_request.status == ("withdrawn" if moves == ["request.withdrawn"] else "in_review")
    assert AuditEvent.objects.filter(action="request.withdrawn", object_id=str(data_request.pk)).count() <= 1
