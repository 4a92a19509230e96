#!/usr/bin/env bash
# Three servers as processes on one PostgreSQL and one S3 server, behind nginx with the repository's configuration: calls,
# approvals and scans while one of them is killed every 20 seconds. Says what was promised, what happened, and the throughput
# against one server.   usage: scripts/replicas.sh [CALLS] [APPROVALS] [SCANS]   (default 1000 200 50)
# Writes artifacts/replicas/<UTC time>/summary.json. Needs root and Debian's postgresql, nginx and swift packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/workflow/needs.sh
exec node scripts/workflow/replicas.mjs "$@"
