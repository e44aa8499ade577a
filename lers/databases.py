"""Which database the portal uses, as which role, and how long anything there may take."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from lers.secrets import read_address


def read_databases(env: environ.Env, *, role: str, production: bool) -> tuple[dict[str, dict[str, Any]], bool]:
    """Return DATABASES, and whether it is the embedded server, started when the first connection is opened."""
    address = read_address("DATABASE_URL")
    if production and not address:
        raise ImproperlyConfigured("Set DATABASE_URL and DATABASE_OWNER_URL: production has no embedded server.")
    if address:
        owner = read_address("DATABASE_OWNER_URL") if role == "owner" else ""
        found: dict[str, Any] = env.db_url_config(owner or address)
    else:
        found = {"ENGINE": "lers.postgresql", "NAME": "lers"}
    if role == "app":
        found.setdefault("OPTIONS", {}).setdefault("options", _limits(env))
    found |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    return {"default": found}, not address


def _limits(env: environ.Env) -> str:
    """Return what libpq is told: migrations alone may take as long as they need.

    A transaction that somebody forgot keeps every entry after it from being sealed; a statement that never ends, or
    waits for a lock for ever, keeps a thread.
    """
    limits = {
        "idle_in_transaction_session_timeout": env.int("DATABASE_IDLE_SECONDS", default=60),
        "lock_timeout": env.int("DATABASE_LOCK_SECONDS", default=60),
        "statement_timeout": env.int("DATABASE_STATEMENT_SECONDS", default=300),
    }
    return " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())
