"""Secrets come from a variable or a file, every one of them, and none lies in the repository (SEC-32)."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from lers.secrets import read_address

ROOT = Path(settings.BASE_DIR)
# What may hold a password: by its name, or an address with one in it.
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|PASSPHRASE|CREDENTIAL|_KEYS?$|_URL$|_DSN$")
READERS = {"read_secret", "read_address"}
# Names that only sound so, each with the reason.
NO_SECRET = {
    "PUBLIC_URL": "the address people type",
    "VAULT_TOKEN": "foundation.documents.kms reads VAULT_TOKEN_FILE itself, anew for each call",
    "VAULT_TRANSIT_KEY": "a key's name; the key never leaves Vault",
    "CONNECTOR_URL": "the demo's own company on this machine; a real one stands in its row, with signed calls",
    "PASSKEY_FOR_DECISIONS": "a switch",
}
PLANTED = [
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "a" * 36,
    "xoxb-" + "123456789012-abcdefghijkl",
    "SECRET_KEY=" + "4f" * 32,
    "postgres://lers_app:" + "Zq8xW3kLp0" + "@db.internal/lers",
]
FOUND = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{20,}"
    r"|\b(?:SECRET|KEY|PASSWORD|TOKEN)[A-Z_]*\s*[=:]\s*[\"']?[0-9a-f]{64}\b"
    r"|\b(?:postgres|redis|smtps?|amqp|s3)(?:ql|\+\w+)?://[\w.-]+:(?!x@|\{|\$|%)[A-Za-z0-9+/_-]{8,}@"
)
# Tests make throw-away keys and say what a leak would look like.
ALLOWED = {"tests/lers/test_secrets.py"}


def asked_of_the_environment(path: Path) -> set[tuple[str, str]]:
    """Return what a module reads from the environment: (reader, name)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name, called = node.args[0].value, node.func
            reader = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if (
                isinstance(name, str)
                and name.isupper()
                and not name.endswith("_FILE")
                and (reader in READERS or _is_env(called))
            ):
                found.add((reader, name))
    return found


def _is_env(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "env"


def test_sec_32_every_secret_can_come_from_a_file():
    asked = set().union(*(asked_of_the_environment(path) for path in (ROOT / "lers").glob("*.py")))
    secret = {name: reader for reader, name in asked if SECRET.search(name) and reader not in READERS}
    assert sorted(set(secret) - set(NO_SECRET)) == [], "read it with lers.secrets, or say why it is none"
    assert {name for reader, name in asked if reader in READERS} >= {"SECRET_KEY", "MAILBOX_PASSWORD", "EMAIL_URL"}


def test_sec_32_the_file_wins_and_its_last_line_break_is_no_part_of_it(tmp_path, monkeypatch):
    (tmp_path / "it").write_text("from a file\n")
    monkeypatch.setenv("MAILBOX_PASSWORD_FILE", str(tmp_path / "it"))
    assert read_address("MAILBOX_PASSWORD") == "from a file"


@pytest.mark.parametrize("planted", PLANTED, ids=range(len(PLANTED)))
def test_sec_32_the_scan_finds_a_planted_secret(planted):
    assert FOUND.search(f"x = 1\n{planted}\n")


def test_sec_32_no_secret_lies_in_the_repository():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    leaks = []
    for name in files.split("\0"):
        path = ROOT / name
        if name and name not in ALLOWED and path.is_file() and path.stat().st_size < 2_000_000:
            leaks += [f"{name}: {hit.group()[:24]}…" for hit in FOUND.finditer(path.read_text(errors="replace"))]
    assert leaks == []
