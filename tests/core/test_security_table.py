"""docs/security.md and docs/threat-model.md are true: every requirement has a row, every test named is there."""

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from lers.checks import production_environment
from tests.url_inventory.walk import routes

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
IDS = [f"SEC-{number:02}" for number in range(1, 33)] + [f"PRI-{number:02}" for number in range(1, 7)]
FILES = [f"5.{chapter}.{number}" for chapter, last in ((1, 1), (2, 6), (3, 3), (4, 3)) for number in range(1, last + 1)]
ATTACKS = [
    "Sold mailbox", "Look-alike domain", "Stolen session", "Insider", "Forged order", "Fake freeze", "Malicious PDF",
    "Call-back capture", "Compromised lead", "Stolen signing key", "Hostile operator of the database", "Lost laptop",
    "Supply chain",
]  # fmt: skip
# Parts of an address that name a thing by a reference, a random id, a number of a row, or a word from a fixed list.
NAMED = re.compile(r"<(?:(?:int|uuid|slug|str|path):)?(\w+)>|\(\?P<(\w+)>")
HARMLESS = {
    "reference", "token", "uid", "uuid", "pk", "number", "name", "code", "slug", "version", "page", "day", "event",
    "kind", "list_name", "way", "form", "month", "year", "key", "call", "cause", "country", "document", "key_id",
    "member", "order", "other", "team",
}  # fmt: skip
PROBE = """
import json
from django.conf import settings as s
names = ("SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD DEBUG DEMO "
         "SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE SESSION_COOKIE_NAME "
         "SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH CSRF_COOKIE_SECURE CSRF_COOKIE_HTTPONLY "
         "CSRF_COOKIE_SAMESITE CSRF_COOKIE_NAME DEVICE_COOKIE_NAME USE_X_FORWARDED_HOST "
         "USE_X_FORWARDED_PORT PASSKEY_FOR_DECISIONS CLAMD_STRICT").split()
print(json.dumps({name: getattr(s, name) for name in names}))
"""


@cache
def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of every table by their first cell."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    return {row[0]: row for row in cells}


@pytest.mark.parametrize("name", ["security.md", "threat-model.md"])
def test_every_test_that_is_named_exists(name):
    named = TEST.findall((DOCS / name).read_text())
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file() or (test and test not in functions_of(ROOT / path))
    ]
    assert missing == []
    assert len(named) > 20


def test_every_requirement_has_a_row_with_a_test_or_a_sentence():
    found = rows((DOCS / "security.md").read_text())
    bare = [
        name for name in IDS + FILES if not TEST.search("".join(found.get(name, []))) and not _said(found.get(name))
    ]
    assert bare == []
    assert [name for name in IDS if len(found[name]) != 5 or not all(found[name])] == []


def _said(row: list[str] | None) -> bool:
    return any(cell.startswith("No test: ") and cell.endswith(".") for cell in row or [])


def test_every_known_attack_has_what_stops_it_and_what_does_not():
    found = rows((DOCS / "threat-model.md").read_text())
    assert [name for name in ATTACKS if len(found.get(name, [])) != 4 or not all(found[name])] == []
    assert [name for name in ATTACKS if not re.search(r"`tests/|drill", found[name][2])] == []


def test_sec_19_addresses_carry_references_and_ids_only():
    named = {a or b for route in routes() for a, b in NAMED.findall(route.pattern)}
    assert sorted(named - HARMLESS) == [], "a person or a fact in an address stays in histories and logs"


def test_sec_18_sec_21_production_is_strict():
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    env |= production_environment() | {"DJANGO_SETTINGS_MODULE": "lers.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert said == {
        "SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31536000, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True, "DEBUG": False, "DEMO": False, "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_DOMAIN": None, "SESSION_COOKIE_PATH": "/", "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True, "CSRF_COOKIE_SAMESITE": "Lax", "CSRF_COOKIE_NAME": "__Host-csrf",
        "DEVICE_COOKIE_NAME": "__Host-device", "USE_X_FORWARDED_HOST": False, "USE_X_FORWARDED_PORT": False,
        "PASSKEY_FOR_DECISIONS": True, "CLAMD_STRICT": True,
    }  # fmt: skip
