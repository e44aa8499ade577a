"""A part of a hold is released, or staff end one that nothing followed: what goes, what stays, who is told."""

import json
from datetime import timedelta

import pytest

from foundation.audit.trail import entries_for
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.models import ConnectorAct, ConnectorJob
from preservation.models import PreservationHold
from preservation.services import certificates, execution, extensions, history, life, sweeping
from preservation.services.ending_early import end_early
from preservation.services.partial import kept, release_some
from tests.accounts.suspending import suspended_officer
from tests.people import make_officer, make_staff
from tests.preservation.holds import AT, extension_of, hold_of, law
from tests.preservation.test_execution import Systems

pytestmark = pytest.mark.django_db
ONE, TWO = "48213377", "48213378"
LATER = AT + timedelta(days=3)


@pytest.fixture
def systems(monkeypatch):
    """The company's systems, with an account for each identifier of a hold but the e-mail address."""
    made = Systems()
    made.found[TWO] = ("exact", ["60417733"])
    monkeypatch.setattr(execution, "connector_for", lambda provider: made)
    monkeypatch.setattr(jobs, "connector_for", lambda provider: made)
    monkeypatch.setattr(certificates.paper, "render_pdf", lambda template, context: b"%PDF-1.7 a certificate")
    return made


def go_on(at):
    for _n in range(8):
        execution.sweep(at=at)
        jobs.sweep(at=at)
        at += timedelta(seconds=30)
    execution.sweep(at=at)
    return at


def two_accounts():
    hold = hold_of(identifiers=(("uid", ONE), ("uid", TWO), ("email", "a@mail.example")))
    PreservationHold.objects.filter(pk=hold.pk).update(acceptance="rule")  # nothing waits for a person
    hold.refresh_from_db()
    return hold


def named(hold, *values):
    return list(hold.identifiers.filter(normalised__in=values))


def releases():
    return list(ConnectorJob.objects.filter(act=ConnectorAct.RELEASE).values_list("account", "state"))


def test_the_copies_of_one_account_go_and_the_rest_is_kept_to_its_end(systems):
    hold = two_accounts()
    go_on(AT)
    before = PreservationHold.objects.get(pk=hold.pk)
    release_some(hold, named(hold, TWO), reason="Another person of the same name.", by=hold.officer, at=LATER)
    go_on(LATER)
    hold.refresh_from_db()
    assert releases() == [("60417733", "done")]
    assert (hold.status, hold.expires_at, hold.work_at) == ("active", before.expires_at, None)
    assert hold.certificate_id not in {None, before.certificate_id}
    assert [item.given for item in kept(hold)] == [ONE, "a@mail.example"]
    facts = json.loads(bytes(entries_for(hold).get(action="hold.released_in_part").payload))["data"]
    assert (facts["released"], facts["kept"]) == (1, 2)
    assert TWO not in str(facts)
    told = OutboundMessage.objects.get(event="hold_released_in_part")
    assert (told.to_user_id, "Another person" in told.body_text) == (hold.officer_id, False)
    assert any("Another person of the same name" in item.text for item in history.for_officer(hold))

    sweeping.sweep(at=hold.expires_at)
    hold.refresh_from_db()
    assert extensions.refusal(hold, hold.expires_at + timedelta(hours=1)) is None, "the rest is still there"
    go_on(hold.grace_until)
    hold.refresh_from_db()
    assert hold.status == "destroyed"
    assert sorted(releases()) == [("60417732", "done"), ("60417733", "done")]


def test_an_account_that_something_else_leads_to_stays(systems):
    systems.found[TWO] = ("exact", ["60417732"])
    hold = two_accounts()
    go_on(AT)
    release_some(hold, named(hold, TWO), reason="Once is enough.", by=hold.officer, at=LATER)
    go_on(LATER)
    assert releases() == []


def test_what_was_not_looked_for_yet_is_never_looked_for(systems):
    hold = two_accounts()
    release_some(hold, named(hold, TWO), reason="A slip of the pen.", by=hold.officer, at=AT)
    go_on(AT)
    assert ("match", 2) in systems.calls
    assert {call[1] for call in systems.calls if call[0] == "preserve"} == {"60417732"}


@pytest.mark.parametrize("why", ["suspended", "treaty"])
def test_an_end_that_moved_by_itself_is_no_failure_of_the_systems(systems, why):
    make_staff("preservation_admin")
    hold = two_accounts()
    go_on(AT)
    at = hold.expires_at
    if why == "suspended":
        suspended_officer(hold.officer, at=LATER)
        sweeping.sweep(at=at)
    else:
        admin = make_staff("preservation_admin")
        life.start_treaty(hold, reason="MLA", by=admin, at=LATER)
        at += timedelta(days=3)
        life.end_treaty(hold, reason="Answered.", by=admin, at=at)
    go_on(at)
    hold.refresh_from_db()
    assert (hold.status, hold.expires_at > at, hold.work_at) == ("active", True, None)
    for event in ("hold_failed", "hold_delayed", "hold_carried_out"):
        assert not OutboundMessage.objects.filter(event=event).exists(), event


def test_who_may_and_what_is_refused():
    hold = two_accounts()
    admin, analyst = make_staff("preservation_admin"), make_staff("analyst")
    some, everything = named(hold, ONE), list(hold.identifiers.all())
    for person in (make_officer(hold.agency), analyst):
        with pytest.raises(NotAllowed):
            release_some(hold, some, reason="Because.", by=person, at=LATER)
    for chosen, reason in ((some, " "), ([], "Because."), (everything, "Because.")):
        with pytest.raises(Incomplete):
            release_some(hold, chosen, reason=reason, by=hold.officer, at=LATER)
    assert kept(hold).count() == 3
    release_some(hold, some, reason="Nothing to do with the case.", by=admin, at=LATER)
    release_some(hold, some, reason="", by=hold.officer, at=LATER)  # twice
    told = OutboundMessage.objects.get(event="hold_released_in_part")
    assert "We released a part" in told.body_text
    life.release(hold, by=hold.officer, at=LATER)
    with pytest.raises(TransitionRefused):
        release_some(hold, named(hold, TWO), reason="Because.", by=hold.officer, at=LATER)


def test_staff_end_a_hold_that_nothing_followed_and_the_officer_can_go_on_with_it():
    hold = hold_of(process_follows=False, process_follows_by=None)
    admin = make_staff("preservation_admin")
    extensions.grant(extension_of(hold), by=admin, at=AT + timedelta(days=61))
    extensions.grant(extension_of(hold, at=AT + timedelta(days=170)), by=admin, at=AT + timedelta(days=171))
    with pytest.raises(NotAllowed, match="180 days"):
        end_early(hold, reason="Nothing followed.", by=admin, at=AT + timedelta(days=179))
    at = AT + timedelta(days=181)
    with pytest.raises(Incomplete):
        end_early(hold, reason=" ", by=admin, at=at)
    with pytest.raises(NotAllowed):
        end_early(hold, reason="Mine.", by=hold.officer, at=at)
    end_early(hold, reason="Nothing followed.", by=admin, at=at)
    hold.refresh_from_db()
    assert (hold.status, hold.work_at, hold.next_action_at) == ("expired", hold.grace_until, None)
    assert hold.grace_until - at >= timedelta(days=7)
    told = OutboundMessage.objects.get(event="hold_ended_early")
    assert (told.to_user_id, "Nothing followed" in told.body_text) == (hold.officer_id, False)
    with pytest.raises(TransitionRefused):
        end_early(hold, reason="Nothing followed.", by=admin, at=at)
    old = hold.expires_at
    extensions.grant(extension_of(hold, at=at + timedelta(days=2)), by=admin, at=at + timedelta(days=3))
    hold.refresh_from_db()
    assert hold.status == "active"
    assert hold.expires_at > old


@pytest.mark.parametrize("why", ["law", "served", "asked"])
def test_what_staff_release_no_part_of(why):
    given = {"ground": "law", "process_type": law(issuer="officer")} if why == "law" else {}
    hold = hold_of(status="process_served" if why == "served" else "active", **given)
    if why == "asked":
        extension_of(hold, at=LATER)
    with pytest.raises(NotAllowed):
        release_some(hold, named(hold, ONE), reason="Because.", by=make_staff("preservation_admin"), at=LATER)
    release_some(hold, named(hold, ONE), reason="Because.", by=hold.officer, at=LATER)


@pytest.mark.parametrize("why", ["law", "announced", "asked", "followed"])
def test_what_staff_do_not_end(why):
    given = {"process_follows": False, "process_follows_by": None}
    if why == "law":
        given |= {"ground": "law", "process_type": law(issuer="officer")}
    hold, at = hold_of(**given), AT + timedelta(days=181)
    PreservationHold.objects.filter(pk=hold.pk).update(expires_at=at + timedelta(days=50))
    if why == "announced":
        PreservationHold.objects.filter(pk=hold.pk).update(process_follows_by=at.date())
    if why == "followed":
        PreservationHold.objects.filter(pk=hold.pk).update(process_at=AT)
    if why == "asked":
        extension_of(hold, at=at)
    with pytest.raises(NotAllowed):
        end_early(hold, reason="Nothing followed.", by=make_staff("preservation_admin"), at=at)
    hold.refresh_from_db()
    assert hold.status == "active"
