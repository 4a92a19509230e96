#!/usr/bin/env bash
# Large evidence: a SARIF log of 25,000 results (≤ 2 s; the first row has the start of a cold process in it), and a log of 300 MB in every way of reading it (< 256 MB of memory), each in a process of its own.
# Needs a Release build of the solution.   usage: bench/evidence.sh [RESULTS [MEGABYTES]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
dotnet "$bench" bench-sarif "${1:-25000}"
dotnet "$bench" bench-log "${2:-300}"
