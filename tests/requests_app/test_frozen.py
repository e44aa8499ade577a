"""Requests of suspended officers and agencies: what stops, what is shown, and how they go on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import Suspension, User
from accounts.services import suspensions
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from foundation.notifications.models import OutboundMessage
from requests_app.enums import ClarificationStatus, NoticeStatus, PackageStatus, RequestStatus
from requests_app.models import Clarification, DataRequest, Follower
from requests_app.permissions import request_workflow
from requests_app.services import building, decisions, downloads, matching, notices, packages, questions, triage
from requests_app.services.downloads import Transfer
from tests.accounts.helpers import page, words
from tests.accounts.suspending import lifted, suspended_agency, suspended_officer
from tests.factories import request_at
from tests.harness.race import beside, wait_for_waiters
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.desk.pages import TERMS, proposed, ready
from tests.requests_app.records.company import Company
from tests.requests_app.records.steps import granted_request, released_package, sealed_package, seen

pytestmark = pytest.mark.usefixtures("quick_letter")
WHO = ("officer", "agency")
# Wednesday, 10 working days before 2 December.
AT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)


@pytest.fixture
def company(monkeypatch):
    """The company's systems, with accounts as the factories name them."""
    monkeypatch.setattr("requests_app.services.collect.company", lambda _provider: Company())


@pytest.fixture
def quick_letter(monkeypatch):
    """A letter without the typesetter: none of these tests is about its words."""
    monkeypatch.setattr("requests_app.services.building.letter_pdf", lambda *_args, **_kwargs: b"%PDF-1.7 letter")


def suspend(who, data_request, **more):
    if who == "agency":
        return suspended_agency(data_request.agency, **more)
    return suspended_officer(data_request.officer, **more)


def again(data_request):
    """The request as the next web request would read it."""
    return DataRequest.objects.get(pk=data_request.pk)


# What stops -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_staff_decide_nothing_but_may_take_hand_over_and_send_back(who):
    stopped = {
        "submitted": {"return_incomplete"}, "in_review": {"ask", "propose"}, "lapsed": {"reopen"},
        "awaiting_approval": {"grant", "refuse", "redirect"}, "granted": {"produce", "narrow"},
    }  # fmt: skip
    goes_on = {"submitted": {"take"}, "awaiting_officer": {"cancel_question"}, "awaiting_approval": {"send_back"}}
    everybody = make_staff("analyst", "approver")
    for status in {*stopped, *goes_on}:
        data_request = request_at(status)
        before = set(request_workflow.available_actions(again(data_request), everybody))
        suspend(who, data_request)
        after = set(request_workflow.available_actions(again(data_request), everybody))
        assert before - after == stopped.get(status, set()), status
        assert after == goes_on.get(status, set()), status


@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_nothing_is_proposed_signed_or_matched(who):
    data_request, proposal = ready(), proposed()
    target, other = request_at("in_review").targets.first(), request_at("in_review")
    for row in (data_request, proposal.data_request, target.data_request):
        suspend(who, row)
    with pytest.raises(NotAllowed, match="is suspended: nothing can be decided"):
        decisions.propose(again(data_request), terms=TERMS, by=data_request.assignee)
    with pytest.raises(NotAllowed, match="is suspended"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=make_staff("approver"))
    with pytest.raises(NotAllowed, match="is suspended"):
        matching.match_target(target, by=target.data_request.assignee)
    with pytest.raises(NotAllowed, match="is suspended"):
        matching.names_of(again(proposal.data_request), by=make_staff("approver"))
    assert again(data_request).status == RequestStatus.IN_REVIEW
    assert again(proposal.data_request).status == RequestStatus.AWAITING_APPROVAL
    matching.match_target(other.targets.first(), by=other.assignee)  # somebody else's request goes on


@pytest.mark.parametrize("who", WHO)
def test_no_package_is_started_or_released_one_that_is_being_built_waits_sealed(db, company, who):
    fresh, granted = granted_request(), granted_request()
    package = packages.start(granted, by=granted.test_people.analyst)
    for row in (fresh, granted):
        suspend(who, row)
    with pytest.raises(NotAllowed, match="is suspended"):
        packages.start(again(fresh), by=fresh.test_people.analyst)
    built = seen(building.build(package.pk), granted.test_people.approver)
    assert built.status == PackageStatus.SEALED
    with pytest.raises(NotAllowed, match="is suspended"):
        packages.release(built, by=granted.test_people.approver)
    desk = client_for(granted.test_people.approver)
    desk.post(f"/staff/requests/{granted.reference}/records/1/release/")
    built.refresh_from_db()
    assert (built.status, built.released_at) == (PackageStatus.SEALED, None)
    assert not OutboundMessage.objects.filter(event="records_ready").exists()
    lifted(Suspension.objects.get(**({"agency": granted.agency} if who == "agency" else {"officer": granted.officer})))
    assert packages.release(built, by=granted.test_people.approver).status == PackageStatus.RELEASED


@pytest.mark.parametrize("who", WHO)
def test_account_holders_are_told_only_once_access_is_back(db, company, who):
    frozen, other = granted_request(barred=False), granted_request(barred=False)
    suspension = suspend(who, frozen)
    assert notices.send_due() == 2, "the two of the other request"
    assert set(other.notices.values_list("status", flat=True)) == {NoticeStatus.SENT}
    assert set(frozen.notices.values_list("status", flat=True)) == {NoticeStatus.PLANNED}
    assert OutboundMessage.objects.filter(event="user_notice").count() == 2
    lifted(suspension)
    assert notices.send_due() == 2


@pytest.mark.usefixtures("looks_each_time")
@pytest.mark.parametrize("who", WHO)
def test_a_download_breaks_off_between_two_chunks(db, company, who):
    released = released_package(granted_request())
    officer = User.objects.get(pk=released.data_request.officer_id)
    transfer = Transfer(released, released.archive, officer, 0, 30)
    chunks = downloads.receipted(transfer, iter([b"x" * 10] * 3))
    assert next(chunks) == b"x" * 10
    suspend(who, released.data_request)
    assert list(chunks) == []
    event = AuditEvent.objects.filter(action="package.downloaded").latest("pk")
    assert event.outcome == "broken_off"


@pytest.mark.usefixtures("looks_each_time")
def test_a_follower_who_is_suspended_takes_nothing_more_and_the_owner_goes_on(db, company):
    released = released_package(granted_request())
    owner, colleague = released.data_request.officer, make_officer(released.data_request.agency)
    Follower.objects.create(data_request=released.data_request, user=colleague, added_at=timezone.now(), added_by=owner)
    running = {
        user.pk: downloads.receipted(
            Transfer(released, released.archive, User.objects.get(pk=user.pk), 0, 20), iter([b"x" * 10] * 2)
        )
        for user in (owner, colleague)
    }
    assert all(next(chunks) for chunks in running.values())
    suspended_officer(colleague)
    assert len(list(running[owner.pk])) == 1
    assert list(running[colleague.pk]) == []
    with pytest.raises(downloads.DownloadRefused):
        downloads.open_grant(released, user=User.objects.get(pk=colleague.pk), session="x")
    assert downloads.open_grant(released, user=User.objects.get(pk=owner.pk), session="x")


# Questions ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_a_question_waits_and_has_its_full_time_again(who):
    data_request = request_at("in_review", at=AT - timedelta(days=3))
    question = questions.ask(data_request, text="Which period?", by=data_request.assignee, at=AT)
    first_due = question.due_at
    suspension = suspend(who, data_request, at=AT + timedelta(days=2))
    for days in (12, 14, 40):
        assert questions.sweep(at=AT + timedelta(days=days)) == 0
    assert not OutboundMessage.objects.filter(event__in=["question_reminder", "question_lapsed"]).exists()
    back = datetime(2027, 1, 13, 9, 0, tzinfo=UTC)
    Suspension.objects.filter(pk=suspension.pk).update(lifted_at=back, lifted_by=make_staff("approver"))
    data_request.agency.memberships.update(suspended_at=None)
    type(data_request.agency).objects.filter(pk=data_request.agency_id).update(status="active")

    assert questions.sweep(at=back + timedelta(minutes=1)) == 1
    question.refresh_from_db()
    assert question.status == ClarificationStatus.OPEN
    assert question.due_at == datetime(2027, 1, 27, 17, tzinfo=UTC), "10 working days from then"
    assert question.due_at > first_due
    assert questions.sweep(at=back + timedelta(minutes=2)) == 0, "once"
    event = AuditEvent.objects.get(action="question.prolonged")
    assert event.actor_kind == "system"
    assert questions.sweep(at=question.due_at) == 1
    question.refresh_from_db()
    assert question.status == ClarificationStatus.LAPSED


@pytest.mark.django_db
def test_giving_access_back_never_shortens_a_question():
    data_request = request_at("in_review", at=AT - timedelta(days=3))
    suspension = suspended_officer(data_request.officer, at=AT - timedelta(hours=3))
    Suspension.objects.filter(pk=suspension.pk).update(lifted_at=AT - timedelta(hours=1), lifted_by=make_staff())
    data_request.agency.memberships.update(suspended_at=None)
    question = questions.ask(again(data_request), text="Which period?", by=data_request.assignee, at=AT)
    Clarification.objects.filter(pk=question.pk).update(due_at=AT + timedelta(days=60))
    questions.sweep(at=AT + timedelta(hours=1))
    question.refresh_from_db()
    assert question.due_at == AT + timedelta(days=60)


# What is shown --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
def test_queue_and_case_say_that_it_is_frozen(who):
    frozen, other = request_at("in_review"), request_at("in_review")
    emergency = request_at("submitted", kind="emergency", officer=frozen.officer)
    suspend(who, frozen)
    analyst = client_for(make_staff("analyst"))
    rows = page(analyst.get("/staff/queue/")).select("tbody tr")
    texts = {row.select_one(".app-ref").get_text(): " ".join(row.get_text(" ").split()) for row in rows}
    assert f"Frozen: {who} suspended" in texts[frozen.reference]
    assert f"Frozen: {who} suspended" in texts[emergency.reference]
    assert "Frozen" not in texts[other.reference]
    for tab in ("", "messages/", "notes/", "history/", "records/"):
        shown = words(analyst.get(f"/staff/requests/{frozen.reference}/{tab}"))
        assert f"Frozen: {who} suspended" in shown, tab
    assert "Frozen" not in words(analyst.get(f"/staff/requests/{other.reference}/"))


@pytest.mark.django_db
def test_somebody_still_looks_at_a_frozen_request():
    data_request, analyst, other = request_at("submitted"), make_staff("analyst"), make_staff("analyst")
    suspended_agency(data_request.agency)
    triage.take(again(data_request), by=analyst)
    triage.assign(again(data_request), to=other, by=analyst)
    assert again(data_request).assignee == other


def test_the_page_before_the_suspension_counts_what_stops(db, company):
    data_request = request_at("in_review")
    officer = data_request.officer
    sealed_package(granted_request(officer=officer))
    request_at("refused", officer=officer)
    shown = suspensions.consequences(officer=officer, at=timezone.now())
    assert "2 open requests stop: nothing is matched, decided or released." in shown
    assert "1 package of records stops: a download that is running breaks off." in shown
    assert len(suspensions.consequences(agency=make_officer().membership.agency, at=timezone.now())) == 2


# At the same moment ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WHO)
def test_a_release_waits_for_the_suspension_and_is_refused(committed_db, company, who):
    package = sealed_package(granted_request())
    data_request, analyst = package.data_request, make_staff("analyst")
    approver = make_staff("approver")
    seen(package, approver)
    with beside() as start:
        with transaction.atomic():
            suspend(who, data_request, by=analyst)
            releasing = start(lambda: packages.release(package, by=approver))
            wait_for_waiters(1)
        with pytest.raises(NotAllowed, match="is suspended"):
            releasing.result(timeout=30)
    package.refresh_from_db()
    assert package.status == PackageStatus.SEALED


def test_a_suspension_waits_for_the_release_that_came_first(committed_db, company):
    package = sealed_package(granted_request())
    data_request, analyst = package.data_request, make_staff("analyst")
    approver = make_staff("approver")
    seen(package, approver)
    with beside() as start:
        with transaction.atomic():
            packages.release(package, by=approver)
            suspending = start(lambda: suspended_agency(data_request.agency, by=analyst))
            wait_for_waiters(1)
        assert suspending.result(timeout=30).lifted_at is None
    package.refresh_from_db()
    assert package.status == PackageStatus.RELEASED
    assert "suspended" in downloads.refusal(package, user=data_request.officer, at=timezone.now())


def test_signing_and_suspending_at_once_never_deadlock(committed_db):
    proposals = [proposed() for _n in range(3)]
    analyst, approver = make_staff("analyst"), make_staff("approver")

    def attempt(call):
        try:
            return call()
        except NotAllowed as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        waiting = [
            pool.submit(attempt, call)
            for p in proposals
            for call in (
                lambda p=p: decisions.sign(p, seen_hash=p.content_hash, by=approver),
                lambda p=p: suspended_officer(p.data_request.officer, by=analyst),
            )
        ]
        results = [future.result(timeout=60) for future in waiting]
    assert Suspension.objects.count() == 3
    for proposal, result in zip(proposals, results[::2], strict=True):
        granted = again(proposal.data_request).status == RequestStatus.GRANTED
        assert granted != (isinstance(result, str) and "is suspended" in result)
