"""Holds in fifty hands at once: started, extended, let go, carried out."""

from datetime import timedelta

import pytest

from preservation.models import HoldExtension
from preservation.services import execution, extensions, life, placing, sweeping
from tests.harness.race import answers
from tests.people import make_staff
from tests.preservation.holds import draft_of, extension_of, hold_of, now
from tests.races.fifty import Since, fifty, fresh, same

pytestmark = pytest.mark.usefixtures("raced_db")


def test_a_hold_is_started_once():
    draft, since = draft_of(at=now()), Since()
    version, officer = draft.lock_version, draft.officer
    results = fifty(lambda: placing.request(fresh(draft), version=version, by=fresh(officer)))
    done = [one for one in results if not isinstance(one, Exception)]
    assert len({one.reference for one in done}) == 1, answers(results)
    assert since.entries("hold.requested") == ["hold.requested"]
    assert since.mails("hold_started") == ["hold_started"]


def test_an_extension_is_asked_for_once_and_decided_once_and_moves_the_end_once():
    hold = hold_of(at=now() - timedelta(days=80))
    officer, admin, before = hold.officer, make_staff("preservation_admin"), hold.expires_at
    since = Since(hold.reference)
    same(fifty(lambda: extensions.ask(fresh(hold), reason="We wait for a court", by=fresh(officer))))
    assert since.entries("hold.extension_asked") == ["hold.extension_asked"]
    extension = HoldExtension.objects.get(hold=hold)
    results = fifty(
        lambda: extensions.grant(fresh(extension), by=fresh(admin)),
        lambda: extensions.refuse(fresh(extension), reason="No need any more.", by=fresh(admin)),
        lambda: sweeping.sweep(at=now()),
    )
    said = since.entries("hold.extended", "hold.extension_granted", "hold.extension_refused")
    broken = [one for one in results if isinstance(one, Exception) and type(one).__module__.startswith("django")]
    assert not broken, answers(results)
    extension.refresh_from_db()
    hold.refresh_from_db()
    assert extension.status in {"granted", "refused"}, (said, answers(results))
    assert (hold.expires_at > before) == (extension.status == "granted")
    # Granting moves two things, the request for more time and the hold: each has its entry.
    assert sorted(said) in (["hold.extension_refused"], ["hold.extended", "hold.extension_granted"]), said


def test_a_hold_is_let_go_or_extended_and_ends_once():
    hold = hold_of(at=now() - timedelta(days=80))
    extension = extension_of(hold, at=now())
    officer, admin, since = hold.officer, make_staff("preservation_admin"), Since(hold.reference)
    results = fifty(
        lambda: life.release(fresh(hold), by=fresh(officer)),
        lambda: extensions.grant(fresh(extension), by=fresh(admin)),
    )
    broken = [one for one in results if isinstance(one, Exception) and type(one).__module__.startswith("django")]
    assert not broken, answers(results)
    hold.refresh_from_db()
    assert hold.status == "released", "whichever came first, the officer let go of it in the end"
    assert since.entries("hold.released") == ["hold.released"]


def test_sweepers_end_a_hold_once_and_workers_carry_it_out_once():
    hold = hold_of(at=now() - timedelta(days=200), status="active")
    since = Since(hold.reference)
    ended = fifty(lambda: sweeping.sweep(at=now()), lambda: execution.sweep(at=now()))
    assert not [one for one in ended if isinstance(one, Exception)], answers(ended)
    hold.refresh_from_db()
    assert hold.status == "expired"
    assert since.entries("hold.expired") == ["hold.expired"]
