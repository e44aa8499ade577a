"""Whether the tables of the trail are as the migrations made them.

Who owns them can hide rows from everybody else by a policy, let a trigger swallow what is written, or take the guard
away: of all that no entry and no hash tells. PostgreSQL's catalogue does.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

# What migration 0002 gave the guard to do, without its spaces.
_GUARD = (
    "BEGIN RAISE EXCEPTION 'The trail is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME "
    "USING ERRCODE = 'insufficient_privilege'; END"
)
# Before each statement (2) that deletes (8), updates (16) or truncates (32); always; of any column; on no condition.
_TRIGGERS = ["append_only 58 A whole"]
_STATE = """
    SELECT
        c.relkind::text || c.relpersistence::text,
        c.relrowsecurity OR c.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid),
        EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid),
        EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent)),
        ARRAY(
            SELECT concat_ws(
                ' ', t.tgname, t.tgtype, t.tgenabled,
                CASE WHEN t.tgqual IS NULL AND t.tgattr = '' AND t.tgnargs = 0 AND p.proconfig IS NULL
                    AND btrim(regexp_replace(p.prosrc, '\\s+', ' ', 'g')) = %s THEN 'whole' END
            )
            FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = c.oid ORDER BY t.tgname
        )
    FROM pg_class c WHERE c.oid = to_regclass(%s)
"""


def oddities() -> Iterator[str]:
    """Say of each table what is not as it was made; nothing where all are."""
    for model in apps.get_app_config("audit").get_models():
        yield from _of(model._meta.db_table)


def _of(table: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [_GUARD, table])
        row = cursor.fetchone()
    if row is None:
        yield f"The table {table} is gone."
        return
    kind, hides, rewrites, inherits, triggers = row
    if kind != "rp":
        yield f"{table} is not an ordinary table."
    if hides:
        yield f"The table {table} has a policy that can hide rows."
    if rewrites:
        yield f"The table {table} has a rule that changes what is asked of it."
    if inherits:
        yield f"The table {table} has others above or below it."
    if triggers != _TRIGGERS:
        names = ", ".join(trigger.split()[0] for trigger in triggers) or "none"
        yield f"{table} has another trigger than the one that keeps it from being changed, or not always: {names}."
