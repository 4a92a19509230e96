#!/usr/bin/env bash
# The receipt log at 1,000,000 receipts: append, publish, proofs, tiles, pages, export, and `verify` as a whole process.
# Needs a Release build of the solution; uses 2 GB below TMPDIR for a few minutes.   usage: bench/receipts.sh [COUNT]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=OmniAudit.Web/bin/Release/net10.0/OmniAudit.Web.dll
bench=OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$program" ] && [ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet "$bench" bench-receipts "$work/data" "${1:-1000000}"

# The whole process, in milliseconds: median and 95th percentile of 20.
times() {
  local i began
  for i in $(seq 22); do
    began=$(date +%s%N); "$@" >/dev/null; echo $(( ($(date +%s%N) - began) / 100000 ))
  done | tail -n 20 | sort -n | awk '{t[NR]=$1} END{printf "%.1f %.1f", t[10]/10, t[19]/10}'
}
export OMNIAUDIT_DATA=$work/data DOTNET_TieredPGO=0
dotnet "$program" verify "$work/data/sample.json" --key "$work/data/log/vkey"
read -r start50 start95 <<<"$(times dotnet "$program" verify --help)"
read -r verify50 verify95 <<<"$(times dotnet "$program" verify "$work/data/sample.json" --key "$work/data/log/vkey")"
printf '%-58s %8s %8s\n' "process: verify --help" "$start50" "$start95" "process: verify of one receipt" "$verify50" "$verify95"
awk -v a="$verify50" -v b="$start50" -v c="$verify95" -v d="$start95" 'BEGIN{printf "%-58s %8.1f %8.1f  < 100%s\n", "verify of one receipt, less the start", a-b, c-d, (c-d < 100 ? "" : "  MISSED")}'
