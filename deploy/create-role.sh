#!/bin/sh
# Makes Profile's database and its two roles in a new PostgreSQL: that of the app, which row-level security binds, and one that reads
# all rows for `flask backup`. The image of PostgreSQL runs it once; by hand: sudo -u postgres DATABASE_PASSWORD=… deploy/create-role.sh
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set=password="${DATABASE_PASSWORD:?}" --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
CREATE ROLE profile LOGIN PASSWORD :'password' NOSUPERUSER NOBYPASSRLS;
CREATE DATABASE profile OWNER profile;
CREATE ROLE profile_backup LOGIN PASSWORD :'password' BYPASSRLS;
GRANT pg_read_all_data TO profile_backup;
SQL
