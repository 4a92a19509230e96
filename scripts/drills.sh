#!/usr/bin/env bash
# Bad days, practised against the running product: each drill says what was promised and what happened.
#   scripts/drills.sh                       every drill
#   scripts/drills.sh s3-down node-killed   some of them
#   scripts/drills.sh --list
# Writes artifacts/drills/<UTC time>/<drill>/summary.json. Exit code 0 when every promise was kept, 1 when one was not,
# 64 for a drill that there is not, 69 when something needed is missing. Each takes at most two minutes after the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "${1:-}" = --list ] || . scripts/workflow/needs.sh
exec node scripts/workflow/drills.mjs "$@"
