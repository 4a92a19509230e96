#!/usr/bin/env bash
# One scan (both viewports, profile standard) beside the Lighthouse CLI run twice, on the same pages of this machine: time, peak memory,
# agreement of metrics and verdicts; then 25 pages in one job. Needs a Release build of the solution, `npm ci` in bench/lighthouse, Chromium.
# usage: bench/sitelint.sh [all|time|metrics|verdicts|many|spread]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
# Lighthouse 13.5 wants node 22.19 or later: the one that Microsoft.Playwright ships is.
node=OmniAudit.Tests/bin/Release/net10.0/.playwright/node/linux-x64/node
[ -f "$bench" ] && [ -d bench/lighthouse/node_modules/lighthouse ] || { echo "First: dotnet build OmniAudit.sln -c Release, and npm ci in bench/lighthouse" >&2; exit 1; }
chmod +x "$node"
dotnet "$bench" bench-sitelint "$node" bench/lighthouse "${1:-all}"
