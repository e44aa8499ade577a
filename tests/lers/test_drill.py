"""A short drill: a worker is killed in the middle of its work, and nothing is lost."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from foundation.notifications.delivery import deliver
from foundation.notifications.outbox import send
from lers.drill.deadlines import EVENT
from lers.drill.place import free_port
from lers.drill.sink import Mood, Sink


@pytest.mark.slow
def test_a_killed_worker_loses_and_doubles_nothing(committed_db, tmp_path):
    result = tmp_path / "drill.md"
    environment = committed_db.env | {
        "VAR": str(tmp_path), "DRILL_FAULTS": "worker killed", "DRILL_MESSAGES": "300", "DRILL_RESULT": str(result),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "lers.drill"], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True,
        check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in result.read_text().splitlines() if line.startswith("| worker killed")]
    cells = [int(cell.replace(",", "")) for cell in line.strip("| ").split("|")[1:]]
    written, accepted, lost, doubled, counted, uncounted, _stages, missed, twice = cells
    assert (written, accepted, lost) == (300, 300, 0)
    assert (doubled - counted, uncounted, missed, twice) == (0, 0, 0, 0)


def test_an_unknown_fault_is_named(committed_db, tmp_path):
    environment = committed_db.env | {"VAR": str(tmp_path), "DRILL_FAULTS": "earthquake"}
    command = [sys.executable, "-m", "lers.drill"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "No such fault: earthquake" in done.stderr


@pytest.mark.django_db
def test_the_counting_server_counts_what_it_took_and_hung_up_on(settings):
    sink = Sink(free_port())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    row = send(EVENT, dedupe_key="drill", to_address="officer@drill.example", context={})
    sink.start()
    sink.mood = Mood.CUTS
    assert deliver([row.pk]).accepted == 0
    assert sink.accepted == {row.message_id: 1}
    sink.mood = Mood.TAKES
    assert deliver([row.pk], at=timezone.now() + timedelta(hours=1)).accepted == 1
    sink.stop()
    assert sink.accepted == {row.message_id: 2}
    row.refresh_from_db()
    assert row.handed_over_again == 1
