"""Holds with identifiers and extensions for benchmarks, made inside the database; not a benchmark itself."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from benchmarks.search_rows import _copy, _people
from foundation.providers.models import Provider
from preservation.models import HeldIdentifier, HoldExtension, PreservationHold

_HOLDS = PreservationHold._meta.db_table
_PEOPLE = 5000
# Seconds since a hold began: between an hour and 88 and a half days of its 90, so that nothing is due for a while.
_AGE = "(3600 + (({n})::bigint * 7919) % 7642800) * interval '1 second'"
# The next reminder at 06:00 UTC of its day, else the end: as preservation.schedule has it, 30, 14, 7 and 1 days before.
_NEXT = " ".join(
    f"WHEN {{day}} - interval '{days} days' > now() + interval '6 hours' THEN {{day}} - interval '{days} days'"
    for days in (30, 14, 7, 1)
)


def prepare(provider: Provider, officer: User) -> PreservationHold:
    """Make officers and agencies, and return the hold that all others are copies of: destroyed long ago."""
    _people(_PEOPLE)
    at = timezone.now() - timedelta(days=200)
    membership: Any = officer.membership
    hold = PreservationHold.objects.create(
        provider=provider, officer=officer, agency=membership.agency, status="destroyed", reference="MX-26-0000000",
        title="Operation Fjordlys", case_number="NV 26/0", categories=["registration", "transactions"],
        created_at=at, saved_at=at, requested_at=at, starts_at=at, expires_at=at + timedelta(days=90),
        expiry_rule="90 days (company policy)", process_follows=True, snapshot={"accounts": []}, snapshot_at=at,
        destroyed_at=at + timedelta(days=91),
    )  # fmt: skip
    _ask(hold, at)
    return hold


def fill(one: PreservationHold, since: int, until: int) -> None:
    """Make the holds number `since` + 1 to `until` that are kept, and a fifth as many in every other state.

    Of those kept, one in twenty does not run down, one in fifty is restricted, one in five hundred waits for a person
    and one in five hundred has asked for more time.
    """
    _holds(one, since, until - since, "kept", {
        "status": "CASE {n} % 40 WHEN 0 THEN 'process_served' WHEN 20 THEN 'on_treaty' ELSE 'active' END",
        "request_reference": "CASE {n} % 40 WHEN 0 THEN 'MX-26-R' || {n} ELSE '' END",
        "confirm_by": "CASE {n} % 40 WHEN 20 THEN now() + interval '30 days' END",
        "next_action_at": "CASE WHEN {n} % 20 > 0 THEN CASE " + _next() + " END END",
        "acceptance": "CASE {n} % 500 WHEN 7 THEN 'pending' ELSE 'rule' END",
        "accept_by": "CASE {n} % 500 WHEN 7 THEN now() + interval '1 day' END",
        "destroyed_at": "NULL",
    })  # fmt: skip
    past = f"now() - interval '13 days' * (({{n}} * 37) % {until}) / {until}"
    _holds(one, since // 100, (until - since) // 100, "grace", {
        "status": "'expired'", "expires_at": past, "expired_at": past, "destroyed_at": "NULL",
        "grace_until": f"{past} + interval '14 days'", "work_at": f"{past} + interval '14 days'",
    })  # fmt: skip
    ended = "now() - interval '30 days' - ({n} % 400) * interval '1 day'"
    _holds(one, since // 5, (until - since) // 5, "gone", {
        "status": "'destroyed'", "starts_at": f"{ended} - interval '90 days'", "expires_at": ended,
        "expired_at": f"CASE {{n}} % 3 WHEN 0 THEN NULL ELSE {ended} END",
        "released_at": f"CASE {{n}} % 3 WHEN 0 THEN {ended} END", "destroyed_at": f"{ended} + interval '1 hour'",
    })  # fmt: skip
    _holds(one, since // 100, (until - since) // 100, "draft", {
        "status": "'draft'", "saved_at": "now() - ({n} % 20) * interval '1 day'", "starts_at": "NULL",
        "expires_at": "NULL", "requested_at": "NULL", "destroyed_at": "NULL", "reference": "NULL",
    })  # fmt: skip
    _identifiers()
    _asked()


def _holds(one: PreservationHold, since: int, count: int, kind: str, changes: dict[str, str]) -> None:
    """Copy the example; {n} in a change is the number of the row among its kind."""
    first = ("kept", "grace", "gone", "draft").index(kind) * 20_000_000
    officers = "(SELECT array_agg(id ORDER BY id) FROM accounts_user WHERE email LIKE '%@bench.example')"
    agencies = "(SELECT array_agg(id ORDER BY id) FROM accounts_agency WHERE name LIKE 'Bench %')"
    begun = "now() - " + _AGE
    common = {
        "uid": "gen_random_uuid()",
        "reference": f"'MX-26-' || upper(lpad(to_hex((({{n}} + {first})::bigint * 104729) % 268435399), 7, '0'))",
        "officer_id": f"({officers})[1 + ({{n}} * 7919::bigint) % {_PEOPLE}]",
        "agency_id": f"({agencies})[1 + ({{n}} * 7919::bigint) % {_PEOPLE}]",
        "restricted": "{n} % 50 = 0",
        "title": "'Operation ' || {n}",
        "case_number": f"'NV 26/' || ({{n}} + {first})",
        "created_at": begun,
        "requested_at": begun,
        "starts_at": begun,
        "expires_at": begun + " + interval '90 days'",
    }
    number = f"(n + {since})"
    _copy(one, count, {name: sql.replace("{n}", number) for name, sql in (common | changes).items()})


def _next() -> str:
    end = "now() - " + _AGE + " + interval '90 days'"
    day = f"(date_trunc('day', ({end}) AT TIME ZONE 'UTC') + interval '6 hours') AT TIME ZONE 'UTC'"
    return f"{_NEXT.replace('{day}', day)} ELSE {end}"


def _ask(hold: PreservationHold, at: Any) -> None:
    officer = User.objects.get(pk=hold.officer_id)
    HeldIdentifier.objects.create(
        hold=hold, kind="uid", given="40000000", normalised="40000000", account="", match_result="none"
    )
    HoldExtension.objects.create(
        hold=hold, status="refused", requested_at=at, requested_by=officer, reason="We wait for a court", days=90,
        old_expires_at=at, decided_at=at, decided_by=officer,
    )  # fmt: skip


def _identifiers() -> None:
    """Name one customer number in each hold that has none."""
    _each(HeldIdentifier, {"given": "'4' || h.id", "normalised": "'4' || h.id"}, "TRUE")


def _asked() -> None:
    """Ask for more time in one running hold of five hundred."""
    changes = {
        "uid": "gen_random_uuid()", "status": "'requested'", "decided_at": "NULL", "decided_by_id": "NULL",
        "requested_at": "now() - interval '1 hour'", "old_expires_at": "h.expires_at",
        "requested_by_id": "h.officer_id",
    }  # fmt: skip
    _each(HoldExtension, changes, "h.status = 'active' AND h.id % 500 = 3")


def _each(model: Any, changes: dict[str, str], which: str) -> None:
    """Copy the example's row to each of these holds that has none."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    made = ", ".join((changes | {"hold_id": "h.id"}).get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {made} FROM {_HOLDS} h, {table} t "  # noqa: S608 - names of tables
            f"JOIN {_HOLDS} first ON first.id = t.hold_id AND first.reference = 'MX-26-0000000' "
            f"WHERE ({which}) AND NOT EXISTS (SELECT FROM {table} there WHERE there.hold_id = h.id)"
        )
