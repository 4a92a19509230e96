#!/usr/bin/env bash
# The smoke workflow: the built product, as a process, against a real S3-speaking server and a stand-in for GitHub.
# Writes artifacts/smoke/<UTC time>/summary.json and every response beside it. Exit code 0 when every line passed, 1 when one
# failed, 69 when something needed is missing. Takes about half a minute after the build, and never more than four.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/workflow/needs.sh
exec timeout --kill-after=5 240 node scripts/workflow/smoke.mjs
