"""Late requests, shorter last ones, decisions where the law wants one, and several at once: what the services do."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, TransitionRefused
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.models import ConnectorAct, ConnectorJob
from preservation.models import HoldExtension, PreservationHold
from preservation.services import execution, extensions, sweeping
from preservation.services.extension_offers import Instead, of_rule, offer_of
from tests.people import make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of, law

END = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
LATE = END + timedelta(days=2)
NEW_END = datetime(2027, 5, 19, 23, 59, 59, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def ended(**more):
    """A hold that ended; what it kept is still there."""
    hold = hold_of(**more)
    for minute in range(1, 4):
        moment = AT + timedelta(minutes=minute)
        execution.work(hold.pk, at=moment)
        for job in jobs.jobs_of(execution.OWNER, hold.pk):
            jobs.run(job, at=moment)
    sweeping.sweep(at=hold.expires_at)
    hold.refresh_from_db()
    return hold


def released_jobs():
    return ConnectorJob.objects.filter(act=ConnectorAct.RELEASE)


def facts(hold):
    """What the newest entry says; the receipt of what was asked for comes after it."""
    return json.loads(bytes(entries_for(hold).exclude(action="receipt.issued").last().payload))["data"]


def test_a_late_request_keeps_the_copies_until_it_is_decided_and_revives_from_the_old_end():
    admin, hold = make_staff("preservation_admin"), ended()
    assert (hold.status, hold.grace_until > LATE) == ("expired", True)
    extension = extension_of(hold, at=LATE)
    assert extension.late
    assert facts(hold)["late"] is True
    weeks_later = hold.grace_until + timedelta(days=30)
    for _n in range(2):
        PreservationHold.objects.filter(pk=hold.pk).update(work_at=weeks_later)
        execution.sweep(at=weeks_later)
    assert not released_jobs().exists()
    pressed = OutboundMessage.objects.get(event="hold_extension_overdue", to_user=admin)  # once a day
    assert "asked for late" in pressed.body_text
    extensions.grant(extension, by=admin, at=weeks_later)
    hold.refresh_from_db()
    assert (hold.status, hold.expires_at, hold.expired_at, hold.grace_until) == ("active", NEW_END, None, None)
    assert hold.next_action_at > weeks_later
    assert [entry.action for entry in entries_for(hold)][-2:] == ["hold.revived", "hold.extended"]
    execution.sweep(at=weeks_later)
    assert not released_jobs().exists()


def test_a_refused_late_request_lets_the_copies_go_when_their_time_is_over():
    admin, hold = make_staff("preservation_admin"), ended()
    extension = extension_of(hold, at=LATE)
    extensions.refuse(extension, reason="No process is announced.", by=admin, at=LATE)
    execution.sweep(at=LATE)
    hold.refresh_from_db()
    assert hold.work_at == hold.grace_until
    execution.sweep(at=hold.grace_until + timedelta(minutes=1))
    assert released_jobs().exists()
    with pytest.raises(TransitionRefused, match="has ended"):
        extension_of(hold, at=hold.grace_until + timedelta(minutes=1))


def test_after_the_grace_or_where_the_law_wants_it_destroyed_nothing_can_be_asked():
    hold = ended()
    after = hold.grace_until + timedelta(seconds=1)
    offer = offer_of(hold, after)
    assert "This hold has ended" in offer.refusal
    assert set(offer.instead) == set(Instead)
    canada = ended(
        ground="law", process_type=law("CA-X", country="CA", most=None, issuer="officer", destroy_after=True)
    )
    assert canada.grace_until is None
    with pytest.raises(TransitionRefused, match="has ended"):
        extension_of(canada, at=canada.expires_at + timedelta(hours=1))
    used_up = ended(ground="law", process_type=law("US-X", country="US", most=0, issuer="officer"))
    assert used_up.grace_until is None  # nobody could extend it: nothing stays


def test_copies_that_are_going_cannot_be_kept_by_a_decision_that_comes_too_late():
    admin, hold = make_staff("preservation_admin"), ended()
    extension = extension_of(hold, at=LATE)
    ConnectorJob.objects.create(
        provider=hold.provider, act=ConnectorAct.RELEASE, idempotency_key="gone", owner_type=execution.OWNER,
        owner_id=str(hold.pk), account="1", due_at=LATE, state=JobState.PENDING,
    )  # fmt: skip
    with pytest.raises(TransitionRefused, match="being deleted"):
        extensions.grant(extension, by=admin, at=LATE)
    hold.refresh_from_db()
    assert hold.status == "expired"


def test_the_last_extension_is_shorter_where_the_rule_has_a_maximum_in_all():
    admin = make_staff("preservation_admin")
    kind = law(days=60, extension_days=90, most=None, issuer="officer", maximum_hold_days=100)
    hold = hold_of(ground="law", process_type=kind)
    offer = offer_of(hold, AT + timedelta(days=50))
    assert (offer.days, offer.shorter) == (40, True)
    extension = extension_of(hold, at=AT + timedelta(days=50))
    extensions.grant(extension, by=admin, at=AT + timedelta(days=51))
    hold.refresh_from_db()
    assert (hold.expires_at, extension.days) == (offer.new_end, 40)
    with pytest.raises(TransitionRefused, match="100 days in all"):
        extension_of(hold, at=AT + timedelta(days=60))


def test_where_a_court_extends_the_decision_is_named_and_sent():
    officer, _admin = make_officer(), make_staff("preservation_admin")
    hold = hold_of(officer, ground="law", process_type=law(most=None, issuer="judge"))
    when = AT + timedelta(days=30)
    for given in ({}, {"ground": "Tingretten Nordvik, 12 Nov 2026"}):
        with pytest.raises(Incomplete, match="extended by a decision"):
            extensions.ask(hold, reason="Court", by=officer, at=when, **given)
    paper = documents.write_generated(
        b"%PDF-1.7", filename="o.pdf", media_type="application/pdf", purpose="hold-extension", by=officer
    )
    found = extensions.ask(hold, reason="Court", ground="Tingretten 26-4711", document=paper, by=officer, at=when)
    assert (found.ground, found.document) == ("Tingretten 26-4711", paper)
    assert facts(hold)["sha256"] == paper.sha256
    assert "Tingretten" not in OutboundMessage.objects.filter(event="hold_extension_asked").first().body_text


def test_several_are_asked_for_at_once_and_one_that_changed_is_named_and_left():
    officer, when = make_officer(), AT + timedelta(days=60)
    one, two, other = hold_of(officer), hold_of(officer), hold_of()
    shown = {hold.reference: offer_of(hold, when).mark for hold in (one, two)}
    PreservationHold.objects.filter(pk=two.pk).update(expires_at=two.expires_at + timedelta(days=1))
    done = extensions.ask_many(shown | {other.reference: ""}, reason="Court", by=officer, at=when)
    assert [(each.reference, each.done) for each in done] == [(one.reference, True), (two.reference, False)]
    assert "changed" in done[1].words
    assert [e.hold for e in HoldExtension.objects.all()] == [one]


def marks(*rows, at):
    return {row.uid: of_rule(row.hold, 0, at).mark for row in rows}


def test_many_are_decided_each_with_its_own_event_and_what_changed_is_left():
    admin, when = make_staff("preservation_admin"), AT + timedelta(days=60)
    rows = [extension_of(hold_of(), at=when) for _n in range(3)]
    shown = marks(*rows, at=when)
    extensions.refuse(rows[1], reason="No", by=make_staff("preservation_admin"), at=when)
    PreservationHold.objects.filter(pk=rows[2].hold_id).update(expires_at=END + timedelta(days=1))
    restricted = extension_of(hold_of(), at=when)
    shown |= marks(restricted, at=when)
    admin.conflicts.create(agency=restricted.hold.agency, reason="Sister works there", declared_at=when)
    done = extensions.decide_many(shown, extend=True, by=admin, at=when)
    assert [(each.done, each.words) for each in done] == [
        (True, "Extended to 19 May 2027"),
        (False, "Decided meanwhile: refused."),
        (False, "It changed after this page was opened. Look at it again."),
    ]
    assert [entry.action for entry in entries_for(rows[0])] == ["hold.extension_granted"]
    again = extensions.decide_many(shown, extend=True, by=admin, at=when)
    assert not any(each.done for each in again)
    with pytest.raises(Incomplete, match="Give the reason"):
        extensions.decide_many(shown, extend=False, by=admin, at=when)
