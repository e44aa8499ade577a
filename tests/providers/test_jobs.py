from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState, claim
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.providers import jobs, tasks
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import ConnectorAct, ConnectorJob
from foundation.providers.seed import ensure_demo_provider

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
UNTIL = AT + timedelta(days=90)


@pytest.fixture
def provider(db):
    return ensure_demo_provider(AT)


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(jobs, "hurry_on_commit", lambda name, *args: found.append((name, *args)))
    return found


def ask(provider, act="preserve", *, key="hold:1:preserve", account=cases.ACCOUNT_A, **arguments):
    given = {
        "preserve": {"categories": ["logins", "transactions"], "until": UNTIL, "hold": "HD-26-1"},
        "release": {"hold": "HD-26-1"},
        "export": {"categories": ["logins"], "from": AT - timedelta(days=300), "to": AT},
    }[act] | arguments
    return jobs.ask(
        provider, ConnectorAct(act), key=key, owner_type="preservation.preservationhold", owner_id="1",
        account=account, arguments=given, at=AT,
    )  # fmt: skip


def events(action):
    return AuditEvent.objects.filter(action=action).count()


class Refusing:
    """A company whose systems answer with this error."""

    def __init__(self, error):
        self.error = error

    def preserve(self, *args, **kwargs):
        raise self.error


@pytest.fixture
def refuse(monkeypatch):
    return lambda error: monkeypatch.setattr(jobs, "connector_for", lambda provider: Refusing(error))


def test_the_same_key_asks_once(provider, sent):
    first = ask(provider)
    assert ask(provider).pk == first.pk
    assert ConnectorJob.objects.count() == 1
    assert first.state == JobState.PENDING
    assert sent == [("providers.run", first.pk)] * 2
    assert events("connector.asked") == 1


def test_the_same_key_for_something_else_is_a_mistake(provider):
    ask(provider)
    with pytest.raises(jobs.DifferentInstruction, match="hold:1:preserve"):
        ask(provider, account=cases.ACCOUNT_B)
    with pytest.raises(jobs.DifferentInstruction):
        ask(provider, until=UNTIL + timedelta(days=1))


def test_what_is_missing_or_without_a_zone_is_refused_at_once(provider):
    with pytest.raises(ValueError, match="release takes hold, not hold, until"):
        ask(provider, "release", until=UNTIL)
    with pytest.raises(ValueError, match="no time zone"):
        ask(provider, until=UNTIL.replace(tzinfo=None))
    assert not ConnectorJob.objects.exists()


def test_a_snapshot_is_answered_in_the_row(provider):
    job = jobs.run(ask(provider), AT)
    assert (job.state, job.finished_at) == (JobState.DONE, AT)
    assert job.answer["hold"] == "HD-26-1"
    assert [file["category"] for file in job.answer["files"]] == ["logins", "transactions"]
    assert len(job.answer["digest"]) == 64
    assert events("connector.done") == 1
    assert [row.pk for row in jobs.jobs_of("preservation.preservationhold", 1)] == [job.pk]


def test_running_twice_answers_once(provider):
    job = jobs.run(ask(provider), AT)
    answer = job.answer
    assert jobs.run(job, AT + timedelta(hours=1)).answer == answer
    assert events("connector.done") == 1


def test_an_export_is_stored_encrypted_and_clean(provider):
    job = jobs.run(ask(provider, "export", key="export:1"), AT)
    (file,) = job.answer["files"]
    document = Document.objects.get(pk=file["document"])
    documents.require_clean(document)
    content = documents.open_plain(document).read()
    assert content.startswith(b"time_utc,account,")
    assert content.count(b"\n") == file["rows"] + 1
    assert (file["sha256"], file["size"]) == (document.sha256, len(content))
    assert file["fields"]["ip_address"]


def test_a_hold_restricts_until_it_is_released(provider):
    demo = DemoConnector("meridian", provider.pk)
    jobs.run(ask(provider), AT)
    jobs.run(ask(provider, key="hold:2:preserve", hold="HD-26-2"), AT)
    assert demo.restrictions(cases.ACCOUNT_A).keep
    assert not demo.restrictions(cases.ACCOUNT_B).keep
    jobs.run(ask(provider, "release", key="hold:1:release"), AT + timedelta(days=1))
    assert demo.restrictions(cases.ACCOUNT_A).keep
    jobs.run(ask(provider, "release", key="hold:2:release", hold="HD-26-2"), AT + timedelta(days=1))
    assert not demo.restrictions(cases.ACCOUNT_A).keep


def test_a_failure_waits_longer_each_time_and_is_given_up_at_last(provider, refuse):
    refuse(ConnectorFailed("The systems are closed."))
    job, at, waits = ask(provider), AT, []
    while (job := jobs.run(job, at)).state == JobState.PENDING:
        waits.append(job.due_at - at)
        assert jobs.run(job, job.due_at - timedelta(seconds=1)).attempts == job.attempts
        at = job.due_at
    assert waits == sorted(waits)
    assert len(waits) == jobs.TRIES - 1
    assert (job.state, job.last_error) == (JobState.GIVEN_UP, "The systems are closed.")
    assert events("connector.given_up") == 1


def test_an_account_that_does_not_exist_is_not_asked_for_again(provider):
    job = jobs.run(ask(provider, account="1"), AT)
    assert (job.state, job.attempts) == (JobState.GIVEN_UP, 1)
    assert "no account 1" in job.last_error


def test_whatever_a_connector_raises_stops_only_its_own_row(provider, refuse, caplog):
    first = ask(provider)
    second = ask(provider, key="hold:2:preserve", hold="HD-26-2")
    refuse(ZeroDivisionError())
    assert jobs.sweep(AT) == 2
    for job in (first, second):
        job.refresh_from_db()
        assert (job.state, job.last_error) == (JobState.PENDING, "ZeroDivisionError")
    assert "failed" in caplog.text


def test_what_a_dead_worker_held_is_found_after_its_lease(provider):
    job = ask(provider)
    claim(ConnectorJob.objects.all(), at=AT, lease=jobs.LEASE, limit=1)
    assert jobs.sweep(AT + jobs.LEASE - timedelta(seconds=1)) == 0
    assert jobs.sweep(AT + jobs.LEASE) == 1
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_an_answer_that_comes_after_the_lease_is_dropped(provider, monkeypatch):
    job = ask(provider)

    class Slow:
        def preserve(self, *args, **kwargs):
            ConnectorJob.objects.update(claimed_until=AT + timedelta(days=1))
            return DemoConnector("meridian").preserve(*args, **kwargs)

    monkeypatch.setattr(jobs, "connector_for", lambda provider: Slow())
    assert jobs.run(job, AT).state == JobState.RUNNING
    assert job.answer == {}
    assert events("connector.done") == 0


def test_a_person_may_try_again_what_was_given_up(provider, sent):
    job = jobs.run(ask(provider, account="1"), AT)
    assert jobs.try_again(job, by=None, at=AT)
    assert (job.state, job.attempts) == (JobState.PENDING, 0)
    assert not jobs.try_again(job, by=None, at=AT)


def test_the_tasks_have_the_names_that_beat_and_services_use(provider):
    assert (tasks.run.name, tasks.sweep.name) == ("providers.run", "providers.sweep")
    job = ask(provider)
    tasks.run(job.pk)
    tasks.run(0)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert tasks.sweep() == 0
