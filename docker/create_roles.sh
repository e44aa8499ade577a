#!/bin/sh
# Runs once, in the database's container, when its volume is empty: the owner of the schema, and the app.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set owner_password="$(cat /run/secrets/owner_password)" \
    --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE lers_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE lers_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';
CREATE DATABASE lers OWNER lers_owner ENCODING 'UTF8';
-- Neither role has anything to do in another database of this server.
REVOKE ALL ON DATABASE lers, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE lers TO lers_app;
\connect lers
-- Large objects lie in no table, so no right on a table bounds them.
REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC;
SQL
