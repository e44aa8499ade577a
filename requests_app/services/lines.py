"""The lines of a request: target x category x period, made of what the officer asks for when it is sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from requests_app.deadlines import instants
from requests_app.enums import LineDecision
from requests_app.models import DataRequest, LegalProcess, OrderVersion, RequestLine
from requests_app.services.preflight.facts import AskedFacts
from requests_app.services.preflight.reading import asked_of

VersionOf = Callable[[LegalProcess], OrderVersion | None]

# Every identifier that the order of a scope line names, or that no order names alone; the first scope line that asks
# for something covers it, so that two orders for the same records make one line. What is deleted and what is written
# never meet, so one statement does both.
_MAKE = """
    WITH wanted AS (
        SELECT DISTINCT ON (target.id, asked.category, asked.period_from, asked.period_to)
               target.id AS target_id, asked.category, asked.period_from, asked.period_to, asked.version_id,
               asked.assets
          FROM unnest(%(categories)s::text[], %(begins)s::timestamptz[], %(ends)s::timestamptz[],
                      %(orders)s::bigint[], %(versions)s::bigint[], %(assets)s::text[])
               WITH ORDINALITY AS asked (category, period_from, period_to, process_id, version_id, assets, place)
          JOIN requests_app_target AS target
            ON target.data_request_id = %(request)s
           AND (asked.process_id IS NULL OR target.process_id IS NULL OR target.process_id = asked.process_id)
         ORDER BY target.id, asked.category, asked.period_from, asked.period_to, asked.place
    ), gone AS (
        DELETE FROM requests_app_requestline AS line
         WHERE line.data_request_id = %(request)s
           AND NOT EXISTS (SELECT 1 FROM wanted
                            WHERE wanted.target_id = line.target_id AND wanted.category = line.category
                              AND wanted.period_from = line.period_from AND wanted.period_to = line.period_to)
    )
    INSERT INTO requests_app_requestline (uid, data_request_id, target_id, category, period_from, period_to,
                                          order_version_id, decision, refusal_code, ground, assets, other_holders,
                                          counterparties)
    SELECT gen_random_uuid(), %(request)s, target_id, category, period_from, period_to, version_id, %(open)s, '', '',
           string_to_array(assets, ' '), false, false
      FROM wanted
     ORDER BY target_id, category, period_from
    ON CONFLICT (data_request_id, target_id, category, period_from, period_to)
    DO UPDATE SET order_version_id = EXCLUDED.order_version_id
"""


def make_lines(data_request: DataRequest, *, version_of: VersionOf) -> int:
    """Make the lines what identifiers and scope say, in one statement; return how many there are.

    `version_of` gives the version of an order that covers its lines. Days are read in the time zone of each scope
    line. Lines that stay keep their row, with what was narrowed in it; lines that nothing asks for any more are
    deleted.
    """
    orders = [use.process for use in data_request.order_uses.select_related("process")]
    by_uid = {str(order.uid): order for order in orders}
    versions = {order.pk: version_of(order) for order in orders}
    rows = [row for entry in data_request.records_asked if (row := _row(asked_of(entry), by_uid, orders, versions))]
    columns = list(zip(*rows, strict=True)) or [()] * 6
    names = ("categories", "begins", "ends", "orders", "versions", "assets")
    values: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
    values |= {"request": data_request.pk, "open": str(LineDecision.OPEN)}
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, values)
    return RequestLine.objects.filter(data_request=data_request).count()


def _row(
    asked: AskedFacts,
    by_uid: dict[str, LegalProcess],
    orders: list[LegalProcess],
    versions: dict[int, OrderVersion | None],
) -> tuple[str, datetime, datetime, int | None, int | None, str] | None:
    """Return one scope line as the statements take it; None where its dates make no period."""
    if asked.first is None or asked.last is None or asked.last < asked.first:
        return None
    begins, ends = instants(asked.first, asked.last, asked.zone)
    if begins >= ends:
        return None
    order = by_uid.get(asked.order) if asked.order else next(iter(orders), None)
    version = versions.get(order.pk) if order else None
    named = " ".join(asked.assets)
    return asked.category, begins, ends, order.pk if order else None, version.pk if version else None, named
