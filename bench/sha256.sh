#!/usr/bin/env bash
# SHA-256 of a large file through the code that measures release assets, against sha256sum: its share of sha256sum's speed (≥ 0.9) and its peak memory.
# Both read the file from the page cache; three rounds each, the best counts.
# Needs a Release build of the solution.   usage: bench/sha256.sh [MEGABYTES]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
dotnet "$bench" bench-sha256 "${1:-2048}"
