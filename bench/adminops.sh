#!/usr/bin/env bash
# Audit events: reading and storing them, and what people ask for over HTTP, at 1,000,000 events or as many as said.
# Needs a Release build of the solution; 1 GB below TMPDIR for each million, twice that with the substring index.   usage: bench/adminops.sh [COUNT] [substrings]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet "$bench" bench-adminops "$work/data" "${1:-1000000}" "${@:2}"
