#!/usr/bin/env bash
# Release notes for many commits against the stand-in for GitHub: requests, time, and the process's peak of memory (the stand-in runs in it), for a project that squashes and for one whose commits must be asked for one by one. The second round confirms by ETag.
# Needs a Release build of the solution.   usage: bench/notes.sh [COMMITS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
dotnet "$bench" bench-notes "${1:-1000}"
