#!/usr/bin/env bash
# A private PostgreSQL for tests, on a Unix socket in a folder of its own that goes with it.
#   scripts/postgres.sh
# Says on standard output: "ready URL", once it answers. Takes on standard input: "down" (it dies
# without warning, then it says "down"), "up" (it starts again, then "ready URL"). The end of
# standard input ends it. Exit code 77: PostgreSQL is not installed.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed; scripts/setup.sh installs it" >&2; exit 77; }

# PostgreSQL refuses to run as root; Debian's package brings a user for it.
if [ "$(id -u)" = 0 ]; then
  self=$(readlink -f "${BASH_SOURCE[0]}")
  # The user may have no way to this file, so it reads it from a copy.
  copy=$(mktemp /tmp/candor-postgres.XXXXXX)
  cp "$self" "$copy" && chmod 755 "$copy"
  trap 'rm -f "$copy"' EXIT
  cd /
  runuser -u postgres -- bash "$copy"
  exit
fi

folder=$(mktemp -d /tmp/candor-pg.XXXXXX)
server=
stop() {
  [ -z "$server" ] || { kill -QUIT "$server" && wait "$server"; } 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 1' TERM INT HUP

"$bin/initdb" -D "$folder/data" -U candor -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; exit 1; }

start() {
  # No input: it must not hold the tests' pipe open.
  "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses='' -c shared_buffers=16MB \
    -c max_connections=60 -c autovacuum=off </dev/null >>"$folder/log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    "$bin/pg_isready" -q -h "$folder" -U candor && { echo "ready postgres://candor@localhost/postgres?host=$folder"; return; }
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  cat "$folder/log" >&2
  exit 1
}

start
while read -r word; do
  case "$word" in
  down) stop; echo down ;;
  up) start ;;
  esac
done
