"""What the figures of the desk are counted with: one pass of SQL over the requests for each kind of figure.

Each pass gives the whole desk and every slice of it (team, country, type of process, kind, channel), each over the last
twelve months and for each of these months: grouping sets, so that a table of requests is read once. Restricted requests
and those that went back to the officer are in none of it. Months are those of UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts.enums import CallBackResult, DecisionAct
from accounts.models import AccessApplication, Agency, ApplicationDecision, CallBack
from foundation.legal.models import ProcessType
from requests_app.enums import OPEN_STATUSES, Channel, Outcome, RequestStatus, TakedownStatus
from requests_app.figure_choices import ALL, DIMENSIONS, NONE
from requests_app.models import DataRequest, EmergencyCase, Proposal, RequestLine, TakedownNotice

COUNTRY = "country"
SLICED = tuple(DIMENSIONS)
# Days of age at which a bar ends and the next begins; the last has no end.
AGES = (1, 3, 7, 14, 30, 90)
# Days ahead in which a clock counts as at risk.
RISKS = (1, 3, 7)

_R = DataRequest._meta.db_table
_BASE = f"""
    SELECT r.*, coalesce(r.team_id::text, '{NONE}') AS team, coalesce(nullif(r.jurisdiction, ''), '{NONE}') AS country,
        coalesce(t.code, '{NONE}') AS type
    FROM {_R} r LEFT JOIN {ProcessType._meta.db_table} t ON t.id = r.process_type_id
    WHERE r.provider_id = %(provider)s AND NOT r.restricted AND r.submitted_at IS NOT NULL
"""  # noqa: S608 - names of tables, written by Django
_SEEN = f"AND r.status <> '{RequestStatus.DRAFT}'"
# Exactly one for each request that was decided: a whole refusal or referral says more than what a list brought along.
_DECISION = f"""CASE WHEN status IN ('{RequestStatus.REFUSED}', '{RequestStatus.REDIRECTED}') THEN status
    WHEN outcome IN ('{Outcome.IN_FULL}', '{Outcome.IN_PART}', '{Outcome.NO_RECORDS}') THEN outcome ELSE 'other' END"""
_DECISIONS = ("in_full", "in_part", "no_records", "refused", "redirected", "other")
# What ended without a decision; one that was decided and withdrawn later is among the decisions.
_GONE = (RequestStatus.WITHDRAWN, RequestStatus.LAPSED, RequestStatus.CLOSED)
# Times that say something of the desk: not of lists brought over, and to the first decision only.
_TIMED = f"channel <> '{Channel.HISTORY}'"
_FIRST = f"{_TIMED} AND appealed_at IS NULL"
_OURS = "extract(epoch FROM greatest({} - submitted_at - clock_stood, interval '0'))"


@dataclass(frozen=True)
class Found:
    """What one pass found for one slice and one month; no month: over all of them, or as it stands now."""

    dimension: str
    key: str
    month: date | None
    values: dict[str, Any]


def passes(provider_id: int, *, since: datetime, at: datetime) -> Iterator[Found]:
    """Yield everything there is to count of one company, from the first day of the oldest month until now."""
    given = {"provider": provider_id, "since": since, "at": at}
    yield from _received(given)
    yield from _decided(given)
    yield from _refusals(given)
    yield from _emergencies(given)
    yield from _open(given)
    yield from _failed_calls(given)
    yield from _declined(given)
    yield from _takedowns(given)


def _received(given: Mapping[str, Any]) -> Iterator[Found]:
    channels = {f"channels.{name}": f"channel = '{name}'" for name in Channel.values}
    gone = {f"gone.{status}": f"status = '{status}' AND decided_at IS NULL" for status in _GONE}
    measures = {"received": "count(*)"} | _counts(channels | gone)
    yield from _sliced(f"{_BASE} {_SEEN}", measures, given, moment="submitted_at")


def _decided(given: Mapping[str, Any]) -> Iterator[Found]:
    taken = "extract(epoch FROM greatest(taken_at - submitted_at, interval '0'))"
    waited = "extract(epoch FROM clock_stood)"
    measures = (
        {"answered": "count(*)"}
        | _counts({f"decisions.{name}": f"{_DECISION} = '{name}'" for name in _DECISIONS})
        | _counts({"brought_over": f"NOT ({_TIMED})"})
        | {
            "times.taken": _median(taken, f"taken_at IS NOT NULL AND {_FIRST}"),
            "times.decided": _median(_OURS.format("decided_at"), _FIRST),
            "times.released": _median(_OURS.format("produced_at"), f"produced_at IS NOT NULL AND {_FIRST}"),
            "times.waited": _median(waited, f"clock_stood > interval '0' AND {_TIMED}"),
            "waited": f"count(*) FILTER (WHERE clock_stood > interval '0' AND {_TIMED})",
        }
    )
    yield from _sliced(f"{_BASE} {_SEEN}", measures, given, moment="decided_at")


def _refusals(given: Mapping[str, Any]) -> Iterator[Found]:
    """Each code counts once for a request, however many of its lines have it."""
    latest = f"""SELECT DISTINCT ON (data_request_id) data_request_id, refusal_code
        FROM {Proposal._meta.db_table} WHERE status = 'approved' ORDER BY data_request_id, number DESC"""  # noqa: S608
    codes = f"""SELECT data_request_id, refusal_code FROM {RequestLine._meta.db_table} WHERE decision = 'refuse'
        UNION SELECT data_request_id, refusal_code FROM ({latest}) p WHERE refusal_code <> ''"""  # noqa: S608
    source = f"""SELECT b.*, c.refusal_code AS code FROM ({_BASE} {_SEEN}) b
        JOIN ({codes}) c ON c.data_request_id = b.id"""  # noqa: S608
    for row in _sliced(source, {"n": "count(*)"}, given, moment="decided_at", also="code"):
        yield Found(row.dimension, row.key, row.month, {f"refusals.{row.values['code']}": row.values["n"]})


def _emergencies(given: Mapping[str, Any]) -> Iterator[Found]:
    """Count emergencies by when they were filed, those too that turned out to be none: they have gone back since."""
    source = f"""SELECT b.team, b.country, b.type, 'emergency' AS kind, b.channel, b.status, e.filed_at, e.ordinary_at,
        coalesce(e.take_by, e.filed_at + interval '5 minutes') AS take_by,
        coalesce(e.decide_by, e.filed_at + interval '30 minutes') AS decide_by,
        coalesce(e.taken_at, CASE WHEN e.ordinary_at IS NULL THEN b.taken_at END) AS taken_at,
        coalesce(e.decided_at, CASE WHEN e.ordinary_at IS NULL THEN b.decided_at END) AS decided_at
        FROM ({_BASE}) b JOIN {EmergencyCase._meta.db_table} e ON e.data_request_id = b.id"""  # noqa: S608
    late = "ordinary_at IS NULL AND {} < %(at)s AND status = ANY(%(open)s)"
    wheres = {
        "taken_in_time": "taken_at <= take_by",
        "taken_due": f"taken_at IS NOT NULL OR ({late.format('take_by')})",
        "decided_in_time": "decided_at <= decide_by",
        "decided_due": f"decided_at IS NOT NULL OR ({late.format('decide_by')})",
        "ordinary": "ordinary_at IS NOT NULL",
    }
    measures = {"emergencies.filed": "count(*)"} | _counts({f"emergencies.{k}": v for k, v in wheres.items()})
    for name in ("taken", "decided"):
        took = f"extract(epoch FROM {name}_at - filed_at)"
        measures[f"times.emergency_{name}"] = _median(took, f"{name}_at IS NOT NULL")
    yield from _sliced(source, measures, given, moment="filed_at")


def _open(given: Mapping[str, Any]) -> Iterator[Found]:
    """What stands open now, how old it is, and how near its clocks are; late is what the queue calls late."""
    age = "extract(epoch FROM %(at)s - submitted_at)"
    edges = [0, *AGES]
    ages = {
        f"ages.{start}": f"{age} >= {start * 86400}" + (f" AND {age} < {AGES[n] * 86400}" if n < len(AGES) else "")
        for n, start in enumerate(edges)
    }
    # A moment that is not set is not over: without coalesce() such a request would be in no class at all.
    unseen = "coalesce(status = 'submitted' AND first_look_due_at < %(at)s, FALSE)"
    late = f"(coalesce(deadline_at < %(at)s, FALSE) OR {unseen})"
    # What the officer asks for again was answered in its time: see querysets.answered_once.
    again = "(status = 'granted' AND produced_at IS NOT NULL)"
    done = f"((rank = 0 AND decided_at IS NOT NULL) OR {again})"
    runs = f"clock_stopped_at IS NULL AND NOT {done}"
    clocks = {"clocks.overdue": f"{runs} AND {late}", "clocks.stopped": "clock_stopped_at IS NOT NULL"}
    for before, days in zip((0, *RISKS), RISKS, strict=False):
        clocks[f"clocks.{days}"] = (
            f"{runs} AND NOT {late} AND deadline_at < %(at)s + interval '{days} days' "
            f"AND deadline_at >= %(at)s + interval '{before} days'"
        )
    statuses = {f"status.{status}": f"status = '{status}'" for status in OPEN_STATUSES}
    measures = {"open": "count(*)"} | _counts(statuses | ages | clocks)
    measures |= {"times.age": _median(age, "TRUE"), "times.oldest": f"max({age})"}
    yield from _sliced(f"{_BASE} AND r.status = ANY(%(open)s)", measures, given)


def _failed_calls(given: Mapping[str, Any]) -> Iterator[Found]:
    """Calls that confirmed nothing, by the agency's country; those of restricted requests stay out."""
    failed = f"'{CallBackResult.OFFICER_ONLY}', '{CallBackResult.NOT_CONFIRMED}'"
    source = f"""SELECT c.called_at, c.result, coalesce(nullif(r.jurisdiction, ''), nullif(g.country, ''),
            nullif(ag.country, ''), nullif(a.proposed_agency ->> 'country', ''), '{NONE}') AS country
        FROM {CallBack._meta.db_table} c
        LEFT JOIN {_R} r ON c.about_reference <> '' AND r.reference = c.about_reference
        LEFT JOIN {Agency._meta.db_table} g ON g.id = c.agency_id
        LEFT JOIN {AccessApplication._meta.db_table} a ON a.id = c.application_id
        LEFT JOIN {Agency._meta.db_table} ag ON ag.id = a.agency_id
        WHERE coalesce(NOT r.restricted AND r.provider_id = %(provider)s, TRUE)"""  # noqa: S608
    unanswered = f"result = '{CallBackResult.NO_ANSWER}'"
    wheres = {"failed.not_confirmed": f"result IN ({failed})", "failed.no_answer": unanswered}
    yield from _by_country(source, {"failed.calls": "count(*)"} | _counts(wheres), given, moment="called_at")


def _declined(given: Mapping[str, Any]) -> Iterator[Found]:
    source = f"""SELECT d.made_at, coalesce(g.country, nullif(a.proposed_agency ->> 'country', ''), '{NONE}') AS country
        FROM {ApplicationDecision._meta.db_table} d JOIN {AccessApplication._meta.db_table} a ON a.id = d.application_id
        LEFT JOIN {Agency._meta.db_table} g ON g.id = a.agency_id WHERE d.act = '{DecisionAct.DECLINE}'"""  # noqa: S608
    yield from _by_country(source, {"failed.declined": "count(*)"}, given, moment="made_at")


def _takedowns(given: Mapping[str, Any]) -> Iterator[Found]:
    """Notices to take content down: a kind of their own, never among the requests."""
    ended = f"('{TakedownStatus.COMPLIED}', '{TakedownStatus.DECLINED}')"
    wheres = {
        "complied": f"status = '{TakedownStatus.COMPLIED}'",
        "declined": f"status = '{TakedownStatus.DECLINED}'",
        "open": f"status NOT IN {ended}",
        "late": f"(status NOT IN {ended} AND deadline_at < %(at)s) OR decided_at > deadline_at",
    }
    measures = {"takedowns.received": "count(*)"} | _counts({f"takedowns.{k}": v for k, v in wheres.items()})
    source = f"SELECT * FROM {TakedownNotice._meta.db_table} WHERE provider_id = %(provider)s"  # noqa: S608
    yield from _grouped(source, measures, given, moment="arrived_at", columns=())


def _counts(wheres: Mapping[str, str]) -> dict[str, str]:
    return {name: f"count(*) FILTER (WHERE {where})" for name, where in wheres.items()}


def _median(of: str, where: str) -> str:
    """The middle value in seconds, PostgreSQL's own; none where there is nothing."""
    return f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {of}) FILTER (WHERE {where})"


def _sliced(
    source: str, measures: Mapping[str, str], given: Mapping[str, Any], *, moment: str = "", also: str = ""
) -> Iterator[Found]:
    return _grouped(source, measures, given, moment=moment, columns=SLICED, also=also)


def _by_country(source: str, measures: Mapping[str, str], given: Mapping[str, Any], *, moment: str) -> Iterator[Found]:
    return _grouped(source, measures, given, moment=moment, columns=(COUNTRY,))


def _grouped(
    source: str, measures: Mapping[str, str], given: Mapping[str, Any], *, moment: str, columns: tuple[str, ...],
    also: str = "",
) -> Iterator[Found]:  # fmt: skip
    """Run one pass: none of the columns and each by itself, in all and by month, each of these by `also`."""
    month = f"date_trunc('month', {moment} AT TIME ZONE 'UTC')::date" if moment else "NULL::date"
    where = f"WHERE {moment} >= %(since)s AND {moment} <= %(at)s" if moment else ""
    sets = [[name] if name else [] for name in ("", *columns)]
    sets += [[*one, "month"] for one in sets] if moment else []
    grouped = ", ".join(f"({', '.join([*one, also] if also else one)})" for one in sets)
    keys = [*columns, *(["month"] if moment else []), *([also] if also else [])]
    bits = [f"GROUPING({', '.join(columns)}) AS bits"] if columns else []
    what = ", ".join([*bits, *keys, *(f'{how} AS "{name}"' for name, how in measures.items())])
    sql = f"""SELECT {what} FROM (SELECT *, {month} AS month FROM ({source}) AS source {where}) AS counted
        GROUP BY GROUPING SETS ({grouped})"""  # noqa: S608 - written here, values stay apart
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(given) | {"open": [str(status) for status in OPEN_STATUSES]})
        heads = [column.name for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield _found(dict(zip(heads, row, strict=True)), columns)


def _found(row: dict[str, Any], columns: tuple[str, ...]) -> Found:
    """Read one row: which of the columns it is of stands in the bits of those it is not grouped by."""
    bits = row.pop("bits", 0)
    keys = {name: row.pop(name) for name in columns}
    month = row.pop("month", None)
    for place, name in enumerate(reversed(columns)):
        if bits == 2 ** len(columns) - 1 - 2**place:
            return Found(name, keys[name], month, row)
    return Found(ALL, "", month, row)
