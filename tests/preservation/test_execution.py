"""What the company's systems do for a hold, through the demo connector and its jobs."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, TransitionRefused
from foundation.core.identifiers import Identifier
from foundation.core.jobs import JobState
from foundation.documents import services as documents
from foundation.notifications.models import OutboundMessage
from foundation.providers import jobs
from foundation.providers.connectors.base import Account, ConnectorFailed, Match, Result, Snapshot, UnknownAccount
from foundation.providers.connectors.base import KeptFile as File
from foundation.providers.models import ConnectorJob
from preservation.models import PreservationHold
from preservation.services import accepting, certificates, execution, extensions, life, sweeping
from tests.harness.race import race
from tests.people import make_staff
from tests.preservation import holds
from tests.preservation.holds import AT, extension_of

PDF = b"%PDF-1.7 a certificate"


class Systems:
    """A company's systems that answer what the test says."""

    def __init__(self):
        self.found = {"48213377": ("exact", ["60417732"]), "a@mail.example": ("none", [])}
        self.down = self.unknown = False
        self.calls, self.periods, self.sha256 = [], set(), "ab" * 32

    def match(self, identifiers):
        self.calls.append(("match", len(identifiers)))
        if self.down:
            raise ConnectorFailed("No answer.")
        return [self._match(item) for item in identifiers]

    def _match(self, item: Identifier):
        result, uids = self.found[item.normalised]
        return Match(item, Result(result), "because", tuple(Account(uid, "J••• H•••") for uid in uids))

    def preserve(self, account, categories, until, *, hold, key, at, period=None):
        self.calls.append(("preserve", account, tuple(categories), until, hold, key))
        if self.down:
            raise ConnectorFailed("No answer.")
        if self.unknown:
            raise UnknownAccount("No such account.")
        self.periods.add(period)
        files = (File("logins.csv", "logins", 12, 4711, self.sha256, (date(2025, 3, 1), date(2025, 9, 30))),)
        return Snapshot(account, hold, at, until, files, "cd" * 32)

    def release(self, account, hold, *, key, at):
        self.calls.append(("release", account, hold, key))
        if self.down:
            raise ConnectorFailed("No answer.")
        return at - timedelta(seconds=5)


@pytest.fixture
def systems(monkeypatch):
    made = Systems()
    monkeypatch.setattr(execution, "connector_for", lambda provider: made)
    monkeypatch.setattr(jobs, "connector_for", lambda provider: made)
    monkeypatch.setattr(certificates.paper, "render_pdf", lambda template, context: PDF)
    return made


def hold_of(**more):
    """A hold that is accepted, whoever asked for it and since when they are here."""
    hold = holds.hold_of(**more)
    PreservationHold.objects.filter(pk=hold.pk).update(acceptance="rule")
    hold.refresh_from_db()
    return hold


def go_on(at, rounds=8):
    """Let the sweeps of holds and of connector jobs take turns, as beat does."""
    for _n in range(rounds):
        execution.sweep(at=at)
        jobs.sweep(at=at)
        at += timedelta(seconds=30)
    execution.sweep(at=at)
    return at


@pytest.mark.django_db
def test_match_keep_certify(systems):
    hold = hold_of()
    go_on(AT)
    hold.refresh_from_db()
    assert [(i.normalised, i.match_result, i.account) for i in hold.identifiers.order_by("pk")] == [
        ("48213377", "exact", "60417732"),
        ("a@mail.example", "none", ""),
    ]
    (manifest,) = hold.snapshot["accounts"]
    assert (manifest["account"], manifest["digest"], manifest["files"][0]["sha256"]) == (
        "60417732",
        "cd" * 32,
        "ab" * 32,
    )
    assert hold.snapshot_at is not None
    assert hold.work_at is None
    assert manifest["files"][0]["first_day"] == "2025-03-01"
    assert systems.periods == {(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC))}
    assert hold.certificate.sha256
    with documents.open_plain(hold.certificate) as reader:
        assert reader.read() == PDF
    acts = [call[0] for call in systems.calls]
    assert acts == ["match", "preserve"]
    assert systems.calls[1][1:] == (
        "60417732", ("registration", "transactions"), hold.expires_at, hold.reference,
        f"hold:{hold.pk}:preserve:2027-02-18:60417732",
    )  # fmt: skip
    actions = list(entries_for(hold).values_list("action", flat=True))
    assert (
        actions.index("connector.asked") < actions.index("hold.snapshot_taken") < actions.index("hold.certificate_made")
    )


@pytest.mark.django_db
def test_how_long_it_takes_does_not_tell_whether_there_is_an_account(systems):
    with_account = hold_of()
    without = hold_of(identifiers=(("email", "a@mail.example"),))
    go_on(AT)
    with_account.refresh_from_db()
    without.refresh_from_db()
    assert without.snapshot == {"accounts": []}
    assert with_account.snapshot_at == without.snapshot_at
    assert without.certificate is not None
    said = certificates.facts(without, AT)
    assert "60417732" not in str(certificates.facts(with_account, AT))
    assert {k for k, v in certificates.facts(with_account, AT).items() if bool(v)} == {
        k for k, v in said.items() if bool(v)
    }


@pytest.mark.django_db
def test_after_an_extension_too_the_certificate_takes_as_long_without_an_account(systems):
    admin = make_staff("preservation_admin")
    both = [hold_of(), hold_of(identifiers=(("email", "a@mail.example"),))]
    go_on(AT)
    at = AT + timedelta(days=80)
    for hold in both:
        extensions.grant(extension_of(hold), by=admin, at=at)
    go_on(at)
    made = [entries_for(hold).filter(action="hold.certificate_made").last().occurred_at for hold in both]
    assert min(made) - at >= execution.POLL
    # What hurries the one in life is the worker's next task; here it is the sweep.
    assert made[0] - made[1] in {timedelta(0), execution.TRY_AGAIN}


@pytest.mark.django_db
def test_an_identifier_that_means_several_accounts_keeps_none_of_them(systems):
    systems.found["48213377"] = ("ambiguous", ["1", "2"])
    hold = hold_of()
    go_on(AT)
    assert not ConnectorJob.objects.exists()
    assert hold.identifiers.get(kind="uid").match_words == "Several accounts: a person must choose"


@pytest.mark.django_db
def test_systems_that_are_down_alarm_staff_after_an_hour_and_are_asked_again(systems):
    admin, systems.down = make_staff("preservation_admin"), True
    hold = hold_of()
    at = go_on(AT)
    assert not OutboundMessage.objects.filter(event="hold_failed").exists()
    at = go_on(AT + timedelta(hours=1), rounds=1)
    go_on(at + timedelta(minutes=30), rounds=1)
    assert OutboundMessage.objects.get(event="hold_failed").to_user == admin
    assert list(entries_for(hold).values_list("action", flat=True)).count("hold.snapshot_failed") == 1
    systems.down = False
    go_on(AT + timedelta(hours=2))
    hold.refresh_from_db()
    assert hold.snapshot_at is not None


@pytest.mark.django_db
def test_a_snapshot_that_is_given_up_alarms_at_once_and_can_be_tried_again(systems):
    make_staff("preservation_admin")
    systems.unknown = True
    hold = hold_of()
    at = go_on(AT)
    hold.refresh_from_db()
    assert hold.snapshot_at is None
    assert hold.certificate is None
    assert OutboundMessage.objects.filter(event="hold_failed").count() == 1
    systems.unknown = False
    assert jobs.try_again(ConnectorJob.objects.get(), by=None, at=at)
    go_on(at + timedelta(hours=1))
    hold.refresh_from_db()
    assert hold.snapshot_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["release", "expire"])
def test_after_the_end_the_copies_are_deleted_and_that_is_recorded(systems, end):
    hold = hold_of()
    go_on(AT)
    at = hold.expires_at
    if end == "release":
        at = AT + timedelta(days=3)
        life.release(hold, by=hold.officer, at=at)
    else:
        sweeping.sweep(at=at)
        go_on(at)
        hold.refresh_from_db()
        assert (hold.status, hold.destroyed_at) == ("expired", None), "kept for a late request"
        at = hold.grace_until
    go_on(at)
    hold.refresh_from_db()
    assert hold.status == "destroyed"
    (gone,) = [job.answer["at"] for job in ConnectorJob.objects.filter(act="release")]
    assert hold.destroyed_at.isoformat() == hold.snapshot["accounts"][0]["released_at"] == gone
    assert hold.work_at is None
    assert systems.calls[-1] == ("release", "60417732", hold.reference, f"hold:{hold.pk}:release:60417732")
    assert entries_for(hold).last().action == "hold.destroyed"


@pytest.mark.django_db
def test_a_hold_that_ends_before_it_was_carried_out_waits_for_what_is_on_its_way(systems):
    hold = hold_of()
    execution.work(hold.pk, at=AT)  # asked to keep, not yet kept
    assert ConnectorJob.objects.get().state == JobState.PENDING
    life.release(hold, by=hold.officer, at=AT)
    execution.work(hold.pk, at=AT)
    assert ConnectorJob.objects.count() == 1  # nothing is deleted before it is kept
    go_on(AT + timedelta(minutes=1))
    hold.refresh_from_db()
    assert hold.status == "destroyed"
    assert [call[0] for call in systems.calls] == ["match", "preserve", "release"]


@pytest.mark.django_db
def test_copies_that_cannot_be_deleted_alarm_staff(systems):
    make_staff("preservation_admin")
    hold = hold_of()
    go_on(AT)
    systems.down = True
    life.release(hold, by=hold.officer, at=AT + timedelta(days=1))
    at = AT + timedelta(days=1)
    for _n in range(12):
        at = go_on(at, rounds=1) + timedelta(hours=2)
    hold.refresh_from_db()
    assert hold.status == "released"
    assert OutboundMessage.objects.filter(event="hold_failed").exists()


@pytest.mark.django_db
def test_an_extension_tells_the_systems_and_makes_a_new_certificate(systems):
    hold = hold_of()
    go_on(AT)
    hold.refresh_from_db()
    first = hold.certificate
    at = AT + timedelta(days=80)
    extensions.grant(extension_of(hold), by=make_staff("preservation_admin"), at=at)
    go_on(at)
    hold.refresh_from_db()
    assert hold.certificate not in {None, first}
    (manifest,) = hold.snapshot["accounts"]
    assert (manifest["until"][:10], [check["same"] for check in manifest["checks"]]) == ("2027-05-19", [True])
    assert [old.document for old in certificates.earlier(hold)] == [first]
    assert hold.work_at is None


def test_two_workers_at_once_ask_once(committed_db, monkeypatch):
    made = Systems()
    monkeypatch.setattr(execution, "connector_for", lambda provider: made)
    hold = hold_of()
    done = race(*[lambda: execution.work(hold.pk, at=AT)] * 3)
    assert sorted(done) == [0, 0, 1]
    assert made.calls == [("match", 2)]
    assert ConnectorJob.objects.count() == 1


@pytest.mark.django_db
def test_a_worker_that_dies_is_found_after_its_lease(systems):
    hold = hold_of()
    PreservationHold.objects.filter(pk=hold.pk).update(work_at=AT + execution.LEASE)  # taken, and never heard of again
    assert execution.sweep(at=AT + timedelta(minutes=1)) == 0
    assert execution.sweep(at=AT + execution.LEASE) == 1


@pytest.mark.django_db
def test_the_end_moved_while_the_page_was_set(systems, monkeypatch):
    hold = hold_of()
    execution.work(hold.pk, at=AT)
    PreservationHold.objects.filter(pk=hold.pk).update(snapshot_at=AT)
    hold.refresh_from_db()

    def slow(template, context):
        PreservationHold.objects.filter(pk=hold.pk).update(expires_at=datetime(2027, 5, 19, 23, 59, 59, tzinfo=UTC))
        return PDF

    monkeypatch.setattr(certificates.paper, "render_pdf", slow)
    assert certificates.make(hold, at=AT) is None
    hold.refresh_from_db()
    assert hold.certificate is None


@pytest.mark.slow
@pytest.mark.django_db
def test_the_real_page(systems, monkeypatch):
    monkeypatch.undo()
    hold = hold_of()
    PreservationHold.objects.filter(pk=hold.pk).update(snapshot_at=AT, snapshot={"accounts": []})
    hold.refresh_from_db()
    document = certificates.make(hold, at=AT)
    with documents.open_plain(document) as reader:
        pdf = reader.read()
    assert pdf.startswith(b"%PDF-")
    assert document.state == "clean"


@pytest.mark.django_db
def test_copies_that_are_not_what_was_kept_alarm_staff_once(systems):
    admin = make_staff("preservation_admin")
    hold = hold_of()
    go_on(AT)
    systems.sha256 = "00" * 32
    at = AT + timedelta(days=80)
    extensions.grant(extension_of(hold), by=admin, at=at)
    go_on(at)
    hold.refresh_from_db()
    (manifest,) = hold.snapshot["accounts"]
    assert manifest["files"][0]["sha256"] == "ab" * 32  # what was first kept is never written over
    assert [(c["same"], c["files"][0]["sha256"]) for c in manifest["checks"]] == [(False, "00" * 32)]
    assert OutboundMessage.objects.filter(event="hold_copies_differ").count() == 1
    assert list(entries_for(hold).values_list("action", flat=True)).count("hold.snapshot_differs") == 1


@pytest.mark.django_db
def test_the_officer_hears_once_that_it_is_late_and_once_that_it_is_done(systems):
    make_staff("preservation_admin")
    systems.down = True
    hold = hold_of()
    for hours in (0, 23, 25, 26, 50):
        go_on(AT + timedelta(hours=hours), rounds=1)
        told = OutboundMessage.objects.filter(event="hold_delayed", to_user=hold.officer).count()
        assert told == (hours > 24)
    systems.down = False
    at = go_on(AT + timedelta(hours=60))
    go_on(at + timedelta(hours=1))
    assert OutboundMessage.objects.filter(event="hold_carried_out", to_user=hold.officer).count() == 1
    hold.refresh_from_db()
    assert (hold.snapshot_at is not None, hold.work_at) == (True, None)


@pytest.mark.django_db
def test_while_snapshots_fail_nobody_learns_from_the_time_that_there_is_no_account(systems, monkeypatch):
    """Matching answers and keeping does not: both holds wait, and both are carried out once it works again."""
    kept = Systems.preserve

    def fails(self, *args, **kwargs):
        raise ConnectorFailed("No room.")

    monkeypatch.setattr(Systems, "preserve", fails)
    holds = [hold_of(), hold_of(identifiers=(("email", "a@mail.example"),))]
    at = go_on(AT)
    assert [PreservationHold.objects.get(pk=hold.pk).snapshot_at for hold in holds] == [None, None]
    monkeypatch.setattr(Systems, "preserve", kept)
    for hour in range(1, 4):
        go_on(at + timedelta(hours=hour))
    assert None not in [PreservationHold.objects.get(pk=hold.pk).snapshot_at for hold in holds]


@pytest.mark.django_db
def test_staff_try_again_what_was_given_up_and_nobody_else_may(systems):
    admin = make_staff("preservation_admin")
    systems.unknown = True
    hold = hold_of()
    at = go_on(AT)
    with pytest.raises(NotAllowed):
        execution.try_again(hold, by=make_staff("analyst"), at=at)
    systems.unknown = False
    assert execution.try_again(hold, by=admin, at=at) == 1
    go_on(at)
    hold.refresh_from_db()
    assert hold.snapshot_at is not None
    with pytest.raises(TransitionRefused, match="this hold is carried out"):
        execution.try_again(hold, by=admin, at=at + timedelta(hours=2))


@pytest.mark.django_db
def test_what_was_asked_while_a_worker_was_busy_is_not_forgotten(systems, monkeypatch):
    hold = hold_of()
    go_on(AT)
    PreservationHold.objects.filter(pk=hold.pk).update(work_at=AT + timedelta(hours=1))
    asked = AT + timedelta(hours=1, seconds=1)

    def meanwhile(hold, at):
        PreservationHold.objects.filter(pk=hold.pk).update(work_at=asked)

    monkeypatch.setattr(execution.delays, "tell_done", meanwhile)
    execution.work(hold.pk, at=AT + timedelta(hours=1))
    hold.refresh_from_db()
    assert hold.work_at == asked


@pytest.mark.django_db
def test_a_part_that_is_released_is_deleted_and_the_rest_is_kept(systems):
    systems.found["b@mail.example"] = ("exact", ["60417733"])
    hold = hold_of(identifiers=(("uid", "48213377"), ("email", "b@mail.example")))
    go_on(AT)
    at = AT + timedelta(days=1)
    hold.identifiers.filter(kind="email").update(released_at=at)
    PreservationHold.objects.filter(pk=hold.pk).update(work_at=at, certificate=None)
    go_on(at)
    hold.refresh_from_db()
    assert {m["account"]: bool(m["released_at"]) for m in hold.snapshot["accounts"]} == {
        "60417732": False,
        "60417733": True,
    }
    assert [call[1] for call in systems.calls if call[0] == "release"] == ["60417733"]
    life.release(hold, by=hold.officer, at=AT + timedelta(days=2))
    go_on(AT + timedelta(days=2))
    hold.refresh_from_db()
    assert hold.status == "destroyed"
    assert [call[1] for call in systems.calls if call[0] == "release"] == ["60417733", "60417732"]


@pytest.mark.django_db
def test_nobody_gets_a_certificate_of_what_nobody_accepted(systems):
    hold = hold_of()
    PreservationHold.objects.filter(pk=hold.pk).update(acceptance="pending")
    at = go_on(AT)
    hold.refresh_from_db()
    assert hold.snapshot_at is not None  # kept from receipt on, whatever is decided
    assert hold.certificate is None
    accepting.accept(hold, by=make_staff("preservation_admin"), at=at)
    go_on(at)
    hold.refresh_from_db()
    assert hold.certificate is not None
