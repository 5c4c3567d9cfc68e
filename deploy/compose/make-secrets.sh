#!/usr/bin/env bash
# Makes ./secrets once: passwords of this installation, its master key, and a certificate to start with. What is there
# already stays. Keep a copy of the master key elsewhere: without it everything stored is lost.
set -euo pipefail
cd "$(dirname "$0")"

folder=${1:-secrets}
host=${MAGTRACE_HOST:-localhost}
# The folder keeps others out; inside it each container reads its own files as an account of its own.
umask 022
mkdir -p "$folder"
chmod 0700 "$folder"

secret() { # secret NAME VALUE
  [ -e "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"
}
word() { openssl rand -hex 24; }
password_in() { sed -E 's#^[a-z]+://[^:]*:([^@]*)@.*#\1#' "$folder/$1"; }

secret POSTGRES_PASSWORD "$(word)"
secret DATABASE_URL "postgresql://magtrace:$(cat "$folder/POSTGRES_PASSWORD")@postgres:5432/magtrace"
for role in app accounts queue; do
  secret "DATABASE_${role^^}_URL" "postgresql://magtrace_$role:$(word)@pgbouncer:6432/magtrace"
done
secret DATABASE_DIRECT_URL "postgresql://magtrace_queue:$(password_in DATABASE_QUEUE_URL)@postgres:5432/magtrace"
secret PGBOUNCER_USERS "$(for role in app accounts queue; do
  printf '"magtrace_%s" "%s"\n' "$role" "$(password_in "DATABASE_${role^^}_URL")"
done)"
secret REDIS_URL "redis://:$(word)@redis:6379/0"
secret REDIS_CONFIG "$(printf 'requirepass %s\nsave ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy volatile-ttl' "$(password_in REDIS_URL)")"
secret MAGTRACE_MASTER_KEY "mk-$(openssl rand -hex 6):$(openssl rand -base64 32)"
if [ ! -e "$folder/tls_key" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -keyout "$folder/tls_key" -out "$folder/tls_certificate" 2>/dev/null
  chmod 0644 "$folder/tls_key"
fi
printf 'The secrets are in %s. Keep a copy of MAGTRACE_MASTER_KEY in another place.\n' "$folder"
