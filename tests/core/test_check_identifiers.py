"""`manage.py check_identifiers`: one JSON line for each line, whatever comes in."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.databases import SETTINGS_MODULE

ROOT = Path(__file__).resolve().parents[2]
HASH = "9f3c61d0a7be42f5c8801b7d64e93fa2550e7c1b98d3f6a4472e0b51caad9913"


def answers(content):
    out = io.StringIO()
    call_command("check_identifiers", stdin=io.BytesIO(content), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_line_has_its_verdict():
    lines = [
        "uid,48213377", "Name@Mail.example", "wallet,0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed,ethereum", "",
        HASH, f"txid,{HASH}:1,bitcoin", "wallet,rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY,xrp,7",
    ]  # fmt: skip
    found = answers("\n".join(lines).encode())
    assert [item["verdict"] for item in found] == [
        "accepted", "corrected", "accepted", "refused", "corrected", "accepted",
    ]  # fmt: skip
    assert all(set(item) == {"given", "kind", "network", "normalised", "verdict", "why", "detail"} for item in found)
    assert all(item["why"] for item in found if item["verdict"] != "accepted")
    assert (found[4]["normalised"], found[4]["detail"], found[5]["detail"]) == (HASH, "output:1", "tag:7")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_get_an_answer(content):
    for item in answers(content):
        assert item["verdict"] in {"accepted", "corrected", "refused"}


def test_bytes_that_are_no_text_and_endless_lines_are_refused():
    found = answers(b"\xff\xfe\xfa\nuid,482\x0013377\n" + b"a" * 1_000_000 + b"\nuid,48213377\n")
    assert [item["verdict"] for item in found] == ["refused", "corrected", "refused", "accepted"]
    assert all(len(item["given"]) <= 300 for item in found)


def test_it_needs_no_database():
    env = os.environ | {"DJANGO_SETTINGS_MODULE": SETTINGS_MODULE, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check_identifiers"], input=b"48213377\r\n\xff\n", capture_output=True, cwd=ROOT,
        env=env, check=True,
    )  # fmt: skip
    assert done.stderr == b""
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["accepted", "refused"]
