"""A breach in the register, and what people add to it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from requests_app.models import Breach
from requests_app.services import breaches

HOUR = timedelta(hours=1)


def facts(**other: Any) -> dict[str, Any]:
    """What is known of a stolen laptop, an hour ago."""
    known = {
        "kind": "device", "known_at": timezone.now().replace(microsecond=0) - HOUR, "part": "controller",
        "controller": "", "happened": "Laptop stolen on a train", "concerned": "About 40 customers, names",
        "consequences": "", "measures": "", "risk": "",
    }  # fmt: skip
    return known | other


def breach_of(by: User, **other: Any) -> Breach:
    """Note a breach."""
    return breaches.note(facts(**other), by=by)


def told(**other: Any) -> dict[str, Any]:
    """Nobody was told."""
    nobody = {
        "authority_told_at": None, "authority_reference": "", "late_reason": "", "not_told_reason": "",
        "people_told_at": None, "people_reason": "",
    }  # fmt: skip
    return nobody | other
