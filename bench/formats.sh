#!/usr/bin/env bash
# What the parsers of evidence make of other projects' examples: parsed and expected counts per format, and every file where they differ.
# Takes directories with checkouts of, for example, reviewdog/errorformat (fmts/testdata), EnricoMi/publish-unit-test-result-action (python/test/files) and microsoft/sarif-sdk.
# The examples are not ours: they stay outside the repository. Needs a Release build of the solution.   usage: bench/formats.sh DIRECTORY...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ $# -gt 0 ] || { echo "usage: bench/formats.sh DIRECTORY..." >&2; exit 64; }
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
exec dotnet "$bench" bench-formats "$@"
