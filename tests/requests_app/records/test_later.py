"""What is asked for on answered requests: who may, what is done with it, records again before and after deletion."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.notifications.models import OutboundMessage
from requests_app.enums import LineDecision, PackageStatus, RequestStatus
from requests_app.models import DataRequest, LaterAsk, MistakenDisclosure, OrderVersion, Proposal
from requests_app.release_enums import LaterKind, LaterStatus
from requests_app.release_permissions import later_workflow
from requests_app.services import (
    building,
    counsel,
    downloads,
    hand_overs,
    later,
    later_clock,
    packages,
    preparing,
    purging,
    reissuing,
    reminders,
)
from tests.people import make_officer, make_staff
from tests.requests_app.records.steps import granted_request, released_package, seen
from tests.requests_app.records.test_purging import DAY, expired

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter", "company")]


def ask(released, kind="reissue", *, at, by=None, **more):
    data_request = released.data_request
    return later.ask(data_request, kind=kind, words="The disk broke", by=by or data_request.officer, at=at, **more)


def purged():
    """A request whose one package is deleted, and the moment."""
    package, at = expired()
    at += 30 * DAY
    assert purging.purge_due(at=at) == 1
    package.refresh_from_db()
    return package, at


def people_of(package):
    proposal = Proposal.objects.get(data_request=package.data_request)
    return proposal.proposed_by, proposal.signed_by


def narrow(line, *, at):
    """The order behind a line is narrowed at this moment."""
    before = line.order_version
    OrderVersion.objects.create(
        process=before.process, number=before.number + 1, relation="narrows", issued_on=at.date(),
        document=before.document, received_at=at, added_by=before.added_by,
    )  # fmt: skip


def status_of(package):
    return RequestStatus(DataRequest.objects.get(pk=package.data_request_id).status)


def test_only_the_officer_asks_and_only_once_it_is_answered():
    data_request = granted_request()
    officer = data_request.officer
    with pytest.raises(NotAllowed, match="once the request is answered"):
        later.ask(data_request, kind="testimony", words="x", by=officer)
    package, at = expired(data_request)
    colleague = make_officer(data_request.agency)
    for person in (colleague, make_officer(), make_staff("analyst")):
        with pytest.raises(NotAllowed):
            ask(package, at=at, by=person)
    found = ask(package, at=at)
    assert ask(package, at=at) == found
    assert OutboundMessage.objects.filter(event="later_asked").count() == 1
    for kind, more in (
        ("certificate", {}),
        ("testimony", {"court": "Oslo District Court"}),
        ("testimony", {"court": "Oslo", "needed_by": (at - 2 * DAY).date()}),
        ("other", {}),
    ):
        with pytest.raises(Incomplete):
            ask(package, kind, at=at, **more)
    with pytest.raises(Incomplete, match="package of this request"):
        ask(package, at=at, package=expired()[0])


@pytest.mark.parametrize("action", ["do", "decline", "withdraw"])
def test_who_may_end_it(action):
    package, at = expired()
    row = ask(package, "testimony", at=at, court="Oslo", needed_by=(at + 9 * DAY).date())
    people = {
        "officer": row.asked_by, "colleague": make_officer(row.data_request.agency), "system": None,
        **{role: make_staff(role) for role in ("analyst", "approver", "counsel", "custodian", "auditor")},
        "elsewhere": make_staff("analyst"),
    }  # fmt: skip
    people["elsewhere"].conflicts.create(agency=row.data_request.agency, reason="x", declared_at=at)
    may = {name for name, person in people.items() if later_workflow.refusal(row, action, person) is None}
    answer = {"analyst", "approver"}
    assert may == {"do": answer | {"system"}, "decline": answer, "withdraw": {"officer"}}[action]


def test_an_expired_download_is_opened_again_by_a_second_person():
    package, at = expired()
    analyst, approver = people_of(package)
    with pytest.raises(NotAllowed, match="has not asked"):
        reissuing.reissue(package, by=approver, at=at)
    found = ask(package, at=at, package=package)
    archive, released_at = package.archive.sha256, package.released_at
    with pytest.raises(NotAllowed):
        reissuing.reissue(package, by=analyst, at=at)
    opened = reissuing.reissue(package, by=approver, at=at + DAY)
    assert (opened.status, opened.expires_at) == (PackageStatus.RELEASED, at + 31 * DAY)
    assert (opened.archive.sha256, opened.released_at) == (archive, released_at)
    found.refresh_from_db()
    assert (found.status, found.answered_by) == (LaterStatus.DONE, None)
    assert status_of(package) == RequestStatus.CLOSED
    assert downloads.refusal(opened, user=opened.data_request.officer, at=at + DAY) is None
    ready = OutboundMessage.objects.filter(event="records_ready", to_user=opened.data_request.officer)
    assert ready.count() == 2
    assert packages.expire_due(at=at + 31 * DAY) == 1
    assert status_of(package) == RequestStatus.CLOSED


@pytest.mark.parametrize(
    "what",
    [
        "suspended",
        "unsafe",
        "refused_since",
        "objected",
        "another",
        "in_review",
        "decided_anew",
        "narrowed",
        "in_doubt",
    ],
)
def test_what_keeps_a_download_closed(what):
    data_request = granted_request()
    first, *_rest = [line for _n, line in preparing.granted(data_request)]
    package, at = expired(data_request)
    _analyst, approver = people_of(package)
    ask(package, at=at, package=package)
    if what == "suspended":
        data_request.officer.memberships.update(suspended_at=at)
    elif what == "unsafe":
        item = package.items.first()
        found = {"state": DocumentState.INFECTED, "scanned_at": at, "scanner": "test", "refusal": "A virus."}
        Document.objects.filter(pk=item.document_id).update(**found)
    elif what == "refused_since":
        type(first).objects.filter(pk=first.pk).update(decision=LineDecision.REFUSE, refusal_code="overbroad")
    elif what == "objected":
        data_request.notices.filter(account=first.target.account).update(status="objected")
    elif what == "in_review":
        DataRequest.objects.update(status=RequestStatus.IN_REVIEW)
    elif what == "decided_anew":
        DataRequest.objects.update(decided_at=at)
    elif what == "in_doubt":
        stopped = data_request.packages.create(
            number=2, status="revoked", prepared_by=package.prepared_by, prepared_at=at, due_at=at, released_at=at,
            released_by=approver,
        )  # fmt: skip
        recall = stopped.recalls.create(
            cause="wrong_recipient", reason="x", called_at=at, called_by=approver, due_at=at
        )
        MistakenDisclosure.objects.create(recall=recall, known_at=at, due_at=at + 3 * DAY)
    elif what == "narrowed":
        narrow(first, at=at)
    else:
        LaterAsk.objects.update(status="withdrawn")
    with pytest.raises(NotAllowed):
        reissuing.reissue(package, by=approver, at=at)
    package.refresh_from_db()
    assert package.status == PackageStatus.EXPIRED


def test_deleted_records_are_a_new_export_that_says_so():
    package, at = purged()
    analyst, approver = people_of(package)
    data_request = package.data_request
    answered = DataRequest.objects.get(pk=data_request.pk).produced_at
    with pytest.raises(NotAllowed, match="answered and closed"):
        packages.start(data_request, by=analyst, at=at)
    found = ask(package, at=at)
    second = packages.start(data_request, by=analyst, at=at)
    assert (status_of(package), second.number) == (RequestStatus.GRANTED, 2)
    assert set(second.lines.all()) == set(package.lines.all())
    late = DataRequest.objects.filter(pk=data_request.pk)
    assert not late.overdue(at + 900 * DAY).exists()
    assert not reminders.answers().filter(pk=data_request.pk).exists()
    second = building.build(second.pk, at=at)
    assert second.status == PackageStatus.SEALED, second.blocked_reason
    with documents.open_plain(second.manifest) as reader:
        stated = [file["new_export"] for file in json.loads(reader.read())["files"]]
    assert any(one and one["earlier"]["package"] == 1 for one in stated)
    packages.release(seen(second, approver), by=approver, at=at)
    found.refresh_from_db()
    assert (found.status, status_of(package)) == (LaterStatus.DONE, RequestStatus.PRODUCED)
    # The answer was given in its time: figures and clocks go on from the first one.
    assert DataRequest.objects.get(pk=data_request.pk).produced_at == answered
    assert preparing.left(data_request) == []


def test_what_left_under_an_earlier_decision_is_prepared_anew():
    package, at = expired()
    analyst, _approver = people_of(package)
    DataRequest.objects.update(decided_at=at)
    package.data_request.refresh_from_db()
    assert preparing.left(package.data_request) == []
    ask(package, at=at, package=package)
    second = packages.start(package.data_request, by=analyst, at=at)
    assert set(second.lines.all()) == set(package.lines.all())


def test_only_what_is_asked_for_and_still_granted_leaves_again():
    package, at = purged()
    analyst, _approver = people_of(package)
    gone, *rest = [line for _n, line in preparing.granted(package.data_request)]
    type(gone).objects.filter(pk=gone.pk).update(decision=LineDecision.REFUSE, refusal_code="overbroad")
    ask(package, at=at, package=package)
    second = packages.start(package.data_request, by=analyst, at=at)
    assert set(second.lines.all()) == set(rest)


@pytest.mark.parametrize("order", ["ask first", "package first"])
def test_a_request_opened_for_nothing_is_closed_again(order):
    package, at = purged()
    analyst, _approver = people_of(package)
    found = ask(package, at=at)
    second = packages.start(package.data_request, by=analyst, at=at)
    drop = [lambda: later.withdraw(found, by=found.asked_by, at=at),
            lambda: packages.take_back(second, reason="Not wanted", by=analyst, at=at)]  # fmt: skip
    for step in drop if order == "ask first" else reversed(drop):
        assert status_of(package) == RequestStatus.GRANTED
        step()
    later.close_due(at=at)
    assert status_of(package) == RequestStatus.CLOSED
    assert later.close_due(at=at) == 0


def test_a_release_answers_nothing_that_is_not_granted_any_more():
    package, at = expired()
    found = ask(package, at=at, package=package)
    package.lines.update(decision=LineDecision.REFUSE, refusal_code="overbroad")
    later.released(package.data_request, at=at)
    found.refresh_from_db()
    assert found.status == LaterStatus.OPEN


def test_a_witness_is_answered_in_words_and_records_are_not():
    package, at = purged()
    analyst, approver = people_of(package)
    day = (at + 30 * DAY).date()
    witness = ask(package, "testimony", at=at, court="Oslo District Court", needed_by=day)
    records = ask(package, at=at)
    with pytest.raises(TransitionRefused, match="once the records are released"):
        later.answer(records, words="Done", by=analyst, at=at)
    with pytest.raises(Incomplete):
        later.answer(witness, words=" ", by=analyst, at=at)
    assert counsel.ask_refusal(package.data_request, by=analyst) == (
        "Nobody of counsel may read this request. Name somebody as a reader first."
    )
    make_staff("counsel")
    referral = counsel.ask(package.data_request, question="Must we send somebody?", by=analyst, at=at)
    assert counsel.sweep(at=at) == 0
    later.answer(witness, words="Jo Berg comes at 09:00.", by=approver, at=at)
    later.decline(records, words="The order was used up.", by=analyst, at=at)
    assert counsel.sweep(at=at) == 1
    referral.refresh_from_db()
    assert referral.status == "withdrawn"
    sent = OutboundMessage.objects.filter(event="later_answered", to_user=package.data_request.officer)
    assert sent.count() == 2
    assert not any("Berg" in one.body_text or "used up" in one.body_text for one in sent)
    with pytest.raises(PortalError):
        later.answer(witness, words="Again", by=approver, at=at)


def test_the_day_of_the_hearing_is_a_clock():
    package, at = expired()
    day = (at + 30 * DAY).date()
    found = ask(package, "testimony", at=at, court="Oslo", needed_by=day)
    analyst = people_of(package)[0]
    (shown,) = later_clock.listing(analyst, at, at + 60 * DAY)
    assert (shown.due, shown.label) == (found.due_at, package.data_request.reference)
    assert found.due_at.date() in {day, day - DAY} or found.due_at.date() == day
    package.data_request.named_readers.clear()
    DataRequest.objects.update(restricted=True)
    assert list(later_clock.listing(analyst, at, at + 60 * DAY)) == []
    assert list(later.listed(analyst)) == []
    DataRequest.objects.update(restricted=False)
    later.withdraw(found, by=found.asked_by, at=at)
    assert list(later_clock.listing(analyst, at, at + 60 * DAY)) == []


def test_years_later_another_officer_has_the_request():
    package, at = expired()
    data_request = package.data_request
    data_request.officer.memberships.update(ended_at=at)
    other = make_officer(data_request.agency)
    lead = make_officer(data_request.agency, lead=True)
    assert hand_overs.refusal(DataRequest.objects.get(pk=data_request.pk), lead) is None
    with pytest.raises(NotAllowed):
        ask(package, at=at, by=other)
    DataRequest.objects.filter(pk=data_request.pk).update(officer=other)
    data_request.refresh_from_db()
    assert ask(package, at=at + timedelta(days=900), by=other).status == LaterStatus.OPEN
    assert LaterKind.REISSUE in later.kinds(data_request)


def test_nothing_is_asked_again_while_it_can_be_downloaded():
    package = released_package(granted_request())
    assert later.kinds(DataRequest.objects.get(pk=package.data_request_id)) == ["certificate", "testimony"]
    with pytest.raises(Incomplete):
        ask(package, at=timezone.now())
