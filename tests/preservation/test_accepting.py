"""Which holds a person looks at, what that person may do, and what the officer reads of it."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as configured

from accounts.models import AgencyMembership, User
from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from preservation.models import HeldIdentifier, PreservationHold
from preservation.services import accept_clocks, accepting, drafts, extensions, hold_calls, life, placing
from preservation.services.drafts import Step
from tests.harness.race import race
from tests.people import make_officer, make_provider, make_staff
from tests.preservation.holds import AT, RECORDS, draft_of, hold_of


def old_hand(agency=None, **changes):
    """An officer with access for a year."""
    officer = make_officer(agency, **changes)
    long_ago = AT - timedelta(days=365)
    AgencyMembership.objects.filter(user=officer).update(started_at=long_ago, approved_at=long_ago)
    return User.objects.get(pk=officer.pk)


def waiting(officer=None, *flags, at=AT):
    """A hold that waits for a person, for these reasons."""
    hold = hold_of(officer or old_hand(), at=at)
    PreservationHold.objects.filter(pk=hold.pk).update(
        acceptance="pending", flags=list(flags) or ["long_period"], accepted_at=None, accept_by=at + timedelta(days=1)
    )
    return PreservationHold.objects.get(pk=hold.pk)


@pytest.mark.django_db
def test_what_nothing_speaks_against_is_accepted_by_rule():
    hold = hold_of(old_hand())
    assert (hold.acceptance, hold.flags, hold.accepted_at, hold.accepted_by) == ("rule", [], AT, None)
    assert hold.accept_by is None
    assert not entries_for(hold).filter(action="hold.flagged").exists()


@pytest.mark.django_db
def test_each_flag_and_its_border():
    provider = make_provider(hold_limit_officer=2, hold_limit_agency=3, hold_many_identifiers=3)
    first = old_hand()
    colleague = old_hand(first.membership.agency)
    assert [hold_of(first).flags for _n in range(3)] == [[], [], ["officer_limit"]]
    assert hold_of(colleague).flags == ["agency_limit"]
    assert hold_of(colleague, at=AT + timedelta(hours=24)).flags == []  # a day later nothing counts any more
    many = [("uid", f"4821337{n}") for n in range(3)]
    assert hold_of(old_hand(), identifiers=many).flags == ["mass"]
    assert hold_of(make_officer()).flags == ["new_officer"]
    new_factor = old_hand()
    User.objects.filter(pk=new_factor.pk).update(downloads_wait_until=AT + timedelta(hours=1))
    assert hold_of(User.objects.get(pk=new_factor.pk)).flags == ["new_factor"]
    provider.hold_by_rule = False
    provider.save()
    assert hold_of(old_hand()).flags == ["no_rule"]


@pytest.mark.django_db
def test_records_of_many_years_are_looked_at():
    officer = old_hand()
    draft = draft_of(officer)
    long = RECORDS | {"period_from": date(2019, 1, 1)}
    drafts.save(draft, Step.RECORDS, long, version=draft.lock_version, by=officer, at=AT)
    draft.refresh_from_db()
    hold = placing.request(draft, version=draft.lock_version, by=officer, at=AT)
    assert hold.flags == ["long_period"]


@pytest.mark.django_db
def test_a_flagged_hold_is_kept_from_receipt_on_and_has_a_time_to_decide():
    hold = hold_of(make_officer())
    assert (hold.status, hold.acceptance, hold.starts_at) == ("active", "pending", AT)
    # Friday 20 Nov 2026: the company's desk closes at 17:00 on Monday.
    assert hold.accept_by == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert hold.accept_rule.startswith("business_days 1")
    facts = json.loads(bytes(entries_for(hold).get(action="hold.flagged").payload))["data"]
    assert facts["flags"] == ["new_officer"]
    assert list(accept_clocks.waiting()) == [hold]


@pytest.mark.django_db
def test_far_above_the_limit_nothing_more_is_taken_and_the_draft_stays():
    make_provider(hold_limit_officer=1)
    officer = old_hand()
    for _n in range(5):
        hold_of(officer)
    draft = draft_of(officer)
    with pytest.raises(NotAllowed, match="You asked for 5 holds in 24 hours") as refused:
        placing.request(draft, version=draft.lock_version, by=officer, at=AT)
    assert configured.SITE_DESK_PHONE in str(refused.value)
    draft.refresh_from_db()
    assert (draft.status, draft.identifiers.count()) == ("draft", 2)
    assert hold_of(old_hand(officer.membership.agency)).acceptance == "rule"  # a colleague is not in the way
    later = placing.request(draft, version=draft.lock_version, by=officer, at=AT + timedelta(hours=25))
    assert later.status == "active"


@pytest.mark.django_db
def test_one_person_accepts_what_needs_no_call():
    hold, admin = waiting(), make_staff("preservation_admin")
    accepting.accept(hold, by=admin, at=AT)
    accepting.accept(hold, by=admin, at=AT + timedelta(minutes=1))  # pressed twice
    hold.refresh_from_db()
    assert (hold.acceptance, hold.accepted_by, hold.accepted_at) == ("person", admin, AT)
    assert entries_for(hold).filter(action="hold.accepted").count() == 1
    with pytest.raises(TransitionRefused, match="waits for nobody"):
        accepting.accept(hold, by=make_staff("preservation_admin"), at=AT)
    with pytest.raises(NotAllowed, match="accepted"):
        accepting.decline(hold, code="too_wide", reason="Too much", by=admin, at=AT)
    assert not accept_clocks.waiting().exists()


@pytest.mark.django_db
def test_who_may_not_accept_or_decline():
    hold, admin = waiting(), make_staff("preservation_admin")
    admin.conflicts.create(agency=hold.agency, declared_at=AT, reason="My brother works there")
    for person in (make_staff("analyst"), make_staff("approver"), hold.officer, admin):
        with pytest.raises(NotAllowed):
            accepting.accept(hold, by=person, at=AT)
        with pytest.raises(NotAllowed):
            accepting.decline(hold, code="other", reason="Words", by=person, at=AT)
    hold.refresh_from_db()
    assert (hold.status, hold.acceptance) == ("active", "pending")


@pytest.mark.django_db
def test_nothing_is_accepted_while_the_officer_has_no_access():
    hold, admin = waiting(), make_staff("preservation_admin")
    AgencyMembership.objects.filter(user=hold.officer).update(suspended_at=AT)
    with pytest.raises(TransitionRefused, match="has no access now"):
        accepting.accept(hold, by=admin, at=AT)


@pytest.mark.django_db
def test_declining_ends_it_tells_the_officer_and_lets_go_of_the_copies():
    hold, admin = waiting(), make_staff("preservation_admin", full_name="Priya Raman")
    extensions.ask(hold, reason="We wait", by=hold.officer, at=AT)
    with pytest.raises(Incomplete):
        accepting.decline(hold, code="too_wide", reason=" ", by=admin, at=AT)
    accepting.decline(hold, code="too_wide", reason="Name the days of the fraud.", by=admin, at=AT)
    hold.refresh_from_db()
    assert (hold.status, hold.decline_code, hold.declined_by, hold.work_at) == ("declined", "too_wide", admin, AT)
    assert hold.next_action_at is None
    assert hold.extensions.get().status == "lapsed"
    mail = OutboundMessage.objects.get(event="hold_declined")
    assert mail.to_user == hold.officer
    for secret in ("too_wide", "Name the days", "Priya", hold.case_number, "48213377"):
        assert secret not in mail.body_text
    with pytest.raises(TransitionRefused):
        accepting.decline(hold, code="too_wide", reason="Again", by=admin, at=AT)


@pytest.mark.django_db
def test_one_that_goes_on_with_a_request_or_a_treaty_can_still_be_declined():
    admin = make_staff("preservation_admin")
    with_request, on_treaty = waiting(None, "mass"), waiting()
    life.attach_process(with_request, "MX-26-7K4Q9TX", at=AT)
    life.start_treaty(on_treaty, reason="MLA of 1 Nov", by=admin, at=AT)
    hold_calls.record_call(
        with_request, number=with_request.agency.numbers.get(), result="not_confirmed", spoke_to="Desk", by=admin, at=AT
    )  # fmt: skip
    accepting.decline(on_treaty, code="too_wide", reason="Name the days.", by=admin, at=AT)
    for hold in (with_request, on_treaty):
        hold.refresh_from_db()
        assert (hold.status, hold.confirm_by, hold.work_at) == ("declined", None, AT)


def test_two_people_decide_at_once_and_one_of_them_reads_a_sentence(committed_db):
    hold, one, two = waiting(), make_staff("preservation_admin"), make_staff("preservation_admin")

    def tried(act):
        try:
            return act()
        except (NotAllowed, TransitionRefused) as error:
            return str(error)

    found = race(
        lambda: tried(lambda: accepting.accept(hold, by=one, at=AT)),
        lambda: tried(lambda: accepting.decline(hold, code="other", reason="Words", by=two, at=AT)),
    )
    assert sum(isinstance(answer, str) for answer in found) == 1
    hold.refresh_from_db()
    assert (hold.status == "declined") != (hold.acceptance == "person")


@pytest.mark.django_db
def test_a_called_flag_needs_a_call_that_confirms():
    hold, admin = waiting(None, "mass"), make_staff("preservation_admin")
    number = hold.agency.numbers.get()
    with pytest.raises(TransitionRefused, match="Call the agency first"):
        accepting.accept(hold, by=admin, at=AT)
    with pytest.raises(Incomplete, match="whom you spoke to"):
        hold_calls.record_call(hold, number=number, result="confirmed", by=admin, at=AT)
    hold_calls.record_call(hold, number=number, result="no_answer", by=admin, at=AT)
    assert not hold_calls.confirmed(hold, at=AT)
    call = hold_calls.record_call(hold, number=number, result="confirmed", spoke_to="Duty desk", by=admin, at=AT)
    assert (call.purpose, call.about_reference) == ("hold", hold.reference)
    assert hold_calls.confirmed(hold, at=AT)
    assert not hold_calls.confirmed(hold, at=AT + timedelta(days=8))
    hold_calls.record_call(
        hold, number=number, result="officer_only", spoke_to="Duty desk", by=admin, at=AT + timedelta(minutes=1)
    )
    assert not hold_calls.confirmed(hold, at=AT + timedelta(minutes=2))
    hold.refresh_from_db()
    assert hold.status == "active"  # a later doubt takes the word back, and ends nothing


@pytest.mark.django_db
def test_another_way_counts_once_a_second_person_vouches():
    hold, admin, second = waiting(None, "mass"), make_staff("preservation_admin"), make_staff("approver")
    call = hold_calls.record_call(
        hold, alternative="liaison", result="confirmed", spoke_to="Attaché", by=admin, at=AT
    )  # fmt: skip
    assert not hold_calls.confirmed(hold, at=AT)
    for person, words in ((admin, "You made this call"), (make_staff("analyst"), "do not have the right")):
        with pytest.raises(NotAllowed, match=words):
            hold_calls.vouch(hold, call, by=person, at=AT)
    other = waiting(None, "mass")
    with pytest.raises(NotAllowed, match="not about this hold"):
        hold_calls.vouch(other, call, by=second, at=AT)
    hold_calls.vouch(hold, call, by=second, at=AT)
    hold_calls.vouch(hold, call, by=second, at=AT)
    assert hold_calls.confirmed(hold, at=AT)
    assert entries_for(hold).filter(action="hold.call_vouched").count() == 1
    accepting.accept(hold, by=admin, at=AT)


@pytest.mark.django_db
def test_an_agency_that_denies_it_declines_the_hold():
    hold, admin = waiting(None, "officer_limit"), make_staff("preservation_admin")
    stranger = make_officer().membership.agency.numbers.get()
    with pytest.raises(NotAllowed, match="Only numbers of our directory"):
        hold_calls.record_call(hold, number=stranger, result="confirmed", spoke_to="X", by=admin, at=AT)
    number = hold.agency.numbers.get()
    hold_calls.record_call(hold, number=number, result="not_confirmed", spoke_to="Duty desk", by=admin, at=AT)
    hold.refresh_from_db()
    assert (hold.status, hold.decline_code) == ("declined", "not_confirmed")
    with pytest.raises(TransitionRefused):
        hold_calls.record_call(hold, number=number, result="confirmed", spoke_to="Duty desk", by=admin, at=AT)


@pytest.mark.django_db
def test_the_clock_tells_those_who_decide_and_ends_with_the_decision():
    hold, admin = hold_of(make_officer()), make_staff("preservation_admin")
    make_staff("analyst")
    from_clock = {"is_before": True, "is_after": False, "name": "before-4hours"}
    stage = type("Stage", (), from_clock)()
    accept_clocks.tell(hold, stage, hold.accept_by - timedelta(hours=4))
    mail = OutboundMessage.objects.get(event="hold_accept_due")
    assert mail.to_user == admin
    shown = list(accept_clocks.listing(admin, AT, AT + timedelta(days=5)))
    assert [(item.label, item.due) for item in shown] == [(hold.reference, hold.accept_by)]
    assert list(accept_clocks.listing(make_staff("analyst"), AT, AT + timedelta(days=5))) == []


@pytest.mark.django_db
def test_asking_again_copies_what_was_asked_and_nothing_of_what_was_found():
    hold, admin = waiting(), make_staff("preservation_admin")
    hold.identifiers.update(account="60417732", match_result="exact")
    accepting.decline(hold, code="too_wide", reason="Fewer days", by=admin, at=AT)
    key = hold.uid.__class__(int=11)
    later = AT + timedelta(days=200)
    draft = drafts.start_again(hold, by=hold.officer, key=key, at=later)
    assert drafts.start_again(hold, by=hold.officer, key=key, at=later).pk == draft.pk
    assert (draft.status, draft.reference, draft.decline_code, draft.acceptance) == ("draft", None, "", "rule")
    assert (draft.case_number, draft.categories) == (hold.case_number, hold.categories)
    assert draft.process_follows_by is None  # that day has passed
    assert {i.normalised for i in draft.identifiers.all()} == {"48213377", "a@mail.example"}
    assert not HeldIdentifier.objects.filter(hold=draft).exclude(account="").exists()


@pytest.mark.django_db
def test_whoever_is_far_above_the_limit_is_in_the_trail_and_staff_are_told_once():
    admin = make_staff("preservation_admin")
    draft = draft_of(old_hand())
    last = hold_of(draft.officer)
    for _n in range(2):
        accepting.note_too_many(draft, by=draft.officer, at=AT)
    assert entries_for(draft.officer).filter(action="hold.flagged", outcome="refused").count() == 2
    mail = OutboundMessage.objects.get(event="hold_too_many")
    assert (mail.to_user, mail.reference) == (admin, last.reference)
    assert draft.officer.get_full_name() not in mail.body_text
