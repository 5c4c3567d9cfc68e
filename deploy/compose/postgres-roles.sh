#!/bin/bash
# Run once, by the image, in a new database: the roles MagTrace runs as, with the passwords of their URLs.
set -euo pipefail

for name in APP ACCOUNTS QUEUE; do
  url=$(cat "/run/secrets/DATABASE_${name}_URL")
  credentials=${url#*://}
  credentials=${credentials%%@*}
  psql -v ON_ERROR_STOP=1 -v role="${credentials%%:*}" -v password="${credentials#*:}" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE :"role" LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
SQL
done
