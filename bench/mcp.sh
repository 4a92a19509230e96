#!/usr/bin/env bash
# /mcp and npm's server-everything side by side: the same client, a tool that gives its text back, 1, 16 and 64 connections.
# Ours runs as run.sh runs it (server GC); both are warmed up for 15 s, until the hot paths are compiled. Needs a Release build of the solution and `npm ci` in OmniAudit.Tests/Clients.   usage: bench/mcp.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
everything=OmniAudit.Tests/Clients/node_modules/@modelcontextprotocol/server-everything/dist/index.js
[ -f "$bench" ] && [ -f "$everything" ] || { echo "First: dotnet build OmniAudit.sln -c Release, and npm ci in OmniAudit.Tests/Clients" >&2; exit 1; }
work=$(mktemp -d); peer=; ours=
trap 'kill $peer $ours 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
PORT=$port node "$everything" streamableHttp >/dev/null 2>&1 & peer=$!
mkfifo "$work/in"; sleep infinity >"$work/in" & hold=$!
trap 'kill $peer $ours $hold 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
DOTNET_gcServer=1 dotnet "$bench" serve-bench "$work/data" <"$work/in" >"$work/out" 2>/dev/null & ours=$!
until grep -q '^http' "$work/out" 2>/dev/null; do sleep 0.1; done
dotnet "$bench" bench-mcp "$(grep -m1 '^http' "$work/out")/mcp" "http://127.0.0.1:$port/mcp"
