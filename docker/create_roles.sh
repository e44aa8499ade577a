#!/bin/sh
# Runs once, in the database's container, when its volume is empty: the owner of the schema, and the app.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set owner_password="$(cat /run/secrets/owner_password)" \
    --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE lers_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE lers_app LOGIN PASSWORD :'app_password';
CREATE DATABASE lers OWNER lers_owner ENCODING 'UTF8';
REVOKE CONNECT, TEMPORARY ON DATABASE lers FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE lers TO lers_app;
SQL
