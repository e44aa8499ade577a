"""The whole demo, in order: the company, its staff, agencies, officers, and their cases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounts.services.registry import load_official
from foundation.legal.catalogue import load as load_catalogue
from foundation.providers.models import Provider
from foundation.providers.seed import ensure_demo_provider
from lers.demo import (
    access,
    arrivals,
    cases,
    channels,
    connector,
    countries,
    custodian,
    holds,
    people,
    policy,
    registry,
    standing,
    urgent,
    work,
)
from lers.demo.errors import DemoRefused, require_demo
from requests_app.services import prepared

# Staff and agencies are older than every case.
_LONG_AGO = timedelta(days=200)
_LOCK = 7_326_104_411


def load(*, at: datetime | None = None) -> list[str]:
    """Make what is missing of the demo, and return its names. Each case is one transaction, found again by its key."""
    require_demo()
    now = (at or timezone.now()).replace(second=0, microsecond=0)
    with _alone():
        return list(_load(now))


def _load(now: datetime) -> Iterator[str]:
    long_ago = now - _LONG_AGO
    load_catalogue(at=long_ago)
    load_official(at=long_ago)
    provider = ensure_demo_provider(at=long_ago)
    if connector.ensure(provider, at=long_ago):
        yield "line to the company's systems"
    prepared.load(provider, by=None, at=long_ago)
    people.ensure_staff(provider, at=long_ago, now=now)
    if policy.ensure_switched_off(provider, at=long_ago + timedelta(days=3)):
        yield "type of process that is not taken"
    yield from work.ensure(provider, long_ago=long_ago, now=now)
    agencies = registry.ensure_agencies(at=long_ago + timedelta(days=1))
    people.ensure_officers(agencies, at=long_ago + timedelta(days=2), now=now)
    for applicant in access.APPLICANTS:
        if access.ensure(applicant, agencies, now=now):
            yield f"application of {applicant.name}"
    for hold in holds.HOLDS:
        if holds.ensure(hold, provider, now=now):
            yield f"hold, {hold.name}"
    yield from urgent.ensure_all(provider, now=now)
    if standing.ensure_lapsed(now=now):
        yield "officer who must verify again"
    if standing.ensure_suspended(now=now):
        yield "suspended officer"
    yield from _requests(provider, now)
    yield from custodian.ensure(now=now)
    yield from channels.ensure(provider, now=now)
    yield from arrivals.ensure(provider, now=now)


def _requests(provider: Provider, now: datetime) -> Iterator[str]:
    for case in sorted((*cases.CASES, *countries.CASES), key=lambda case: case.last):
        if cases.ensure(case, provider, now=now):
            yield f"request, {case.name}"


@contextmanager
def _alone() -> Iterator[None]:
    """Let one loader work at a time; the lock goes with the session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise DemoRefused("Another process is loading the demo data just now.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
