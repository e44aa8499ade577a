"""Urgent calls from the process of the urgent loop, without broker: a pager that hangs delays nobody."""

import subprocess
import sys
from pathlib import Path

import pytest

from foundation.core.jobs import JobState
from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import HookCall
from tests.notifications.factories import message
from tests.notifications.hook_receiver import Receiver, signed_by
from tests.notifications.hooking import make_hook
from tests.notifications.server import wait_until

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def urgent_process(committed_db, mail_server):
    environment = committed_db.env | {
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_urgent"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "Urgent loop is running.\n"
    yield process
    process.kill()
    process.wait(timeout=10)
    process.stdout.close()


def test_a_pager_that_hangs_delays_neither_mail_nor_another_pager(urgent_process, mail_server):
    with Receiver() as hanging, Receiver() as quick:
        hanging.manner = "hang"
        make_hook(hanging.url)
        make_hook(quick.url, secret=SECRET)
        for number in range(6):
            emit(HookEvent.EMERGENCY, dedupe_key=f"e{number}", reference="MX-26-7K4Q9TX", urgent=True)
        message(urgent=True)
        assert mail_server.wait_for(1, seconds=5)
        assert wait_until(lambda: len(quick.calls) == 6, seconds=5)
        assert all(signed_by(arrived, SECRET) for arrived in quick.calls)
        # Not one has come back from the pager that hangs, and it has no more than its share of the calls in flight.
        assert wait_until(lambda: HookCall.objects.filter(state=JobState.DONE).count() == 6, seconds=5)
        assert len(hanging.calls) == 3
        assert urgent_process.poll() is None
