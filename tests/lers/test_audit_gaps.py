"""What is changed by hand is found: the database against the trail."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.enums import ReceiptKind
from accounts.models import (
    Agency,
    AgencyDomain,
    AgencyMembership,
    AgencyNumber,
    FilingReceipt,
    StaffRole,
    TeamMembership,
    User,
)
from accounts.services import receipts
from foundation.audit.trail import record
from lers.gaps import breaches as breach_gaps
from lers.gaps import gone, rights, signatures, states, work
from lers.gaps import receipts as receipt_gaps
from preservation.models import PreservationHold
from preservation.services import followers as hold_followers
from requests_app.events import Event
from requests_app.models import Breach, BreachStep, DataRequest, DisclosurePackage, DownloadGrant, Proposal
from requests_app.services import breaches, readers, triage
from tests.factories import request_at, team_of
from tests.people import make_agency, make_officer, make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.records.breaches import breach_of, facts


def _found():
    return {line for check in (states, rights, work, signatures, receipt_gaps, gone) for line in check.gaps()}


@pytest.fixture
def case(db):
    """A granted request with the people who worked on it, and an agency beside."""
    case = request_at("granted")
    people, proposal = case.test_people, Proposal.objects.get(data_request=case)
    signed = {"proposal": proposal.number, "content_hash": proposal.content_hash}
    owned = {"officer_id": case.officer_id, "agency_id": case.agency_id}
    moves = (
        (Event.SUBMITTED, people.officer, {"from": "draft", "to": "submitted", **owned}),
        (Event.TAKEN, people.analyst, {"from": "submitted", "to": "in_review"}),
        (Event.PROPOSED, people.analyst, {"from": "in_review", "to": "awaiting_approval"}),
        (Event.APPROVED, people.approver, {"from": "awaiting_approval", "to": "granted", **signed}),
    )
    for event, by, data in moves:
        record(event, by=by, obj=case, data=data)
    make_agency(domain="other.example", number=True)
    return case


def _status(case):
    DataRequest.objects.filter(pk=case.pk).update(status="refused")
    return f"requests_app.datarequest {case.pk}: it is refused, the trail says granted since entry"


def _signer(case):
    other = make_staff("approver")
    Proposal.objects.filter(data_request=case).update(signed_by=other)
    return f"signed by user {other.pk}, the trail says user {case.test_people.approver.pk}"


def _content(case):
    Proposal.objects.filter(data_request=case).update(content_hash="0" * 64, signed_hash="0" * 64)
    return "what it says is not what was signed"


def _grant(case):
    package = DisclosurePackage.objects.create(
        data_request=case,
        number=1,
        prepared_by=case.test_people.analyst,
        prepared_at=case.created_at,
        due_at=case.created_at,
    )
    stranger = make_officer()
    DownloadGrant.objects.create(
        package=package, user=stranger, session_hash="", opened_at=case.created_at, ends_at=case.created_at
    )
    return f"user {stranger.pk} may download, and did not open it"


def _receipt(case):
    row = receipts.issue(ReceiptKind.REQUEST, case, reference="", facts={}, by=case.officer)
    assert not any(f"entry {row.entry}" in line for line in receipt_gaps.gaps())
    FilingReceipt.objects.filter(pk=row.pk).update(words=row.words + " ")
    return f"accounts.filingreceipt {row.pk}: its words are not those of entry {row.entry}"


def _receipt_moved(case):
    """From the request to another object, where others may read it."""
    row = receipts.issue(ReceiptKind.REQUEST, case, reference="", facts={}, by=case.officer)
    FilingReceipt.objects.filter(pk=row.pk).update(object_id="999999")
    about = "a receipt (request) about requests_app.datarequest 999999"
    return f"accounts.filingreceipt {row.pk}: it is {about}, entry {row.entry} says otherwise"


def _receipt_gone(case):
    row = receipts.issue(ReceiptKind.REQUEST, case, reference="", facts={}, by=case.officer)
    FilingReceipt.objects.filter(pk=row.pk).delete()
    return f"accounts.filingreceipt of entry {row.entry}: it is gone, and its time was not over"


def _owner(case):
    thief = make_officer()
    DataRequest.objects.filter(pk=case.pk).update(officer=thief)
    return f"requests_app.datarequest {case.pk}: it is of user {thief.pk}, the trail says user {case.officer_id}"


def _given_away(case):
    other = Agency.objects.exclude(pk=case.agency_id).order_by("-pk").first()
    DataRequest.objects.filter(pk=case.pk).update(agency=other)
    return f"requests_app.datarequest {case.pk}: it is of agency {other.pk}, the trail says {case.agency_id}"


def _assignee(case):
    other = make_staff("analyst")
    DataRequest.objects.filter(pk=case.pk).update(assignee=other)
    return f"requests_app.datarequest {case.pk}: user {other.pk} has it, the trail says user {case.assignee_id}"


def _hold_owner(case):
    hold, thief = hold_of(case.officer), make_officer()
    PreservationHold.objects.filter(pk=hold.pk).update(officer=thief)
    return f"preservation.preservationhold {hold.pk}: it is of user {thief.pk}, the trail says user {case.officer_id}"


def _hold_agency(case):
    hold, other = hold_of(case.officer), Agency.objects.exclude(pk=case.agency_id).order_by("-pk").first()
    PreservationHold.objects.filter(pk=hold.pk).update(agency=other)
    return f"preservation.preservationhold {hold.pk}: it is of agency {other.pk}, the trail says {case.agency_id}"


def _barred(case):
    DataRequest.objects.filter(pk=case.pk).update(aml_bar=True)
    return f"requests_app.datarequest {case.pk}: compliance's mark is set, the trail says otherwise"


def _opened_again(case):
    """Restricted, taken back and restricted once more; then opened past everybody."""
    other = request_at("in_review")
    for event in (Event.RESTRICTED, Event.UNRESTRICTED, Event.RESTRICTED):
        record(event, by=other.officer, obj=other)
    return f"requests_app.datarequest {other.pk}: it is not restricted any more, and nobody opened it"


def _role(case):
    person = case.test_people.analyst
    StaffRole.objects.create(user=person, provider=case.provider, role="administrator", granted_at=person.date_joined)
    return f"accounts.user {person.pk}: it has the role administrator, and nobody gave it"


def _team(case):
    person = case.test_people.analyst
    TeamMembership.objects.create(user=person, team=team_of(case.provider))
    return f"accounts.user {person.pk}: it has the team"


def _closed(case):
    User.objects.filter(pk=case.officer_id).update(is_active=False)
    return f"accounts.user {case.officer_id}: it is closed, the trail says open"


def _lead(case):
    AgencyMembership.objects.filter(user=case.officer).update(role="lead")
    return "it is the agency's lead, the trail says otherwise"


def _suspended(case):
    Agency.objects.filter(pk=case.agency_id).update(status="suspended")
    return f"accounts.agency {case.agency_id}: it is suspended, the trail says otherwise"


def _domain(case):
    AgencyDomain.objects.create(
        agency=case.agency, domain="mailbox-for-sale.example", source="", added_at=case.created_at
    )
    return f"mailbox-for-sale.example is of agency {case.agency_id}, nobody put it there"


def _number(case):
    AgencyNumber.objects.create(
        agency=case.agency, number="+441632960999", source="", entered_at=case.created_at, confirmed_at=case.created_at
    )
    return f"+441632960999 is a number of agency {case.agency_id}, and nobody entered it"


def _unrestricted(case):
    case.restricted, reader = True, make_staff("analyst")
    case.save()
    case.named_readers.add(reader)
    return f"requests_app.datarequest {case.pk}: it has the reader {reader.pk}, and nobody gave it"


def _put_in(case):
    hold = PreservationHold.objects.create(
        provider=case.provider, agency=case.agency, officer=make_officer(case.agency), created_at=case.created_at,
        saved_at=case.created_at,
    )  # fmt: skip
    return f"preservation.preservationhold {hold.pk}: it is there, and no entry tells of it"


_HANDS = (
    _status, _content, _signer, _grant, _receipt, _receipt_moved, _receipt_gone, _owner, _given_away, _assignee,
    _hold_owner, _hold_agency, _barred,
    _opened_again, _role, _team, _closed, _lead, _suspended,
    _domain, _number, _unrestricted, _put_in,
)  # fmt: skip


def test_every_change_by_hand_is_found(case):
    before, wrong = _found(), []
    for hand in _HANDS:
        words = hand(case)
        after = _found()
        if not any(words in line for line in after - before):
            wrong.append(f"{hand.__name__}: {words!r} not in {sorted(after - before)}")
        before = after
    assert wrong == []


@pytest.mark.django_db
def test_what_was_handed_over_by_the_portal_is_no_gap():
    """By everything that moves a request between people, and a hold between officers."""
    row, second, approver = request_at("submitted"), make_staff("analyst"), make_staff("approver")
    first = make_staff("analyst")
    triage.take(row, by=first)
    triage.assign(row, to=second, by=first)
    assert _of(row) == []
    triage.give_back(row, reason="Too much.", by=second)
    assert _of(row) == []
    triage.take(row, by=second)
    readers.restrict(row, because="A colleague is named.", people=[approver], by=first)
    row.refresh_from_db()
    assert (row.assignee, _of(row)) == (first, [])
    DataRequest.objects.filter(pk=row.pk).update(assignee=None)
    assert len(_of(row)) == 1
    hold = hold_of()
    lead = make_officer(hold.agency, lead=True)
    AgencyMembership.objects.filter(user=hold.officer).update(ended_at=hold.created_at)
    hold_followers.take_over(hold, by=lead)
    assert not [line for line in rights._owners() if "hold" in line]
    PreservationHold.objects.filter(pk=hold.pk).update(officer=hold.officer)
    assert [line for line in rights._owners() if "hold" in line]


def test_a_receipt_whose_time_is_over_is_no_gap(case):
    """One went by hand, one by the portal: only the first is told of, although both are of one request."""
    by_hand, old = (receipts.issue(ReceiptKind.REQUEST, case, reference="", facts={}, by=case.officer) for _ in "12")
    FilingReceipt.objects.filter(pk=by_hand.pk).delete()
    assert receipts.forget_old(at=old.issued_at + timedelta(days=settings.RECEIPT_DAYS)) == 1
    said = [line for line in receipt_gaps.gaps() if "gone" in line]
    assert said == [f"accounts.filingreceipt of entry {by_hand.entry}: it is gone, and its time was not over"]


@pytest.mark.django_db
def test_register_of_breaches_is_what_its_entries_say():
    """Each by hand, one after the other: what stands there, a step's words, who wrote it, a step, the breach."""
    dpo, counsel = make_staff("dpo"), make_staff("counsel")
    row = breaches.add(breach_of(dpo), facts(measures="Wiped"), by=counsel)
    name, last = f"requests_app.breach {row.pk}", row.steps.latest("number")
    assert list(breach_gaps.gaps()) == []
    Breach.objects.filter(pk=row.pk).update(measures="None")
    assert list(breach_gaps.gaps()) == [f"{name}: what its steps say is not what stands there: measures"]
    BreachStep.objects.filter(pk=last.pk).update(says=last.says | {"measures": "None"})
    (said,) = breach_gaps.gaps()
    assert said.startswith(f"{name}: step 2 is not what entry")
    Breach.objects.filter(pk=row.pk).update(measures="Wiped")
    BreachStep.objects.filter(pk=last.pk).update(says=last.says, by=dpo)
    (said,) = breach_gaps.gaps()
    assert said.startswith(f"{name}: step 2 is not what entry")
    BreachStep.objects.filter(pk=last.pk).update(number=3)
    assert list(breach_gaps.gaps()) == [f"{name}: nobody wrote step 3", f"{name}: step 2 is gone"]
    row.delete()
    assert list(breach_gaps.gaps()) == [f"{name}: it is gone"]


def _of(row):
    return [line for line in work.gaps() if f"datarequest {row.pk}:" in line]


def test_a_text_that_was_changed_under_its_signed_hash_is_found(case):
    assert not any("what it says" in line for line in signatures.gaps())
    proposal = Proposal.objects.get(data_request=case)
    Proposal.objects.filter(pk=proposal.pk).update(content=proposal.content + " ")
    assert f"requests_app.proposal {proposal.pk}: what it says is not what was signed" in set(signatures.gaps())


def test_the_command_says_what_it_found(case, capsys):
    _status(case)
    with pytest.raises(CommandError, match="the trail does not explain"):
        call_command("audit_gaps")
    assert f"requests_app.datarequest {case.pk}: it is refused" in capsys.readouterr().out
