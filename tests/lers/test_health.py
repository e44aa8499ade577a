"""/healthz and /readyz: what they say, and that they say no more."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from lers import health

ALL_WELL = {"status": "ok", "database": "ok", "broker": "ok", "storage": "ok", "scanner": "none", "trail": "unwatched"}


def test_healthz_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_asks_database_broker_and_storage(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == ALL_WELL


@pytest.mark.parametrize("part", ["database", "broker", "storage"])
@pytest.mark.django_db
def test_readyz_names_what_fails_and_keeps_the_reason(
    client: Client, part: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OperationalError("password of lers_app is wrong")

    monkeypatch.setitem(health.CHECKS, part, fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == ALL_WELL | {"status": "failed", part: "failed"}
    assert "password" not in answer.content.decode()
    assert "password of lers_app is wrong" in caplog.text


def test_readyz_notices_a_broker_that_is_gone() -> None:
    code = (
        "import django; django.setup()\n"
        "from lers.health import check_broker\n"
        "try: check_broker()\n"
        "except Exception: print('gone')"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lers.settings", "REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout == "gone\n", done.stderr


def test_probe_fails_when_nobody_answers() -> None:
    command = [sys.executable, "lers/probe.py"]
    environment = os.environ | {"PORT": "1"}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "refused" in done.stderr
