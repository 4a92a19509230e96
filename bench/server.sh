#!/usr/bin/env bash
# First start, later start, idle memory, core.health under load with its audit row on disk, and one scan of a small page
# in both viewports. Needs a Release build (./run.sh makes one), node, python3 and Chromium.   usage: bench/server.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=OmniAudit.Web/bin/Release/net10.0/OmniAudit.Web.dll
[ -f "$program" ] || { echo "Build first: ./run.sh --help" >&2; exit 1; }
work=$(mktemp -d); server=; site=
trap 'kill $server $site 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
siteport=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
export OMNIAUDIT_DATA=$work/data APP_PORT=$port URL_ALLOWLIST=127.0.0.1:$siteport

start() {
  local began=$(date +%s%N)
  dotnet "$program" >"$work/out" 2>"$work/log" &
  server=$!
  until curl -sf -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.01; done
  echo "$1: /healthz answered after $(( ($(date +%s%N) - began) / 1000000 )) ms"
}
start "first start (creates the database)"
kill -TERM $server; wait $server 2>/dev/null || true
start "second start"
sleep 3
echo "idle memory: $(awk '/VmRSS/{printf "%.0f MB resident", $2/1024}' /proc/$server/status), $(awk '/^Pss:/{printf "%.0f MB proportional", $2/1024}' /proc/$server/smaps_rollup)"
for connections in 1 16 64; do
  node bench/calls.mjs "http://127.0.0.1:$port/mcp" core.health '{}' $connections $((connections == 1 ? 3000 : 20000))
done
echo "audit rows: $(curl -s "http://127.0.0.1:$port/metrics" | awk '/omniaudit_tool_calls_total/ && !/^#/{n+=$2} END{print n}') calls counted, $(python3 -c "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('select count(*) from calls').fetchone()[0])" "$work/data/omniaudit.db") rows on disk"

mkdir "$work/site"
printf '<!doctype html><html lang=en><title>Small</title><meta name=description content="A small page"><h1>Small</h1><p>Text.</p><img src=x.png>' > "$work/site/index.html"
python3 -m http.server "$siteport" --bind 127.0.0.1 --directory "$work/site" >/dev/null 2>&1 & site=$!
for round in 1 2 3; do
  began=$(date +%s%N)
  node bench/calls.mjs "http://127.0.0.1:$port/mcp" sitelint.start_scan "{\"url\":\"http://127.0.0.1:$siteport/\",\"profile\":\"standard\",\"viewport_set\":\"desktop_mobile\"}" 1 1 >/dev/null
  # The script warms up with one call, so this is two scans.
  echo "scan of a small page, both viewports, axe and screenshots: $(( ($(date +%s%N) - began) / 2000000 )) ms"
done
