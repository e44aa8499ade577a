"""Requests, identifiers, orders and questions for benchmarks, made inside the database; not a benchmark itself."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.enums import AgencyStatus
from accounts.models import Agency, User
from foundation.core.references import new_reference
from foundation.providers.models import Provider
from requests_app.models import Clarification, DataRequest, LegalProcess, OrderUse, Target

# Words by how often they stand in facts: the power makes few of them frequent and most of them rare.
_FACTS = """(SELECT string_agg('w' || floor(power(random(), 3) * 20000)::int, ' ') FROM generate_series(1, 78)
    WHERE n = n) || ' money' || CASE n % 3 WHEN 0 THEN ' bitcoin' ELSE '' END
    || CASE n % 50 WHEN 0 THEN ' sealedword' ELSE '' END"""


def fill(provider: Provider, officer: User, count: int) -> None:
    """Make so many requests with two identifiers each, of 5,000 officers of as many agencies, a tenth of them open."""
    _people(5000)
    one = _example(provider, officer)
    officers = "(SELECT array_agg(id ORDER BY id) FROM accounts_user WHERE email LIKE '%@bench.example')"
    agencies = "(SELECT array_agg(id ORDER BY id) FROM accounts_agency WHERE name LIKE 'Bench %')"
    _copy(one, count, {
        "uid": "gen_random_uuid()",
        "reference": "'MX-26-' || upper(lpad(to_hex((n::bigint * 104729) % 268435399), 7, '0'))",
        "officer_id": f"({officers})[1 + (n * 7919) % 5000]",
        "agency_id": f"({agencies})[1 + (n * 7919) % 5000]",
        "status": "CASE n % 10 WHEN 0 THEN 'in_review' ELSE 'closed' END",
        "restricted": "n % 50 = 0",
        "title": "'Operation w' || floor(power(random(), 3) * 20000)::int",
        "case_number": "'NV ' || (10 + n % 17) || '/' || n",
        "facts": _FACTS,
        "submitted_at": "t.submitted_at - n * interval '5 minutes'",
    })  # fmt: skip
    with connection.cursor() as cursor:
        for kind, network, value in (
            ("wallet", "ethereum", "'0x' || md5(id::text) || substr(md5('x' || id), 1, 8)"),
            ("email", "", "'p' || substr(md5('m' || id), 1, 9) || '@mail' || id %% 97 || '.example'"),
        ):
            _targets(cursor, kind, network, value)
        _orders(cursor, one)
        _questions(cursor, one)
    for number, row in enumerate(DataRequest.objects.exclude(pk=one.pk).order_by("pk")[:200]):
        DataRequest.objects.filter(pk=row.pk).update(
            reference=new_reference("MX", timezone.now() + timedelta(days=number % 3))
        )


def _people(count: int) -> None:
    at = timezone.now()
    names = ("Berg", "Haugen", "Lindqvist", "Moreau", "Schmidt", "Tanaka", "Okafor", "Silva", "Kovac", "Rossi")
    User.objects.bulk_create(
        User(email=f"o{n}@bench.example", full_name=f"Officer{n} {names[n % 10]}", email_confirmed_at=at)
        for n in range(count)
    )
    Agency.objects.bulk_create(
        Agency(name=f"Bench {names[n % 10]} Police {n}", country="NO", status=AgencyStatus.ACTIVE, created_at=at)
        for n in range(count)
    )


def _example(provider: Provider, officer: Any) -> DataRequest:
    at = timezone.now()
    return DataRequest.objects.create(
        provider=provider, officer=officer, agency=officer.membership.agency, jurisdiction="NO", status="closed",
        reference="MX-26-0000000", created_at=at, saved_at=at, submitted_at=at, deadline_at=at, closed_at=at,
    )  # fmt: skip


def _copy(one: Any, count: int, changes: dict[str, str]) -> None:
    """Copy a row so many times; changes are SQL by column, in which n counts from 1."""
    model = type(one)
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = [changes.get(column, f't."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    made = ", ".join(values).replace("%", "%%")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {made} "  # noqa: S608 - written here
            f"FROM {table} t, generate_series(1, %s) AS n WHERE t.id = %s",
            [count, one.pk],
        )


def _targets(cursor: Any, kind: str, network: str, value: str) -> None:
    known = {"kind": kind, "network": network, "role": "unknown", "match_result": "unmatched"}
    fixed = {**known, "detail": "", "note": "", "account": "", "account_label": "", "match_detail": "{}", "holder": ""}
    columns = ", ".join(fixed)
    cursor.execute(
        f"INSERT INTO {Target._meta.db_table} (data_request_id, given, normalised, {columns}) "  # noqa: S608
        f"SELECT id, {value}, {value}, {', '.join(['%s'] * len(fixed))} FROM requests_app_datarequest",
        list(fixed.values()),
    )


def _orders(cursor: Any, one: DataRequest) -> None:
    """Give every second request an order with a number of its own."""
    at = timezone.now()
    first = LegalProcess.objects.create(agency=one.agency, issuing_authority="A court", docket="", created_at=at)
    _copy(first, DataRequest.objects.count() // 2, {"uid": "gen_random_uuid()", "docket": "'HC-' || n || '-26'"})
    cursor.execute(
        f"INSERT INTO {OrderUse._meta.db_table} (data_request_id, process_id, position, added_at) "  # noqa: S608
        "SELECT d.id, p.id, 0, %s FROM "
        "(SELECT id, row_number() OVER (ORDER BY id) AS n FROM requests_app_datarequest) d JOIN "
        "(SELECT id, row_number() OVER (ORDER BY id) AS n FROM requests_app_legalprocess) p ON d.n = 2 * p.n",
        [at],
    )


def _questions(cursor: Any, one: DataRequest) -> None:
    """Ask one question of every tenth request."""
    at = timezone.now()
    first = Clarification.objects.create(
        data_request=one, number=1, status="answered", text="", asked_at=at, asked_by=one.officer, due_at=at
    )
    columns = [str(f.column) for f in Clarification._meta.concrete_fields if not f.primary_key]
    changes = {
        "uid": "gen_random_uuid()",
        "data_request_id": "d.id",
        "text": "'Please send money ' || (SELECT string_agg('w' || floor(power(random(), 3) * 20000)::int, ' ') "
        "FROM generate_series(1, 20) WHERE d.id = d.id)",
    }
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = Clarification._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, requests_app_datarequest d "  # noqa: S608
        "WHERE t.id = %s AND d.id %% 10 = 0 AND d.id <> %s",
        [first.pk, one.pk],
    )
