#!/usr/bin/env bash
# Runs every test and ends with "N passed, N failed, N skipped".   ./test.sh [dotnet test arguments, for example --filter …]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '%s\n' "$*" >&2; }

command -v dotnet >/dev/null 2>&1 || { say "Missing: the .NET 10 SDK. Get it: https://dotnet.microsoft.com/download/dotnet/10.0"; exit 69; }
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || { say "Missing: Node.js 20 or newer with npm (the tests drive real MCP clients). Get it: https://nodejs.org or apt-get install -y nodejs npm"; exit 69; }

# Chromium, and an S3-speaking server. As root on Debian they are installed; otherwise the one command is printed.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  scripts/install-test-tools.sh
elif ! command -v chromium >/dev/null 2>&1 || ! command -v swift-proxy-server >/dev/null 2>&1; then
  say "Some tests need packages that are not here; they will be skipped or fail. Install them with: sudo scripts/install-test-tools.sh"
fi

(cd OmniAudit.Tests/Clients && npm ci --no-audit --no-fund --loglevel=error >/dev/null)

say "Building …"
locked=(); [ "${CI:-}" = true ] && locked=(--locked-mode)
dotnet restore OmniAudit.sln "${locked[@]}" -v quiet
dotnet build OmniAudit.sln -c Release --no-restore --nologo -v quiet -clp:NoSummary

# What the approval suite finds (crashes, two processes, ambiguity) and the counts of the MCP conformance suites, told at the end.
reports=(artifacts/approval-suite.txt artifacts/conformance.txt)
rm -f "${reports[@]}"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
code=0
dotnet test OmniAudit.Tests/OmniAudit.Tests.csproj -c Release --no-build --nologo --logger "trx;LogFileName=tests.trx" --results-directory "$results" --blame-hang-timeout 10m "$@" || code=$?

# The suites of the store once more on PostgreSQL. What is about SQLite's files says so itself: Trait SqliteOnly, "because …".
if [ $# -eq 0 ] && postgres=$(scripts/postgres-for-tests.sh start); then
  directory=${postgres%%$'\n'*}
  trap 'scripts/postgres-for-tests.sh stop "$directory"; rm -rf "$results"' EXIT
  began=$SECONDS
  suites='FullyQualifiedName~Tests.Storage|FullyQualifiedName~Tests.Approvals|FullyQualifiedName~Tests.Receipts|FullyQualifiedName~Tests.Jobs|FullyQualifiedName~Tests.ToolCalls|FullyQualifiedName~Tests.Identities|FullyQualifiedName~Tests.AdminOps.Store'
  OMNIAUDIT_TEST_DATABASE=${postgres##*$'\n'} dotnet test OmniAudit.Tests/OmniAudit.Tests.csproj -c Release --no-build --nologo --logger "trx;LogFileName=postgres.trx" --results-directory "$results" \
    --blame-hang-timeout 10m --filter "($suites)&SqliteOnly!~because" || code=$?
  say "On PostgreSQL: $((SECONDS - began)) s"
fi

# The product as a whole: the smoke workflow, bad days, and three servers of which one is killed again and again. Each line counts as a test.
workflows=(0 0)
workflow() {
  local log="$results/$(basename "$1").log" summary
  OMNIAUDIT_BUILT=true "$@" >"$log" 2>&1 || code=$?
  cat "$log"
  while read -r summary; do
    workflows[0]=$((workflows[0] + $(grep -o '"passed": [0-9]*' "$summary" | head -1 | grep -o '[0-9]*')))
    workflows[1]=$((workflows[1] + $(grep -o '"failed": [0-9]*' "$summary" | head -1 | grep -o '[0-9]*')))
  done < <(grep -o '[^ ]*/summary.json' "$log")
}
if [ $# -eq 0 ] && [ "$(id -u)" = 0 ] && command -v swift-proxy-server >/dev/null 2>&1; then
  workflow scripts/smoke.sh
  workflow scripts/drills.sh s3-down node-killed database-down
  workflow scripts/replicas.sh 120 24 6
fi

# Of all runs.
count() { local sum=0 n; for n in $(counters "$1"); do sum=$((sum + n)); done; echo "$sum"; }
counters() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" 2>/dev/null | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' || echo 0; }
passed=$(($(count passed) + workflows[0])); failed=$(($(count failed) + workflows[1])); total=$(($(count total) + workflows[0] + workflows[1]))
skipped=$((total - workflows[0] - workflows[1] - $(count executed)))
[ "$skipped" -gt 0 ] && grep -oh 'testName="[^"]*" [^>]*outcome="NotExecuted"' "$results"/*.trx | sed 's/testName="\([^"]*\)".*/skipped: \1/'
for report in "${reports[@]}"; do
  if [ -f "$report" ]; then cat "$report"; fi
done
# What failed, by name and first lines, where whoever reads only the end sees it.
grep -h '^FAILED' "$results"/*.log 2>/dev/null || true
cat "$results"/*.trx 2>/dev/null | awk '
  /<UnitTestResult / { failed = /outcome="Failed"/; if (failed) { name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name); print "FAILED  " name } }
  failed && /<Message>/ { told = 12 }
  failed && told > 0 { gsub(/<[^>]*>/, ""); print "  " $0; told-- }' || true
# A run that broke off counts as a failure even where no single test does.
[ "$code" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$code"
