"""A draft becomes a hold on receipt."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, Stale, TransitionRefused
from foundation.core.identifiers import read_identifier
from foundation.core.references import normalise_reference
from foundation.notifications.models import OutboundMessage
from preservation.models import PreservationHold
from preservation.services import drafts, placing
from preservation.services.drafts import Step
from tests.harness.race import race
from tests.people import make_officer
from tests.preservation.holds import AT, REASON, RECORDS, draft_of, hold_of, law


@pytest.mark.django_db
def test_it_starts_on_receipt_and_counts_90_days():
    hold = hold_of()
    assert hold.status == "active"
    assert normalise_reference(hold.reference) == hold.reference
    assert hold.reference.startswith("HD-26-")
    assert hold.requested_at == hold.starts_at == AT
    assert hold.expires_at == datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    assert hold.expiry_rule == "calendar_strict 90, company policy"
    assert hold.next_action_at == datetime(2027, 1, 19, 6, tzinfo=UTC)
    assert hold.work_at == AT
    actions = list(entries_for(hold).values_list("action", flat=True))
    # The officer is new here.
    assert actions[-4:] == ["hold.requested", "receipt.issued", "hold.started", "hold.flagged"]


@pytest.mark.django_db
def test_the_officer_is_told_until_when_and_which_reminders_are_left():
    hold = hold_of()
    message = OutboundMessage.objects.get(event="hold_started")
    assert message.to_user == hold.officer
    assert message.subject == f"[{hold.reference}] Your hold has started"
    assert "18 Feb 2027, 23:59 UTC" in message.body_text
    assert "30, 14 and 7 days and 1 day" in message.body_text
    for secret in (hold.case_number, hold.title, "48213377", "a@mail.example"):
        assert secret not in message.body_text


@pytest.mark.django_db
def test_a_law_gives_its_own_days():
    kind = law(days=60, extension_days=30, most=1)
    hold = hold_of(ground="law", process_type=kind)
    assert (hold.first_days, hold.extension_days, hold.maximum_extensions) == (60, 30, 1)
    assert hold.expires_at == datetime(2027, 1, 19, 23, 59, 59, tzinfo=UTC)
    assert hold.expiry_rule == "calendar_strict 60, NO-PRES-TEST test"
    kind.preservation_days = 7
    kind.save()
    hold.refresh_from_db()
    assert hold.first_days == 60  # frozen with the rule that gave it


@pytest.mark.django_db
def test_a_law_that_is_silent_leaves_it_to_the_company():
    hold = hold_of(ground="law", process_type=law(days=None, extension_days=None, most=None))
    assert (hold.first_days, hold.extension_days, hold.maximum_extensions) == (90, 90, None)


@pytest.mark.django_db
def test_sending_twice_makes_one_hold():
    draft = draft_of()
    first = placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT)
    again = placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT + timedelta(seconds=1))
    assert again.reference == first.reference
    assert again.starts_at == AT
    assert OutboundMessage.objects.filter(event="hold_started").count() == 1


def test_two_clicks_at_once_make_one_hold(committed_db):
    draft = draft_of()
    send = lambda: placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT)  # noqa: E731
    first, second = race(send, send)
    assert first.reference == second.reference
    assert PreservationHold.objects.count() == 1
    assert OutboundMessage.objects.filter(event="hold_started").count() == 1


def test_two_starts_at_once_make_one_draft(committed_db):
    officer, first = make_officer(), draft_of()
    start = lambda: drafts.start(first.provider, by=officer, key=officer_key, at=AT)  # noqa: E731
    officer_key = first.uid.__class__(int=7)
    one, two = race(start, start)
    assert one.pk == two.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"categories": []}, "Choose which records to keep."),
        ({"period_from": None}, "Give the first and the last day of the records."),
        ({"period_to": date(2026, 12, 1)}, "The last day is after today: records of the future cannot be kept."),
        ({"case_number": ""}, "Give your case number."),
        ({"ground": "law"}, "Choose the law you act under."),
        ({"process_follows": None}, "Say whether legal process will follow."),
    ],
)
def test_what_is_missing_is_said(change, words):
    draft = draft_of()
    PreservationHold.objects.filter(pk=draft.pk).update(**change)
    with pytest.raises(Incomplete, match=words):
        placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert draft.reference is None


@pytest.mark.django_db
def test_without_identifiers_nothing_starts():
    draft = draft_of(identifiers=())
    with pytest.raises(Incomplete, match="Add at least one identifier"):
        placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT)


@pytest.mark.django_db
def test_an_older_tab_is_refused_and_changes_nothing():
    draft = draft_of()
    drafts.save(draft, Step.RECORDS, RECORDS, version=draft.lock_version, by=draft.officer, at=AT)
    with pytest.raises(Stale):
        drafts.save(draft, Step.REASON, REASON | {"title": "Old"}, version=draft.lock_version, by=draft.officer, at=AT)
    with pytest.raises(Stale):
        placing.request(draft, version=draft.lock_version, by=draft.officer, at=AT)
    draft.refresh_from_db()
    assert draft.title == "Operation Fjordlys"


@pytest.mark.django_db
def test_nobody_else_touches_a_draft():
    draft, colleague = draft_of(), make_officer()
    found = [read_identifier("uid", "99999999")]
    for call in (
        lambda: drafts.start(draft.provider, by=colleague, key=draft.uid),
        lambda: drafts.add_identifiers(draft, found, version=draft.lock_version, by=colleague),
        lambda: drafts.remove_identifier(draft, draft.identifiers.first().pk, version=draft.lock_version, by=colleague),
        lambda: drafts.delete(draft, by=colleague),
        lambda: placing.request(draft, version=draft.lock_version, by=colleague),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert draft.identifiers.count() == 2


@pytest.mark.django_db
def test_identifiers_are_kept_once():
    draft = draft_of()
    same = [read_identifier("email", "A@Mail.example"), read_identifier("phone", "+44 7700 900461")]
    assert drafts.add_identifiers(draft, same, version=draft.lock_version, by=draft.officer) == 1
    assert draft.identifiers.count() == 3


@pytest.mark.django_db
def test_a_hold_that_was_sent_is_no_draft():
    hold = hold_of()
    with pytest.raises(TransitionRefused):
        drafts.delete(hold, by=hold.officer)
    with pytest.raises(TransitionRefused):
        drafts.save(hold, Step.RECORDS, RECORDS, version=hold.lock_version, by=hold.officer)


@pytest.mark.django_db
def test_old_drafts_go_after_30_days_and_holds_stay():
    draft, hold = draft_of(), hold_of()
    assert drafts.remove_old(at=AT + timedelta(days=30)) == 0
    assert drafts.remove_old(at=AT + timedelta(days=30, seconds=1)) == 1
    assert list(PreservationHold.objects.all()) == [hold]
    assert not PreservationHold.objects.filter(pk=draft.pk).exists()
