"""The line to the company's own systems: where they are, whether they answer as they should, what they did not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from foundation.audit.trail import record
from foundation.core.errors import PortalError
from foundation.core.jobs import JobState
from foundation.notifications.hooks.addresses import AddressRefused, PrivateAddress, check
from foundation.notifications.hooks.posting import Deadline, connect
from foundation.providers.conformance.calling import Caller
from foundation.providers.conformance.checks import Result, Run
from foundation.providers.conformance.running import HARMLESS, outcomes
from foundation.providers.connector_keys import signing_key
from foundation.providers.connectors.base import ConnectorFailed
from foundation.providers.events import ProviderEvent
from foundation.providers.models import ConnectorCheck, ConnectorJob, ConnectorKey, Provider

HTTP = "http"
# Of one call of a check that a person waits for, and of all of them: who waits longer reads an error of the web server.
CHECK_SECONDS, CHECKS_SECONDS = 5.0, 40.0
SHOWN = 25
_PRIVATE = (
    "This address leads into a private or reserved network that is not open. The operator of the portal opens the "
    "network of the company's systems with CONNECTOR_ALLOWED_NETWORKS."
)


class LineRefused(PortalError):
    """The line cannot be changed or checked as asked; str() says why."""


@dataclass(frozen=True)
class Instruction:
    """An instruction as an administrator sees it: nothing of the case it is for, and no account."""

    job: ConnectorJob
    error: str
    given_up: bool


def address_of(provider: Provider) -> str:
    """Return where the company's systems are; empty where they are not asked over HTTP."""
    return str(provider.connector_settings.get("url", "")) if provider.connector == HTTP else ""


@transaction.atomic
def set_address(provider: Provider, url: str, *, by: Any, at: datetime | None = None) -> bool:
    """Ask the systems at this address from now on. Raises LineRefused; False where nothing is different."""
    try:
        check(url, networks=settings.CONNECTOR_ALLOWED_NETWORKS)
    except PrivateAddress as refusal:
        raise LineRefused(_PRIVATE) from refusal
    except AddressRefused as refusal:
        raise LineRefused(str(refusal)) from refusal
    row = Provider.objects.select_for_update(of=("self",)).get(pk=provider.pk)
    before = address_of(row)
    if before == url:
        return False
    row.connector, row.connector_settings = HTTP, {**row.connector_settings, "url": url}
    row.save(update_fields=["connector", "connector_settings"])
    record(ProviderEvent.ADDRESS_CHANGED, by=by, obj=row, data={"from": before, "to": url}, at=at or timezone.now())
    return True


def note_shown(key: ConnectorKey, *, by: Any, at: datetime | None = None) -> None:
    """Write down that somebody read the secret of a key."""
    record(ProviderEvent.KEY_SHOWN, by=by, obj=key.provider, data={"key": key.key_id}, at=at or timezone.now())


def check_now(provider: Provider, *, by: Any, at: datetime | None = None) -> ConnectorCheck:
    """Run the checks that ask nothing about any customer, and keep what came of them. Raises LineRefused."""
    at, url = at or timezone.now(), address_of(provider)
    if not url:
        raise LineRefused("The systems are not asked over HTTP, so there is nothing to check.")
    try:
        key_id, secret = signing_key(provider)
    except ConnectorFailed as error:
        raise LineRefused(str(error)) from error
    careful = partial(_careful_line, all_of_it=Deadline(CHECKS_SECONDS))
    found = list(outcomes(Run(Caller(url, key_id, secret, line=careful, busy=0)), HARMLESS))
    results = [{"name": one.check.name, "result": str(one.result), "why": one.why} for one in found]
    with transaction.atomic():
        row = ConnectorCheck.objects.create(provider=provider, at=at, by_label=str(by or ""), results=results)
        failed = [one.check.name for one in found if one.result is Result.FAILED]
        record(ProviderEvent.CHECKED, by=by, obj=provider, data={"failed": failed}, at=at,
               outcome="failed" if failed else "ok")  # fmt: skip
    return row


def last_check(provider: Provider) -> ConnectorCheck | None:
    """Return the newest check."""
    return ConnectorCheck.objects.filter(provider=provider).order_by("-at", "-pk").first()


def troubled(provider: Provider) -> list[Instruction]:
    """Return instructions that failed and are tried again, or were given up, the newest first."""
    rows = ConnectorJob.objects.filter(_troubled(), provider=provider).order_by("-pk")[:SHOWN]
    return [Instruction(job, _without_account(job), job.state == JobState.GIVEN_UP) for job in rows]


def last_done(provider: Provider) -> ConnectorJob | None:
    """Return the instruction that was carried out last."""
    done = ConnectorJob.objects.filter(provider=provider, state=JobState.DONE)
    return done.order_by("-finished_at", "-pk").first()


def waiting(provider: Provider) -> int:
    """Count the instructions that are on their way."""
    return ConnectorJob.objects.filter(provider=provider, state__in=[JobState.PENDING, JobState.RUNNING]).count()


def _troubled() -> Q:
    """What was given up, or is tried again because it failed: a row that waits for its first try has no error."""
    return Q(state=JobState.GIVEN_UP) | (Q(state__in=[JobState.PENDING, JobState.RUNNING]) & ~Q(last_error=""))


def _without_account(job: ConnectorJob) -> str:
    """What the systems said: an error of a company's own may name who was asked about."""
    return job.last_error.replace(job.account, "…") if job.account else job.last_error


@contextmanager
def _careful_line(url: str, *, all_of_it: Deadline) -> Iterator[HTTPConnection]:
    """Open a line only to where a connector may lead, to the very address that was looked at."""
    try:
        target = check(url, networks=settings.CONNECTOR_ALLOWED_NETWORKS)
    except AddressRefused as refusal:
        raise OSError(str(refusal)) from refusal
    line = connect(target, Deadline(min(CHECK_SECONDS, all_of_it.left())))
    try:
        talk = HTTPConnection(target.host, target.port)
        talk.sock = line
        yield talk
    finally:
        line.end()
