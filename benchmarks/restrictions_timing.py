"""Measures whether the time of an answer tells the company's systems, or who listens, that something is there.

Run it in the environment of a demo:

    VAR=var .venv/bin/python manage.py shell -c "from benchmarks.restrictions_timing import main; main()"

Prints the quartiles of signed calls about an account with a request, one with a hold, one with nothing and one that
nobody knows, without the beat at which answers leave and with it. Everything it writes is rolled back.
"""

import json
import statistics
import time
from collections.abc import Callable
from unittest import mock

from django.db import transaction
from django.test import Client, override_settings

from foundation.providers import connector_keys
from foundation.providers.connectors.http import signing
from foundation.providers.models import Provider
from preservation.models import HeldIdentifier
from requests_app.enums import OPEN_STATUSES
from requests_app.models import Target

ROUNDS = 100
PATH = "/company/v1/restrictions"
# The beat of the settings' default.
BEAT = 0.1


def main() -> None:
    """Measure in turns, so that load on the machine hits all alike."""
    provider = Provider.objects.order_by("pk").first()
    if provider is None:
        raise SystemExit("Load the demo first.")
    accounts = _accounts(provider)
    print(f"| Beat | Account | First quartile | Median | Third quartile | Slowest of {ROUNDS} |")
    print("|---|---|---|---|---|---|")
    with transaction.atomic():
        key, secret = connector_keys.make_key(provider, by=None)
        for beat, rounds in ((0.0, ROUNDS), (BEAT, ROUNDS)):
            with override_settings(COMPANY_ANSWER_BEAT=beat, ALLOWED_HOSTS=["testserver"]):
                _measure(accounts, lambda account: _ask(account, key.key_id, secret), beat=beat, rounds=rounds)
        transaction.set_rollback(True)


def _accounts(provider: Provider) -> dict[str, str]:
    asked = Target.objects.filter(data_request__provider=provider, data_request__status__in=OPEN_STATUSES)
    held = HeldIdentifier.objects.filter(hold__provider=provider, hold__status="active")
    return {
        "an open request": asked.exclude(account="").values_list("account", flat=True).first() or "",
        "a hold": held.exclude(account="").values_list("account", flat=True).first() or "",
        "nothing": "48219999",
        "not a customer": "nobody",
    }


def _measure(accounts: dict[str, str], ask: Callable[[str], None], *, beat: float, rounds: int) -> None:
    times: dict[str, list[float]] = {what: [] for what in accounts}
    for number in range(rounds):
        for what in sorted(times, reverse=bool(number % 2)):
            begin = time.perf_counter()
            with transaction.atomic():
                ask(accounts[what])
                transaction.set_rollback(True)
            times[what].append((time.perf_counter() - begin) * 1000)
    for what, taken in times.items():
        first, middle, third = statistics.quantiles(taken, n=4)
        shown = " | ".join(f"{value:.1f} ms" for value in (first, middle, third, max(taken)))
        print(f"| {beat} s | {what} | {shown} |")


def _ask(account: str, key_id: str, secret: str) -> None:
    body = json.dumps({"key": "benchmark", "account": account, "asks": "access", "language": "en"}).encode()
    headers = signing.call_headers(signing.new_call(PATH, body), key_id=key_id, secret=secret)
    with mock.patch("foundation.core.hurry._send", return_value=None):
        answer = Client().generic("POST", PATH, body, "application/json", headers=headers)
    if answer.status_code != 200:
        raise SystemExit(answer.content.decode().strip())
