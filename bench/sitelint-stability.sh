#!/usr/bin/env bash
# Real scans of one page: unchanged, twenty times, nothing may be told; then three faults, two fixes and a 200 ms block: exactly these.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build OmniAudit.Tests -c Release --nologo -v quiet -clp:NoSummary
exec dotnet OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll bench-stability "${1:-20}"
