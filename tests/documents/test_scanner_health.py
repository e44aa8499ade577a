"""What an operator is told: a scanner that is silent or hides its limits, old signatures, files that wait."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from foundation.documents import scanner
from foundation.documents import services as documents
from tests.harness.clamd import running

NOW = timezone.now()


def test_all_is_well(db, clamd):
    signed_at = scanner.current(clamd.address).signed_at
    found = documents.health(at=signed_at + timedelta(days=1))
    assert (found.scanner, found.alarms, found.pending, found.unscanned) == ("ok", [], 0, 0)
    assert f"/{clamd.number}/" in found.version


def test_old_signatures_are_an_alarm(db, clamd, settings):
    signed_at = scanner.current(clamd.address).signed_at
    settings.CLAMD_SIGNATURE_DAYS = 2
    assert documents.health(at=signed_at + timedelta(days=2, minutes=-1)).alarms == []
    assert "older than 2 days" in documents.health(at=signed_at + timedelta(days=2, minutes=1)).alarms[0]


def test_a_silent_scanner_and_what_waits_for_it(receive, clamd):
    clamd.stop()
    documents.process(receive(at=NOW), at=NOW)
    receive(at=NOW + timedelta(minutes=10))
    found = documents.health(at=NOW + timedelta(minutes=12))
    assert (found.scanner, found.pending, found.oldest_pending) == ("silent", 2, NOW)
    assert len(found.alarms) == 1
    found = documents.health(at=NOW + timedelta(minutes=20))
    assert "2 files wait to be checked" in found.alarms[1]


def test_none_set_up(receive):
    documents.process(receive())
    found = documents.health()
    assert (found.scanner, found.unscanned) == ("none", 1)
    assert ["No virus scanner" in found.alarms[0], "never scanned" in found.alarms[1]] == [True, True]


def test_one_that_hides_its_limits(db, settings):
    with running(honest=False) as other:
        settings.CLAMD_ADDRESS = other.address
        assert documents.health().scanner == "hides"
        assert "AlertExceedsMax" in documents.health().alarms[0]


def test_only_local_signatures(db, fake_clamd):
    fake_clamd.version = b"ClamAV 1.4.6\0"
    assert "only local signatures" in " ".join(documents.health().alarms)


def test_the_command_says_it_for_monitoring(db, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("check_scanner")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["scanner"] == "none"


def test_readyz_names_the_scanner_and_stays_ready(client, db, clamd):
    assert client.get("/readyz").json()["scanner"] == "ok"
    clamd.stop()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["scanner"]) == (200, "silent")
