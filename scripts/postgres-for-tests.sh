#!/bin/sh
# A PostgreSQL for tests, on a free loopback port and in a directory of its own; nothing in it is kept or safe from a power cut.
#   scripts/postgres-for-tests.sh start          prints DIRECTORY and, on the next line, an administrator's connection string
#   scripts/postgres-for-tests.sh stop DIRECTORY
# Uses Debian's postgresql (apt-get install -y postgresql) or the one on PATH. As root it runs as the user postgres.
set -eu

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /missing/initdb)")
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not here. Install it: apt-get install -y postgresql" >&2; exit 69; }

as_owner() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --init-groups -- "$@"; else "$@"; fi
}

case "${1:-}" in
start)
    directory=$(mktemp -d "${TMPDIR:-/tmp}/omniaudit-postgres-XXXXXX")
    [ "$(id -u)" != 0 ] || chown postgres: "$directory"
    cd "$directory"
    as_owner "$bin/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$directory/log" 2>&1 || { cat "$directory/log" >&2; exit 1; }
    # One user who must show a password, for tests of what happens when it is wrong.
    as_owner sed -i '1i host all omni_locked 127.0.0.1/32 scram-sha-256' "$directory/data/pg_hba.conf"
    # Another process may take a port between its being found free and its being used: then the next one.
    for attempt in 1 2 3 4 5; do
        port=$((20000 + ($$ + attempt * 7919) % 12000))
        # Several tests hold a server each with its own pool: many connections, little memory.
        if as_owner "$bin/pg_ctl" -D "$directory/data" -w -t 30 -l "$directory/server.log" start -o "-h 127.0.0.1 -p $port -k '' -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=400 -c shared_buffers=128MB -c autovacuum=off -c jit=off -c max_wal_size=2GB" >/dev/null 2>&1; then
            echo "$directory"
            echo "Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
            exit 0
        fi
    done
    cat "$directory/server.log" >&2
    rm -rf "$directory"
    exit 1
    ;;
stop)
    directory=${2:?name the directory that start printed}
    cd /
    as_owner "$bin/pg_ctl" -D "$directory/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$directory"
    ;;
*)
    echo "usage: $0 start | stop DIRECTORY" >&2
    exit 64
    ;;
esac
