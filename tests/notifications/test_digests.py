"""Ordinary messages of one person in one mail, each told once, whatever crashes or runs twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from foundation.core import hurry
from foundation.core.jobs import JobState
from foundation.notifications import delivery, digests
from foundation.notifications.inbox import Stand, delivery_of, inbox_for, unread_count
from foundation.notifications.models import OutboundMessage
from foundation.notifications.outbox import send
from tests.harness.race import race
from tests.people import make_user

# A Wednesday evening; the next digest is on Thursday at seven in Berlin, six in UTC.
AT = datetime(2026, 11, 18, 20, 6, tzinfo=UTC)
DUE = datetime(2026, 11, 19, 6, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)


def reader(digest: str = "daily", **changes):
    return make_user(digest=digest, time_zone="Europe/Berlin", **changes)


def tell(person, number: int = 1, *, event: str = "documents_added", at: datetime = AT, **more):
    reference = f"MX-26-AAAAA{number:02}"
    key = f"{event}:{person.pk}:{number}"
    context = {"link": "https://requests.meridian.example/start/"}
    return send(event, dedupe_key=key, to_user=person, context=context, reference=reference, at=at, **more)


def the_digest() -> OutboundMessage:
    return OutboundMessage.objects.get(event="digest")


@pytest.fixture
def sent_tasks(monkeypatch):
    tasks = []
    monkeypatch.setattr(hurry.current_app, "send_task", lambda name, args: tasks.append((name, *args)))
    monkeypatch.setattr(hurry, "_silent_until", 0.0)
    return tasks


def test_only_ordinary_messages_of_who_wants_a_digest_wait(db, sent_tasks, django_capture_on_commit_callbacks):
    daily, at_once = reader(), reader("at_once")
    with django_capture_on_commit_callbacks(execute=True):
        waits = tell(daily)
        others = [
            tell(daily, event="question_asked"),  # legal
            tell(daily, event="new_device"),  # security
            tell(daily, 2, urgent=True),
            tell(daily, 3, to_address="another@mailbox.example"),
            tell(at_once),
            send("documents_added", dedupe_key="x", to_address="nobody@mailbox.example", context={}, at=AT),
        ]
    assert (waits.for_digest, waits.due_at) == (True, DUE)
    assert {(row.for_digest, row.due_at) for row in others} == {(False, AT)}
    hurried = {task[1] for task in sent_tasks}
    assert hurried == {row.pk for row in others if not row.urgent}
    assert waits in inbox_for(daily)


def test_a_digest_lists_what_waited_once_and_nothing_of_anybody_else(db):
    person, other = reader(), reader("weekly")
    rows = [tell(person, 1), tell(person, 2, at=AT + timedelta(minutes=1))]
    tell(person, 9, at=DUE)  # for the next one
    tell(other, 5)
    assert digests.gather(at=DUE - timedelta(seconds=1)) == 0
    assert digests.gather(at=DUE) == 1
    digest = the_digest()
    assert (digest.to_address, digest.for_digest, digest.due_at, digest.state) == (person.email, False, DUE, "pending")
    lines = [line for line in digest.body_text.splitlines() if line.startswith("- ")]
    assert lines == [f"- {row.subject}" for row in rows]
    assert "/messages/" in digest.body_text
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.gathered_in, row.finished_at, row.sent_at) == (JobState.DONE, digest, DUE, None)
    assert digests.gather(at=DUE) == 0
    assert unread_count(person) == 3
    assert digest not in inbox_for(person)
    assert delivery_of(OutboundMessage.objects.select_related("gathered_in").get(pk=rows[0].pk)).in_digest


def test_a_weekly_digest_comes_on_monday(db):
    person = reader("weekly")
    assert tell(person).due_at == MONDAY
    assert digests.gather(at=DUE) == 0
    assert digests.gather(at=MONDAY) == 1


def test_what_waits_is_not_delivered_by_the_sweep_and_its_digest_is(db, smtp):
    person = reader()
    waits = tell(person)
    assert delivery.sweep(at=DUE) == 0
    digests.gather(at=DUE)
    assert delivery.sweep(at=DUE) == 1
    assert [mail["X-RcptTo"] or mail["To"] for mail in smtp.messages] == [person.email]
    waits.refresh_from_db()
    found = delivery_of(waits)
    assert (found.stand, found.at, found.in_digest) == (Stand.SENT, DUE, True)


def test_after_a_night_in_which_nothing_ran_there_is_one_digest(db):
    person = reader()
    tell(person, 1)
    tell(person, 2, at=AT + timedelta(days=1))
    assert digests.gather(at=AT + timedelta(days=2)) == 1
    assert the_digest().body_text.count("- [MX-26") == 2


def test_a_message_that_is_late_for_its_digest_is_a_mail_of_its_own(db):
    person = reader()
    tell(person, 1)
    digests.gather(at=DUE)
    late = tell(person, 2)  # written before, committed after
    assert digests.gather(at=DUE + timedelta(minutes=1)) == 0
    late.refresh_from_db()
    assert (late.for_digest, late.due_at, late.gathered_in) == (False, DUE + timedelta(minutes=1), None)
    assert OutboundMessage.objects.filter(event="digest").count() == 1


def test_a_crash_between_digest_and_end_leaves_neither(db, monkeypatch):
    person = reader()
    waits = tell(person)

    def die(*_args, **_kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(digests, "_end", die)
        assert digests.gather(at=DUE) == 0
    assert not OutboundMessage.objects.filter(event="digest").exists()
    assert digests.gather(at=DUE) == 1
    waits.refresh_from_db()
    assert waits.gathered_in == the_digest()


def test_one_persons_broken_digest_does_not_keep_the_others_waiting(db, monkeypatch, caplog):
    broken, fine = reader(), reader()
    tell(broken)
    tell(fine)
    real = digests.send

    def fails_for_one(event, *, to_user, **rest):
        if to_user.pk == broken.pk:
            raise ValueError
        return real(event, to_user=to_user, **rest)

    monkeypatch.setattr(digests, "send", fails_for_one)
    assert digests.gather(at=DUE) == 1
    assert the_digest().to_user_id == fine.pk
    assert broken.email not in caplog.text


def test_two_sweeps_at_once_write_one_digest(committed_db):
    person = reader()
    for number in range(12):
        tell(person, number)
    written = race(*[lambda: digests.gather(at=DUE)] * 4)
    assert sum(written) == 1
    assert the_digest().gathered.count() == 12
    assert the_digest().body_text.count("- [MX-26") == 12


def test_a_closed_account_gets_no_digest(db):
    person = reader()
    waits = tell(person)
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert digests.gather(at=DUE) == 0
    waits.refresh_from_db()
    assert (waits.state, waits.gathered_in, waits.sent_at) == (JobState.DONE, None, None)
    assert delivery_of(waits).stand == Stand.NOT_MAILED
    assert not OutboundMessage.objects.filter(event="digest").exists()


def test_a_change_to_at_once_sends_what_waits(committed_db, sent_tasks):
    person, other = reader(), reader()
    waits, stays = tell(person), tell(other)
    person.digest = "at_once"
    with transaction.atomic():
        assert digests.rearrange(person, at=AT) == 1
    waits.refresh_from_db()
    stays.refresh_from_db()
    assert (waits.for_digest, waits.due_at, stays.for_digest) == (False, AT, True)
    assert sent_tasks == [("notifications.deliver", waits.pk)]


@pytest.mark.parametrize(
    ("before", "after", "zone", "due"),
    [
        ("daily", "weekly", "Europe/Berlin", MONDAY),
        ("weekly", "daily", "Europe/Berlin", DUE),
        ("daily", "daily", "UTC", DUE + timedelta(hours=1)),
    ],
)
def test_what_waits_moves_with_the_choice(db, before, after, zone, due):
    person = reader(before)
    waits = tell(person)
    person.digest, person.time_zone = after, zone
    assert digests.rearrange(person, at=AT) == 0
    waits.refresh_from_db()
    assert (waits.for_digest, waits.due_at) == (True, due)


def test_what_is_due_already_is_not_put_off_by_a_change(db):
    person = reader()
    waits = tell(person)
    person.digest = "weekly"
    digests.rearrange(person, at=DUE)
    waits.refresh_from_db()
    assert waits.due_at == DUE


def test_a_message_that_met_a_change_on_its_way_is_sent_alone(db):
    person = reader()
    waits = tell(person)  # written with the old choice, after the change had looked
    type(person).objects.filter(pk=person.pk).update(digest="at_once")
    assert digests.gather(at=DUE) == 0
    waits.refresh_from_db()
    assert (waits.for_digest, waits.due_at) == (False, DUE)


def test_a_long_digest_names_a_hundred_and_counts_the_rest(db):
    person = reader()
    first = tell(person, 1)
    copies = [
        OutboundMessage(
            **{
                field.attname: getattr(first, field.attname)
                for field in OutboundMessage._meta.concrete_fields
                if field.attname not in {"id", "uid", "dedupe_key", "message_id"}
            },
            dedupe_key=f"copy:{number}",
            message_id=f"<{number}@test>",
        )
        for number in range(101)
    ]
    OutboundMessage.objects.bulk_create(copies)
    digests.gather(at=DUE)
    digest = the_digest()
    assert digest.subject == "102 messages for you"
    assert digest.body_text.count("- [MX-26") == 100
    assert "And 2 more." in digest.body_text
    assert digest.gathered.count() == 102


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("de", "1 Nachricht für Sie"),
        ("fr", "1 message pour vous"),
        ("es", "1 mensaje para usted"),
        ("pt-br", "1 mensagem para você"),
    ],
)
def test_a_digest_is_in_its_readers_language(db, language, subject):
    tell(reader(language=language))
    digests.gather(at=DUE)
    assert the_digest().subject == subject
