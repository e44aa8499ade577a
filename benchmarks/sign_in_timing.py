"""Measures whether the time of an answer tells that an address has an account.

Run it in the environment of a demo:

    VAR=var .venv/bin/python manage.py shell -c "from benchmarks.sign_in_timing import main; main()"

Prints the median and the spread of a wrong password and of a request for a new password, for an address that exists
and for one that does not. Everything it writes is rolled back.
"""

import statistics
import time
from collections.abc import Callable
from unittest import mock

from django.db import transaction
from django.test import RequestFactory

from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.services import sign_in

ROUNDS = 60


def main() -> None:
    """Measure both, in turns, so that load on the machine hits both alike."""
    known = User.objects.filter(is_active=True).values_list("email", flat=True).first()
    if known is None:
        raise SystemExit("Load the demo first.")
    for what, act in (("wrong password", _wrong_password), ("new password by mail", _ask)):
        times: dict[str, list[float]] = {known: [], "nobody@nowhere.example": []}
        for number in range(ROUNDS):
            for email in sorted(times, reverse=bool(number % 2)):
                times[email].append(_timed(act, email))
        for email, taken in times.items():
            word = "exists" if email == known else "missing"
            quart = statistics.quantiles(taken, n=4)
            print(f"{what:22} {word:8} median {quart[1]:7.2f} ms, quartiles {quart[0]:7.2f} to {quart[2]:7.2f}")


def _timed(act: Callable[[str], None], email: str) -> float:
    with transaction.atomic():
        begin = time.perf_counter()
        act(email)
        taken = (time.perf_counter() - begin) * 1000
        transaction.set_rollback(True)
    return taken


def _wrong_password(email: str) -> None:
    request = RequestFactory().post("/sign-in/")
    AccountAdapter(request).authenticate(request, email=email, password="wrong wrong wrong")  # noqa: S106 - it is wrong


def _ask(email: str) -> None:
    with mock.patch("foundation.core.hurry._send", return_value=None):
        sign_in.ask_reset(email, place="198.51.100.1")
