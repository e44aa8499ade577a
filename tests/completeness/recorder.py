"""A recorder beside the portal: row triggers that write down every change, whatever code made it.

It stands in a schema of its own, belongs to the database's superuser and is written in the changing transaction, so
that what is rolled back is not recorded. The portal's code neither sees it nor can turn it off.
"""

from typing import Any

from psycopg2 import sql

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS completeness;
CREATE TABLE IF NOT EXISTS completeness.change (
    seq bigserial PRIMARY KEY, xid xid8 NOT NULL, at timestamptz NOT NULL, tbl text NOT NULL, op text NOT NULL,
    pk text NOT NULL, columns text[] NOT NULL, parents jsonb NOT NULL, query text NOT NULL, process text NOT NULL
);
CREATE INDEX IF NOT EXISTS change_xid ON completeness.change (xid);
CREATE OR REPLACE FUNCTION completeness.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
    whole jsonb := before || after;
    found text[];
BEGIN
    SELECT coalesce(array_agg(key ORDER BY key), '{}') INTO found
    FROM jsonb_each(whole) WHERE (before -> key) IS DISTINCT FROM (after -> key);
    IF found = '{}' THEN
        RETURN NULL;
    END IF;
    INSERT INTO completeness.change (xid, at, tbl, op, pk, columns, parents, query, process)
    VALUES (pg_current_xact_id(), clock_timestamp(), TG_TABLE_NAME, TG_OP, whole ->> TG_ARGV[0],
            CASE TG_OP WHEN 'UPDATE' THEN found ELSE ARRAY['*'] END,
            (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(whole)
             WHERE key = ANY (string_to_array(TG_ARGV[1], ',')) AND value <> 'null'::jsonb),
            left(current_query(), 400), coalesce(current_setting('application_name', true), ''));
    RETURN NULL;
END $$;
"""
# Every ordinary table with its primary key and the columns that point to other rows.
_TABLES = """
SELECT c.relname,
       (SELECT a.attname FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        WHERE k.conrelid = c.oid AND k.contype = 'p'),
       (SELECT coalesce(string_agg(a.attname, ',' ORDER BY a.attnum), '')
        FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND (a.attname IN ('owner_type', 'owner_id')
            OR EXISTS (SELECT FROM pg_constraint k
                       WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = k.conkey[1])))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT c.relname = ANY (%s)
ORDER BY 1
"""


def install(connection: Any, *, without: frozenset[str]) -> None:
    """Watch every table but those; the connection is the superuser's, and commits by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMA)
        cursor.execute(_TABLES, [sorted(without)])
        for table, key, parents in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "CREATE OR REPLACE TRIGGER zz_completeness AFTER INSERT OR UPDATE OR DELETE ON {}"
                    " FOR EACH ROW EXECUTE FUNCTION completeness.note({}, {})"
                ).format(sql.Identifier(table), sql.Literal(key), sql.Literal(parents))
            )
