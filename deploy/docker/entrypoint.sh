#!/bin/sh
# Runs a command of magtrace with the secrets that are mounted: each file in /run/secrets that is named like a variable,
# as DATABASE_URL, is that variable. What the environment says already stays.
set -eu

for file in /run/secrets/*; do
  name=${file##*/}
  case $name in
    *[!A-Z0-9_]* | [0-9]*) continue ;;
  esac
  [ -r "$file" ] || continue
  eval "[ -n \"\${$name:-}\" ]" && continue
  value=$(cat "$file")
  export "$name=$value"
done

exec node server/src/cli.ts "$@"
