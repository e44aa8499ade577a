"""`manage.py run_urgent` as the process it is."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from tests.notifications.factories import message
from tests.notifications.server import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def urgent_loop(committed_db, mail_server) -> Iterator[subprocess.Popen[str]]:
    environment = committed_db.env | {
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
        # Nothing listens there: the loop must not need a broker.
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_urgent"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "Urgent loop is running.\n"
    assert wait_until(listening, seconds=20)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(timeout=10)
    process.stdout.close()


def listening() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name = 'lers urgent' AND state = 'idle'"
        )
        return bool(cursor.fetchone()[0])


def test_the_hint_beats_the_poll_and_two_hundred_ordinary_messages(urgent_loop, mail_server):
    for _ in range(200):
        message()
    waits = []
    for count in range(1, 9):
        time.sleep(0.13)  # at another point of the poll each time
        began = time.monotonic()
        row = message(urgent=True)
        assert mail_server.wait_for(count, seconds=5)
        waits.append(time.monotonic() - began)
        assert mail_server.mails[-1]["Message-ID"] == row.message_id
    assert max(waits) < 1
    # Waiting for the 1 s poll alone would take half a second on average.
    assert sorted(waits)[len(waits) // 2] < 0.3
    assert OutboundMessage.objects.filter(state=JobState.PENDING).count() == 200


def test_it_goes_on_after_the_database_cut_it_off(urgent_loop, mail_server):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'lers urgent'"
        )
    message(urgent=True)
    assert mail_server.wait_for(1, seconds=10)
    assert urgent_loop.poll() is None


def test_it_goes_on_after_the_mail_server_was_gone(urgent_loop, mail_server):
    mail_server.stop()
    row = message(urgent=True)
    assert wait_until(lambda: OutboundMessage.objects.get().attempts == 1, seconds=5)
    mail_server.start()
    assert mail_server.wait_for(1, seconds=10)
    assert mail_server.message_ids() == [row.message_id]


def test_sigterm_ends_it_cleanly(urgent_loop):
    urgent_loop.send_signal(signal.SIGTERM)
    assert urgent_loop.wait(timeout=5) == 0
    assert wait_until(lambda: not listening(), seconds=5)
