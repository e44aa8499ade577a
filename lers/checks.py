"""`make check`: everything about the code that needs no test run. Each check runs, then all that failed are named."""

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from lers.runner.services import BASE_DIR

_BIN = Path(sys.executable).parent

# The longest first: two run at a time.
CHECKS: dict[str, list[str]] = {
    "mypy": ["mypy"],
    "ruff check": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check"],
    "import order": ["lint-imports"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "production settings": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}


def production_environment() -> dict[str, str]:
    """Return a complete production environment with made-up addresses: the check connects to none of them."""
    return {
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_hex(32),
        "DOCUMENT_MASTER_KEYS": f"check:{secrets.token_hex(32)}",
        "AUDIT_SIGNING_KEY": secrets.token_hex(32),
        "AUDIT_PUBLISH_DIR": "/srv/anchors",
        "PUBLIC_URL": "https://requests.meridian.example",
        "ALLOWED_HOSTS": "requests.meridian.example",
        "SITE_NAME": "Meridian Exchange",
        "EMERGENCY_PHONE": "+44 20 7946 0112",
        "STAFF_EMAIL_DOMAINS": "meridian.example",
        "DATABASE_URL": "postgres://lers_app:x@database.example/lers",
        "DATABASE_OWNER_URL": "postgres://lers_owner:x@database.example/lers",
        "REDIS_URL": "redis://broker.example/0",
        "EMAIL_URL": "smtp+tls://portal:x@mail.example:587",
        "STORAGE_URL": "s3://documents?endpoint=https://storage.example",
        "CLAMD_ADDRESS": "scanner.example:3310",
        "SSO_OIDC_ISSUER": "https://accounts.meridian.example",
        "SSO_OIDC_CLIENT_ID": "portal",
        "SSO_OIDC_CLIENT_SECRET": secrets.token_hex(32),
        "SSO_STAFF_DOMAINS": "meridian.example",
    }


def main() -> int:
    """Run every check; return 1 when one failed."""
    failed = []
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run, name) for name in CHECKS]
        for done in as_completed(running):
            name, code, seconds, said = done.result()
            print(f"== {name}\n{said}   {seconds:.1f} s", flush=True)
            if code != 0:
                failed.append(name)
    print(f"Failed: {', '.join(failed)}" if failed else f"All {len(CHECKS)} checks passed.", flush=True)
    return 1 if failed else 0


def run(name: str) -> tuple[str, int, float, str]:
    """Return a check's name, exit code, duration, and what it said."""
    started = time.monotonic()
    program, *arguments = CHECKS[name]
    extra = production_environment() if name == "production settings" else {"ENVIRONMENT": "test"}
    command = [sys.executable if program == "python" else str(_BIN / program), *arguments]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=os.environ | extra, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    return name, done.returncode, time.monotonic() - started, done.stdout


if __name__ == "__main__":
    sys.exit(main())
