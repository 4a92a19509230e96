#!/usr/bin/env bash
# Lighthouse 13.5.0 and SiteLint on small generated pages that make every SEO and best-practice audit pass and fail: agreement per audit, each disagreement.
# Needs a Release build, Chromium (CHROME_PATH), and npm's registry for Lighthouse (LIGHTHOUSE: a directory that has it in node_modules).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
node=OmniAudit.Tests/bin/Release/net10.0/.playwright/node/linux-x64/node   # Lighthouse wants node 22.19 or later; Playwright brings its own
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
if [ -z "${LIGHTHOUSE:-}" ]; then
  LIGHTHOUSE=$(mktemp -d)
  trap 'rm -rf "$LIGHTHOUSE"' EXIT
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$LIGHTHOUSE" lighthouse@13.5.0
fi
"$node" bench/lighthouse-verdicts.mjs "$LIGHTHOUSE" dotnet "$bench" bench-verdicts
