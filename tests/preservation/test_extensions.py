"""An extension opens a new period: no reminder speaks of the old end afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from preservation.models import HoldExtension, PreservationHold
from preservation.services import extensions, life, sweeping
from preservation.services.extension_offers import of_rule
from tests.harness.race import race
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of, law

END = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
NEW_END = datetime(2027, 5, 19, 23, 59, 59, tzinfo=UTC)
BEFORE = END - timedelta(days=8)


@pytest.mark.django_db
def test_asking_tells_those_who_decide():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    assert (extension.status, extension.days, extension.old_expires_at) == ("requested", 90, END)
    message = OutboundMessage.objects.get(event="hold_extension_asked")
    assert message.to_user == admin
    assert "court" not in message.body_text
    event = entries_for(hold).get(action="hold.extension_asked")
    assert (event.action, event.reason) == ("hold.extension_asked", "We wait for a court or prosecutor")


@pytest.mark.django_db
def test_asking_twice_gives_the_one_that_is_open():
    hold = hold_of()
    assert extension_of(hold).pk == extension_of(hold, reason="Again").pk
    assert HoldExtension.objects.count() == 1


def test_two_clicks_at_once_make_one_extension(committed_db):
    hold = hold_of()
    first, second = race(lambda: extension_of(hold), lambda: extension_of(hold))
    assert first.pk == second.pk


@pytest.mark.django_db
def test_a_reason_is_needed_and_only_the_officer_asks():
    hold = hold_of()
    with pytest.raises(Incomplete, match="Say why"):
        extension_of(hold, reason="  ")
    lead = make_officer(hold.agency, lead=True)
    for person in (lead, make_officer(), make_staff("preservation_admin")):
        with pytest.raises(NotAllowed):
            extensions.ask(hold, reason="More time", by=person, at=BEFORE)


@pytest.mark.django_db
def test_the_rule_allows_so_many():
    hold = hold_of(ground="law", process_type=law(most=1, days=60, extension_days=30, issuer="officer"))
    admin = make_staff("preservation_admin")
    extensions.grant(extension_of(hold, at=hold.starts_at + timedelta(days=50)), by=admin, at=hold.starts_at)
    hold.refresh_from_db()
    assert hold.expires_at == datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(TransitionRefused, match="The law you act under allows one extension"):
        extension_of(hold)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("process_served", "goes on by itself"),
        ("on_treaty", "goes on by itself"),
        ("released", "This hold has ended"),
        ("destroyed", "This hold has ended"),
    ],
)
def test_only_a_hold_that_runs_down_can_be_extended(status, words):
    hold = hold_of(status=status)
    with pytest.raises(TransitionRefused, match=words):
        extensions.ask(hold, reason="More time", by=hold.officer, at=BEFORE)


@pytest.mark.django_db
def test_at_the_very_end_the_sweep_comes_first():
    hold = hold_of()
    with pytest.raises(TransitionRefused, match="ends just now"):
        extension_of(hold, at=END)


@pytest.mark.django_db
def test_granting_moves_the_end_and_the_reminders():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extensions.grant(extension_of(hold), by=admin, at=BEFORE)
    hold.refresh_from_db()
    assert extension.status == "granted"
    assert extension.new_expires_at == hold.expires_at == NEW_END
    assert hold.next_action_at == datetime(2027, 4, 19, 6, tzinfo=UTC)
    message = OutboundMessage.objects.get(event="hold_extended")
    assert "19 May 2027, 23:59 UTC" in message.body_text
    assert "18 Feb" not in message.body_text


@pytest.mark.django_db
def test_no_reminder_speaks_of_the_old_end_after_a_grant():
    admin, hold = make_staff("preservation_admin"), hold_of()
    sweeping.sweep(at=BEFORE - timedelta(days=7))  # a reminder of the old end is written, and has not left yet
    waiting = OutboundMessage.objects.filter(event__startswith="hold_reminder")
    assert waiting.count() == 2
    extensions.grant(extension_of(hold), by=admin, at=BEFORE)
    assert {m.state for m in waiting.all()} == {JobState.GIVEN_UP}
    at = BEFORE
    while at < NEW_END:
        sweeping.sweep(at=at)
        at += timedelta(hours=7)
    later = OutboundMessage.objects.filter(event__startswith="hold_reminder", created_at__gt=BEFORE).order_by("pk")
    assert [m.dedupe_key.split(":")[2:4] for m in later.filter(to_user=hold.officer)] == [
        ["2027-05-19", "30d"], ["2027-05-19", "14d"], ["2027-05-19", "7d"], ["2027-05-19", "1d"],
    ]  # fmt: skip
    assert not [m for m in later if "18 Feb" in m.body_text]


@pytest.mark.django_db
def test_a_message_that_has_left_stays_as_it_is():
    admin, hold = make_staff("preservation_admin"), hold_of()
    sweeping.sweep(at=BEFORE - timedelta(days=7))
    OutboundMessage.objects.filter(event="hold_reminder").update(state=JobState.DONE)
    extensions.grant(extension_of(hold), by=admin, at=BEFORE)
    assert OutboundMessage.objects.get(event="hold_reminder").state == JobState.DONE


@pytest.mark.django_db
def test_an_undecided_extension_keeps_the_hold_in_force_and_presses_staff_daily():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    for day in range(3):
        assert sweeping.sweep(at=END + timedelta(days=day)) == 1
        assert sweeping.sweep(at=END + timedelta(days=day, hours=5)) == 0
    hold.refresh_from_db()
    assert hold.status == "active"
    assert OutboundMessage.objects.filter(event="hold_extension_overdue", to_user=admin).count() == 3
    assert not OutboundMessage.objects.filter(event="hold_ended").exists()
    extensions.grant(extension, by=admin, at=END + timedelta(days=3))
    hold.refresh_from_db()
    assert hold.expires_at == NEW_END  # counted from the old end


@pytest.mark.django_db
def test_a_refusal_after_the_end_ends_it_with_the_next_sweep():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    sweeping.sweep(at=END)
    at = END + timedelta(hours=2)
    with pytest.raises(Incomplete):
        extensions.refuse(extension, reason=" ", by=admin, at=at)
    extensions.refuse(extension, reason="No legal process is announced.", by=admin, at=at)
    assert "it ends now" in OutboundMessage.objects.get(event="hold_extension_refused").body_text
    sweeping.sweep(at=at)
    hold.refresh_from_db()
    assert hold.status == "expired"


@pytest.mark.django_db
def test_a_refusal_in_time_leaves_the_end_where_it_was():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extensions.refuse(extension_of(hold, at=timezone.now()), reason="Send the order instead.", by=admin, at=BEFORE)
    hold.refresh_from_db()
    assert hold.expires_at == END
    assert "It ends on 18 Feb 2027" in OutboundMessage.objects.get(event="hold_extension_refused").body_text
    assert "Send the order" not in OutboundMessage.objects.get(event="hold_extension_refused").body_text
    assert extension_of(hold, at=BEFORE).status == "requested"  # may be asked again


@pytest.mark.django_db
def test_reminders_to_an_officer_who_has_asked_do_not_tell_them_to_ask():
    hold = hold_of()
    extension_of(hold)
    sweeping.sweep(at=datetime(2027, 2, 11, 6, tzinfo=UTC))
    body = OutboundMessage.objects.get(event="hold_reminder").body_text
    assert "You asked for more time." in body
    assert "ask to extend" not in body


@pytest.mark.django_db
def test_one_decision_only():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    extensions.grant(extension, by=admin, at=BEFORE)
    with pytest.raises(TransitionRefused):
        extensions.grant(extension, by=admin, at=BEFORE)
    with pytest.raises(TransitionRefused):
        extensions.refuse(extension, reason="No", by=admin, at=BEFORE)
    hold.refresh_from_db()
    assert hold.expires_at == NEW_END


@pytest.mark.django_db
def test_two_deciders_at_once_make_one_decision():
    admin, hold = make_staff("preservation_admin"), hold_of()
    extension = extension_of(hold)
    stale = HoldExtension.objects.get(pk=extension.pk)
    extensions.refuse(extension, reason="No", by=admin, at=BEFORE)
    with pytest.raises(TransitionRefused):
        extensions.grant(stale, by=admin, at=BEFORE)


@pytest.mark.django_db
def test_what_ends_the_running_down_closes_the_question():
    for end in ("release", "attach"):
        hold = hold_of()
        extension = extension_of(hold)
        if end == "release":
            life.release(hold, by=hold.officer, at=BEFORE)
        else:
            life.attach_process(hold, "MX-26-7K4Q9TX", at=BEFORE)
        extension.refresh_from_db()
        assert extension.status == "lapsed"


@pytest.mark.django_db
def test_releasing_twice_is_harmless():
    hold = hold_of()
    first = life.release(hold, reason="Case closed", by=hold.officer, at=BEFORE)
    again = life.release(hold, by=hold.officer, at=BEFORE + timedelta(minutes=1))
    assert first.released_at == again.released_at
    assert OutboundMessage.objects.filter(event="hold_released").count() == 1
    assert hold.reference in OutboundMessage.objects.get(event="hold_released").subject


@pytest.mark.django_db
def test_attaching_twice_is_harmless():
    hold = hold_of()
    life.attach_process(hold, "MX-26-7K4Q9TX", at=BEFORE)
    life.attach_process(hold, "MX-26-7K4Q9TX", at=BEFORE)
    assert OutboundMessage.objects.filter(event="hold_kept").count() == 1
    with pytest.raises(TransitionRefused):
        life.attach_process(hold, "MX-26-0000000", at=BEFORE)


def test_two_people_deciding_the_same_rows_at_once_make_one_decision_each(committed_db):
    first, second, when = make_staff("preservation_admin"), make_staff("preservation_admin"), BEFORE
    rows = [extension_of(hold_of(), at=when) for _n in range(2)]
    shown = {row.uid: of_rule(row.hold, 0, when).mark for row in rows}
    answers = race(
        lambda: extensions.decide_many(shown, extend=True, by=first, at=when),
        lambda: extensions.decide_many(shown, extend=False, reason="No", by=second, at=when),
    )
    assert sorted(sum(each.done for each in answer) for answer in answers) in ([0, 2], [1, 1])
    assert not HoldExtension.objects.filter(status="requested").exists()


@pytest.mark.django_db
def test_the_page_says_that_more_time_was_refused_and_the_list_what_is_to_be_done_first():
    hold = hold_of(at=timezone.now() - timedelta(days=80), ground="law", process_type=law(days=90, most=None))
    extensions.refuse(
        extension_of(hold, at=timezone.now()), reason="Name the court.", by=make_staff("preservation_admin")
    )
    client = client_for(hold.officer)
    page = client.get(f"/holds/{hold.reference}/").content.decode()
    assert "We did not extend it on" in page
    assert page.count("Name the court.") == 2
    due = timezone.now() + timedelta(days=5)
    PreservationHold.objects.filter(pk=hold.pk).update(authority_must_file_by=due)
    assert "Say that your authority went to court" in client.get("/holds/").content.decode()
    said = client.post(f"/holds/{hold.reference}/extend/", {"reason": "court"}, follow=True).content.decode()
    assert "You asked for more time. Your authority must still go to court in time." in said


@pytest.mark.django_db
def test_the_mail_says_that_the_law_allows_no_more():
    hold, admin = hold_of(ground="law", process_type=law(most=1)), make_staff("preservation_admin")
    extensions.grant(extension_of(hold, at=AT + timedelta(days=50)), by=admin, at=AT + timedelta(days=51))
    assert "allows no further extension" in OutboundMessage.objects.get(event="hold_extended").body_text
